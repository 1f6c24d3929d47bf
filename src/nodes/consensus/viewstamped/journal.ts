/**
 * The log of a member: operations by number from 1, in memory, and on its disk if it keeps them
 * there. Two entries with one number and one view are the same: a view has one primary, in one of
 * its lives.
 */
import type { Log } from '../../../sim/node.ts';
import type { Entries, Entry, ViewContext } from './messages.ts';

export class Journal {
  #entries: Entry[] = [];
  #disk: Log<Entry> | null = null;

  /** Reads what is on disk; whether an entry was torn. */
  load(ctx: ViewContext): boolean {
    const disk = ctx.storage.log<Entry>('log');
    const isTorn = disk.dropTorn() > 0;
    for (let i = disk.start; i < disk.end; i++) this.#entries.push(disk.at(i));
    this.#disk = disk;
    return isTorn;
  }

  get last(): number {
    return this.#entries.length;
  }

  at(op: number): Entry {
    return this.#entries[op - 1] as Entry;
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    this.#disk?.append(entry);
  }

  /** What comes after an operation, for a message. */
  after(op: number): Entries {
    return this.#entries.slice(op);
  }

  /** Takes these in place of all that it has after an operation, and keeps what is the same. */
  replaceAfter(op: number, entries: Entries): void {
    let same = 0;
    while (
      op + same < this.last &&
      same < entries.length &&
      this.at(op + same + 1).view === (entries[same] as Entry).view
    ) {
      same++;
    }
    if (op + same < this.last) {
      this.#entries.length = op + same;
      this.#disk?.truncate(op + same);
    }
    for (let i = same; i < entries.length; i++) this.append(entries[i] as Entry);
  }
}
