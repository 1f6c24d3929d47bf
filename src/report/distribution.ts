/**
 * What one metric came to over many seeds: smallest, median, 95th percentile, largest, and a
 * histogram that can be read without colour.
 */
import { nearestRankOfSorted } from '../sim/nearest-rank.ts';
import { formatMeasured, type MetricUnit } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { cut, padLeft, textWidth } from './layout.ts';

/** What one seed measured. */
export interface SeedNumber {
  /** The expectation. */
  readonly text: string;
  readonly unit: MetricUnit;
  /** null: nothing was measured. Infinity is an answer that never came. */
  readonly value: number | null;
}

/** Quantiles are values that some seed had (nearest rank), so none is made up. */
export interface Distribution {
  readonly text: string;
  readonly unit: MetricUnit;
  /** Seeds that measured something; the others are left out of everything below. */
  readonly seeds: number;
  readonly unmeasured: number;
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  /** In ascending order, Infinity last. */
  readonly values: readonly number[];
}

const BINS = 24;
/** Fewer seeds than this are no distribution. */
const SEEDS_MIN = 5;

/**
 * One for each text, in the order in which they first came; those that nobody measured are left
 * out.
 */
export function distributionsOf(
  seeds: readonly { readonly numbers: readonly SeedNumber[] }[],
): readonly Distribution[] {
  const byText = new Map<string, SeedNumber[]>();
  for (const number of seeds.flatMap(({ numbers }) => numbers)) {
    const same = byText.get(number.text);
    if (same === undefined) byText.set(number.text, [number]);
    else same.push(number);
  }
  return [...byText].flatMap(([text, numbers]) => distributionOf(text, numbers) ?? []);
}

function distributionOf(text: string, numbers: readonly SeedNumber[]): Distribution | null {
  const values = numbers
    .flatMap(({ value }) => value ?? [])
    .sort((a, b) => (a === b ? 0 : a < b ? -1 : 1));
  const [first] = numbers;
  if (first === undefined || values.length < SEEDS_MIN) return null;
  return {
    text,
    unit: first.unit,
    seeds: values.length,
    unmeasured: numbers.length - values.length,
    min: nearestRankOfSorted(values, 0),
    median: nearestRankOfSorted(values, 0.5),
    p95: nearestRankOfSorted(values, 0.95),
    max: nearestRankOfSorted(values, 1),
    values,
  };
}

/** The section with its heading; empty without distributions. */
export function renderDistributions(all: readonly Distribution[], ink: Ink): string[] {
  if (all.length === 0) return [];
  const cells = all.map(({ min, median, p95, max, unit }) =>
    [min, median, p95, max].map((value) => ink.clean(formatMeasured(value, unit))),
  );
  const heads = ['min', 'median', 'p95', 'max'];
  const columns = heads.map((head, i) =>
    Math.max(head.length, ...cells.map((row) => textWidth(row[i] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, i) => padLeft(cell, columns[i] ?? 0)).join('  ');
  return [
    ink.strong('MEASURED'),
    ...all.flatMap((one, i) => [
      `  ${cut(ink.clean(one.text), ink.width - 2, ink.glyph.ellipsis)}`,
      ...(i === 0 ? [ink.dim(`    ${line(heads)}  from min to max`)] : []),
      `    ${line(cells[i] ?? [])}  ${histogram(one, ink)}${besides(one, ink)}`.trimEnd(),
    ]),
    '',
  ];
}

/** Seeds in each of equal parts from the smallest to the largest value, over the fullest part. */
function histogram({ values, min }: Distribution, ink: Ink): string {
  const finite = values.filter((value) => value !== Infinity);
  const most = finite[finite.length - 1] ?? min;
  if (finite.length === 0 || most === min) return '';
  const counts = new Array<number>(BINS).fill(0);
  for (const value of finite) {
    const bin = Math.min(BINS - 1, Math.floor(((value - min) * BINS) / (most - min)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const fullest = Math.max(...counts);
  const { levels } = ink.glyph;
  // A part with few seeds still shows: only an empty one is blank.
  return counts
    .map((count) => (count === 0 ? ' ' : levels[Math.ceil((count * levels.length) / fullest) - 1]))
    .join('')
    .trimEnd();
}

function besides({ values, unmeasured }: Distribution, ink: Ink): string {
  const endless = values.filter((value) => value === Infinity).length;
  const parts = [
    ...(endless === 0 ? [] : [`${ink.glyph.endless} in ${endless}`]),
    ...(unmeasured === 0 ? [] : [`nothing measured in ${unmeasured}`]),
  ];
  return parts.length === 0 ? '' : `  (${parts.join(', ')})`;
}

/** The same as JSON, which has no infinity: `∞`. */
export function distributionDocument({ values: _, ...distribution }: Distribution) {
  const { min, median, p95, max } = distribution;
  const written = (value: number) => (value === Infinity ? '∞' : value);
  return {
    ...distribution,
    min: written(min),
    median: written(median),
    p95: written(p95),
    max: written(max),
  };
}
