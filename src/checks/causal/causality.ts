/**
 * Causal consistency, the weakest of the three of Bouajjani et al. (POPL 2017; CC, there also
 * called weak causal consistency): no cycle in causal order, and no read returns a value that a
 * write it knew had replaced (their bad patterns CyclicCO, WriteCOInitRead, WriteCORead).
 *
 * "A write w, then another of the key, then the read that returned w" is asked for 32 writes at a
 * time, a bit each, and only over the stretch of a sorted history between them and their readers,
 * which is short where reads are not old.
 */
import { seenInitial } from './arbitration.ts';
import { type KnowledgeOrder, OBSERVES, SETS } from './order.ts';
import { PathFinder, shortCycle, sortFrom } from './paths.ts';
import { INITIAL } from './register-history.ts';
import type { Violation } from './violation.ts';

/** What is wrong, or null. Counts nodes visited in `spent`. */
export function findCausalityViolation(
  order: KnowledgeOrder,
  spent: { steps: number },
): Violation | null {
  const { history, source } = order;
  const { sorted, cycle } = sortFrom(order, observingNodes(order));
  spent.steps += sorted.length;
  if (cycle !== null)
    return { kind: 'cycle', steps: shortCycle(order, cycle, 'by guarantee'), process: -1 };
  const position = new Int32Array(order.nodes).fill(-1);
  for (let i = 0; i < sorted.length; i++) position[sorted[i]!] = i;
  const initial = findInitialRead(order, sorted, spent);
  if (initial !== null) return initial;
  const last = new Int32Array(history.size).fill(-1);
  for (let o = 0; o < history.size; o++) {
    const w = source[o]!;
    if (w >= 0) last[w] = Math.max(last[w]!, position[4 * o + OBSERVES]!);
  }
  const writes: number[] = [];
  for (const node of sorted)
    if ((node & 3) === SETS && last[node >>> 2]! >= 0) writes.push(node >>> 2);
  const stretch = new Stretch(order, sorted, position, last);
  for (let i = 0; i < writes.length; i += 32) {
    const found = stretch.search(writes.slice(i, i + 32), spent);
    if (found !== null) return found;
  }
  return null;
}

function* observingNodes({ history }: KnowledgeOrder): Generator<number> {
  for (let o = 0; o < history.size; o++) if (history.observes[o] === 1) yield 4 * o + OBSERVES;
}

/** A read of the initial value after a write of its key, 32 keys at a time. */
function findInitialRead(
  order: KnowledgeOrder,
  sorted: Int32Array,
  spent: { steps: number },
): Violation | null {
  const { history, source } = order;
  let until = -1;
  const wanted = new Set<number>();
  sorted.forEach((node, i) => {
    if ((node & 3) !== OBSERVES || source[node >>> 2] !== INITIAL) return;
    wanted.add(history.key[node >>> 2]!);
    until = i;
  });
  const keys = [...wanted];
  const known = new Int32Array(order.nodes);
  for (let from = 0; from < keys.length; from += 32) {
    const bit = new Map(keys.slice(from, from + 32).map((key, i) => [key, 1 << i]));
    for (let i = 0; i <= until; i++) {
      const node = sorted[i]!;
      const o = node >>> 2;
      let bits = 0;
      for (let slot = 0; slot < order.slots(node); slot++) {
        const before = order.predecessor(node, slot);
        if (before >= 0) bits |= known[before]!;
      }
      const own = bit.get(history.key[o]!) ?? 0;
      if ((node & 3) === OBSERVES && source[o] === INITIAL && (bits & own) !== 0) {
        return seenInitial(order, writeBefore(order, node), o, 'by guarantee');
      }
      if ((node & 3) === SETS && history.sets[o] === 1) bits |= own;
      known[node] = bits;
    }
    spent.steps += until + 1;
  }
  return null;
}

