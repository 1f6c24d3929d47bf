/** The messages of a run as columns of numbers, which grow as the run goes. */

const NAMES = [
  'sentUs',
  /** When it arrived or was lost; -1 while it is under way. */
  'endedUs',
  'from',
  'to',
  'kind',
  'fate',
  'sentStep',
  /** -1 while it is under way. */
  'endedStep',
  /** The step whose handler sent it. */
  'cause',
  /** Which fault lost it or made it late, as a place in `faults`; -1 for none. */
  'fault',
] as const;
const FIRST_ROWS = 1024;

/** One row a message; a doubled one has a second. */
export type MessageTable = { readonly [name in (typeof NAMES)[number]]: Float64Array };

/** Typed arrays: ten lists that grow took a third of the time that a page needs to be written. */
export class MessageRows {
  length = 0;
  columns = tableOf(() => new Float64Array(FIRST_ROWS));

  /** The number of a new row, whose columns are all 0. */
  add(): number {
    const { columns } = this;
    if (this.length === columns.sentUs.length) {
      this.columns = tableOf((name) => {
        const wider = new Float64Array(2 * this.length);
        wider.set(columns[name]);
        return wider;
      });
    }
    return this.length++;
  }

  /** A new row with the numbers of another. */
  copy(row: number): number {
    const added = this.add();
    for (const name of NAMES) this.columns[name].copyWithin(added, row, row + 1);
    return added;
  }

  /** The rows so far, and no more; what is added later may not be seen in them. */
  table(): MessageTable {
    return tableOf((name) => this.columns[name].subarray(0, this.length));
  }
}

function tableOf(column: (name: (typeof NAMES)[number]) => Float64Array): MessageTable {
  return Object.fromEntries(NAMES.map((name) => [name, column(name)])) as MessageTable;
}
