/** The messages of a run as columns of numbers, which grow as the run goes. */

const REALS = ['sentUs', 'endedUs', 'sentStep', 'endedStep', 'cause'] as const;
const INTEGERS = ['from', 'to', 'kind', 'fate', 'fault'] as const;
const FIRST_ROWS = 1024;

/** One row a message; a doubled one has a second. */
export interface MessageTable {
  readonly sentUs: Float64Array;
  /** When it arrived or was lost; -1 while it is under way. */
  readonly endedUs: Float64Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly kind: Int32Array;
  readonly fate: Int32Array;
  readonly sentStep: Float64Array;
  /** -1 while it is under way. */
  readonly endedStep: Float64Array;
  /** The step whose handler sent it. */
  readonly cause: Float64Array;
  /** Which fault lost it or made it late, as a place in `faults`; -1 for none. */
  readonly fault: Int32Array;
}

/** Typed arrays: ten lists that grow took a third of the time that a page needs to be written. */
export class MessageRows {
  length = 0;
  columns: MessageTable = rowsOf(FIRST_ROWS);

  /** The number of a new row, whose columns are all 0. */
  add(): number {
    if (this.length === this.columns.sentUs.length) {
      const wider = rowsOf(2 * this.length);
      for (const name of [...REALS, ...INTEGERS]) wider[name].set(this.columns[name]);
      this.columns = wider;
    }
    return this.length++;
  }

  /** A new row with the numbers of another. */
  copy(row: number): number {
    const added = this.add();
    for (const name of [...REALS, ...INTEGERS]) {
      this.columns[name][added] = this.columns[name][row] ?? 0;
    }
    return added;
  }

  /** The rows so far, and no more; what is added later may not be seen in them. */
  table(): MessageTable {
    const { columns, length } = this;
    const reals = REALS.map((name) => [name, columns[name].subarray(0, length)] as const);
    const integers = INTEGERS.map((name) => [name, columns[name].subarray(0, length)] as const);
    return Object.fromEntries([...reals, ...integers]) as unknown as MessageTable;
  }
}

function rowsOf(room: number): MessageTable {
  const reals = REALS.map((name) => [name, new Float64Array(room)] as const);
  const integers = INTEGERS.map((name) => [name, new Int32Array(room)] as const);
  return Object.fromEntries([...reals, ...integers]) as unknown as MessageTable;
}