/** Some write of the key before this read. */
function writeBefore(order: KnowledgeOrder, read: number): number {
  const { history } = order;
  const key = history.key[read >>> 2];
  const seen = new Set<number>([read]);
  // Breadth first: a near one makes a short story.
  const queue = [read];
  for (const node of queue) {
    const o = node >>> 2;
    if ((node & 3) === SETS && history.sets[o] === 1 && history.key[o] === key) return o;
    for (let slot = 0; slot < order.slots(node); slot++) {
      const before = order.predecessor(node, slot);
      if (before < 0 || seen.has(before)) continue;
      seen.add(before);
      queue.push(before);
    }
  }
  return -1;
}

class Stretch {
  readonly #order: KnowledgeOrder;
  readonly #sorted: Int32Array;
  readonly #position: Int32Array;
  /** By write, the position of the last read that returned it. */
  readonly #last: Int32Array;
  /** By node, a bit for each write: known; and known to be replaced. */
  readonly #known: Int32Array;
  readonly #replaced: Int32Array;

  constructor(order: KnowledgeOrder, sorted: Int32Array, position: Int32Array, last: Int32Array) {
    this.#order = order;
    this.#sorted = sorted;
    this.#position = position;
    this.#last = last;
    this.#known = new Int32Array(order.nodes);
    this.#replaced = new Int32Array(order.nodes);
  }

  /** A read that returned one of these writes, though it was known to be replaced. */
  search(writes: readonly number[], spent: { steps: number }): Violation | null {
    const { history, source } = this.#order;
    const bit = new Map(writes.map((write, i) => [write, 1 << i]));
    const ofKey = new Map<number, number>();
    for (const [write, own] of bit) {
      const key = history.key[write]!;
      ofKey.set(key, (ofKey.get(key) ?? 0) | own);
    }
    const from = this.#position[4 * writes[0]! + SETS]!;
    let until = from;
    for (const write of writes) until = Math.max(until, this.#last[write]!);
    spent.steps += until - from + 1;
    for (let i = from; i <= until; i++) {
      const node = this.#sorted[i]!;
      const o = node >>> 2;
      this.#gather(node, from);
      if ((node & 3) === SETS && history.sets[o] === 1) {
        const known = this.#known[node]!;
        this.#replaced[node]! |= known & (ofKey.get(history.key[o]!) ?? 0);
        this.#known[node] = known | (bit.get(o) ?? 0);
      } else if ((node & 3) === OBSERVES && source[o]! >= 0) {
        const own = bit.get(source[o]!) ?? 0;
        if ((this.#replaced[node]! & own) !== 0) return this.#stale(o);
      }
    }
    return null;
  }

  #gather(node: number, from: number): void {
    let known = 0;
    let replaced = 0;
    for (let slot = 0; slot < this.#order.slots(node); slot++) {
      const before = this.#order.predecessor(node, slot);
      if (before < 0 || this.#position[before]! < from) continue;
      known |= this.#known[before]!;
      replaced |= this.#replaced[before]!;
    }
    this.#known[node] = known;
    this.#replaced[node] = replaced;
  }

  #stale(read: number): Violation {
    const order = this.#order;
    const source = order.source[read]!;
    const newer = this.#between(source, read);
    const paths = new PathFinder(order, 'by guarantee');
    const after = paths.path(4 * source + SETS, 4 * newer + SETS) ?? [];
    const known = paths.known(newer, read);
    return { kind: 'stale', read, source, newer, after, known };
  }

  /** A write of the key that comes after the source and before the read. */
  #between(source: number, read: number): number {
    const order = this.#order;
    const { history } = order;
    const from = this.#position[4 * source + SETS]!;
    const until = this.#position[4 * read + OBSERVES]!;
    const after = new Set<number>([4 * source + SETS]);
    const candidates: number[] = [];
    for (let i = from + 1; i < until; i++) {
      const node = this.#sorted[i]!;
      for (let slot = 0; slot < order.slots(node); slot++) {
        const before = order.predecessor(node, slot);
        if (before < 0 || !after.has(before)) continue;
        after.add(node);
        const o = node >>> 2;
        const sets = (node & 3) === SETS && history.sets[o] === 1;
        if (sets && history.key[o] === history.key[source]) candidates.push(o);
        break;
      }
    }
    const paths = new PathFinder(order, 'by guarantee');
    return candidates.find((o) => paths.path(4 * o + SETS, 4 * read + OBSERVES) !== null) ?? source;
  }
}
