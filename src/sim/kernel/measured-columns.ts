/**
 * What nodes measure, as columns: one pair of typed arrays for each node, measure and label.
 *
 * A value costs 16 bytes; arrays grow by doubling, so that the bound of four million values is at
 * most 128 MB. Nothing is thinned out: beyond the bound values are counted as lost, and whoever
 * reads a stretch of time that is not whole must say `unknown`.
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
const FIRST_ROWS = 16;

/** What a node may measure. */
export interface NodeMeasures {
  readonly node: NodeId;
  readonly kind: string;
  /** null: anything, of no declared sort, as in a world without a scenario. */
  readonly measures: MeasureTable | null;
}

class Column implements MeasuredSeries {
  readonly node: NodeId;
  readonly name: string;
  readonly of: string | null;
  readonly isGauge: boolean;
  length = 0;
  timesUs = new Float64Array(FIRST_ROWS);
  values = new Float64Array(FIRST_ROWS);
  /** By label: this measure of this node with a third argument. */
  labelled: Map<string, Column> | null = null;

  constructor(node: NodeId, name: string, of: string | null, isGauge: boolean) {
    this.node = node;
    this.name = name;
    this.of = of;
    this.isGauge = isGauge;
  }

  /** NaN before the first value, and after the node's crash. */
  get last(): number {
    return this.length === 0 ? Number.NaN : this.values[this.length - 1]!;
  }

  push(atUs: number, value: number): void {
    const at = this.length;
    if (at === this.values.length) this.grow();
    this.timesUs[at] = atUs;
    this.values[at] = value;
    this.length = at + 1;
  }

  private grow(): void {
    this.timesUs = widened(this.timesUs);
    this.values = widened(this.values);
  }
}

export class MeasuredColumns implements Measurements {
  readonly series: Column[] = [];
  fullAtUs = Infinity;
  lost = 0;
  private rows = 0;
  private readonly rowsMax: number;
  private readonly nodes: readonly NodeMeasures[];
  /** By node: its columns without label, by measure. */
  private readonly columns: readonly Map<string, Column>[];

  constructor(nodes: readonly NodeMeasures[], rowsMax = MEASURED_ROWS_MAX) {
    this.nodes = nodes;
    this.rowsMax = rowsMax;
    this.columns = nodes.map(() => new Map());
  }

  /**
   * Keeps one value. Throws `UndeclaredError` for a measure or label that the node's kind does not
   * declare, RangeError for a value that is negative or not finite.
   */
  add(atUs: number, node: number, name: string, value: number, of: string | undefined): void {
    let column = this.columns[node]!.get(name) ?? this.open(node, name);
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
    const own = this.columns[node]!;
    if (own.size === 0) return;
    for (const column of own.values()) {
      this.end(atUs, column);
      for (const labelled of column.labelled?.values() ?? []) this.end(atUs, labelled);
    }
  }

  private end(atUs: number, column: Column): void {
    if (column.isGauge && !Number.isNaN(column.last)) this.put(atUs, column, Number.NaN);
  }

  private put(atUs: number, column: Column, value: number): void {
    if (this.rows < this.rowsMax) {
      this.rows++;
      column.push(atUs, value);
    } else {
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
    const column = new Column(id, name, null, isGauge);
    this.columns[node]!.set(name, column);
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
    const column = new Column(whole.node, whole.name, of, whole.isGauge);
    whole.labelled ??= new Map();
    whole.labelled.set(of, column);
    this.series.push(column);
    return column;
  }
}
