/**
 * An order of its own for every process: causal memory (Ahamad, Neiger, Burns, Kohli, Hutto 1995;
 * CM of Bouajjani et al., POPL 2017) and PRAM (Lipton & Sandberg 1988). Each process may see the
 * writes in another order, but that order must explain all that it read, and keep causal order; for
 * PRAM only the program order of each process.
 *
 * The order that a process p is bound to grows: a write that comes before a read of p comes before
 * the write which that read returned. It must reach no cycle, and no write of a key may come before
 * a read of its initial value (bad patterns CyclicHB and WriteHBInitRead). It is enough to look at
 * the last operation of p.
 *
 * Each node before a read of p has a *stage*: the position of the first such read. Stages only
 * fall; each time that of a write does, it gets an edge at the first read of its key from that
 * stage on, and those that the edge leads to may fall in turn.
 */
import { nextOfKey, seenInitial } from './arbitration.ts';
import { ALL_GUARANTEES, KnowledgeOrder, MONOTONIC_WRITES, OBSERVES, SETS } from './order.ts';
import { shortCycle, sortFrom } from './paths.ts';
import { INITIAL, NOTHING, type RegisterHistory } from './register-history.ts';
import type { Violation } from './violation.ts';

/** What of the other processes binds a process. */
export type Binding = 'causal order' | 'program order';

const UNSTAGED = 0x7fffffff;

/** What is wrong with the view of some process, or null. Counts nodes visited in `spent`. */
export function findWrongView(
  history: RegisterHistory,
  source: Int32Array,
  binding: Binding,
  spent: { steps: number },
): Violation | null {
  const guarantees = binding === 'causal order' ? ALL_GUARANTEES : MONOTONIC_WRITES;
  const stage = new Int32Array(4 * history.size).fill(UNSTAGED);
  for (let p = 0; p < history.processes.length; p++) {
    const reads = history.processes[p]!.filter(
      (o) => history.observes[o] === 1 && source[o] !== NOTHING,
    );
    if (reads.length === 0) continue;
    const order = new KnowledgeOrder(history, source, guarantees, p);
    const view = new View(order, reads, stage, spent);
    // Making the order and sorting it costs as well.
    spent.steps += order.nodes >>> 1;
    const wrong = view.run(p);
    if (wrong !== null) return wrong;
    view.clear();
  }
  return null;
}

class View {
  readonly #order: KnowledgeOrder;
  readonly #reads: readonly number[];
  readonly #next: ReturnType<typeof nextOfKey>;
  readonly #stage: Int32Array;
  readonly #spent: { steps: number };
  readonly #staged: number[] = [];
  /** Nodes whose stage must fall, and how far. */
  readonly #nodes: number[] = [];
  readonly #stages: number[] = [];
  #wrong: Violation | null = null;

  constructor(
    order: KnowledgeOrder,
    reads: readonly number[],
    stage: Int32Array,
    spent: { steps: number },
  ) {
    this.#order = order;
    this.#reads = reads;
    this.#next = nextOfKey(reads, order.history.key);
    this.#stage = stage;
    this.#spent = spent;
  }

  run(process: number): Violation | null {
    const { source } = this.#order;
    const reads = this.#reads;
    for (let i = 0; i < reads.length; i++) {
      const later = this.#next.after(i);
      if (later >= 0 && source[reads[i]!]! >= 0) this.#conflict(source[reads[i]!]!, reads[later]!);
    }
    for (let i = 0; i < reads.length && this.#wrong === null; i++) {
      this.#fall(4 * reads[i]! + OBSERVES, i);
    }
    if (this.#wrong !== null) return this.#wrong;
    const last = 4 * reads[reads.length - 1]! + OBSERVES;
    const { cycle } = sortFrom(this.#order, [last]);
    if (cycle === null) return null;
    return { kind: 'cycle', steps: shortCycle(this.#order, cycle, 'by all before'), process };
  }

  clear(): void {
    for (const node of this.#staged) this.#stage[node] = UNSTAGED;
  }

  /** A node is before the read at this position, and so is all that is before it. */
  #fall(first: number, to: number): void {
    const order = this.#order;
    const { history } = order;
    this.#push(first, to);
    while (this.#nodes.length > 0) {
      const node = this.#nodes.pop()!;
      const stage = this.#stages.pop()!;
      const before = this.#stage[node]!;
      if (before <= stage) continue;
      this.#spent.steps++;
      if (before === UNSTAGED) this.#staged.push(node);
      this.#stage[node] = stage;
      for (let slot = 0; slot < order.slots(node); slot++) {
        this.#push(order.predecessor(node, slot), stage);
      }
      for (let edge = order.firstEdge(node); edge >= 0; edge = order.nextEdge(edge)) {
        this.#push(order.edgeFrom(edge), stage);
      }
      if ((node & 3) !== SETS || history.sets[node >>> 2] === 0) continue;
      const at = this.#next.firstFrom(stage, history.key[node >>> 2]!);
      if (at >= 0) this.#conflict(node >>> 2, this.#reads[at]!);
    }
  }

  #push(node: number, stage: number): void {
    if (node < 0 || this.#stage[node]! <= stage) return;
    this.#nodes.push(node);
    this.#stages.push(stage);
  }

  /** A write is before a read that returned another. */
  #conflict(write: number, read: number): void {
    const source = this.#order.source[read]!;
    if (source === write || write === read) return;
    if (source === INITIAL) {
      this.#wrong ??= seenInitial(this.#order, write, read, 'by all before');
      return;
    }
    if (!this.#order.addEdge(4 * write + SETS, 4 * source + SETS, read)) return;
    const reached = this.#stage[4 * source + SETS]!;
    if (reached !== UNSTAGED) this.#push(4 * write + SETS, reached);
  }
}
