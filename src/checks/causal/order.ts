/**
 * Which writes a read must know, as a graph that is never built: the predecessors of a node are
 * computed when asked for, so that a hundred thousand operations cost nothing but a few arrays.
 *
 * The four session guarantees are those of Terry, Demers, Petersen, Spreitzer, Theimer and Welch,
 * "Session guarantees for weakly consistent replicated data" (1994). A read knows what it returned,
 * and
 * - read your writes: all earlier writes of its process,
 * - monotonic reads: all that an earlier read of its process knew;
 * and who knows a write knows as well, and takes for older,
 * - monotonic writes: all earlier writes of the writer,
 * - writes follow reads: all that earlier reads of the writer knew.
 *
 * With all four this is causal order: program order and reads-from, closed. Each operation has four
 * nodes: the moment it observes, the moment it sets, all writes of its process up to it, and all
 * reads of its process up to it. A node is four times the operation plus one of the constants.
 */
import type { RegisterHistory } from './register-history.ts';

export const OBSERVES = 0;
export const SETS = 1;
/** All writes of the process up to this one. */
export const WRITES = 2;
/** All reads of the process up to this one. */
export const READS = 3;

/** Which guarantees order the operations of a process: a sum of these. */
export const READ_YOUR_WRITES = 1;
export const MONOTONIC_READS = 2;
export const MONOTONIC_WRITES = 4;
export const WRITES_FOLLOW_READS = 8;
/** A compare-and-set follows its own read: it is one operation, whatever else is promised. */
export const ATOMIC = 16;
export const ALL_GUARANTEES = 31;

/** Predecessors that a node may have without added edges. */
const SLOTS = 2;

/**
 * The order that guarantees make, with edges added to it. Nodes beyond those of the operations are
 * joins: they gather edges.
 */
export class KnowledgeOrder {
  readonly history: RegisterHistory;
  /** By operation, the write that it saw, `INITIAL` or `NOTHING`. */
  readonly source: Int32Array;
  readonly guarantees: number;
  /** The process that all guarantees order, whatever the others have; -1 is none. */
  readonly own: number;
  #nodes: number;
  // Added edges, as lists by the node they lead to.
  #head: Int32Array;
  #from: Int32Array = new Int32Array(64);
  #next: Int32Array = new Int32Array(64);
  #reason: Int32Array = new Int32Array(64);
  #edges = 0;
  /** The node that the last edge from a node led to, so that repeated edges are few. */
  #lastTarget: Int32Array;

  constructor(history: RegisterHistory, source: Int32Array, guarantees: number, own = -1) {
    this.history = history;
    this.source = source;
    this.guarantees = guarantees;
    this.own = own;
    this.#nodes = 4 * history.size;
    this.#head = new Int32Array(this.#nodes).fill(-1);
    this.#lastTarget = new Int32Array(this.#nodes).fill(-1);
  }

  get nodes(): number {
    return this.#nodes;
  }

  /** Edges added. */
  get edges(): number {
    return this.#edges;
  }

  /** A predecessor, for each slot below `slots(node)`; -1 if there is none in this slot. */
  predecessor(node: number, slot: number): number {
    const o = node >>> 2;
    const { history, source } = this;
    if (o >= history.size) return -1;
    const part = node & 3;
    const g = history.process[o] === this.own ? ALL_GUARANTEES : this.guarantees;
    if (part === OBSERVES) return this.#beforeRead(o, slot, g, source[o]!);
    const written = history.lastWrite[o]!;
    const read = history.lastRead[o]!;
    if (part === SETS) {
      if (slot === 0)
        return (g & MONOTONIC_WRITES) !== 0 && written >= 0 ? 4 * written + WRITES : -1;
      const follows = (g & WRITES_FOLLOW_READS) !== 0;
      if (history.observes[o] === 1 && (g & ATOMIC) !== 0)
        return 4 * o + (follows ? READS : OBSERVES);
      return follows && read >= 0 ? 4 * read + READS : -1;
    }
    if (slot === 0) return 4 * o + (part === WRITES ? SETS : OBSERVES);
    const last = part === WRITES ? written : read;
    return last >= 0 ? 4 * last + part : -1;
  }

  /**
   * Slot 0: the write that it returned. Slots 1 and 2: the last read and the last write of the
   * process, where guarantees say that it knows what they knew.
   */
  #beforeRead(o: number, slot: number, g: number, source: number): number {
    if (slot === 0) return source >= 0 ? 4 * source + SETS : -1;
    const read = (g & MONOTONIC_READS) === 0 ? -1 : this.history.lastRead[o]!;
    const written = (g & READ_YOUR_WRITES) === 0 ? -1 : this.history.lastWrite[o]!;
    if (slot === 1) return read >= 0 ? 4 * read + OBSERVES : -1;
    return written >= 0 ? 4 * written + WRITES : -1;
  }

  /** Slots of a node: ask `predecessor` for each below this. */
  slots(node: number): number {
    return (node & 3) === OBSERVES ? SLOTS + 1 : SLOTS;
  }

  /** The first added edge that leads to a node, or -1; the others follow by `nextEdge`. */
  firstEdge(node: number): number {
    return this.#head[node]!;
  }

  nextEdge(edge: number): number {
    return this.#next[edge]!;
  }

  edgeFrom(edge: number): number {
    return this.#from[edge]!;
  }

  /** The read that is why the edge was added. */
  edgeReason(edge: number): number {
    return this.#reason[edge]!;
  }

  /** False if the edge was the last that was added from there, and so is known. */
  addEdge(from: number, to: number, reason: number): boolean {
    if (this.#lastTarget[from] === to) return false;
    this.#lastTarget[from] = to;
    const edge = this.#edges++;
    if (edge === this.#from.length) {
      this.#from = grown(this.#from, 2 * edge);
      this.#next = grown(this.#next, 2 * edge);
      this.#reason = grown(this.#reason, 2 * edge);
    }
    this.#from[edge] = from;
    this.#next[edge] = this.#head[to]!;
    this.#reason[edge] = reason;
    this.#head[to] = edge;
    return true;
  }

  /** A node without an operation. */
  addJoin(): number {
    const node = this.#nodes++;
    if (node >= this.#head.length) {
      const length = 2 * this.#head.length + 64;
      this.#head = grown(this.#head, length, -1);
      this.#lastTarget = grown(this.#lastTarget, length, -1);
    }
    return node;
  }

  isJoin(node: number): boolean {
    return node >= 4 * this.history.size;
  }
}

function grown(array: Int32Array, length: number, fill = 0): Int32Array {
  const longer = new Int32Array(Math.max(length, 64));
  if (fill !== 0) longer.fill(fill);
  longer.set(array);
  return longer;
}
