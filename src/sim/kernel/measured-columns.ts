/**
 * What nodes measure: rows in the order in which they come, 20 bytes each, sorted into one series
 * for each node, measure and label when somebody reads them. Arrays of its own for each series
 * would cost a group of a million more than its nodes.
 *
 * Nothing is thinned out: beyond the bound values are counted as lost, and whoever reads a stretch
 * of time that is not whole must say `unknown`.
 */
import { assert } from '../assert.ts';
import {
  type MeasuredSeries,
  type Measurements,
  type MeasureTable,
  undeclared,
} from '../measure.ts';
import type { NodeId } from '../node.ts';
import { widened } from './growth.ts';

/** Values kept of a run. */
export const MEASURED_ROWS_MAX = 4_000_000;
const FIRST_ROWS = 1024;

/** What a node may measure. */
export interface NodeMeasures {
  readonly node: NodeId;
  readonly kind: string;
  /** null: anything, of no declared sort, as in a world without a scenario. */
  readonly measures: MeasureTable | null;
}

/** All values of a run. */
class Rows {
  length = 0;
  /** By row: the number of its series, its time, its value. */
  private of = new Int32Array(FIRST_ROWS);
  private times = new Float64Array(FIRST_ROWS);
  private values = new Float64Array(FIRST_ROWS);
  /** The rows by series, as they were when there were `sortedLength`. */
  private sortedLength = 0;
  private sorted = { timesUs: new Float64Array(0), values: new Float64Array(0) };
  /** By series: where its rows begin. */
  private starts = new Int32Array(0);

  push(series: number, atUs: number, value: number): void {
    const at = this.length++;
    if (at === this.of.length) this.grow();
    this.of[at] = series;
    this.times[at] = atUs;
    this.values[at] = value;
  }

  /** The rows of a series; `all` is the number of series. */
  rowsOf(series: number, all: number) {
    // A series may have come whose values found no room.
    if (this.sortedLength !== this.length || series + 1 >= this.starts.length) this.sort(all);
    const from = this.starts[series]!;
    const to = this.starts[series + 1]!;
    const { timesUs, values } = this.sorted;
    return { timesUs: timesUs.subarray(from, to), values: values.subarray(from, to) };
  }

  /** Counting sort: the rows of a series stay in the order of time. */
  private sort(all: number): void {
    const { length, of } = this;
    const starts = new Int32Array(all + 1);
    for (let i = 0; i < length; i++) starts[of[i]! + 1]!++;
    for (let series = 0; series < all; series++) starts[series + 1]! += starts[series]!;
    const next = starts.slice();
    const timesUs = new Float64Array(length);
    const values = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const to = next[of[i]!]!++;
      timesUs[to] = this.times[i]!;
      values[to] = this.values[i]!;
    }
    this.starts = starts;
    this.sorted = { timesUs, values };
    this.sortedLength = length;
  }

  private grow(): void {
    this.of = widened(this.of);
    this.times = widened(this.times);
    this.values = widened(this.values);
  }
}

class Column implements MeasuredSeries {
  readonly node: NodeId;
  readonly name: string;
  readonly of: string | null;
  readonly isGauge: boolean;
  length = 0;
  /** NaN before the first value, and after the node's crash. */
  last = Number.NaN;
  /** The next measure of its node. */
  next: Column | null = null;
  /** By label, of which there may be thousands: this measure of this node with a third argument. */
  labelled: Map<string, Column> | null = null;
  private readonly all: MeasuredColumns;
  private readonly number: number;
  private read: { readonly timesUs: Float64Array; readonly values: Float64Array } | null = null;

  constructor(
    all: MeasuredColumns,
    of: Pick<MeasuredSeries, 'node' | 'name' | 'of'>,
    gauge: boolean,
  ) {
    this.all = all;
    this.number = all.series.length;
    this.node = of.node;
    this.name = of.name;
    this.of = of.of;
    this.isGauge = gauge;
  }

  get timesUs(): Float64Array {
    return this.rows.timesUs;
  }

