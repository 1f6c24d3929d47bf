/** What is measured, below the lanes on the same axis: latency, messages, declared measures. */
import type { PageSeries } from '../page-model.ts';
import { countBelow } from '../run-data.ts';
import { isLost } from '../run-events.ts';
import { fitted } from './draw-ground.ts';
import { inView } from './draw-messages.ts';
import type { Frame } from './frame.ts';
import { SMALL } from './frame.ts';
import type { View } from './view.ts';

const LATENCY = 46;
const TRAFFIC = 42;
const SERIES = 34;
/** Declared measures that are drawn; the others are in the facts. */
const SERIES_MAX = 3;
const DOTS_MAX = 6000;
const CELLS_LEAST = 24;

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

export function drawSeries(frame: Frame, measures: readonly PageSeries[]): void {
  const { model } = frame.data;
  let y = frame.bottom + 2;
  drawLatency(frame, y);
  y += LATENCY;
  if (model.hasMessages) {
    drawTraffic(frame, y);
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

const DECADES = [1e3, 1e6];

/** A dot for each operation that ended, on a scale of powers of ten. */
function drawLatency(frame: Frame, y: number): void {
  const { ctx, theme, data, view, gutter, width } = frame;
  const { operations } = data;
  title(frame, 'latency', y, LATENCY);
  const place = (us: number) => {
    const share = (Math.log10(Math.max(100, us)) - 2) / 5;
    return y + LATENCY - 4 - Math.min(1, Math.max(0, share)) * (LATENCY - 8);
  };
  ctx.font = SMALL;
  ctx.fillStyle = theme.faint;
  ctx.textAlign = 'right';
  ctx.fillText('1 s', gutter - 8, place(DECADES[1] ?? 0) - 2);
  ctx.fillText('1 ms', gutter - 8, place(DECADES[0] ?? 0) + 3);
  const last = countBelow(operations.start, view.untilUs);
  let drawn = 0;
  for (let i = 0; i < last && drawn < DOTS_MAX; i++) {
    const end = operations.end[i] ?? Infinity;
    if (end < view.fromUs || end > view.untilUs) continue;
    const x = frame.x(end);
    if (x < gutter || x > width) continue;
    drawn++;
    const outcome = operations.outcome[i];
    ctx.fillStyle = outcome === 0 ? theme.ok : outcome === 1 ? theme.grey : theme.unknown;
    ctx.fillRect(x - 1, place(end - (operations.start[i] ?? 0)) - 1, 2.5, 2.5);
  }
}

const COLUMN = 4;

function drawTraffic(frame: Frame, y: number): void {
  const { ctx, theme, data, gutter, width } = frame;
  title(frame, 'messages', y, TRAFFIC);
  const columns = Math.ceil((width - gutter) / COLUMN);
  const counts = new Uint32Array(columns);
  const lost = new Uint32Array(columns);
  for (const row of inView(frame)) {
    const column = Math.floor((frame.x(data.messages.sentUs[row] ?? 0) - gutter) / COLUMN);
    if (column < 0 || column >= columns) continue;
    counts[column] = (counts[column] ?? 0) + 1;
    if (isLost(data.messages.fate[row])) lost[column] = (lost[column] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  const unit = (TRAFFIC - 6) / most;
  counts.forEach((count, column) => {
    const x = gutter + column * COLUMN;
    const gone = (lost[column] ?? 0) * unit;
    ctx.fillStyle = theme.traffic;
    ctx.fillRect(x, y + TRAFFIC - 1 - count * unit, COLUMN - 1, count * unit - gone);
    ctx.fillStyle = theme.bad;
    ctx.fillRect(x, y + TRAFFIC - 1 - gone, COLUMN - 1, gone);
  });
}

/** One line a node, coloured in turn, with the name of each where it is last seen. */
function drawMeasure(frame: Frame, { name, lines, unit }: PageSeries, y: number): void {
  const { ctx, theme, data, gutter, width } = frame;
  title(frame, name, y, SERIES);
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const most = Math.max(1e-9, ...values);
  lines.forEach(({ node, values: cells }, i) => {
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
      else ctx.moveTo(x - 0.5, at);
      ctx.lineTo(x + 0.5, at);
      isOn = true;
    });
    ctx.stroke();
    if (lines.length < 2 || lines.length > 3) return;
    const label = data.model.nodes[node]?.name ?? '';
    ctx.font = SMALL;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillStyle = ctx.strokeStyle;
    ctx.fillText(label, gutter + 4 + i * 44, y + 8);
  });
  ctx.font = SMALL;
  ctx.fillStyle = theme.faint;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.fillText(`${short(most)}${unit === 'count' ? '' : ` ${unit}`}`, width - 4, y + 8);
}

function short(value: number): string {
  return value >= 1000 ? `${(value / 1000).toPrecision(3)}k` : String(Number(value.toPrecision(3)));
}
