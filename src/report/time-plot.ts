/**
 * A stretch of virtual time drawn in columns: the scale that all rows of the timeline share, bars
 * on it, and its axis. Cells of the result are regrouped to columns by counts, so that no number is
 * interpolated.
 */
import { formatDurationUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { textWidth } from './layout.ts';

export interface TimeScale {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly columns: number;
}

/** A row of the picture: its label, what is drawn, and the number that sums it up. */
export interface Row {
  readonly label: string;
  /** Characters of the plot, painted. */
  readonly plot: string;
  readonly value: string;
  /** Dim lines beneath. */
  readonly notes: readonly string[];
}

/** The column of a moment, clamped to the plot. */
export function columnAt(scale: TimeScale, atUs: number): number {
  const share = (atUs - scale.fromUs) / Math.max(1, scale.untilUs - scale.fromUs);
  return Math.max(0, Math.min(scale.columns - 1, Math.floor(share * scale.columns)));
}

/** The column after the last that a stretch ending at this moment touches. */
export function columnEnd(scale: TimeScale, atUs: number): number {
  const share = (atUs - scale.fromUs) / Math.max(1, scale.untilUs - scale.fromUs);
  return Math.max(0, Math.min(scale.columns, Math.ceil(share * scale.columns)));
}

/**
 * The cells that a column stands for; at least one, so cells are repeated when there are fewer than
 * columns.
 */
export function cellsOf<T>(cells: readonly T[], column: number, columns: number): readonly T[] {
  const from = Math.floor((column * cells.length) / columns);
  const until = Math.max(from + 1, Math.floor(((column + 1) * cells.length) / columns));
  return cells.slice(from, until);
}

/** A row of single characters to draw on. */
export function blankRow(columns: number): string[] {
  return new Array<string>(columns).fill(' ');
}

/** Draws `├──┤` from one moment to another; `untilUs` null goes on beyond the picture. */
export function drawBar(
  row: string[],
  scale: TimeScale,
  fromUs: number,
  untilUs: number | null,
  ink: Ink,
): void {
  const { glyph } = ink;
  const first = columnAt(scale, fromUs);
  const end = untilUs === null ? scale.columns : Math.max(first + 1, columnEnd(scale, untilUs));
  for (let column = first; column < end; column++) row[column] = glyph.barLine;
  if (untilUs === null) {
    for (let column = Math.max(first + 1, end - 2); column < end; column++)
      row[column] = glyph.barOpen;
  } else if (end - first > 1) {
    row[end - 1] = glyph.barEnd;
  }
  row[first] = end - first > 1 ? glyph.barStart : glyph.barPoint;
}

const steps = [1, 2, 5];

/** The axis: a tick at round moments, each with its time. */
export function renderAxis(scale: TimeScale, ink: Ink): string {
  const spanUs = scale.untilUs - scale.fromUs;
  const stepUs = stepOf(spanUs, scale.columns);
  let line = '';
  for (let atUs = Math.ceil(scale.fromUs / stepUs) * stepUs; atUs < scale.untilUs; atUs += stepUs) {
    const column = columnAt(scale, atUs);
    const label = ink.glyph.tick + (atUs === 0 ? '0s' : ink.clean(formatDurationUs(atUs)));
    if (column < textWidth(line) + 1 && line !== '') continue;
    if (column + textWidth(label) > scale.columns) break;
    line = line.padEnd(column) + label;
  }
  return line;
}

/** The smallest of 1, 2 or 5 times a power of ten µs whose ticks have ten columns each. */
function stepOf(spanUs: number, columns: number): number {
  const leastUs = (spanUs / columns) * 10;
  for (let powerUs = 1; ; powerUs *= 10) {
    for (const step of steps) if (step * powerUs >= leastUs) return step * powerUs;
  }
}
