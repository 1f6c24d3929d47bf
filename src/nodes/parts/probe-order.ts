/**
 * The member to probe next: every one once in a random order, then again in another (Das, Gupta,
 * Motivala 2002, SWIM, section 4.3). So a crashed member is probed by each other one within 2n - 1
 * periods. A member that joins is put at a random place of what is left of the round.
 *
 * The order is shuffled as it is used, one draw a step: a shuffle of 10,000 members at 10,000
 * members would be a hundred million draws before anything happens.
 */
import type { Random } from '../../sim/node.ts';

export class ProbeOrder {
  #order: Uint16Array | Uint32Array;
  #length = 0;
  #next = 0;

  /** Room for the positions 0..size-1. */
  constructor(size: number) {
    this.#order = size <= 65536 ? new Uint16Array(size) : new Uint32Array(size);
  }

  get length(): number {
    return this.#length;
  }

  /** All positions up to `size`: for a group that starts fully joined. */
  addAll(size: number): void {
    for (let position = 0; position < size; position++) this.#order[position] = position;
    this.#length = size;
  }

  /** Puts a new position at a random place among those that are still to come. */
  add(position: number): void {
    this.#order[this.#length++] = position;
  }

  /** Drops the positions that are not wanted any more. A new round begins. */
  retain(wanted: (position: number) => boolean): void {
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      const position = this.#order[i] as number;
      if (wanted(position)) this.#order[kept++] = position;
    }
    this.#length = kept;
    this.#next = 0;
  }

  /** Whether the next step begins a new round. */
  get isAtStart(): boolean {
    return this.#next >= this.#length;
  }

  /** The next position; null if there is none. */
  next(random: Random): number | null {
    if (this.#length === 0) return null;
    if (this.#next >= this.#length) this.#next = 0;
    const at = this.#next++;
    const drawn = random.int(at, this.#length - 1);
    const position = this.#order[drawn] as number;
    this.#order[drawn] = this.#order[at] as number;
    this.#order[at] = position;
    return position;
  }
}
