/**
 * Cycles and shortest paths in an order of knowledge, told as steps between operations. Iterative:
 * histories are longer than stacks are deep.
 */
import { type KnowledgeOrder, OBSERVES, SETS } from './order.ts';

/** Why one operation comes before another. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /**
   * `po`: the same process, earlier. `wr`: the read returned what was written. `cf`: a read that
   * knew the first write returned the second.
   */
  readonly kind: 'po' | 'wr' | 'cf';
  /** Of `cf`: the read, and why it knew the first write. Else -1, and nothing. */
  readonly read: number;
  readonly known: readonly Step[];
}

/** All steps, and those that they stand on. */
export function* allSteps(steps: readonly Step[]): Generator<Step> {
  for (const step of steps) {
    yield step;
    yield* allSteps(step.known);
  }
}

const DONE = -1;
const EDGES = 4;

/**
 * The nodes that roots are reached from, each after all its predecessors; or the nodes of a cycle,
 * each followed by one that it leads to.
 */
export function sortFrom(
  order: KnowledgeOrder,
  roots: Iterable<number>,
): { readonly sorted: Int32Array; readonly cycle: readonly number[] | null } {
  const cursor = new Int32Array(order.nodes);
  // 0 not seen, 1 on the stack, 2 sorted.
  const state = new Uint8Array(order.nodes);
  const sorted = new Int32Array(order.nodes);
  let count = 0;
  const stack: number[] = [];
  for (const root of roots) {
    if (state[root] !== 0) continue;
    state[root] = 1;
    stack.push(root);
    while (stack.length > 0) {
      const node = stack[stack.length - 1]!;
      const before = advance(order, node, cursor);
      if (before < 0) {
        state[node] = 2;
        sorted[count++] = node;
        stack.pop();
      } else if (state[before] === 0) {
        state[before] = 1;
        stack.push(before);
      } else if (state[before] === 1) {
        const cycle = stack.slice(stack.indexOf(before)).reverse();
        return { sorted: sorted.subarray(0, count), cycle };
      }
    }
  }
  return { sorted: sorted.subarray(0, count), cycle: null };
}

/** The next predecessor of a node, or -1; each is given once. */
function advance(order: KnowledgeOrder, node: number, cursor: Int32Array): number {
  let at = cursor[node]!;
  while (at !== DONE && at < EDGES) {
    if (at === order.slots(node)) {
      const edge = order.firstEdge(node);
      at = edge < 0 ? DONE : EDGES + edge;
      break;
    }
    const before = order.predecessor(node, at++);
    if (before < 0) continue;
    cursor[node] = at;
    return before;
  }
  if (at === DONE) {
    cursor[node] = DONE;
    return -1;
  }
  const edge = at - EDGES;
  const next = order.nextEdge(edge);
  cursor[node] = next < 0 ? DONE : EDGES + next;
  return order.edgeFrom(edge);
}

/** How many nodes of a cycle are tried, at most, as the start of a shorter one. */
const STARTS_MAX = 12;

/** A cycle of few steps through one of these nodes, which lie on a cycle. */
export function shortCycle(
  order: KnowledgeOrder,
  nodes: readonly number[],
  knowing: Knowing,
): readonly Step[] {
  const finder = new PathFinder(order, knowing);
  const starts = nodes.filter((node) => !order.isJoin(node));
  const stride = Math.max(1, Math.floor(starts.length / STARTS_MAX));
  let best: readonly Step[] | null = null;
  let least = Infinity;
  for (let i = 0; i < starts.length; i += stride) {
    const cycle = finder.path(starts[i]!, starts[i]!);
    const size = cycle === null ? Infinity : operationsOfSteps(cycle).size;
    if (cycle === null || size >= least) continue;
    best = cycle;
    least = size;
  }
  return best ?? [];
}

/** The operations of steps, reads that are why included. */
export function operationsOfSteps(steps: readonly Step[]): Set<number> {
  const found = new Set<number>();
  for (const { from, to, read } of allSteps(steps)) {
    found.add(from).add(to);
    if (read >= 0) found.add(read);
  }
  return found;
}

/**
 * What makes a read know a write: the guarantees alone, or also edges that were added before the
 * one that it is the reason of.
 */
