/** What holds of all members together at every moment. */
import type { NodeId } from '../../../sim/node.ts';
import type { Invariant } from '../../../sim/system.ts';
import type { ViewstampedView } from './viewstamped.ts';

type Views = ReadonlyMap<NodeId, ViewstampedView>;

/**
 * Members execute the same operations in the same order. A hash runs over all that a member has
 * executed, so that a difference once made is seen in all that follows.
 */
function sameHistory(views: Views): string | null {
  for (const [nameA, a] of views) {
    for (const [nameB, b] of views) {
      if (nameB === nameA) break;
      const less = a.commit < b.commit ? a : b;
      const more = less === a ? b : a;
      const hash = more.tail[more.tail.length - 1 - (more.commit - less.commit)];
      if (less.commit === 0 || hash === undefined || hash === less.tail.at(-1)) continue;
      return `${nameB} and ${nameA} have executed different operations up to ${less.commit}`;
    }
  }
  return null;
}

function onePrimary(views: Views): string | null {
  const primaries = new Map<number, NodeId>();
  for (const [name, { role, term }] of views) {
    if (role !== 'leader') continue;
    const other = primaries.get(term);
    if (other !== undefined) return `${other} and ${name} are both primary of view ${term}`;
    primaries.set(term, name);
  }
  return null;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'same-history',
    source: 'Liskov, Cowling 2012, section 8: correctness of view changes and recovery',
    check: (views) => sameHistory(views as Views),
  },
  {
    name: 'one-primary-per-view',
    source: 'Liskov, Cowling 2012, section 4: the primary is chosen round-robin by the view',
    check: (views) => onePrimary(views as Views),
  },
];
