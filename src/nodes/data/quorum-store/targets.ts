/**
 * Which nodes an operation on a key asks: the first n of the ring, as far as they are alive, and
 * with `sloppy` the next ones in place of the silent (Dynamo, section 4.6: "the first N healthy
 * nodes from the preference list"). Readers and writers may see different nodes silent, and then
 * ask different ones: that is why a sloppy quorum promises nothing.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { QuorumStore } from './quorum-store.ts';

export interface Targets {
  readonly replicas: readonly NodeId[];
  readonly live: readonly NodeId[];
  /** The silent ones, each with who stands in for it; null if nobody does. */
  readonly standIns: ReadonlyMap<NodeId, NodeId | null>;
}

/** `replicas`: those of reads, or those of writes while the ring changes. */
export function targetsOf(
  store: QuorumStore,
  key: string,
  replicas = store.replicasOf(key),
): Targets {
  const alive = (node: NodeId) => store.liveness.isAlive(node);
  const others = store.settings.sloppy
    ? store.membership.reads.walk(key).filter((node) => !replicas.includes(node) && alive(node))
    : [];
  const standIns = new Map<NodeId, NodeId | null>();
  for (const node of replicas) if (!alive(node)) standIns.set(node, others.shift() ?? null);
  return { replicas, live: replicas.filter(alive), standIns };
}

/** All nodes that are asked. */
export function asked({ live, standIns }: Targets): readonly NodeId[] {
  const stand = [...standIns.values()].filter((node) => node !== null);
  return [...live, ...stand];
}
