/**
 * What replicas answered last, when nobody wrote any more.
 */
import type { Operation } from '../../sim/history.ts';

/**
 * The node that was asked; where the history does not know it, the client, which stands for the
 * node that it talks to.
 */
export function replicaOf({ node, client }: Operation): string {
  return node ?? client;
}

/**
 * The last answered read of each replica among those invoked after every write had ended. A write
 * of unknown outcome ended when its client gave up; one that failed did not happen.
 */
export function finalReads(operations: readonly Operation[]): ReadonlyMap<string, Operation> {
  let quietFromUs = -Infinity;
  for (const { f, outcome, invokedAtUs, endedAtUs } of operations) {
    if (f === 'read' || outcome === 'fail') continue;
    quietFromUs = Math.max(quietFromUs, endedAtUs === Infinity ? invokedAtUs : endedAtUs);
  }
  const finals = new Map<string, Operation>();
  for (const operation of operations) {
    const { f, outcome, invokedAtUs } = operation;
    if (f === 'read' && outcome === 'ok' && invokedAtUs > quietFromUs) {
      finals.set(replicaOf(operation), operation);
    }
  }
  return finals;
}
