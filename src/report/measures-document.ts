/**
 * What the nodes measured, for JSON and CSV. Both show every value that was reported, settle and
 * verify included, as it was: to sum up is for `expect:` and `show:`.
 */
import type { Result } from '../scenarios/result.ts';
import { visible } from '../sim/visible-text.ts';
import { csvField } from './csv.ts';
import { finite } from './document-parts.ts';

type MeasuredSeries = Result['facts']['measured']['series'][number];

/** By node, measure and label: how many values there are. `lost` found no room. */
export function measuresDocument({ facts: { measured } }: Result) {
  const { series, lost, fullAtUs } = measured;
  return {
    values: series
      .filter(({ length }) => length > 0)
      .map(({ node, name, of, length }) => ({ node, name, of, values: length })),
    lost,
    fullAtUs: finite(fullAtUs),
  };
}

const HEAD = 'at_us,node,measure,of,value\n';

/**
 * All values in the order of time, those of one instant in the order in which their series began. A
 * gauge that ended with the crash of its node has an empty value.
 */
export function renderMeasures({ facts: { measured } }: Result): string {
  const rows = measured.series.flatMap((series, place) =>
    Array.from({ length: series.length }, (_, i) => ({ series, place, i })),
  );
  rows.sort(
    (a, b) =>
      (a.series.timesUs[a.i] ?? 0) - (b.series.timesUs[b.i] ?? 0) || a.place - b.place || a.i - b.i,
  );
  return HEAD + rows.map(({ series, i }) => lineOf(series, i)).join('');
}

function lineOf({ node, name, of, timesUs, values }: MeasuredSeries, i: number): string {
  const value = values[i] ?? Number.NaN;
  const text = Number.isNaN(value) ? '' : String(value);
  return `${timesUs[i]},${field(node)},${field(name)},${field(of ?? '')},${text}\n`;
}

function field(raw: string): string {
  return csvField(visible(raw));
}
