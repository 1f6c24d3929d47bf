/**
 * What one member believes of all others, as typed columns over the group's shared index: five
 * bytes a member, so that 10,000 views of 10,000 members fit into half a gigabyte.
 *
 * A state belongs to an incarnation, a number that only its owner raises (Das, Gupta, Motivala
 * 2002, SWIM, section 4.2). The order of news is that of the paper's overriding rules: a higher
 * incarnation wins, at equal ones dead before suspect before alive.
 */
import { assert } from '../../sim/assert.ts';

/** Not known to be a member; else what is believed of it. `LEFT`: it said so itself. */
export const UNKNOWN = 0;
export const ALIVE = 1;
export const SUSPECT = 2;
export const DEAD = 3;
export const LEFT = 4;

export type MemberState =
  | typeof UNKNOWN
  | typeof ALIVE
  | typeof SUSPECT
  | typeof DEAD
  | typeof LEFT;

/** What replies of the interface `members` call each state. */
export const stateNames = ['unknown', 'alive', 'suspect', 'dead', 'left'] as const;
export type StateName = (typeof stateNames)[number];

export class MemberView {
  readonly #states: Uint8Array;
  readonly #incarnations: Uint32Array;
  /** How many are in each state. */
  readonly #counts = [0, 0, 0, 0, 0];

  /** Room for `size` members, none of them known yet. */
  constructor(size: number) {
    this.#states = new Uint8Array(size);
    this.#incarnations = new Uint32Array(size);
    this.#counts[UNKNOWN] = size;
  }

  get size(): number {
    return this.#states.length;
  }

  /** Members of any state but unknown. */
  get known(): number {
    return this.size - (this.#counts[UNKNOWN] as number);
  }

  countOf(state: MemberState): number {
    return this.#counts[state] as number;
  }

  stateOf(position: number): MemberState {
    return this.#states[position] as MemberState;
  }

  incarnationOf(position: number): number {
    return this.#incarnations[position] as number;
  }

  /** Alive or suspect: a member that is still to be probed. */
  isIn(position: number): boolean {
    const state = this.#states[position];
    return state === ALIVE || state === SUSPECT;
  }

  /** Believes this from now on; the caller has decided that the news overrides what was held. */
  set(position: number, state: MemberState, incarnation: number): void {
    const before = this.#states[position] as MemberState;
    assert(
      state === UNKNOWN || incarnation >= (this.#incarnations[position] as number),
      'what is believed of a member never goes back to an older incarnation',
    );
    this.#counts[before] = this.countOf(before) - 1;
    this.#counts[state] = this.countOf(state) + 1;
    this.#states[position] = state;
    this.#incarnations[position] = incarnation;
  }

  /** Whether news of a state and an incarnation tell more than what is held. */
  isNews(position: number, state: MemberState, incarnation: number): boolean {
    const held = this.#incarnations[position] as number;
    const before = this.#states[position] as MemberState;
    if (before === UNKNOWN) return true;
    if (incarnation !== held) return incarnation > held;
    return rank(state) > rank(before);
  }
}

/** Dead and left weigh the same: both say that the member is out. */
function rank(state: MemberState): number {
  return state === LEFT ? DEAD : state;
}
