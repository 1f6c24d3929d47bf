/** What is measured, below the lanes on the same axis: latency, messages, declared measures. */
import type { Counts } from '../density.ts';
import type { PageSeries } from '../page-model.ts';
import { countBelow } from '../run-data.ts';
import { fitted } from './draw-ground.ts';
import { COLUMN } from './draw-messages.ts';
import type { Frame } from './frame.ts';
import { SMALL } from './frame.ts';
import { Raster } from './raster.ts';
import type { View } from './view.ts';

const LATENCY = 46;
const TRAFFIC = 42;
const SERIES = 34;
/** Declared measures that are drawn; the others are in the facts. */
const SERIES_MAX = 3;
/** More operations in view than this are cells, each as strong as many fall on it. */
const DOTS_MAX = 1500;
const CELL = 2;
const CELLS_LEAST = 24;
/** Of more lines the colours are not told apart. */
const NAMES_MAX = 3;

/** How much room they take. */
export function seriesHeight(hasMessages: boolean, measures: number): number {
  return LATENCY + (hasMessages ? TRAFFIC : 0) + measures * SERIES + 6;
}

/** Declared measures are kept in cells: where few of them are in view, they say nothing. */
export function shownSeries({ data, fromUs, untilUs }: View): readonly PageSeries[] {
  const { series, endUs } = data.model;
  return series
    .filter(({ lines }) => {
      const cells = lines[0]?.values.length ?? 0;
      return ((untilUs - fromUs) * cells) / endUs >= CELLS_LEAST;
    })
    .slice(0, SERIES_MAX);
}

/** `traffic`: messages by column. */
export function drawSeries(
  frame: Frame,
  measures: readonly PageSeries[],
  traffic: Counts | null,
): void {
  const { model } = frame.data;
  let y = frame.bottom + 2;
  drawLatency(frame, y);
  y += LATENCY;
  if (model.hasMessages && traffic !== null) {
    drawTraffic(frame, y, traffic);
    y += TRAFFIC;
  }
  for (const series of measures) {
    drawMeasure(frame, series, y);
    y += SERIES;
  }
}

function title({ ctx, theme, gutter, width }: Frame, name: string, y: number, tall: number): void {
  ctx.strokeStyle = theme.rule;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(0, y + 0.5);
  ctx.lineTo(width, y + 0.5);
  ctx.stroke();
  ctx.font = SMALL;
  ctx.fillStyle = theme.soft;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.fillText(fitted(ctx, name, gutter - 10), gutter - 8, y + tall / 2);
}

/** A tenth of a millisecond is the ground, ten seconds the top: a scale of powers of ten. */
function heightOf(us: number): number {
  return Math.min(1, Math.max(0, (Math.log10(Math.max(100, us)) - 2) / 5));
}

/** A dot for each operation that ended in the window; where there are many, cells. */
function drawLatency(frame: Frame, y: number): void {
  const { ctx, theme, data, view, gutter } = frame;
  const { operations } = data;
  title(frame, 'latency', y, LATENCY);
  const [floor, tall] = [y + LATENCY - 4, LATENCY - 8];
  ctx.font = SMALL;
  ctx.fillStyle = theme.faint;
  ctx.textAlign = 'right';
  ctx.fillText('1 s', gutter - 8, floor - heightOf(1e6) * tall - 2);
  ctx.fillText('1 ms', gutter - 8, floor - heightOf(1e3) * tall + 3);
  const ended: number[] = [];
  const { fromUs, untilUs } = view;
  const last = countBelow(operations.start, untilUs);
  for (let i = 0; i < last; i++) {
    const end = operations.end[i] ?? Infinity;
    if (end >= fromUs && end <= untilUs) ended.push(i);
  }
  if (ended.length > DOTS_MAX) return drawCells(frame, ended, floor - tall);
  const colours = [theme.ok, theme.grey, theme.unknown];
  for (const i of ended) {
    const end = operations.end[i] ?? 0;
    const at = floor - heightOf(end - (operations.start[i] ?? 0)) * tall;
    ctx.fillStyle = colours[operations.outcome[i] ?? 0] ?? theme.ok;
    ctx.fillRect(frame.x(end) - 1, at - 1, 2.5, 2.5);
  }
}

