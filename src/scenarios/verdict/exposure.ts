/**
 * Exposure: how often a run put consistency to the test while its nodes were apart. Counted as
 * pairs of an acknowledged write and a read of the same key that began after the acknowledgement:
 * such a read has to see the write, or a later one. Without a pair across sides, a history that is
 * linearizable proves nothing of them.
 */
import { type LoadFact, objectOfLoad, type Window } from '../../checks/checker.ts';
import type { Side } from '../../sim/fault.ts';
import type { History } from '../../sim/history.ts';
import { isRead, isWrite } from '../../sim/interface.ts';
import type { NodeId } from '../../sim/node.ts';

export interface Exposure {
  /** Pairs whose ends were on different sides. */
  readonly across: number;
  /** Pairs with both ends on one side. */
  readonly within: number;
}

interface Write {
  /** The object and its key: two stores may have keys of one name. */
  readonly item: string;
  readonly side: number;
  readonly ackedAtUs: number;
}

/**
 * Of operations invoked inside the window at nodes that were on a side. What reads and what writes
 * is said by the interfaces that the loads ask.
 */
export function exposureOf(
  history: History,
  sides: readonly Side[],
  window: Window,
  loads: readonly LoadFact[],
): Exposure {
  const byName = new Map(loads.map((load) => [load.name, load]));
  const itemOf = (load: LoadFact, key: string | null) => JSON.stringify([objectOfLoad(load), key]);
  const sideOf = new Map<NodeId, number>();
  sides.forEach(({ nodes }, i) => {
    for (const node of nodes) sideOf.set(node, i);
  });
  const operations = history.filter(({ outcome, invokedAtUs }) => {
    return outcome === 'ok' && window.fromUs <= invokedAtUs && invokedAtUs < window.untilUs;
  });
  const writes: Write[] = [];
  for (const { f, key, node, load, completedAtUs } of operations) {
    const side = sideOf.get(node ?? '');
    const of = byName.get(load);
    if (side === undefined || of === undefined || !isWrite(of.asks, f)) continue;
    writes.push({ item: itemOf(of, key), side, ackedAtUs: completedAtUs });
  }
  // Writes acknowledged at one moment count alike, in whatever order.
  writes.sort((a, b) => a.ackedAtUs - b.ackedAtUs);

  const acked = new Map<string, number[]>();
  let next = 0;
  let across = 0;
  let within = 0;
  for (const { f, key, node, load, invokedAtUs } of operations) {
    const side = sideOf.get(node ?? '');
    const of = byName.get(load);
    if (side === undefined || of === undefined || !isRead(of.asks, f)) continue;
    for (; next < writes.length; next++) {
      const write = writes[next];
      if (write === undefined || write.ackedAtUs >= invokedAtUs) break;
      const counts = acked.get(write.item) ?? sides.map(() => 0);
      counts[write.side] = (counts[write.side] ?? 0) + 1;
      acked.set(write.item, counts);
    }
    acked.get(itemOf(of, key))?.forEach((count, i) => {
      if (i === side) within += count;
      else across += count;
    });
  }
  return { across, within };
}
