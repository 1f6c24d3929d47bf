/**
 * The messages that may be delivered, in the order of their places.
 *
 * Of the messages of one group at most one is out at a time, so that they are worked on in order:
 * while one is in flight, the others wait behind it (Amazon SQS Developer Guide, "FIFO queue and
 * message group ID"). A message without a group waits for nobody.
 */
import type { Entry } from './entry.ts';

export class ReadyLine {
  readonly #line = new Line();
  readonly #groups = new Map<string, Group>();
  readonly #grouped: boolean;

  /** `grouped`: groups keep their order; else they mean nothing. */
  constructor(grouped: boolean) {
    this.#grouped = grouped;
  }

  get isEmpty(): boolean {
    return this.#line.isEmpty;
  }

  /** A message that is ready now: a new one, or one that was given back. */
  add(entry: Entry): void {
    const group = this.#groupOf(entry);
    if (group === null) {
      this.#line.add(entry);
      return;
    }
    if (group.holder === entry) group.holder = null;
    group.waiting.add(entry);
    this.#offer(group);
  }

  /** The first; undefined if there is none. Its group waits until it is back or has left. */
  take(): Entry | undefined {
    return this.#line.take();
  }

  /** One that was out when the broker crashed is out still. */
  holds(entry: Entry): void {
    const group = this.#groupOf(entry);
    if (group !== null) group.holder = entry;
  }

  /** A message is in the queue no longer: the next of its group may go. */
  left(entry: Entry): void {
    const group = this.#groupOf(entry);
    if (group === null || (group.holder !== null && group.holder !== entry)) return;
    group.holder = null;
    this.#offer(group);
    if (group.holder === null && entry.group !== null) this.#groups.delete(entry.group);
  }

  #offer(group: Group): void {
    if (group.holder !== null) return;
    group.holder = group.waiting.take() ?? null;
    if (group.holder !== null) this.#line.add(group.holder);
  }

  #groupOf(entry: Entry): Group | null {
    if (!this.#grouped || entry.group === null) return null;
    let group = this.#groups.get(entry.group);
    if (group === undefined) {
      group = { holder: null, waiting: new Line() };
      this.#groups.set(entry.group, group);
    }
    return group;
  }
}

interface Group {
  /** The one that may be delivered, or is out. */
  holder: Entry | null;
  readonly waiting: Line;
}

/** Entries by place. Those that have ceased to be ready are skipped when their turn comes. */
class Line {
  #entries: Entry[] = [];
  #head = 0;

  get isEmpty(): boolean {
    while (this.#head < this.#entries.length && this.#entries[this.#head]?.state !== 'ready') {
      this.#head++;
    }
    return this.#head === this.#entries.length;
  }

  /** Nearly always at the end; one that was given back, at its old place. */
  add(entry: Entry): void {
    let low = this.#head;
    let high = this.#entries.length;
    const last = this.#entries[high - 1];
    if (last === undefined || last.place < entry.place) low = high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.place ?? 0) < entry.place) low = middle + 1;
      else high = middle;
    }
    if (low === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(low, 0, entry);
  }

  take(): Entry | undefined {
    if (this.isEmpty) return undefined;
    const entry = this.#entries[this.#head++];
    // Each entry is moved at most once for each halving: constant on average.
    if (this.#head > 32 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }
}
