/**
 * What holds of all members together at every moment: they apply the same values in the same order.
 * A hash runs over all that a member has applied, and its view shows those of the last slots, so
 * that a difference once made is seen in all that follows.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { Invariant } from '../../../sim/system.ts';
import { majority } from '../../parts/quorum.ts';
import { type MultiPaxosView, TAIL } from './multi-paxos.ts';

type Views = ReadonlyMap<NodeId, MultiPaxosView>;

function sameHistory(views: Views): string | null {
  for (const [nameA, a] of views) {
    for (const [nameB, b] of views) {
      if (nameB === nameA) break;
      const less = a.chosen < b.chosen ? a : b;
      const more = less === a ? b : a;
      const hash = more.tail[more.tail.length - 1 - (more.chosen - less.chosen)];
      if (less.chosen === 0 || hash === undefined || hash === less.appliedHash) continue;
      return `${nameB} and ${nameA} have applied different values up to slot ${less.chosen}`;
    }
  }
  return null;
}

/**
 * The last slot that a member has applied is on a majority of those who decide it: accepted there,
 * or applied. A member that is down may have it, and one that has lost its disk may have had it.
 */
function chosenByMajority(views: Views): string | null {
  for (const [name, { chosen, voters }] of views) {
    if (chosen === 0) continue;
    let without = 0;
    for (const voter of voters) {
      const other = views.get(voter);
      if (other === undefined || other.recovering) continue;
      const isTooLongAgo = chosen <= other.last - TAIL || chosen <= other.base;
      if (chosen > other.chosen && !isTooLongAgo && !other.held.includes(chosen)) without++;
    }
    if (voters.length - without >= majority(voters.length)) continue;
    return `${name} has applied slot ${chosen}, which ${without} of ${voters.length} voters do not have`;
  }
  return null;
}

/** No two members lead in one ballot. */
function oneLeader(views: Views): string | null {
  const leaders = new Map<number, NodeId>();
  for (const [name, { role, ballot }] of views) {
    if (role !== 'leader') continue;
    const other = leaders.get(ballot);
    if (other !== undefined) return `${other} and ${name} both lead in ballot ${ballot}`;
    leaders.set(ballot, name);
  }
  return null;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'same-history',
    source: 'Lamport 2001, "Paxos Made Simple", section 3',
    check: (views) => sameHistory(views as Views),
  },
  {
    name: 'chosen-by-majority',
    source: 'Lamport 2001, section 2.2: a value is chosen by a majority',
    check: (views) => chosenByMajority(views as Views),
  },
  {
    name: 'one-leader-per-ballot',
    source: 'Lamport 2001, section 2.2: proposers choose numbers from disjoint sets',
    check: (views) => oneLeader(views as Views),
  },
];
