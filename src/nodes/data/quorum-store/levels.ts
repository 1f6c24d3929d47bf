/**
 * How many copies, and whose, an operation needs: by r and w, or by the consistency level that the
 * request names (Apache Cassandra, "Tunable Consistency").
 */
import type { NodeId } from '../../../sim/node.ts';
import { majority } from '../../parts/quorum.ts';

/** Every level that a request may name. */
export const LEVEL_NAMES = [
  'any',
  'one',
  'two',
  'three',
  'quorum',
  'all',
  'local-one',
  'local-quorum',
  'each-quorum',
] as const;

export interface Need {
  /** Acknowledgements in all. */
  readonly total: number;
  /** Of them, from the first n nodes of the ring. */
  readonly primaries: number;
  /** Of them, from each region named; empty if it does not matter. */
  readonly regions: ReadonlyMap<string, number>;
  /** Whether a hint is as good as a copy. */
  readonly hintsCount: boolean;
}

const ANYWHERE: ReadonlyMap<string, number> = new Map();

export function needOf(total: number, primaries: number): Need {
  return { total, primaries, regions: ANYWHERE, hintsCount: false };
}

export interface Around {
  readonly replicas: readonly NodeId[];
  readonly here: string | null;
  regionOf(node: NodeId): string | null;
}

/** What a level needs; null for a level that does not exist. */
export function needOfLevel(level: string, around: Around): Need | null {
  const n = around.replicas.length;
  switch (level) {
    case 'any':
      return { ...needOf(1, 0), hintsCount: true };
    case 'one':
    case 'two':
    case 'three':
      return needOf(Math.min(n, { one: 1, two: 2, three: 3 }[level]), 0);
    case 'quorum':
      return needOf(majority(n), 0);
    case 'all':
      return needOf(n, n);
    case 'local-one':
      return localNeed(around, () => 1);
    case 'local-quorum':
      return localNeed(around, majority);
    case 'each-quorum':
      return eachQuorum(around);
    default:
      return null;
  }
}

/** Copies of the coordinator's own region alone. */
function localNeed({ replicas, here, regionOf }: Around, of: (copies: number) => number): Need {
  const copies = replicas.filter((node) => regionOf(node) === here).length;
  if (here === null || copies === 0) return needOf(of(replicas.length), 0);
  const total = of(copies);
  return { ...needOf(total, 0), regions: new Map([[here, total]]) };
}

function eachQuorum({ replicas, regionOf }: Around): Need {
  const copies = new Map<string, number>();
  for (const node of replicas) {
    const region = regionOf(node);
    if (region !== null) copies.set(region, (copies.get(region) ?? 0) + 1);
  }
  if (copies.size === 0) return needOf(majority(replicas.length), 0);
  const regions = new Map([...copies].map(([region, count]) => [region, majority(count)]));
  const total = [...regions.values()].reduce((sum, count) => sum + count, 0);
  return { ...needOf(total, 0), regions };
}

/** One acknowledgement more for each of these nodes, from its region where that matters. */
export function widened(need: Need, extra: readonly NodeId[], { regionOf }: Around): Need {
  if (extra.length === 0) return need;
  const regions = [...need.regions].map(([region, count]): [string, number] => [
    region,
    count + extra.filter((node) => regionOf(node) === region).length,
  ]);
  const { total, primaries, hintsCount } = need;
  return {
    total: total + extra.length,
    primaries: primaries === 0 ? 0 : primaries + extra.length,
    regions: new Map(regions),
    hintsCount,
  };
}

/** Do these acknowledgements suffice? */
export function isMet(need: Need, acked: ReadonlySet<NodeId>, around: Around): boolean {
  if (acked.size < need.total) return false;
  if (need.primaries > 0) {
    const primaries = around.replicas.filter((node) => acked.has(node)).length;
    if (primaries < need.primaries) return false;
  }
  for (const [region, wanted] of need.regions) {
    let there = 0;
    for (const node of acked) if (around.regionOf(node) === region) there++;
    if (there < wanted) return false;
  }
  return true;
}
