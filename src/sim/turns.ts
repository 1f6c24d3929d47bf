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
  /** When each had its last turn. */
  readonly #turns = new Map<NodeId, number>();
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
    for (let i = 0; i < members.length; i++) {
      const member = this.#longestWaiting(members);
      this.#count++;
      this.#turns.set(member, this.#count);
      if (open === members || open.includes(member)) return member;
    }
    return null;
  }

  #longestWaiting(members: readonly NodeId[]): NodeId {
    let first = '';
    let least = Infinity;
    for (let i = 0; i < members.length; i++) {
      const member = members[(this.#start + i) % members.length] as NodeId;
      const turn = this.#turns.get(member) ?? 0;
      if (turn >= least) continue;
      first = member;
      least = turn;
      // Never had one: nobody has waited longer.
      if (turn === 0) break;
    }
    assert(least < Infinity, 'of several members one has waited longest');
    return first;
  }
}
