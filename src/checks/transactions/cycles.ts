/**
 * Cycles of a dependency graph by class, the shortest of each: after Adya (PhD thesis, 1999) G0,
 * G1c, G-single and G2, with G-nonadjacent between the last two, each by the data alone, with the
 * order of processes, and with real time (Kingsbury & Alvaro, VLDB 2020).
 *
 * A class is a rule for walks: which kinds of edges they may take, which one they begin with, which
 * must occur, whether rw edges may touch. Components come first: a class is searched only where its
 * cycles can be, breadth first from each transaction that has a beginning.
 *
 * A circle of types with `walks.ts`, which walks along the edges that are declared here.
 */
import { type Components, componentsOf, cyclicRegions } from './components.ts';
import { ALL_KINDS, PROCESS, REALTIME, RW, type SealedGraph, WR, WW } from './dependency-graph.ts';
import { classesOf } from './isolation.ts';
import { type Walk, WalkSearch } from './walks.ts';

/** An edge of a cycle, between transactions. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  /** The key concerned, -1 for orders of processes and time. */
  readonly key: number;
}

export interface FoundCycles {
  readonly name: string;
  /** In how many entangled sets of transactions such a cycle was found. */
  readonly count: number;
  /** The shortest that was found; the last edge leads back to the beginning of the first. */
  readonly cycle: readonly Edge[];
}

export interface CycleSearch {
  /** The worst first. */
  readonly found: readonly FoundCycles[];
  /** Classes of which none was found before the budget ran out. */
  readonly undecided: readonly string[];
  /** Edges walked. */
  readonly steps: number;
  /** Components by edges of all kinds. */
  readonly everything: Components;
}

/** Orders besides the data: none, processes, processes and real time; the weaker first. */
export const LEVELS = [
  { suffix: '', kinds: 0, need: 0 },
  { suffix: '-process', kinds: PROCESS, need: PROCESS },
  { suffix: '-realtime', kinds: PROCESS | REALTIME, need: REALTIME },
] as const;

interface CycleClass {
  readonly name: string;
  readonly walk: Walk;
  /** Which components bound the search. */
  readonly bounds: 'closed' | 'apart' | 'single';
}

/** The classes of one level, the worst first. */
function classesAt({ suffix, kinds, need }: (typeof LEVELS)[number]): readonly CycleClass[] {
  const shape = { first: RW, second: 0, need, apart: false, least: 2 };
  return [
    {
      name: `G0${suffix}`,
      walk: { ...shape, kinds: WW | kinds, first: WW },
      bounds: 'closed',
    },
    {
      name: `G1c${suffix}`,
      walk: { ...shape, kinds: WW | WR | kinds, first: WR },
      bounds: 'closed',
    },
    {
      name: `G-single-item${suffix}`,
      walk: { ...shape, kinds: WW | WR | kinds },
      bounds: 'single',
    },
    {
      name: `G-nonadjacent-item${suffix}`,
      walk: { ...shape, kinds: WW | WR | RW | kinds, need: need | RW, apart: true, least: 4 },
      bounds: 'apart',
    },
    {
      name: `G2-item${suffix}`,
      walk: { ...shape, kinds: WW | WR | RW | kinds, second: RW, least: need === 0 ? 2 : 3 },
      bounds: 'closed',
    },
  ];
}

/** Finds the shortest cycle of each class. `steps` bounds the edges walked, over all classes. */
export function findCycles(graph: SealedGraph, steps: number): CycleSearch {
  const everything = componentsOf(graph, { kinds: ALL_KINDS, regions: null });
  if (!everything.cyclic) return { found: [], undecided: [], steps: 0, everything };
  const regions = cyclicRegions(everything);
  const search = new WalkSearch(graph);
  const undecided: string[] = [];
  const found: FoundCycles[] = [];
  /** What was found in each entangled set, with all that it implies. */
  const implied = new Map<number, ReadonlySet<string>>();
  const present = kindsWithin(graph, regions);
  const classes = LEVELS.flatMap(classesAt).filter(({ walk: { first, second, need } }) => {
    const needed = first | second | need;
    return (needed & present) === needed;
  });
  for (const [i, one] of classes.entries()) {
    const known = (region: number) => implied.get(region)?.has(one.name) === true;
    // What a class does not spend, the next ones have.
    const share = Math.ceil((steps - search.steps) / (classes.length - i));
    const { best, ranOut } = searchClass(graph, search, one, regions, share, known);
    if (best.size === 0) {
      if (ranOut) undecided.push(one.name);
      continue;
    }
    for (const region of best.keys()) {
      implied.set(region, new Set([...(implied.get(region) ?? []), ...later(one.name)]));
    }
    const cycle = [...best.values()].reduce((a, b) => (b.length < a.length ? b : a));
    found.push({ name: one.name, count: best.size, cycle });
  }
  return { found, undecided, steps: search.steps, everything };
}

/** The kinds of edges that are on cycles. */
function kindsWithin({ nodes, start, to, kind }: SealedGraph, regions: Int32Array): number {
  let kinds = 0;
  for (let node = 0; node < nodes; node++) {
    if (regions[node] === -1) continue;
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      if (regions[to[at]!] === regions[node]) kinds |= kind[at]!;
    }
  }
  return kinds;
}

/** What need not be looked for where the data alone show this: less than it, with an order. */
function later(name: string): readonly string[] {
  if (ordered.test(name)) return [];
  return [...classesOf([name])].filter((wider) => ordered.test(wider));
}

const ordered = /-(process|realtime)$/;

interface ClassSearch {
  /** By the entangled set that it lies in. */
  readonly best: ReadonlyMap<number, readonly Edge[]>;
  readonly ranOut: boolean;
}

function searchClass(
  graph: SealedGraph,
  search: WalkSearch,
  { walk, bounds }: CycleClass,
  regions: Int32Array,
  steps: number,
  known: (region: number) => boolean,
): ClassSearch {
  const best = new Map<number, readonly Edge[]>();
  const within: Components = componentsOf(graph, {
    kinds: bounds === 'single' ? walk.kinds | RW : walk.kinds,
    regions,
    apart: bounds !== 'closed',
  });
  if (!within.cyclic) return { best, ranOut: false };
  // The rest of a walk with one rw edge goes down these components.
  const rest = bounds === 'single' ? componentsOf(graph, { kinds: walk.kinds, regions }) : null;
  const limit = search.steps + steps;
  let ranOut = false;
  for (let t = 0; t < graph.transactions; t++) {
    const region = regions[t]!;
    if (region < 0 || within.sizes[within.of[t * within.layers]!]! < 2 || known(region)) continue;
    const shortest = best.get(region)?.length ?? Infinity;
    if (shortest <= walk.least) continue;
    const cycle = search.from(t, walk, within, rest, shortest, limit);
    if (cycle !== null) best.set(region, cycle);
    ranOut = search.steps >= limit;
    if (ranOut) break;
  }
  return { best, ranOut };
}
