/**
 * Operations of a node that overlap, on lanes of their own: what reads Chrome's traces takes the
 * slices of one thread for calls within calls, and drops or cuts those that overlap otherwise.
 */
import type { History } from '../../sim/history.ts';
import type { NodeId } from '../../sim/node.ts';

export interface OperationLanes {
  /** By index of an operation, its lane; 0 is the node's own. */
  readonly of: readonly number[];
  /** By node, how many lanes there are, its own included. */
  readonly counts: ReadonlyMap<NodeId, number>;
}

/**
 * The first lane that is free. `taken` are nodes with other slices on their own lane, which these
 * could overlap. Operations are in the order in which they were invoked.
 */
export function operationLanes(
  history: History,
  endUs: number,
  taken: ReadonlySet<NodeId>,
): OperationLanes {
  const free = new Map<NodeId, number[]>();
  const of = history.map(({ client, invokedAtUs, endedAtUs }) => {
    const lanes = free.get(client) ?? [taken.has(client) ? Infinity : 0];
    free.set(client, lanes);
    const found = lanes.findIndex((us) => us <= invokedAtUs);
    const lane = found < 0 ? lanes.length : found;
    lanes[lane] = Math.min(endedAtUs, endUs);
    return lane;
  });
  return { of, counts: new Map([...free].map(([node, lanes]) => [node, lanes.length])) };
}
