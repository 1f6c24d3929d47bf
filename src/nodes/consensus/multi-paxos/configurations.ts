/**
 * Who decides which slot (Lamport 2001, "Paxos Made Simple", section 3: the set of servers is part
 * of the state, and the one for slot i + α is that of the state after slot i).
 *
 * The members of a group are the value of a slot, as everything else is. Voters that are chosen in
 * slot i decide the slots from i + α on, where α is the `window`: a leader has at most α slots
 * open, so whoever proposes a value for a slot knows who decides it. Any set of voters may follow
 * any other, all at once. Nothing like Raft's joint configuration is needed, because no slot ever
 * has two sets.
 */
import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import { majority } from '../../parts/quorum.ts';

/** Members are bits of one number, by their place in the group. */
export const MEMBERS_MAX = 31;

/** Voters, and the first slot that they decide. As plain data: it is part of snapshots. */
export type Configuration = {
  readonly from: number;
  readonly voters: readonly NodeId[];
};

/** A set of voters that can be counted. */
export class Voters {
  readonly ids: readonly NodeId[];
  readonly #mask: number;
  readonly #needed: number;

  constructor(ids: readonly NodeId[], members: readonly NodeId[]) {
    this.ids = ids;
    this.#mask = ids.reduce((mask, id) => mask | (1 << members.indexOf(id)), 0);
    this.#needed = majority(ids.length);
  }

  has(place: number): boolean {
    return (this.#mask & (1 << place)) !== 0;
  }

  /** Whether these members, as bits, hold a majority of the voters. */
  isMajority(members: number): boolean {
    let count = 0;
    for (let rest = members & this.#mask; rest !== 0; rest &= rest - 1) count++;
    return count >= this.#needed;
  }
}

interface Placed {
  readonly from: number;
  readonly voters: Voters;
}

export class Configurations {
  readonly #members: readonly NodeId[];
  readonly #window: number;
  /** By the first slot that they decide, the latest last. */
  #placed: readonly Placed[];

  /** RangeError if the group may have more members than can be counted. */
  constructor(initial: readonly NodeId[], members: readonly NodeId[], window: number) {
    if (members.length > MEMBERS_MAX) {
      throw new RangeError(`multi-paxos counts at most ${MEMBERS_MAX} members, spare ones too`);
    }
    this.#members = members;
    this.#window = window;
    this.#placed = [{ from: 1, voters: new Voters(initial, members) }];
  }

  /** Who decides a slot. Not for slots before those that were forgotten. */
  at(slot: number): Voters {
    for (let i = this.#placed.length - 1; i > 0; i--) {
      const placed = this.#placed[i] as Placed;
      if (placed.from <= slot) return placed.voters;
    }
    return (this.#placed[0] as Placed).voters;
  }

  /** The latest voters that are chosen, in force or not. */
  get latest(): Voters {
    return (this.#placed[this.#placed.length - 1] as Placed).voters;
  }

  /** The first slot that the latest voters decide. */
  get latestFrom(): number {
    return (this.#placed[this.#placed.length - 1] as Placed).from;
  }

  /** All that decide a slot after this one, as far as is known. */
  votersAfter(slot: number): readonly NodeId[] {
    const after = this.#after(slot);
    return this.#members.filter((id) => after.some(({ voters }) => voters.ids.includes(id)));
  }

  /** Whether these members, as bits, are a majority for each slot after this one. */
  areMajorityAfter(slot: number, members: number): boolean {
    return this.#after(slot).every(({ voters }) => voters.isMajority(members));
  }

  #after(slot: number): readonly Placed[] {
    return this.#placed.filter((_, i) => (this.#placed[i + 1]?.from ?? Infinity) > slot + 1);
  }

  /**
   * These voters are chosen in a slot.
   *
   * @param atOnce the mistake of putting them in force in the next slot, for which a leader may
   * have proposed a value to the voters before
   */
  adopt(slot: number, ids: readonly NodeId[], atOnce = false): void {
    const from = slot + (atOnce ? 1 : this.#window);
    assert(from > this.latestFrom, 'voters of a later slot are in force later');
    this.#placed = [...this.#placed, { from, voters: new Voters(ids, this.#members) }];
  }

  /** Forgets voters that decide no slot from this one on. */
  forgetBefore(slot: number): void {
    const first = this.#placed.findLastIndex(({ from }) => from <= slot);
    if (first > 0) this.#placed = this.#placed.slice(first);
  }

  /** For a snapshot; null as long as nothing has changed since the group began. */
  snapshot(): readonly Configuration[] | null {
    if (this.#placed.length === 1 && this.latestFrom === 1) return null;
    return this.#placed.map(({ from, voters }) => ({ from, voters: voters.ids }));
  }

  restore(configurations: readonly Configuration[]): void {
    this.#placed = configurations.map(({ from, voters }) => ({
      from,
      voters: new Voters(voters, this.#members),
    }));
  }
}