/** A cell has the colour of the worst outcome that falls on it. */
function drawCells(frame: Frame, ended: readonly number[], top: number): void {
  const { ctx, theme, gutter, data } = frame;
  const { operations } = data;
  const rows = (LATENCY - 8) / CELL + 1;
  const columns = Math.ceil(frame.span / CELL);
  const counts = new Uint32Array(rows * columns);
  const worst = new Uint8Array(rows * columns);
  for (const i of ended) {
    const end = operations.end[i] ?? 0;
    const column = Math.floor((frame.x(end) - gutter) / CELL);
    if (column < 0 || column >= columns) continue;
    const share = heightOf(end - (operations.start[i] ?? 0));
    const at = Math.round((1 - share) * (rows - 1)) * columns + column;
    counts[at] = (counts[at] ?? 0) + 1;
    worst[at] = Math.max(worst[at] ?? 0, operations.outcome[i] ?? 0);
  }
  const raster = new Raster(columns, rows);
  const colours = [theme.ok, theme.grey, theme.unknown];
  counts.forEach((count, at) => {
    if (count === 0) return;
    const alpha = Math.min(1, 0.5 + count / 12);
    raster.set(at % columns, Math.floor(at / columns), colours[worst[at] ?? 0] ?? '', alpha);
  });
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(raster.painted(), gutter, top - CELL / 2, columns * CELL, rows * CELL);
}

/** As many as there are in each column, the lost ones at the ground. */
function drawTraffic(frame: Frame, y: number, { sent, lost }: Counts): void {
  const { ctx, theme, gutter } = frame;
  title(frame, 'messages', y, TRAFFIC);
  const unit = (TRAFFIC - 6) / sent.reduce((a, b) => Math.max(a, b), 1);
  const floor = y + TRAFFIC - 1;
  const bars = (colour: string, from: Uint32Array | null, to: Uint32Array) => {
    ctx.fillStyle = colour;
    ctx.beginPath();
    to.forEach((count, column) => {
      const under = from?.[column] ?? 0;
      if (count <= under) return;
      const tall = (count - under) * unit;
      ctx.rect(gutter + column * COLUMN, floor - count * unit, COLUMN - 1, tall);
    });
    ctx.fill();
  };
  bars(theme.traffic, lost, sent);
  bars(theme.bad, null, lost);
}

/** One line a node, coloured in turn. */
function drawMeasure(frame: Frame, { name, lines, unit }: PageSeries, y: number): void {
  const { ctx, theme, data, gutter, width } = frame;
  const isNamed = lines.length > 1 && lines.length <= NAMES_MAX;
  title(frame, name, y, isNamed ? SERIES - 12 : SERIES);
  let most = 1e-9;
  for (const { values } of lines) for (const value of values) most = Math.max(most, value ?? 0);
  lines.forEach(({ values: cells }, i) => {
    ctx.strokeStyle = theme.kinds[i % theme.kinds.length] ?? theme.ink;
    ctx.lineWidth = 1.4;
    ctx.beginPath();
    let isOn = false;
    cells.forEach((value, cell) => {
      const x = frame.x(((cell + 0.5) * data.model.endUs) / cells.length);
      if (value === null || x < gutter || x > width) {
        isOn = false;
        return;
      }
      const at = y + SERIES - 4 - (value / most) * (SERIES - 9);
      if (isOn) ctx.lineTo(x, at);
      else ctx.moveTo(x - 1.5, at);
      // A value alone is seen, too.
      ctx.lineTo(x + 1.5, at);
      isOn = true;
    });
    ctx.stroke();
  });
  if (isNamed) drawNames(frame, lines, y + SERIES - 9);
  ctx.font = SMALL;
  const largest = `${short(most)}${unit === 'count' ? '' : ` ${unit}`}`;
  const wide = ctx.measureText(largest).width + 8;
  frame.chip(largest, width - wide, y + 9, theme.faint, theme.ground, null);
}

/** Beside the title, the nodes in the colours of their lines. */
function drawNames({ ctx, theme, data, gutter }: Frame, lines: PageSeries['lines'], y: number) {
  let right = gutter - 8;
  for (let i = lines.length - 1; i >= 0; i--) {
    const label = data.model.nodes[lines[i]?.node ?? 0]?.name ?? '';
    ctx.font = SMALL;
    const wide = ctx.measureText(label).width;
    if (right - wide < 4) return;
    ctx.textAlign = 'right';
    ctx.fillStyle = theme.kinds[i % theme.kinds.length] ?? theme.ink;
    ctx.fillText(label, right, y);
    right -= wide + 6;
  }
}

function short(value: number): string {
  return value >= 1000 ? `${(value / 1000).toPrecision(3)}k` : String(Number(value.toPrecision(3)));
}
