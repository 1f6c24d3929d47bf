/**
 * A measured series as a row of the timeline: bars from 0 to the largest value, blank where nothing
 * was measured, and `∞` where operations had no answer.
 */
import type { Result } from '../scenarios/result.ts';
import { formatMeasured } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { cellsOf } from './time-plot.ts';

type Series = Result['timeline']['series'][number];

/** One character a column; a column of several cells shows the largest. */
export function seriesPlot({ values }: Series, columns: number, ink: Ink): string {
  const most = Math.max(0, ...values.map((value) => (value === Infinity ? 0 : (value ?? 0))));
  let plot = '';
  for (let column = 0; column < columns; column++) {
    const here = cellsOf(values, column, columns).filter((value) => value !== null);
    const highest = Math.max(...here);
    if (here.length === 0) plot += ink.glyph.empty;
    else plot += highest === Infinity ? ink.glyph.endless : levelGlyph(highest, most, ink);
  }
  return plot;
}

/** The lowest level is 0 and little more; the highest is reached by the largest value alone. */
function levelGlyph(value: number, most: number, ink: Ink): string {
  const { levels } = ink.glyph;
  const last = levels.length - 1;
  const level = most === 0 ? 0 : Math.floor((value * last) / most);
  return levels[level] ?? '';
}

/** `3–12`, the smallest and the largest value; `nothing` when there is none. */
export function seriesRange({ values, unit }: Series, ink: Ink): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return 'nothing';
  const [least, most] = [Math.min(...known), Math.max(...known)].map((value) =>
    formatMeasured(value, unit),
  );
  return ink.clean(least === most ? `${least}` : `${least}${ink.ascii ? '..' : '–'}${most}`);
}
