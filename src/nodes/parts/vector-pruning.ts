/**
 * Pruning of version vectors (Dynamo, section 4.4): a vector keeps a limited number of actors.
 * What it drops nobody can compare any more: copies that were equal look concurrent.
 */
import type { SiblingSet } from './sibling-set.ts';

/** The set with the actors of the most events; 0 keeps all. Of equal ones the first by name. */
export function prunedTo(most: number, set: SiblingSet): SiblingSet {
  const entries = Object.entries(set.context.vector);
  if (most === 0 || entries.length <= most) return set;
  const kept = entries
    .sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1))
    .slice(0, most);
  return { ...set, context: { ...set.context, vector: Object.fromEntries(kept) } };
}
