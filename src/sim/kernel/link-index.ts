/**
 * Numbers of links by sender and receiver, for worlds with too many nodes for a square: a hash
 * table with open addressing in one column. A `Map` ends at 2^24 entries, and takes three times the
 * room: a million members that gossip have some twenty million links.
 */

/** A slot: sender, receiver, number; a number of 0 is a free slot. */
const SLOT = 3;
/** 2^10. */
const FIRST_SLOTS = 1024;
/** Odd numbers whose bits are spread, so that neighbours come to lie far apart. */
const BY_FROM = 0x9e3779b1;
const BY_TO = 0x85ebca6b;

export class LinkIndex {
  private slots = new Int32Array(FIRST_SLOTS * SLOT);
  /** Its length is a power of two: by how much a hash is shifted to a slot. */
  private shift = 22;
  private count = 0;

  /** What was added for a pair; 0 for nothing. */
  get(from: number, to: number): number {
    const { slots } = this;
    let at = this.firstSlot(from, to);
    for (;;) {
      const number = slots[at + 2]!;
      if (number === 0 || (slots[at] === from && slots[at + 1] === to)) return number;
      at += SLOT;
      if (at === slots.length) at = 0;
    }
  }

  /** Adds a number above 0 for a pair that has none. */
  add(from: number, to: number, number: number): void {
    // Two thirds full at most: a look-up that finds nothing then takes five steps on average.
    if (++this.count * 3 * SLOT > this.slots.length * 2) this.widen();
    this.put(from, to, number);
  }

  /** Calls `each` with sender, receiver and number of all that were added, in no certain order. */
  forEach(each: (from: number, to: number, number: number) => void): void {
    const { slots } = this;
    for (let at = 0; at < slots.length; at += SLOT) {
      if (slots[at + 2] !== 0) each(slots[at]!, slots[at + 1]!, slots[at + 2]!);
    }
  }

  private put(from: number, to: number, number: number): void {
    const { slots } = this;
    let at = this.firstSlot(from, to);
    while (slots[at + 2] !== 0) {
      at += SLOT;
      if (at === slots.length) at = 0;
    }
    slots[at] = from;
    slots[at + 1] = to;
    slots[at + 2] = number;
  }

  private firstSlot(from: number, to: number): number {
    const mixed = Math.imul(from, BY_FROM) ^ Math.imul(to, BY_TO);
    return (Math.imul(mixed ^ (mixed >>> 15), BY_FROM) >>> this.shift) * SLOT;
  }

  private widen(): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * old.length);
    this.shift--;
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at + 2] !== 0) this.put(old[at]!, old[at + 1]!, old[at + 2]!);
    }
  }
}
