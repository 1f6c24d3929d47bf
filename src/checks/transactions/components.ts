/**
 * Strongly connected components of a dependency graph, by Tarjan's algorithm (SIAM J. Comput. 1972)
 * without recursion.
 *
 * With `apart`, the components are those of walks on which no two anti-dependencies (rw) follow one
 * another: each node is there twice, as entered by an rw edge or otherwise, and from the first no
 * rw edge leaves. Such a walk closes if and only if the history is not snapshot isolated (Cerone &
 * Gotsman, PODC 2016), which this decides in linear time.
 */
import { ONWARD, RW, type SealedGraph } from './dependency-graph.ts';

export interface Components {
  /** 1, or 2 for walks with rw edges apart. */
  readonly layers: number;
  /**
   * The component of each state, `node * layers + entered by rw`; -1 outside. An edge never leads
   * to a component of a higher number.
   */
  readonly of: Int32Array;
  /** How many states each has: more than one is a cycle. */
  readonly sizes: readonly number[];
  /** Whether some component has more than one state. */
  readonly cyclic: boolean;
}

/** What part of the graph to look at. */
export interface Part {
  /** The kinds of edges that count, as bits; edges out of waypoints always do. */
  readonly kinds: number;
  /** Only edges within one region; nodes of region -1 are outside. Null is everything. */
  readonly regions: Int32Array | null;
  readonly apart?: boolean;
}

export function componentsOf(graph: SealedGraph, part: Part): Components {
  const { start, to, kind } = graph;
  const { regions, apart = false } = part;
  const kinds = part.kinds | ONWARD;
  const layers = apart ? 2 : 1;
  const states = graph.nodes * layers;
  const of = new Int32Array(states).fill(-1);
  const order = new Int32Array(states);
  const low = new Int32Array(states);
  const cursor = new Int32Array(states);
  const open = new Int32Array(states);
  const path = new Int32Array(states);
  const sizes: number[] = [];
  let cyclic = false;
  let met = 0;
  let opened = 0;
  let depth = 0;
  const enter = (state: number) => {
    order[state] = low[state] = ++met;
    cursor[state] = start[(state / layers) | 0]!;
    open[opened++] = state;
    path[depth++] = state;
  };
  for (let root = 0; root < states; root++) {
    if (order[root] !== 0) continue;
    if (regions !== null && regions[(root / layers) | 0] === -1) continue;
    enter(root);
    while (depth > 0) {
      const state = path[depth - 1]!;
      const node = (state / layers) | 0;
      const layer = state % layers;
      const end = start[node + 1]!;
      let at = cursor[state]!;
      let next = -1;
      for (; at < end && next < 0; at++) {
        const k = kind[at]!;
        if ((k & kinds) === 0) continue;
        const target = to[at]!;
        if (regions !== null && regions[target] !== regions[node]) continue;
        if (apart && k === RW && layer === 1) continue;
        const entered = apart ? (k === RW || (k === ONWARD && layer === 1) ? 1 : 0) : 0;
        const other = target * layers + entered;
        if (order[other] === 0) next = other;
        else if (of[other] === -1 && order[other]! < low[state]!) low[state] = order[other]!;
      }
      cursor[state] = at;
      if (next >= 0) {
        enter(next);
        continue;
      }
      depth--;
      if (depth > 0) {
        const parent = path[depth - 1]!;
        if (low[state]! < low[parent]!) low[parent] = low[state]!;
      }
      if (low[state] !== order[state]) continue;
      let size = 0;
      let member = -1;
      while (member !== state) {
        member = open[--opened]!;
        of[member] = sizes.length;
        size++;
      }
      if (size > 1) cyclic = true;
      sizes.push(size);
    }
  }
  return { layers, of, sizes, cyclic };
}

/** Components with a cycle as regions: their number by node, -1 for nodes on no cycle. */
export function cyclicRegions({ of, sizes }: Components): Int32Array {
  const regions = new Int32Array(of.length);
  for (let node = 0; node < of.length; node++) {
    const component = of[node]!;
    regions[node] = component >= 0 && sizes[component]! > 1 ? component : -1;
  }
  return regions;
}
