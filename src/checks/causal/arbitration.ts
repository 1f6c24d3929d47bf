/**
 * One order of all writes that everybody shares: whether reads return, of the writes to their key
 * that they must know, the last.
 *
 * With the guarantees of a session this is how Terry et al. (1994) mean them: `WriteOrder` is one
 * for all servers. With all four guarantees it is causal convergence, CCv of Bouajjani et al. (POPL
 * 2017): a write w that read r knows comes before the write that r returned, and with that causal
 * order must have no cycle (their bad pattern CyclicCF).
 *
 * Every known write gives an edge, but few are needed. A process that keeps what it knows
 * (monotonic reads) passes on: what came before the write it returned last comes before the one it
 * returns next. So a write needs an edge only at the first read of its key after it became known.
 */
import {
  type KnowledgeOrder,
  MONOTONIC_READS,
  OBSERVES,
  READ_YOUR_WRITES,
  SETS,
  WRITES,
} from './order.ts';
import { type Knowing, PathFinder, shortCycle, sortFrom } from './paths.ts';
import { INITIAL, NOTHING } from './register-history.ts';
import type { Violation } from './violation.ts';

/** What is wrong, or null. Adds edges to the order; counts the nodes visited in `spent`. */
export function arbitrate(order: KnowledgeOrder, spent: { steps: number }): Violation | null {
  const arbitration = new Arbitration(order, spent);
  const wrong = arbitration.run();
  if (wrong !== null) return wrong;
  const { cycle } = sortFrom(order, settingNodes(order));
  spent.steps += order.nodes;
  return cycle === null
    ? null
    : { kind: 'cycle', steps: shortCycle(order, cycle, 'by guarantee'), process: -1 };
}

function* settingNodes({ history }: KnowledgeOrder): Generator<number> {
  for (let o = 0; o < history.size; o++) if (history.sets[o] === 1) yield 4 * o + SETS;
}

class Arbitration {
  readonly #order: KnowledgeOrder;
  readonly #spent: { steps: number };
  /** The process that has last visited a node, plus one. */
  readonly #visitor: Int32Array;
  readonly #stack: number[] = [];
  readonly #keeps: boolean;

  constructor(order: KnowledgeOrder, spent: { steps: number }) {
    this.#order = order;
    this.#spent = spent;
    this.#visitor = new Int32Array(order.nodes);
    this.#keeps = (order.guarantees & MONOTONIC_READS) !== 0;
  }

