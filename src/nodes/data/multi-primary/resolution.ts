/** How conflicts are resolved: the schemes of sibling sets, and what each mode makes of them. */
import { byField } from '../../parts/row-fields.ts';
import {
  lastWriter,
  type Sibling,
  type SiblingSet,
  schemes,
  type VersionScheme,
  wins,
  winsByNode,
} from '../../parts/sibling-set.ts';
import type { Bug } from './declared.ts';
import type { Settings } from './settings.ts';

/** `rank` orders members by the names under which they make changes: the first wins. */
export function schemeOf(
  { resolve, tie, conflict }: Settings,
  bug: Bug | null,
  rank: (actor: string) => number,
): VersionScheme {
  switch (resolve) {
    case 'lww': {
      if (bug === 'tie-by-arrival') return lastArrival;
      const order = tie === 'node' ? winsByNode : wins;
      return conflict === 'field' ? byField(order) : lastWriter(order);
    }
    case 'priority':
      return byPriority(rank);
    default:
      return schemes.dotted;
  }
}

/** Of concurrent values the one stays whose member comes first, then the latest of that. */
function byPriority(rank: (actor: string) => number): VersionScheme {
  const { put, merge } = schemes.dotted;
  const first = ({ context, siblings }: SiblingSet): SiblingSet => ({
    context,
    siblings: siblings.toSorted((a, b) => rank(a.dot[0]) - rank(b.dot[0])).slice(0, 1),
  });
  return {
    put: (held, write) => {
      const { set, seen } = put(held, write);
      return { set: first(set), seen };
    },
    merge: (a, b) => first(merge(a, b)),
  };
}

/** The bug: of equal stamps the one that comes later. The second argument has just arrived. */
const lastArrival: VersionScheme = {
  put: schemes.lww.put,
  merge(held, arrived) {
    const [mine] = held.siblings;
    const [other] = arrived.siblings;
    if (mine !== undefined && other !== undefined && isTie(mine, other)) return arrived;
    return schemes.lww.merge(held, arrived);
  },
};

function isTie(a: Sibling, b: Sibling): boolean {
  return a.stampMs === b.stampMs;
}
