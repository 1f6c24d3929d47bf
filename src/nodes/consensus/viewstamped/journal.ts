/**
 * The log of a member: operations by number from 1, in memory, and on its disk if it keeps them
 * there. Two entries with one number and one view are the same: a view has one primary, in one of
 * its lives.
 *
 * A checkpoint stands for the operations up to its own (Liskov, Cowling 2012, section 5.1). It is
 * on disk before the entries that it makes superfluous are dropped.
 */
import { assert } from '../../../sim/assert.ts';
import type { Log, Plain } from '../../../sim/node.ts';
import type { Checkpoint, Entries, Entry, Suffix, ViewContext } from './messages.ts';

/** What comes before the first entry that is kept, and where that one is on the disk. */
type Start = { readonly checkpoint: Checkpoint; readonly base: number; readonly position: number };

export class Journal {
  /** The newest one; null before the first. */
  checkpoint: Checkpoint | null = null;
  readonly #entries: Entry[] = [];
  #base = 0;
  #disk: Log<Entry> | null = null;

  /** Reads what is on disk; whether an entry was torn. */
  load(ctx: ViewContext): boolean {
    const disk = ctx.storage.log<Entry>('log');
    const isTorn = disk.dropTorn() > 0;
    const start = ctx.storage.get('checkpoint') as Start | undefined;
    if (start !== undefined) {
      this.checkpoint = start.checkpoint;
      this.#base = start.base;
      // A crash may have come between the checkpoint and what it makes superfluous.
      disk.dropBefore(Math.min(start.position, disk.end));
    }
    for (let i = disk.start; i < disk.end; i++) this.#entries.push(disk.at(i));
    this.#disk = disk;
    return isTorn;
  }

  get last(): number {
    return this.#base + this.#entries.length;
  }

  /** Operations up to here are in the checkpoint alone. */
  get base(): number {
    return this.#base;
  }

  at(op: number): Entry {
    return this.#entries[op - this.#base - 1] as Entry;
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    this.#disk?.append(entry);
  }

  /** For a member that has everything up to an operation: what comes after it. */
  after(op: number): Suffix {
    if (op >= this.#base) return { after: op, entries: this.#entries.slice(op - this.#base) };
    const checkpoint = this.checkpoint as Checkpoint;
    return { ...this.after(checkpoint.op), checkpoint };
  }

  /** Takes these in place of all that it has after an operation, and keeps what is the same. */
  replaceAfter(after: number, given: Entries): void {
    const op = Math.max(after, this.#base);
    const entries = given.slice(op - after);
    let same = 0;
    while (
      op + same < this.last &&
      same < entries.length &&
      this.at(op + same + 1).view === (entries[same] as Entry).view
    ) {
      same++;
    }
    if (op + same < this.last) {
      const kept = op + same - this.#base;
      this.#entries.length = kept;
      if (this.#disk !== null) this.#disk.truncate(this.#disk.start + kept);
    }
    for (let i = same; i < entries.length; i++) this.append(entries[i] as Entry);
  }

  /**
   * From now on a checkpoint stands for all up to its operation, and the last `keep` entries before
   * it stay. What follows it stays too: this member may have acknowledged it. A log that does not
   * go so far begins after it.
   */
  compact(ctx: ViewContext, checkpoint: Checkpoint, keep: number): void {
    const { last } = this;
    assert(checkpoint.op > (this.checkpoint?.op ?? 0), 'a checkpoint is never of an earlier state');
    const base = last < checkpoint.op ? checkpoint.op : Math.max(this.#base, checkpoint.op - keep);
    const dropped = Math.min(base, last) - this.#base;
    this.checkpoint = checkpoint;
    if (this.#disk !== null) {
      const position = this.#disk.start + dropped;
      ctx.storage.set('checkpoint', { checkpoint, base, position } satisfies Start as Plain);
      this.#disk.dropBefore(position);
    }
    this.#entries.splice(0, dropped);
    this.#base = base;
  }
}