  get values(): Float64Array {
    return this.rows.values;
  }

  private get rows() {
    if (this.read?.values.length !== this.length) {
      this.read = this.all.rows.rowsOf(this.number, this.all.series.length);
    }
    return this.read!;
  }

  push(atUs: number, value: number): void {
    this.all.rows.push(this.number, atUs, value);
    this.length++;
    this.last = value;
  }
}

export class MeasuredColumns implements Measurements {
  readonly series: Column[] = [];
  fullAtUs = Infinity;
  lost = 0;
  readonly rows = new Rows();
  private readonly rowsMax: number;
  private readonly nodes: readonly NodeMeasures[];
  /** By node: the first of its columns without label; null before its first value. */
  private readonly columns: (Column | null)[];

  constructor(nodes: readonly NodeMeasures[], rowsMax = MEASURED_ROWS_MAX) {
    this.nodes = nodes;
    this.rowsMax = rowsMax;
    this.columns = nodes.map(() => null);
  }

  /**
   * Keeps one value. Throws `UndeclaredError` for a measure or label that the node's kind does not
   * declare, RangeError for a value that is negative or not finite.
   */
  add(atUs: number, node: number, name: string, value: number, of: string | undefined): void {
    let column = this.columns[node] ?? null;
    // Kinds have few measures, and their names are constants: this is quicker than a map.
    while (column !== null && column.name !== name) column = column.next;
    column ??= this.open(node, name);
    if (of !== undefined) column = column.labelled?.get(of) ?? this.label(node, column, of);
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(`measure('${name}', ${value}): a value is finite, and 0 or more`);
    }
    // A level that stays as it is says nothing new.
    if (column.isGauge && column.last === value) return;
    this.put(atUs, column, value);
  }

  /** The node has crashed: its gauges have no level until it reports one. */
  endGauges(atUs: number, node: number): void {
    for (let column = this.columns[node] ?? null; column !== null; column = column.next) {
      this.end(atUs, column);
      for (const labelled of column.labelled?.values() ?? []) this.end(atUs, labelled);
    }
  }

  private end(atUs: number, column: Column): void {
    if (column.isGauge && !Number.isNaN(column.last)) this.put(atUs, column, Number.NaN);
  }

  private put(atUs: number, column: Column, value: number): void {
    if (this.rows.length < this.rowsMax) column.push(atUs, value);
    else {
      this.lost++;
      if (this.fullAtUs === Infinity) this.fullAtUs = atUs;
    }
  }

  private open(node: number, name: string): Column {
    const { node: id, kind, measures } = this.nodes[node]!;
    let isGauge = false;
    if (measures !== null) {
      const measure = Object.hasOwn(measures, name) ? measures[name] : undefined;
      if (measure === undefined) {
        throw undeclared(`kind ${kind}`, 'measure', name, Object.keys(measures));
      }
      if ('ratio' in measure) {
        throw new RangeError(
          `measure('${name}'): it is the ratio of ${measure.ratio.join(' and ')}: measure these`,
        );
      }
      isGauge = measure.sort === 'gauge';
    }
    const column = new Column(this, { node: id, name, of: null }, isGauge);
    column.next = this.columns[node] ?? null;
    this.columns[node] = column;
    this.series.push(column);
    return column;
  }

  private label(node: number, whole: Column, of: string): Column {
    const { kind, measures } = this.nodes[node]!;
    const measure = measures?.[whole.name];
    const labels = measure !== undefined && 'of' in measure ? measure.of : undefined;
    if (labels !== undefined && !labels.includes(of)) {
      throw undeclared(`measure '${whole.name}' of kind ${kind}`, 'label', of, labels);
    }
    assert(whole.of === null, 'a label is given to a measure without one');
    const column = new Column(this, { node: whole.node, name: whole.name, of }, whole.isGauge);
    whole.labelled ??= new Map();
    whole.labelled.set(of, column);
    this.series.push(column);
    return column;
  }
}