export type Knowing = 'by guarantee' | 'by all before';

/** Paths of the fewest steps that leave a process. */
export class PathFinder {
  readonly #order: KnowledgeOrder;
  readonly #distance: Int32Array;
  /** The node after this one on the way to the target. */
  readonly #after: Int32Array;
  /** The added edge that leads there, or `PO`, `WR`. */
  readonly #via: Int32Array;
  readonly #knowing: Knowing;

  constructor(order: KnowledgeOrder, knowing: Knowing) {
    this.#order = order;
    this.#knowing = knowing;
    this.#distance = new Int32Array(order.nodes);
    this.#after = new Int32Array(order.nodes);
    this.#via = new Int32Array(order.nodes);
  }

  /** The steps of a shortest path of at least one edge, or null if there is none. */
  path(from: number, to: number): readonly Step[] | null {
    const found = this.#find(from, to, this.#order.edges);
    return found === null ? null : found.map((step) => this.#justified(step));
  }

  /** Why an operation knows a write: a path along what makes it know. */
  known(write: number, read: number): readonly Step[] {
    return this.#known(write, read, this.#order.edges);
  }

  #known(write: number, read: number, before: number): readonly Step[] {
    const limit = this.#knowing === 'by guarantee' ? 0 : before;
    const found = this.#find(4 * write + SETS, 4 * read + OBSERVES, limit) ?? [];
    return found.map((step) => this.#justified(step));
  }

  /** Edges stand only on edges that were added before them, so this ends. */
  #justified({ edge, ...step }: Found): Step {
    if (step.kind !== 'cf') return step;
    return { ...step, known: this.#known(step.from, step.read, edge) };
  }

  /** Along the guarantees, and the added edges below this number. */
  #find(from: number, to: number, limit: number): readonly Found[] | null {
    this.#distance.fill(UNSEEN);
    let level = 0;
    let current = [to];
    let later: number[] = [];
    let start = true;
    while (current.length > 0) {
      while (current.length > 0) {
        const node = current.pop()!;
        if (!start && node === from) return this.#steps(from, to);
        if (!start && this.#distance[node]! < level) continue;
        start = false;
        this.#relax(node, level, limit, current, later);
      }
      level++;
      current = later;
      later = [];
    }
    return null;
  }

  #relax(node: number, level: number, limit: number, current: number[], later: number[]): void {
    const order = this.#order;
    for (let slot = 0; slot < order.slots(node); slot++) {
      const before = order.predecessor(node, slot);
      if (before < 0) continue;
      const isRead = (node & 3) === OBSERVES && slot === 0;
      const distance = isRead ? level + 1 : level;
      if (this.#reach(before, node, distance, isRead ? WR : PO)) {
        (isRead ? later : current).push(before);
      }
    }
    for (let edge = order.firstEdge(node); edge >= 0; edge = order.nextEdge(edge)) {
      const before = order.edgeFrom(edge);
      if (edge < limit && this.#reach(before, node, level + 1, edge)) later.push(before);
    }
  }

  #reach(node: number, after: number, distance: number, via: number): boolean {
    if (this.#distance[node]! <= distance) return false;
    this.#distance[node] = distance;
    this.#after[node] = after;
    this.#via[node] = via;
    return true;
  }

  #steps(from: number, to: number): readonly Found[] {
    const order = this.#order;
    const steps: Found[] = [];
    let node = from;
    let opened = from >>> 2;
    do {
      const via = this.#via[node]!;
      const next = this.#after[node]!;
      if (!order.isJoin(next)) {
        const target = next >>> 2;
        if (target !== opened) {
          const kind = via === PO ? 'po' : via === WR ? 'wr' : 'cf';
          const read = via >= 0 ? order.edgeReason(via) : -1;
          const last = steps[steps.length - 1];
          if (kind === 'po' && last?.kind === 'po') {
            steps[steps.length - 1] = { ...last, to: target };
          } else steps.push({ from: opened, to: target, kind, read, known: [], edge: via });
        }
        opened = target;
      }
      node = next;
    } while (node !== to);
    return steps;
  }
}

/** A step, and the edge that it is. */
interface Found extends Step {
  readonly edge: number;
}

const UNSEEN = 0x7fffffff;
const PO = -1;
const WR = -2;
