/** A run as a page reads it back: the model, and its messages and operations as columns. */
import { Causality } from './causality.ts';
import { readColumns } from './columns.ts';
import type { PageModel } from './page-model.ts';

export interface Messages {
  readonly length: number;
  readonly sentUs: Float64Array;
  /** When it arrived or was lost; Infinity while it is under way. */
  readonly endedUs: Float64Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly kind: Float64Array;
  readonly fate: Float64Array;
  readonly sentStep: Float64Array;
  readonly endedStep: Float64Array;
  readonly cause: Float64Array;
  readonly fault: Float64Array;
}

export interface Operations {
  readonly length: number;
  readonly client: Float64Array;
  readonly node: Float64Array;
  readonly start: Float64Array;
  /** Infinity if it never ended. */
  readonly end: Float64Array;
  readonly outcome: Float64Array;
  readonly startStep: Float64Array;
  readonly endStep: Float64Array;
}

/** Rows of messages in the order of sending, with what counts those in a window at once. */
export interface Rows {
  readonly rows: Uint32Array;
  /** Their times of sending and of ending, each in order. */
  readonly sent: Float64Array;
  readonly ended: Float64Array;
}

const NONE = new Float64Array(0);

export class RunData {
  readonly model: PageModel;
  readonly messages: Messages;
  readonly operations: Operations;
  readonly all: Rows;
  /** By type, how many messages there are. */
  readonly kindCounts: readonly number[];
  private made: Causality | null = null;

  constructor(model: PageModel, bytes: Uint8Array) {
    this.model = model;
    const columns = readColumns(bytes);
    const of = (name: string) => columns.get(name) ?? NONE;
    const sentStep = of('message.sentStep');
    const waited = of('message.waited');
    this.messages = {
      length: sentStep.length,
      sentUs: of('message.sentUs'),
      endedUs: of('message.endedUs').map((us) => (us < 0 ? Infinity : us)),
      from: of('message.from'),
      to: of('message.to'),
      kind: of('message.kind'),
      fate: of('message.fate'),
      sentStep,
      endedStep: of('message.endedStep'),
      cause: sentStep.map((step, row) => step - (waited[row] ?? 0)),
      fault: of('message.fault'),
    };
    const start = of('operation.start');
    this.operations = {
      length: start.length,
      client: of('operation.client'),
      node: of('operation.node'),
      start,
      end: of('operation.end').map((us) => (us < 0 ? Infinity : us)),
      outcome: of('operation.outcome'),
      startStep: of('operation.startStep'),
      endStep: of('operation.endStep'),
    };
    const rows = new Uint32Array(sentStep.length);
    for (let row = 0; row < rows.length; row++) rows[row] = row;
    const { sentUs, endedUs } = this.messages;
    this.all = { rows, sent: sentUs, ended: endedUs.slice().sort() };
    this.kindCounts = this.countsOfKinds();
  }

  get causality(): Causality {
    this.made ??= new Causality(this.messages, this.model.nodes.length);
    return this.made;
  }

  private countsOfKinds(): readonly number[] {
    const counts = this.model.kinds.map(() => 0);
    const { kind } = this.messages;
    for (let row = 0; row < kind.length; row++) {
      const of = kind[row] ?? 0;
      counts[of] = (counts[of] ?? 0) + 1;
    }
    return counts;
  }

  /** Of rows in order. */
  rowsOf(rows: Uint32Array): Rows {
    const { sentUs, endedUs } = this.messages;
    const sent = Float64Array.from(rows, (row) => sentUs[row] ?? 0);
    const ended = Float64Array.from(rows, (row) => endedUs[row] ?? 0).sort();
    return { rows, sent, ended };
  }
}

/** How many numbers of an ordered list are below a bound. */
export function countBelow(ordered: ArrayLike<number>, bound: number): number {
  let low = 0;
  let high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many messages were under way at some moment of a window, both ends included. */
export function countWithin({ sent, ended }: Rows, fromUs: number, untilUs: number): number {
  return countBelow(sent, untilUs + 1) - countBelow(ended, fromUs);
}
