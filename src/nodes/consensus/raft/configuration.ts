/**
 * Who belongs to the group, and which of them vote (Ongaro & Ousterhout 2014, section 6; Ongaro's
 * thesis, chapter 4).
 *
 * A configuration is the content of an entry of the log. It is in force on a server from the moment
 * at which that server appends the entry, committed or not. While a *joint* one is in force, what
 * is decided needs a majority of the new voters and, apart from that, one of the old voters: so the
 * two sets can never decide without each other, however far apart they are.
 *
 * Learners get the log and have no vote: new servers are learners until they have caught up, so
 * that a majority never waits for one that has an empty log (thesis 4.2.1).
 */
import type { NodeId } from '../../../sim/node.ts';
import { agreedIndex, majority } from '../../parts/quorum.ts';

export type Configuration = {
  readonly voters: readonly NodeId[];
  /** The voters of the configuration before; empty unless this one is joint. */
  readonly outgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Among `outgoing`: those that become learners as the joint configuration is left. */
  readonly demoted: readonly NodeId[];
};

/** How a vote stands. `lost`: those still silent cannot turn it. */
export type VoteResult = 'won' | 'lost' | 'pending';

/** What an operator asks for: who is to vote, and who is to learn only. */
export interface Target {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

export const NOBODY: Configuration = { voters: [], outgoing: [], learners: [], demoted: [] };

/** One that is not joint. */
export function simple({ voters, learners }: Target): Configuration {
  return { voters, outgoing: [], learners, demoted: [] };
}

export function isJoint(configuration: Configuration): boolean {
  return configuration.outgoing.length > 0;
}

/** C_old,new of the paper: the way from one configuration to a target. */
export function joint(from: Configuration, { voters, learners }: Target): Configuration {
  const outgoing = from.voters;
  const demoted = learners.filter((id) => outgoing.includes(id));
  return { voters, outgoing, learners: without(learners, demoted), demoted };
}

/** C_new of the paper: what a joint configuration leads to. */
export function left({ voters, learners, demoted }: Configuration): Configuration {
  return simple({ voters, learners: [...learners, ...demoted] });
}

/** Whether a server gets the log under this configuration. */
export function includes(configuration: Configuration, id: NodeId): boolean {
  const { voters, outgoing, learners } = configuration;
  return voters.includes(id) || outgoing.includes(id) || learners.includes(id);
}

/** Those of `ids` that are not among `others`. */
export function without(ids: readonly NodeId[], others: readonly NodeId[]): readonly NodeId[] {
  return ids.filter((id) => !others.includes(id));
}

/** How many servers vote in one of the two and not in the other. */
export function votersChanged(from: Configuration, to: Target): number {
  return without(from.voters, to.voters).length + without(to.voters, from.voters).length;
}

/**
 * The majorities of a configuration, over arrays with a place for each server. Counts and never
 * allocates: `agreed` runs on every acknowledgement.
 */
export class Quorum {
  /** The places of the voters of each set that must agree: one set, or two in a joint one. */
  private readonly sets: readonly (readonly number[])[];
  private readonly isVoter: readonly boolean[];
  private readonly half: boolean;
  /** Everybody votes, and there is one set: places need not be looked up. */
  private readonly isPlain: boolean;

  /**
   * @param members all servers that there can be, in the order of their places
   * @param half the mistake of taking half of an even number for a majority
   */
  constructor(configuration: Configuration, members: readonly NodeId[], half = false) {
    const { voters, outgoing } = configuration;
    const sets = outgoing.length === 0 ? [voters] : [voters, outgoing];
    this.sets = sets.map((ids) => ids.map((id) => members.indexOf(id)));
    this.isVoter = members.map((id) => voters.includes(id) || outgoing.includes(id));
    this.half = half;
    this.isPlain = !half && outgoing.length === 0 && voters.length === members.length;
  }

  /** Whether the server at a place has a vote. */
  has(place: number): boolean {
    return this.isVoter[place] === true;
  }

  /** Whether one server decides alone. */
  get isAlone(): boolean {
    return this.sets.every((set) => set.length === 1) && this.isVoter.filter(Boolean).length === 1;
  }

  /**
   * The highest number that a majority of each set has reached: with `matchIndex`, the last entry
   * that is stored on a majority (section 5.3). 0 if nobody votes.
   */
  agreed(reached: readonly number[]): number {
    if (this.isPlain) return agreedIndex(reached);
    let agreed = this.agreedBy(this.sets[0] as readonly number[], reached);
    if (this.sets.length > 1) {
      const other = this.agreedBy(this.sets[1] as readonly number[], reached);
      if (other < agreed) agreed = other;
    }
    return agreed;
  }

  private agreedBy(places: readonly number[], reached: readonly number[]): number {
    const needed = this.needed(places.length);
    let agreed = 0;
    for (let i = 0; i < places.length; i++) {
      const index = reached[places[i] as number] as number;
      if (index <= agreed) continue;
      let count = 0;
      for (let j = 0; j < places.length; j++) {
        if ((reached[places[j] as number] as number) >= index) count++;
      }
      if (count >= needed) agreed = index;
    }
    return agreed;
  }

  vote(granted: readonly boolean[], refused: readonly boolean[]): VoteResult {
    let result: VoteResult = 'won';
    for (const places of this.sets) {
      const needed = this.needed(places.length);
      if (places.length - count(places, refused) < needed) return 'lost';
      if (count(places, granted) < needed) result = 'pending';
    }
    return result;
  }

  /** Whether these servers, by place, are a majority of each set. */
  isMajority(chosen: readonly boolean[]): boolean {
    return this.sets.every((places) => count(places, chosen) >= this.needed(places.length));
  }

  private needed(voters: number): number {
    return this.half ? (voters + 1) >> 1 : majority(voters);
  }
}

function count(places: readonly number[], chosen: readonly boolean[]): number {
  let sum = 0;
  for (const place of places) if (chosen[place] === true) sum++;
  return sum;
}
