/**
 * Metrics of what kinds measure: `hit-ratio(cache)`, `p99 lag(replica)`,
 * `max in-doubt(bank)`. They are made for a scenario, from the measures that its kinds declare.
 */
import type { Measure, MeasuredSeries, MeasureUnit } from '../../../sim/measure.ts';
import type { NodeId } from '../../../sim/node.ts';
import {
  formatCount,
  formatDurationUs,
  formatMomentUs,
  formatRatio,
  msToUs,
} from '../../../sim/units.ts';
import type { Facts, Measurement, Metric, MetricUnit, Window } from '../../checker.ts';
import {
  type BusiestSecond,
  busiestSecond,
  type Levels,
  levels,
  meanLevel,
  quantileLevel,
  quantileOf,
  type Sampled,
  type Sighting,
  sampled,
} from './measured-values.ts';
import { disjoint, lengthUs } from './windows.ts';

/** `ratio` is no sort of values, but sums up as one. */
export type MeasureSort = 'count' | 'sample' | 'gauge' | 'ratio';

export function sortOf(measure: Measure): MeasureSort {
  return 'ratio' in measure ? 'ratio' : measure.sort;
}

const QUANTILES: ReadonlyMap<string, number> = new Map([
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
]);

/** What may stand before a measure of each sort; the empty word is the measure alone. */
export const WAYS: { readonly [S in MeasureSort]: readonly string[] } = {
  count: ['', 'rate', 'peak'],
  sample: [...QUANTILES.keys(), 'mean', 'min', 'max', 'last', 'sum'],
  gauge: ['mean', 'max', 'min', 'last', ...QUANTILES.keys()],
  ratio: [''],
};

export const WAYS_DOC: { readonly [S in MeasureSort]: string } = {
  count: 'The sum, the sum per second, or the most in one second, wherever that begins.',
  sample: 'Nearest rank among the values in the window, their mean, extremes, newest and sum.',
  gauge:
    'The level: its mean and quantiles by time, its extremes, and the highest that stands when ' +
    'the window ends. Each node counts with the time in which it had a level.',
  ratio: 'The sum of one measure over the sum of another.',
};

/** A measure, where it is declared, and what may narrow it. */
export interface MeasuredSpec {
  /** Of `WAYS`. */
  readonly way: string;
  readonly name: string;
  readonly measure: Measure;
  /** Groups whose nodes report it. */
  readonly groups: readonly { readonly name: string; readonly nodes: readonly NodeId[] }[];
  /** Labels: what is declared, else the names of all nodes and groups of the scenario. */
  readonly labels: readonly string[];
}

export function measuredMetric(spec: MeasuredSpec): Metric {
  const { way, name, measure, groups, labels } = spec;
  const sort = sortOf(measure);
  const places = groups.flatMap((group) => [group.name, ...group.nodes]);
  const allowed = [...new Set([...places, ...labels])];
  return {
    name: way === '' ? name : `${way} ${name}`,
    summary: measure.doc,
    unit: unitOf(measure, way),
    doc: `${WAYS_DOC[sort]} Arguments: nodes and groups that report it, and of what.`,
    accepts: () => allowed,
    measure: (args, windows, _history, facts) => new Reading(spec, args, windows, facts).measure(),
  };
}

function unitOf(measure: Measure, way: string): MetricUnit {
  if ('ratio' in measure) return measure.unit ?? 'ratio';
  if (measure.sort === 'count') return way === '' ? 'count' : 'per-second';
  const unit: MeasureUnit = measure.unit;
  return unit;
}

/** One measure, read once. */
class Reading {
  readonly #spec: MeasuredSpec;
  readonly #facts: Facts;
  readonly #windows: readonly Window[];
  readonly #nodes: ReadonlySet<NodeId>;
  readonly #labels: ReadonlySet<string> | null;
  readonly #whose: string;

  constructor(
    spec: MeasuredSpec,
    args: readonly string[],
    windows: readonly Window[],
    facts: Facts,
  ) {
    this.#spec = spec;
    this.#facts = facts;
    this.#windows = disjoint(windows);
    const nodes = new Set<NodeId>();
    const labels = new Set<string>();
    for (const arg of args) {
      const group = spec.groups.find((one) => one.name === arg);
      const node = spec.groups.some((one) => one.nodes.includes(arg));
      if (group !== undefined) for (const member of group.nodes) nodes.add(member);
      else if (node) nodes.add(arg);
      else for (const label of labelsOf(arg, facts)) labels.add(label);
    }
    if (nodes.size === 0)
      for (const { nodes: all } of spec.groups) for (const n of all) nodes.add(n);
    this.#nodes = nodes;
    this.#labels = labels.size === 0 ? null : labels;
    this.#whose =
      args.length === 0 ? spec.groups.map((one) => one.name).join(', ') : args.join(', ');
  }

  measure(): Measurement {
    const { measured } = this.#facts;
    const endUs = this.#windows[this.#windows.length - 1]?.untilUs ?? 0;
    if (measured.fullAtUs < endUs) {
      const since = formatMomentUs(measured.fullAtUs);
      const because = `${formatCount(measured.lost)} values found no room from ${since} on`;
      return { value: null, samples: 0, because, isUnknown: true };
    }
    const { measure, name } = this.#spec;
    if ('ratio' in measure) return this.#ratio(measure.ratio);
    if (measure.sort === 'count') return this.#count(name);
    const series = this.#seriesOf(name, this.#labels);
    return measure.sort === 'sample'
      ? this.#sample(sampled(series, this.#windows))
      : this.#gauge(levels(series, this.#windows));
  }

