/**
 * A number over the values of one knob: how its distribution moves. The line is the median of the
 * runs, the inner band holds the middle half of them, the outer one all but a tenth at each end.
 */
import { nearestRankOfSorted } from '../../../sim/nearest-rank.ts';
import { text } from '../page-html.ts';
import { type Comparison, type Measure, runsAt } from './comparison.ts';

const WIDE = 440;
const TALL = 120;
const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9] as const;
/** Names of values that fit below the picture. */
const NAMES_MAX = 8;

/** Of fewer values nobody sees a line. */
export function hasBands({ axes }: Comparison): boolean {
  return axes.length === 1 && (axes[0]?.values.length ?? 0) >= 3;
}

/** Empty where the number was measured at fewer than two values of the knob. */
export function bandsFigure(measure: Measure, comparison: Comparison): string {
  const [axis] = comparison.axes;
  if (axis === undefined) return '';
  const columns = columnsOf(measure, comparison, axis.values);
  if (columns.length < 2) return '';
  const words = `median by ${axis.path}: ${mediansOf(measure, comparison, columns).join(', ')}`;
  return `<figure><figcaption><b>${text(measure.text)}</b> ${text(words)}. Bands: half of the runs, and all but a tenth at each end.</figcaption><svg viewBox="0 0 ${WIDE} ${TALL + 18}" width="${WIDE}" height="${TALL + 18}" role="img" aria-label="${text(words)}">${drawn(measure, axis.values, columns)}</svg></figure>`;
}

/** What was measured at the value with the place `at`, at each of `SHARES`. */
interface Column {
  readonly value: string;
  readonly at: number;
  readonly levels: readonly number[];
}

/** Of the values at which anything was measured. */
function columnsOf(
  measure: Measure,
  comparison: Comparison,
  values: readonly string[],
): readonly Column[] {
  return values.flatMap((value, at) => {
    const known = runsAt(comparison, at, null)
      .flatMap((i) => measure.values[i] ?? [])
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    const levels = SHARES.map((share) => nearestRankOfSorted(known, share));
    return known.length === 0 ? [] : [{ value, at, levels }];
  });
}

/** In words as the run says them that measured it; of many values the ends. */
function mediansOf(
  measure: Measure,
  { runs }: Comparison,
  columns: readonly Column[],
): readonly string[] {
  const told = columns.filter(
    (_, i) => columns.length <= NAMES_MAX || i === 0 || i === columns.length - 1,
  );
  return told.map(({ value, levels }) => {
    const { outcomes = [] } = runs[measure.values.indexOf(levels[2] ?? 0)] ?? {};
    return `${value}: ${outcomes.find((one) => one.text === measure.text)?.measured ?? ''}`;
  });
}

/** The shapes, as SVG. */
function drawn(measure: Measure, values: readonly string[], columns: readonly Column[]): string {
  const all = [...columns.flatMap(({ levels }) => levels), measure.bound ?? Number.NaN];
  const finite = all.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const x = (at: number) => (4 + (at / (values.length - 1)) * (WIDE - 8)).toFixed(1);
  const y = (level: number) =>
    (TALL - 4 - ((level - least) / (most - least || 1)) * (TALL - 8)).toFixed(1);
  const line = (i: number) => columns.map(({ at, levels }) => `${x(at)},${y(levels[i] ?? 0)}`);
  const band = (low: number, high: number) =>
    `<polygon class="band" points="${[...line(high), ...line(low).reverse()].join(' ')}"/>`;
  const bound =
    measure.bound === null
      ? ''
      : `<line class="bound" x1="0" x2="${WIDE}" y1="${y(measure.bound)}" y2="${y(measure.bound)}"/>`;
  const step = Math.ceil(values.length / NAMES_MAX);
  const names = values.map((value, at) => {
    const anchor = at === 0 ? 'start' : at === values.length - 1 ? 'end' : 'middle';
    return at % step === 0
      ? `<text x="${x(at)}" y="${TALL + 14}" text-anchor="${anchor}">${text(value)}</text>`
      : '';
  });
  return `${band(0, 4)}${band(1, 3)}<polyline class="median" points="${line(2).join(' ')}"/><line class="axis" x1="0" x2="${WIDE}" y1="${TALL}" y2="${TALL}"/>${bound}${names.join('')}`;
}
