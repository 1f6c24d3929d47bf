/** The digest of a history: all fields of all operations. */
import type { History } from '../history.ts';
import { Digest } from './hash.ts';

export function historyDigest(history: History): string {
  const digest = new Digest();
  const line = new Line();
  for (const op of history) {
    line.length = 0;
    line.add(`${op.process} `);
    line.addName(op.client);
    line.addName(op.node ?? '');
    line.addName(op.load);
    line.addName(op.f);
    line.addName(op.key ?? '');
    line.addName(op.outcome);
    line.add(op.error ?? '');
    digest.units(line.units, line.length);
    const { input, output } = op;
    digest.text(input === null && output === null ? NOTHING : JSON.stringify([input, output]));
    digest.time(op.invokedAtUs);
    digest.time(op.endedAtUs === Infinity ? 0 : op.endedAtUs);
  }
  return digest.hex();
}

const NOTHING = '[null,null]';
/** Names kept: there may be a key for each operation. */
const NAMES_MAX = 4096;

/** A text as code units: to read them out of a string takes longer than to hash them. */
class Line {
  units = new Uint16Array(256);
  length = 0;
  /** Names that come again and again, each with a space after it. */
  private readonly names = new Map<string, Uint16Array>();

  add(text: string): void {
    const { length } = text;
    this.makeRoom(length);
    for (let i = 0; i < length; i++) this.units[this.length + i] = text.charCodeAt(i);
    this.length += length;
  }

  /** A name and a space. */
  addName(name: string): void {
    const known = this.names.get(name);
    if (known === undefined) return this.addNew(name);
    const { length } = known;
    this.makeRoom(length);
    for (let i = 0; i < length; i++) this.units[this.length + i] = known[i]!;
    this.length += length;
  }

  private addNew(name: string): void {
    const from = this.length;
    this.add(name);
    this.add(' ');
    if (this.names.size < NAMES_MAX) this.names.set(name, this.units.slice(from, this.length));
  }

  private makeRoom(more: number): void {
    const needed = this.length + more;
    if (needed <= this.units.length) return;
    const wider = new Uint16Array(2 * needed);
    wider.set(this.units);
    this.units = wider;
  }
}
