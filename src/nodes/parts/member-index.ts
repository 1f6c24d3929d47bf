/**
 * The numbers of the members of a group: positions in its list, made once for all members of a run.
 *
 * A group of 10,000 would hold 10,000 tables of 10,000 names otherwise. The table is a pure
 * function of the list, so that nodes share nothing by it that a real machine could not compute.
 */
import type { NodeId } from '../../sim/node.ts';

const tables = new WeakMap<readonly NodeId[], ReadonlyMap<NodeId, number>>();

/** By name: the position in this list. The same table for the same list. */
export function positionsOf(members: readonly NodeId[]): ReadonlyMap<NodeId, number> {
  const known = tables.get(members);
  if (known !== undefined) return known;
  const table = new Map(members.map((member, position) => [member, position]));
  tables.set(members, table);
  return table;
}
