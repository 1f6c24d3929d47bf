/** Declared measures over the run, a line for each node, in cells of equal length. */
import type { Result } from '../../scenarios/result.ts';
import type { Measure } from '../../sim/measure.ts';
import type { PageSeries } from './page-model.ts';

const CELLS = 240;
const SERIES_MAX = 12;
/** Of more nodes, the first have a line. */
const LINES_MAX = 12;

type Measured = Result['facts']['measured']['series'][number];

/**
 * Measures in the order of their kinds; ratios are what their parts show, and are left out.
 * `endUs`: where the last cell ends, which may be later than the run did.
 */
export function seriesOf(
  result: Result,
  places: ReadonlyMap<string, number>,
  endUs: number,
): readonly PageSeries[] {
  const { facts, scenario } = result;
  const found: PageSeries[] = [];
  const several = scenario.groups.filter(({ system }) => system.measures !== undefined).length > 1;
  for (const group of scenario.groups) {
    for (const [name, measure] of Object.entries(group.system.measures ?? {})) {
      if ('ratio' in measure) continue;
      const own = facts.measured.series
        .filter((each) => each.name === name && each.of === null && each.length > 0)
        .filter(({ node }) => group.nodes.includes(node));
      // A line at zero says nothing.
      if (own.every((each) => each.values.every((value) => !(value > 0)))) continue;
      const lines = own.slice(0, LINES_MAX).map((each) => {
        return { node: places.get(each.node) ?? 0, values: cellsOf(each, measure, endUs) };
      });
      const unit = measure.sort === 'count' ? 'count' : measure.unit;
      found.push({ name: several ? `${group.name} ${name}` : name, unit, doc: measure.doc, lines });
    }
  }
  return found.slice(0, SERIES_MAX);
}

/** A count's sum in the cell, a sample's largest, a gauge's last value. */
function cellsOf(
  { timesUs, values, length }: Measured,
  measure: Exclude<Measure, { readonly ratio: unknown }>,
  endUs: number,
): readonly (number | null)[] {
  const cells: (number | null)[] = Array.from({ length: CELLS }, () => null);
  for (let i = 0; i < length; i++) {
    const cell = Math.min(CELLS - 1, Math.floor(((timesUs[i] ?? 0) * CELLS) / Math.max(1, endUs)));
    const value = values[i] ?? Number.NaN;
    const before = cells[cell] ?? null;
    if (measure.sort === 'count') cells[cell] = (before ?? 0) + value;
    else if (measure.sort === 'sample') cells[cell] = Math.max(before ?? 0, value);
    else cells[cell] = value;
  }
  return measure.sort === 'gauge' ? carried(cells) : cells.map(short);
}

/** A level stays until the next one; NaN ends it. */
function carried(cells: readonly (number | null)[]): readonly (number | null)[] {
  let level: number | null = null;
  return cells.map((cell) => {
    if (cell !== null) level = Number.isNaN(cell) ? null : cell;
    return short(level);
  });
}

/** Six digits are more than a picture shows. */
function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(6));
}