  run(): Violation | null {
    // Without these two a read knows what it returned, and that comes last by itself.
    if ((this.#order.guarantees & (MONOTONIC_READS | READ_YOUR_WRITES)) === 0) return null;
    for (let p = 0; p < this.#order.history.processes.length; p++) {
      const wrong = this.#keeps ? this.#keeping(p) : this.#ownWrites(p);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  /** A process that knows what its earlier reads knew. */
  #keeping(p: number): Violation | null {
    const { history, source } = this.#order;
    const reads = history.processes[p]!.filter(
      (o) => history.observes[o] === 1 && source[o] !== NOTHING,
    );
    const next = nextOfKey(reads, history.key);
    for (let i = 0; i < reads.length; i++) {
      const read = reads[i]!;
      const known = this.#learn(4 * read + OBSERVES, p);
      for (const write of known) {
        const at = next.firstFrom(i, history.key[write]!);
        if (at < 0) continue;
        const wrong = this.#conflict(write, reads[at]!);
        if (wrong !== null) return wrong;
      }
      const later = next.after(i);
      if (later < 0 || source[read]! < 0) continue;
      const wrong = this.#conflict(source[read]!, reads[later]!);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  /** A process that knows its own writes, and what those know, but no more. */
  #ownWrites(p: number): Violation | null {
    const { history, source } = this.#order;
    const known = new Map<number, KnownWrites>();
    for (const o of history.processes[p]!) {
      if (history.observes[o] === 1 && source[o] !== NOTHING) {
        const writes = known.get(history.key[o]!);
        const wrong = writes === undefined ? null : this.#conflicts(writes, o);
        if (wrong !== null) return wrong;
      }
      if (history.sets[o] === 0) continue;
      for (const write of this.#learn(4 * o + WRITES, p)) {
        const key = history.key[write]!;
        let writes = known.get(key);
        if (writes === undefined) {
          writes = new KnownWrites(this.#order);
          known.set(key, writes);
        }
        writes.add(write);
      }
    }
    return null;
  }

  /** The writes that a process did not know before. */
  #learn(node: number, p: number): readonly number[] {
    const order = this.#order;
    const { history } = order;
    const visitor = this.#visitor;
    const stack = this.#stack;
    const learnt: number[] = [];
    const visit = (before: number) => {
      if (before < 0 || visitor[before] === p + 1) return;
      visitor[before] = p + 1;
      stack.push(before);
      if ((before & 3) === SETS && history.sets[before >>> 2] === 1) learnt.push(before >>> 2);
    };
    visit(node);
    while (stack.length > 0) {
      const at = stack.pop()!;
      this.#spent.steps++;
      for (let slot = 0; slot < order.slots(at); slot++) visit(order.predecessor(at, slot));
    }
    return learnt;
  }

  /** A read that knew a write returned another. */
  #conflict(write: number, read: number): Violation | null {
    const source = this.#order.source[read]!;
    if (source === write || write === read) return null;
    if (source === INITIAL) return seenInitial(this.#order, write, read, 'by guarantee');
    this.#order.addEdge(4 * write + SETS, 4 * source + SETS, read);
    return null;
  }

  #conflicts(writes: KnownWrites, read: number): Violation | null {
    const source = this.#order.source[read]!;
    if (source === INITIAL) return seenInitial(this.#order, writes.list[0]!, read, 'by guarantee');
    writes.precede(source, read);
    return null;
  }
}

/** A read of the initial value by who knew a write of the key. */
export function seenInitial(
  order: KnowledgeOrder,
  write: number,
  read: number,
  knowing: Knowing,
): Violation {
  const known = new PathFinder(order, knowing).known(write, read);
  return { kind: 'initial', read, write, known };
}

/** Among the reads of a process: the next of a key from a position on. */
export function nextOfKey(
  reads: readonly number[],
  key: Int32Array,
): {
  /** The first read of this key at or after position i, or -1. */
  firstFrom(i: number, key: number): number;
  /** The next read of the same key after position i, or -1. */
  after(i: number): number;
} {
  const positions = new Map<number, number[]>();
  const next = new Int32Array(reads.length).fill(-1);
  for (let i = 0; i < reads.length; i++) {
    const list = positions.get(key[reads[i]!]!);
    if (list === undefined) {
      positions.set(key[reads[i]!]!, [i]);
      continue;
    }
    next[list[list.length - 1]!] = i;
    list.push(i);
  }
  return {
    after: (i) => next[i]!,
    firstFrom(i, wanted) {
      const list = positions.get(wanted);
      if (list === undefined || list[list.length - 1]! < i) return -1;
      let low = 0;
      let high = list.length - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (list[middle]! < i) low = middle + 1;
        else high = middle;
      }
      return list[low]!;
    },
  };
}

/**
 * Writes of one key in the order in which they became known, with joins over aligned runs of two,
 * four, eight and so on, so that any stretch of them precedes a write by a few edges.
 */
class KnownWrites {
  readonly list: number[] = [];
  readonly #position = new Map<number, number>();
  readonly #order: KnowledgeOrder;
  /** By height, the joins over runs of 2^height writes. */
  readonly #joins: number[][] = [];

  constructor(order: KnowledgeOrder) {
    this.#order = order;
  }

  add(write: number): void {
    this.#position.set(write, this.list.length);
    this.list.push(write);
    for (let height = 1; this.list.length % (1 << height) === 0; height++) {
      const join = this.#order.addJoin();
      const lower = (i: number) =>
        height === 1 ? 4 * this.list[i]! + SETS : this.#joins[height - 2]![i]!;
      const right = this.list.length / (1 << (height - 1)) - 1;
      this.#order.addEdge(lower(right - 1), join, -1);
      this.#order.addEdge(lower(right), join, -1);
      const row = this.#joins[height - 1];
      if (row === undefined) this.#joins.push([join]);
      else row.push(join);
    }
  }

  /** All of them but itself come before this write, since the read that knew them returned it. */
  precede(write: number, read: number): void {
    const at = this.#position.get(write);
    this.#stretch(0, at ?? this.list.length, write, read);
    if (at !== undefined) this.#stretch(at + 1, this.list.length, write, read);
  }

  #stretch(from: number, until: number, write: number, read: number): void {
    while (from < until) {
      let height = 0;
      let length = 1;
      while (from % (2 * length) === 0 && from + 2 * length <= until) {
        height++;
        length *= 2;
      }
      const node =
        height === 0 ? 4 * this.list[from]! + SETS : this.#joins[height - 1]![from / length]!;
      this.#order.addEdge(node, 4 * write + SETS, read);
      from += length;
    }
  }
}
