/**
 * Round robin among members that may change: whoever has waited longest is next.
 *
 * For members that stay the same this is the plain order, again and again. With a counter in its
 * place, a caller whose lists differ from call to call would hit the same few over and over.
 */
import { assert } from './assert.ts';
import type { NodeId } from './node.ts';

export class Turns {
  readonly #start: number;
  /** When each had its last turn, except those of the list asked for last. */
  readonly #turns = new Map<NodeId, number>();
  /** That list, and the last turn of each in it: most callers ask for the same one every time. */
  #members: readonly NodeId[] = [];
  #lastTurns: number[] = [];
  #count = 0;

  /** `start` is where the first round begins: callers side by side begin apart. */
  constructor(start: number) {
    this.#start = start;
  }

  /**
   * The next of the `open` ones, which are some or all of the members; null if none is open. One
   * that is passed over has its turn in the next round.
   */
  next(members: readonly NodeId[], open: readonly NodeId[]): NodeId | null {
    if (members !== this.#members) this.#turnTo(members);
    for (let i = 0; i < members.length; i++) {
      const at = this.#longestWaiting();
      this.#count++;
      this.#lastTurns[at] = this.#count;
      const member = members[at] as NodeId;
      if (open === members || open.includes(member)) return member;
    }
    return null;
  }

  #turnTo(members: readonly NodeId[]): void {
    this.#members.forEach((member, i) => {
      this.#turns.set(member, this.#lastTurns[i] as number);
    });
    this.#members = members;
    this.#lastTurns = members.map((member) => this.#turns.get(member) ?? 0);
  }

  /** The index of the member; of those who never had a turn, the first from the start. */
  #longestWaiting(): number {
    const turns = this.#lastTurns;
    const { length } = turns;
    let first = 0;
    let least = Infinity;
    let at = this.#start % length;
    for (let i = 0; i < length; i++) {
      const turn = turns[at] as number;
      if (turn < least) {
        first = at;
        least = turn;
      }
      at = at + 1 === length ? 0 : at + 1;
    }
    assert(least < Infinity, 'of several members one has waited longest');
    return first;
  }
}
