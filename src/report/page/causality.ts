/**
 * What could have led to an event, and what it could have led to.
 *
 * Source: Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System": the
 * order of steps on one node, a message's sending before its arrival, and what follows from both.
 * A message carries what its sender knew in the step that asked for it (`cause`), which may be
 * earlier than the step in which it left: it waited for a disk.
 */
import { ARRIVED } from './run-events.ts';

export interface Causes {
  /** Ends of the messages, as places of nodes, and their steps. */
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  readonly cause: ArrayLike<number>;
  /** -1 for a message that is under way. */
  readonly endedStep: ArrayLike<number>;
  readonly fate: ArrayLike<number>;
}

export interface Cone {
  /** By node: the newest step that the event can know of, -1 for none. */
  readonly past: Float64Array;
  /** By node: the first step that the event can have led to, Infinity for none. */
  readonly future: Float64Array;
  /** Rows of the messages in each half, and how many there are. */
  readonly pastRows: readonly number[];
  readonly futureRows: readonly number[];
  /** By node: the message that brought its newest news on, and the one that first carried it on. */
  readonly newest: ReadonlyMap<number, number>;
  readonly first: ReadonlyMap<number, number>;
}

/**
 * The arrivals of a run in their order, and its sendings by cause: made once, used by each cone.
 */
export class Causality {
  readonly causes: Causes;
  private readonly byArrival: Uint32Array;
  private readonly byCause: Uint32Array;
  private readonly nodes: number;

  constructor(causes: Causes, nodes: number) {
    this.causes = causes;
    this.nodes = nodes;
    const arrived: number[] = [];
    for (let row = 0; row < causes.from.length; row++) {
      if (causes.fate[row] === ARRIVED) arrived.push(row);
    }
    const { endedStep, cause } = causes;
    const by = (column: ArrayLike<number>) => (a: number, b: number) =>
      (column[a] ?? 0) - (column[b] ?? 0) || a - b;
    this.byArrival = Uint32Array.from(arrived).sort(by(endedStep));
    this.byCause = Uint32Array.from(arrived).sort(by(cause));
  }

  /** Of the event that `node` handled in this step. */
  cone(node: number, step: number): Cone {
    const { past, rows: pastRows, newest } = this.pastOf(node, step);
    const { future, rows: futureRows, first } = this.futureOf(node, step);
    return { past, future, pastRows, futureRows, newest, first };
  }

  /**
   * From the newest arrival to the oldest: a message in the cone brings in what its sender knew.
   * What its sender learnt later than any arrival still to come cannot bring more in.
   */
  pastOf(node: number, step: number) {
    const { from, to, cause, endedStep } = this.causes;
    const past = new Float64Array(this.nodes).fill(-1);
    past[node] = step;
    const rows: number[] = [];
    const newest = new Map<number, number>();
    for (let i = this.byArrival.length - 1; i >= 0; i--) {
      const row = this.byArrival[i] ?? 0;
      if ((endedStep[row] ?? 0) > (past[to[row] ?? 0] ?? -1)) continue;
      rows.push(row);
      const sender = from[row] ?? 0;
      if ((cause[row] ?? 0) <= (past[sender] ?? -1)) continue;
      past[sender] = cause[row] ?? 0;
      newest.set(sender, row);
    }
    newest.delete(node);
    return { past, rows, newest };
  }

  /** From the first cause to the last: a message that left knowing of the event takes it on. */
  futureOf(node: number, step: number) {
    const { from, to, cause, endedStep } = this.causes;
    const future = new Float64Array(this.nodes).fill(Infinity);
    future[node] = step;
    const rows: number[] = [];
    const first = new Map<number, number>();
    for (const row of this.byCause) {
      if ((cause[row] ?? 0) < (future[from[row] ?? 0] ?? Infinity)) continue;
      rows.push(row);
      const receiver = to[row] ?? 0;
      if ((endedStep[row] ?? 0) >= (future[receiver] ?? Infinity)) continue;
      future[receiver] = endedStep[row] ?? 0;
      first.set(receiver, row);
    }
    first.delete(node);
    return { future, rows, first };
  }

  /** The message that arrived in a step, -1 for none. */
  arrivalAt(step: number): number {
    let low = 0;
    let high = this.byArrival.length;
    const stepOf = (i: number) => this.causes.endedStep[this.byArrival[i] ?? 0] ?? 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (stepOf(middle) < step) low = middle + 1;
      else high = middle;
    }
    return low < this.byArrival.length && stepOf(low) === step ? (this.byArrival[low] ?? -1) : -1;
  }

  /** Whether a chain of messages leads from a step of one node to a step of another. */
  leadsTo(node: number, step: number, other: number, otherStep: number): boolean {
    return (this.futureOf(node, step).future[other] ?? Infinity) <= otherStep;
  }

  /** Messages after the one event and before the other: what an operation itself set going. */
  between(node: number, step: number, endNode: number, endStep: number): readonly number[] {
    const after = new Set(this.futureOf(node, step).rows);
    return this.pastOf(endNode, endStep).rows.filter((row) => after.has(row));
  }
}
