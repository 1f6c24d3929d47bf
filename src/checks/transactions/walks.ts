/**
 * The shortest closed walk of a class from one transaction: breadth first over pairs of node and
 * what the walk has seen. Edges out of waypoints count as no step, so their targets join the level
 * that is being walked.
 */
import type { Components } from './components.ts';
import type { Edge } from './cycles.ts';
import { ONWARD, RW, type SealedGraph } from './dependency-graph.ts';

/** A rule for closed walks. */
export interface Walk {
  /** The kinds of edges that may be taken after the first. */
  readonly kinds: number;
  /** The kind of the first edge, and of the second if it is not 0. */
  readonly first: number;
  readonly second: number;
  /** Kinds that must occur after the first edge: at most two. */
  readonly need: number;
  /** Whether no rw edge may follow another, the first after the last included. */
  readonly apart: boolean;
  /** No cycle of the class has fewer edges. */
  readonly least: number;
}

// What a walk has seen, as bits of its layer.
const LAST_RW = 1;
const SEEN_RW = 2;
const SEEN_ORDER = 4;
/** The second edge is still to come. */
const WAITS = 8;
const LAYERS = 16;

export class WalkSearch {
  readonly #graph: SealedGraph;
  /** By state, `node * LAYERS + layer`: the search that reached it last, from where, and how. */
  readonly #reached: Int32Array;
  readonly #parent: Int32Array;
  readonly #edge: Int32Array;
  #search = 0;
  /** Edges walked so far. */
  steps = 0;

  constructor(graph: SealedGraph) {
    this.#graph = graph;
    this.#reached = new Int32Array(graph.nodes * LAYERS);
    this.#parent = new Int32Array(graph.nodes * LAYERS);
    this.#edge = new Int32Array(graph.nodes * LAYERS);
  }

  /**
   * A cycle through `origin` with fewer than `below` edges, the shortest; null if there is none
   * within these components, or if `limit` steps were walked before one was found. `rest`: along
   * the rest of the walk the number of the component may not fall below that of the origin.
   */
  from(
    origin: number,
    walk: Walk,
    within: Components,
    rest: Components | null,
    below: number,
    limit: number,
  ): readonly Edge[] | null {
    const { start, to, kind } = this.#graph;
    const search = ++this.#search;
    const home = within.of[origin * within.layers]!;
    const least = rest === null ? -1 : rest.of[origin]!;
    const begun = origin * LAYERS;
    let level = [begun];
    for (let length = 0; length < below && level.length > 0; length++) {
      const next: number[] = [];
      let closing: readonly Edge[] | null = null;
      // The level grows while it is walked, by what waypoints lead to.
      for (let i = 0; i < level.length; i++) {
        const state = level[i]!;
        const node = (state / LAYERS) | 0;
        if (this.steps >= limit) return closing;
        for (let at = start[node]!; at < start[node + 1]!; at++) {
          this.steps++;
          const k = kind[at]!;
          // Out of a waypoint the step was counted when it was entered.
          if (k !== ONWARD && (length + 1 >= below || closing !== null)) continue;
          const seen = state === begun ? opening(k, walk) : step(state % LAYERS, k, walk);
          if (seen < 0) continue;
          const target = to[at]!;
          const place = within.layers === 1 ? target : target * 2 + (seen & LAST_RW);
          if (within.of[place] !== home || (rest !== null && rest.of[target]! < least)) continue;
          if (target === origin) {
            if (!closes(seen, walk)) continue;
            const cycle = this.#unwind(state, at);
            if (cycle !== null && k === ONWARD) return cycle;
            closing ??= cycle;
            continue;
          }
          const reached = target * LAYERS + seen;
          if (this.#reached[reached] === search) continue;
          this.#reached[reached] = search;
          this.#parent[reached] = state;
          this.#edge[reached] = at;
          if (k === ONWARD) level.push(reached);
          else next.push(reached);
        }
      }
      if (closing !== null) return closing;
      level = next;
    }
    return null;
  }

  /** The edges back to the origin; null if they pass some transaction twice. */
  #unwind(last: number, closing: number): readonly Edge[] | null {
    const { to, kind, key, transactions } = this.#graph;
    const edges: Edge[] = [];
    const passed = new Set<number>();
    let end = to[closing]!;
    const origin = end;
    let at = closing;
    for (let state = last; ; state = this.#parent[state]!) {
      const node = (state / LAYERS) | 0;
      // An edge into a waypoint is the one that counts: it ends where the waypoints lead.
      if (kind[at] !== ONWARD) edges.push({ from: node, to: end, kind: kind[at]!, key: key[at]! });
      if (node < transactions) {
        if (node === origin) return edges.reverse();
        if (passed.has(node)) return null;
        passed.add(node);
        end = node;
      }
      at = this.#edge[state]!;
    }
  }
}

/** The layer after the first edge, -1 if it is not one to begin with. */
function opening(kind: number, { first, second }: Walk): number {
  if (kind !== first) return -1;
  return (kind === RW ? LAST_RW : 0) | (second === 0 ? 0 : WAITS);
}

/** The layer after a further edge, -1 if it may not be taken. */
function step(layer: number, kind: number, { kinds, second, need, apart }: Walk): number {
  if (kind === ONWARD) return layer;
  if ((layer & WAITS) !== 0) return kind === second ? (kind === RW ? LAST_RW : 0) : -1;
  if ((kind & kinds) === 0) return -1;
  if (apart && kind === RW && (layer & LAST_RW) !== 0) return -1;
  let seen = layer & (SEEN_RW | SEEN_ORDER);
  if ((kind & need) !== 0) seen |= kind === RW ? SEEN_RW : SEEN_ORDER;
  return seen | (kind === RW ? LAST_RW : 0);
}

function closes(layer: number, { need, apart }: Walk): boolean {
  if ((layer & WAITS) !== 0 || (apart && (layer & LAST_RW) !== 0)) return false;
  if ((need & RW) !== 0 && (layer & SEEN_RW) === 0) return false;
  return (need & ~RW) === 0 || (layer & SEEN_ORDER) !== 0;
}
