/**
 * The order of lanes: by the sides of the fault that matters, so that a partition is one line and
 * each lost message crosses it; else by region, then as the scenario has them. A client follows the
 * node that it asks.
 */
import type { PageFault, PageNode } from './page-model.ts';

/** The fault whose sides order the lanes: the last with sides that struck before a time. */
export function sidedFault(faults: readonly PageFault[], atUs: number | null): PageFault | null {
  const sided = faults.filter(({ sides }) => sides.length > 0);
  const before = sided.filter(({ fromUs }) => atUs === null || fromUs <= atUs);
  return before.at(-1) ?? sided[0] ?? null;
}

/** The place of a node's side; nodes of none come last. */
export function sideOf(sides: PageFault['sides'], node: number): number {
  const side = sides.findIndex(({ nodes }) => nodes.includes(node));
  return side === -1 ? sides.length : side;
}

export function laneOrder(
  nodes: readonly PageNode[],
  faults: readonly PageFault[],
  atUs: number | null,
): readonly number[] {
  const sides = sidedFault(faults, atUs)?.sides ?? [];
  const regions = [...new Set(nodes.map(({ region }) => region))];
  const servers = nodes
    .flatMap(({ isClient }, place) => (isClient ? [] : [place]))
    .sort(
      (a, b) =>
        sideOf(sides, a) - sideOf(sides, b) ||
        regions.indexOf(nodes[a]?.region ?? null) - regions.indexOf(nodes[b]?.region ?? null) ||
        a - b,
    );
  const clientsOf = (server: number | null) =>
    nodes.flatMap(({ isClient, pinned }, place) => (isClient && pinned === server ? [place] : []));
  return [...servers.flatMap((server) => [server, ...clientsOf(server)]), ...clientsOf(null)];
}
