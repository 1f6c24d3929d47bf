/**
 * Cycles and shortest paths in an order of knowledge, told as steps between operations. Iterative:
 * histories are longer than stacks are deep.
 */
import { type KnowledgeOrder, OBSERVES } from './order.ts';

/** Why one operation comes before another. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /**
   * `po`: the same process, earlier. `wr`: the read returned what was written. `cf`: a read that
   * knew the first write returned the second.
   */
  readonly kind: 'po' | 'wr' | 'cf';
  /** Of `cf`: the read. */
  readonly read: number;
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

/** So many nodes of a cycle are tried as the start of a shorter one. */
const STARTS_MAX = 12;

/** A cycle of few steps through one of these nodes, which lie on a cycle. */
export function shortCycle(order: KnowledgeOrder, nodes: readonly number[]): readonly Step[] {
  const found = new PathFinder(order);
  const starts = nodes.filter((node) => !order.isJoin(node));
  const stride = Math.max(1, Math.floor(starts.length / STARTS_MAX));
  let best: readonly Step[] | null = null;
  for (let i = 0; i < starts.length; i += stride) {
    const cycle = found.path(starts[i]!, starts[i]!);
    if (cycle !== null && (best === null || weight(cycle) < weight(best))) best = cycle;
  }
  return best ?? [];
}

function weight(steps: readonly Step[]): number {
  return steps.reduce((sum, { kind }) => sum + (kind === 'cf' ? 3 : 2), 0);
}

/** Paths of the fewest steps that leave a process. */
export class PathFinder {
  readonly #order: KnowledgeOrder;
  readonly #distance: Int32Array;
  /** The node after this one on the way to the target. */
  readonly #after: Int32Array;
  /** The added edge that leads there, or `PO`, `WR`. */
  readonly #via: Int32Array;

  constructor(order: KnowledgeOrder) {
    this.#order = order;
    this.#distance = new Int32Array(order.nodes);
    this.#after = new Int32Array(order.nodes);
    this.#via = new Int32Array(order.nodes);
  }

  /** The steps of a shortest path of at least one edge, or null if there is none. */
  path(from: number, to: number): readonly Step[] | null {
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
        this.#relax(node, level, current, later);
      }
      level++;
      current = later;
      later = [];
    }
    return null;
  }

  #relax(node: number, level: number, current: number[], later: number[]): void {
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
      if (this.#reach(before, node, level + 1, edge)) later.push(before);
    }
  }

  #reach(node: number, after: number, distance: number, via: number): boolean {
    if (this.#distance[node]! <= distance) return false;
    this.#distance[node] = distance;
    this.#after[node] = after;
    this.#via[node] = via;
    return true;
  }

  #steps(from: number, to: number): readonly Step[] {
    const order = this.#order;
    const steps: Step[] = [];
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
          } else steps.push({ from: opened, to: target, kind, read });
        }
        opened = target;
      }
      node = next;
    } while (node !== to);
    return steps;
  }
}

const UNSEEN = 0x7fffffff;
const PO = -1;
const WR = -2;