  #seriesOf(name: string | null, labels: ReadonlySet<string> | null): readonly MeasuredSeries[] {
    return this.#facts.measured.series.filter((one) => {
      if (!this.#nodes.has(one.node) || (name !== null && one.name !== name)) return false;
      return labels === null || (one.of !== null && labels.has(one.of));
    });
  }

  /** A count of nothing is 0 where its nodes measured anything at all; else they were idle. */
  #count(name: string): Measurement {
    const series = this.#seriesOf(name, this.#labels);
    const found = sampled(series, this.#windows);
    const { length } = found.values;
    if (length === 0 && !this.#isBusy()) return this.#nothing(name);
    if (this.#spec.way === 'peak') return this.#peak(busiestSecond(series, this.#windows), length);
    const spanUs = lengthUs(this.#windows);
    const value = this.#spec.way === 'rate' ? (found.sum * 1_000_000) / spanUs : found.sum;
    return { value, samples: length, because: this.#counted(found, name) };
  }

  /** What stands beside the value, which says the sum by itself unless it is a rate. */
  #counted({ sum, last }: Sampled, name: string): string {
    const { way } = this.#spec;
    if (way === 'rate') return `${formatCount(sum)} ${name} of ${this.#whose}`;
    if (last === null) return `${this.#whose} measured other things`;
    return `the last at ${last.node} at ${formatMomentUs(last.atUs)}`;
  }

  #peak({ sum, fromUs }: BusiestSecond, samples: number): Measurement {
    const because = `the second from ${formatMomentUs(fromUs)} on is the busiest`;
    return { value: sum, samples, because };
  }

  #isBusy(): boolean {
    const all = this.#seriesOf(null, null);
    return sampled(all, this.#windows).values.some((value) => !Number.isNaN(value));
  }

  #ratio([part, whole]: readonly [string, string]): Measurement {
    const above = sampled(this.#seriesOf(part, this.#labels), this.#windows);
    const below = sampled(this.#seriesOf(whole, this.#labels), this.#windows);
    if (below.sum === 0) return this.#nothing(whole);
    const because = `${formatCount(above.sum)} ${part}, ${formatCount(below.sum)} ${whole}`;
    return { value: above.sum / below.sum, samples: below.values.length, because };
  }

  #sample(found: Sampled): Measurement {
    const { values, sum, largest, last } = found;
    if (largest === null) return this.#nothing(this.#spec.name);
    const value = sampleValue(this.#spec.way, values, sum, last);
    const because = `${formatCount(values.length)} values, largest: ${this.#sight(largest)}`;
    return { value, samples: values.length, because };
  }

  #gauge(found: Levels): Measurement {
    const { values, highest } = found;
    const value = levelValue(this.#spec.way, found);
    if (highest === null || value === null) return this.#nothing(this.#spec.name);
    const because = `${formatCount(values.length)} levels, highest: ${this.#sight(highest)}`;
    return { value, samples: values.length, because };
  }

  #sight({ value, node, atUs }: Sighting): string {
    const { measure } = this.#spec;
    const unit = 'unit' in measure ? measure.unit : 'count';
    return `${formatValue(value, unit ?? 'count')} at ${node} at ${formatMomentUs(atUs)}`;
  }

  #nothing(name: string): Measurement {
    const because = `${this.#whose} measured no ${name} in the window`;
    return { value: null, samples: 0, because };
  }
}

/** A label, or the nodes of a group that is one; its own name too. */
function labelsOf(arg: string, facts: Facts): readonly string[] {
  const group = facts.groups.find(({ name }) => name === arg);
  return group === undefined ? [arg] : [arg, ...group.nodes];
}

function sampleValue(
  way: string,
  values: Float64Array,
  sum: number,
  last: Sighting | null,
): number | null {
  const quantile = QUANTILES.get(way);
  if (quantile !== undefined) return quantileOf(values, quantile);
  switch (way) {
    case 'mean':
      return sum / values.length;
    case 'min':
      return values.reduce((least, value) => Math.min(least, value), Infinity);
    case 'max':
      return values.reduce((most, value) => Math.max(most, value), 0);
    case 'last':
      return last?.value ?? null;
    default:
      return sum;
  }
}

function levelValue(way: string, found: Levels): number | null {
  const quantile = QUANTILES.get(way);
  if (quantile !== undefined) return quantileLevel(found, quantile);
  switch (way) {
    case 'mean':
      return meanLevel(found);
    case 'min':
      return found.values.reduce((least, value) => Math.min(least, value), Infinity);
    case 'max':
      return found.highest?.value ?? null;
    default:
      return found.atEnd?.value ?? null;
  }
}

function formatValue(value: number, unit: MeasureUnit): string {
  switch (unit) {
    case 'ms':
      return formatDurationUs(msToUs(value));
    case 'ratio':
      return formatRatio(value);
    case 'bytes':
      return `${formatCount(value)} B`;
    case 'count':
      return formatCount(value);
  }
}
