/**
 * Lines between a kernel and nodes that live in another process. Each waits for the other's line,
 * so that a call is a call: the kernel is synchronous.
 */
import { readSync, writeSync } from 'node:fs';
import type { Primitive } from '../sandbox/facade.ts';

/** `open` makes a node, `enter` calls it, `host` is its call of the kernel, `back` answers. */
export type Line = readonly ['open' | 'enter' | 'host' | 'back', ...Primitive[]];

const CHUNK = 65_536;

export class Wire {
  readonly #input: number;
  readonly #output: number;
  readonly #chunk = Buffer.alloc(CHUNK);
  #rest = Buffer.alloc(0);

  /** Descriptors of pipes that block. */
  constructor(input: number, output: number) {
    this.#input = input;
    this.#output = output;
  }

  send(...line: Line): void {
    this.sendText(JSON.stringify(line.map(encoded)));
  }

  sendText(text: string): void {
    const bytes = Buffer.from(`${text}\n`, 'utf8');
    for (let sent = 0; sent < bytes.length; ) sent += writeSync(this.#output, bytes, sent);
  }

  /** The other's next line; null if it has ended. */
  next(): Line | null {
    const text = this.nextText();
    return text === null ? null : ((JSON.parse(text) as unknown[]).map(decoded) as unknown as Line);
  }

  nextText(): string | null {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end !== -1) {
        const text = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return text;
      }
      const length = readSync(this.#input, this.#chunk);
      if (length === 0) return null;
      this.#rest = Buffer.concat([this.#rest, this.#chunk.subarray(0, length)]);
    }
  }
}

/** What JSON does not tell apart. */
function encoded(value: Primitive): unknown {
  if (value === undefined) return {};
  const isPlain = typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0));
  return isPlain ? value : [Object.is(value, -0) ? '-0' : String(value)];
}

function decoded(value: unknown): Primitive {
  if (Array.isArray(value)) return Number(value[0]);
  return typeof value === 'object' && value !== null ? undefined : (value as Primitive);
}
