/** What holds of all members together at every moment. */
import type { NodeId } from '../../../sim/node.ts';
import type { Invariant } from '../../../sim/system.ts';
import type { LogView } from './replicated-log.ts';

type Views = ReadonlyMap<NodeId, LogView>;

/**
 * What two members have both committed is the same. A hash runs over all that a member has applied,
 * so that a difference once made is seen in all that follows.
 */
function sameRecords(views: Views): string | null {
  for (const [nameA, a] of views) {
    for (const [nameB, b] of views) {
      if (nameB === nameA) break;
      const less = a.applied < b.applied ? a : b;
      const more = less === a ? b : a;
      const hash = more.tail[more.tail.length - 1 - (more.applied - less.applied)];
      if (less.applied === 0 || hash === undefined || hash === less.tail.at(-1)) continue;
      return `${nameB} and ${nameA} have committed different records up to offset ${less.applied}`;
    }
  }
  return null;
}

function oneLeader(views: Views): string | null {
  const leaders = new Map<number, NodeId>();
  for (const [name, { role, term }] of views) {
    if (role !== 'leader') continue;
    const other = leaders.get(term);
    if (other !== undefined) return `${other} and ${name} both lead generation ${term}`;
    leaders.set(term, name);
  }
  return null;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'same-records',
    source: 'KIP-595: a committed record is never lost or replaced',
    check: (views) => sameRecords(views as Views),
  },
  {
    name: 'one-leader-per-generation',
    source: 'KIP-595: at most one leader in each epoch',
    check: (views) => oneLeader(views as Views),
  },
];
