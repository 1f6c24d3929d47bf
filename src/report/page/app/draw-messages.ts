/**
 * Messages: arrows where there is room for each, else the density of traffic between lanes, with
 * what is lost in red. The rarer a type is, the louder: frequent ones are grey, rare ones coloured.
 */
import { type ColumnCounts, Density } from '../density.ts';
import { countBelow, countWithin, type Rows } from '../run-data.ts';
import { isLost } from '../run-events.ts';
import type { Frame } from './frame.ts';
import { SMALL } from './frame.ts';
import { Raster } from './raster.ts';

/** Arrows in view that are drawn one by one, and of a type that is drawn so in spite of more. */
export const ARROWS_MAX = 1400;
const RARE_MAX = 60;
const LABELS_MAX = 90;
/** A type with more than this share of the most frequent one is grey. */
const FREQUENT = 0.3;
/** The width of a column of counts. */
export const COLUMN = 3;

export class MessageLayer {
  private density: Density | null = null;
  private densityOf: readonly unknown[] = [];
  /** What was counted for the frame that is drawn. */
  counts: ColumnCounts | null = null;
  private kindRows: readonly Rows[] = [];
  private kindRowsOf: unknown = null;
  private colours: readonly (string | null)[] = [];
  private coloursOf: unknown = null;

  /** Returns how many rare messages were drawn as arrows above the density; null: all were. */
  draw(frame: Frame, isDimmed: boolean): number | null {
    const { view } = frame;
    this.chooseColours(frame);
    this.counts = this.counted(frame);
    if (view.inView <= ARROWS_MAX) {
      const rows = [...inView(frame)].reverse();
      this.drawArrows(frame, rows, isDimmed);
      if (!isDimmed && rows.length <= LABELS_MAX && frame.span > 500) {
        for (const row of rows) this.label(frame, row);
      }
      return null;
    }
    drawDensity(frame, this.counts, isDimmed);
    const rare = this.rareRows(frame);
    this.drawArrows(frame, rare, isDimmed);
    return rare.length;
  }

  /** Of the types that are rare in the window, the messages in it; no others are looked at. */
  private rareRows({ view, data }: Frame): readonly number[] {
    if (this.kindRowsOf !== view.rows) {
      this.kindRowsOf = view.rows;
      const byKind = data.model.kinds.map((): number[] => []);
      for (const row of view.rows.rows) byKind[data.messages.kind[row] ?? 0]?.push(row);
      this.kindRows = byKind.map((rows) => data.rowsOf(Uint32Array.from(rows)));
    }
    const { fromUs, untilUs } = view;
    const { endedUs } = data.messages;
    return this.kindRows.flatMap((of) =>
      countWithin(of, fromUs, untilUs) < RARE_MAX ? within(of, endedUs, fromUs, untilUs) : [],
    );
  }

  private chooseColours({ data, theme }: Frame): void {
    if (this.coloursOf === theme) return;
    this.coloursOf = theme;
    const counts = data.kindCounts;
    const most = Math.max(1, ...counts);
    let next = 0;
    this.colours = counts.map((count) =>
      count > most * FREQUENT ? null : (theme.kinds[next++ % theme.kinds.length] ?? null),
    );
  }

  private drawArrows(frame: Frame, rows: readonly number[], isDimmed: boolean): void {
    const { ctx } = frame;
    for (const row of rows) {
      const lost = isLost(frame.data.messages.fate[row]);
      ctx.globalAlpha = isDimmed ? (lost ? 0.5 : 0.16) : rows.length > 250 ? 0.55 : 0.85;
      this.drawArrow(frame, row);
    }
    ctx.globalAlpha = 1;
  }

  private drawArrow(frame: Frame, row: number): void {
    const { ctx, theme, data } = frame;
    const line = lineOf(frame, row);
    if (line === null) return;
    const kind = data.messages.kind[row] ?? 0;
    ctx.strokeStyle = line.isLost ? theme.bad : (this.colours[kind] ?? theme.grey);
    ctx.lineWidth = 1;
    if (line.isLost) ctx.setLineDash([3, 3]);
    frame.line(line.x1, line.y1, line.x2, line.y2);
    ctx.setLineDash([]);
    if (line.isLost) cross(frame, line.x2, line.y2);
    else head(frame, line, 4);
  }

  private label(frame: Frame, row: number): void {
    const { ctx, theme, data } = frame;
    const line = lineOf(frame, row);
    if (line === null || Math.hypot(line.x2 - line.x1, line.y2 - line.y1) < 40) return;
    const kind = data.messages.kind[row] ?? 0;
    const name = data.model.kinds[kind] ?? '';
    ctx.font = SMALL;
    const wide = ctx.measureText(name).width + 8;
    const [x, y] = [(line.x1 + line.x2) / 2 - wide / 2, (line.y1 + line.y2) / 2];
    if (!frame.isFree(x, y - 8, wide, 16)) return;
    frame.chip(name, x, y, this.colours[kind] ?? theme.soft, theme.ground, null);
  }

  private counted(frame: Frame): ColumnCounts {
    const { lanes, data, view, gutter } = frame;
    const wanted = [view.rows, lanes.of.join()];
    if (this.density === null || wanted.some((each, i) => each !== this.densityOf[i])) {
      this.density = new Density(data.messages, view.rows, lanes, data.model.endUs);
      this.densityOf = wanted;
    }
    const edges = new Float64Array(Math.ceil(frame.span / COLUMN) + 1);
    for (let i = 0; i < edges.length; i++) {
      edges[i] = Math.min(view.untilUs, frame.us(gutter + i * COLUMN));
    }
    return this.density.counts(edges);
  }
}

function drawDensity(frame: Frame, { gaps, all }: ColumnCounts, isDimmed: boolean): void {
  const { ctx, theme, lanes, gutter } = frame;
  const raster = new Raster(all.sent.length, gaps.length);
  gaps.forEach(({ sent, lost }, gap) => {
    const most = sent.reduce((a, b) => Math.max(a, b), 1);
    sent.forEach((count, column) => {
      if (count === 0) return;
      const shade = 0.08 + 0.42 * Math.sqrt(count / most);
      const colour = (lost[column] ?? 0) > count / 4 ? theme.bad : theme.traffic;
      raster.set(column, gap, colour, isDimmed ? shade / 3 : shade);
    });
  });
  const painted = raster.painted();
  const wide = raster.columns * COLUMN;
  ctx.imageSmoothingEnabled = false;
  gaps.forEach((_, gap) => {
    const [above, below] = [lanes.lanes[gap], lanes.lanes[gap + 1]];
    if (above === undefined || below === undefined) return;
    const [y1, y2] = [frame.top + above.y + 3, frame.top + below.y - 3];
    ctx.drawImage(painted, 0, gap, raster.columns, 1, gutter, y1, wide, y2 - y1);
  });
}

/** Rows under way in the window, the newest first. */
export function inView({ view, data }: Pick<Frame, 'view' | 'data'>): readonly number[] {
  return within(view.rows, data.messages.endedUs, view.fromUs, view.untilUs);
}

/** Looks back from the end of the window until all that were under way in it are found. */
function within(of: Rows, endedUs: Float64Array, fromUs: number, untilUs: number) {
  const count = countWithin(of, fromUs, untilUs);
  const found: number[] = [];
  for (let i = countBelow(of.sent, untilUs + 1) - 1; found.length < count && i >= 0; i--) {
    const row = of.rows[i] ?? 0;
    if ((endedUs[row] ?? 0) >= fromUs) found.push(row);
  }
  return found;
}

export interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly isLost: boolean;
}

/** Where a message is drawn; null if an end of it has no lane. What a cut stopped ends on it. */
export function lineOf(frame: Frame, row: number): Line | null {
  const { messages, model } = frame.data;
  const [from, to] = [messages.from[row] ?? 0, messages.to[row] ?? 0];
  const [y1, y2] = [frame.y(from), frame.y(to)];
  if (Number.isNaN(y1) || Number.isNaN(y2)) return null;
  const sentUs = messages.sentUs[row] ?? 0;
  const endUs = Math.min(messages.endedUs[row] ?? 0, model.endUs);
  const x1 = frame.x(sentUs);
  if (!isLost(messages.fate[row])) return { x1, y1, x2: frame.x(endUs), y2, isLost: false };
  // One that was stopped at once is drawn as if it had flown for a moment, so that it is seen.
  const x2 = endUs > sentUs ? frame.x(endUs) : x1 + Math.min(14, Math.abs(y2 - y1) / 6);
  const cut = frame.lanes.cutY === null ? Number.NaN : frame.top + frame.lanes.cutY;
  const crosses = (y1 - cut) * (y2 - cut) < 0;
  const share = crosses ? (cut - y1) / (y2 - y1) : 0.7;
  return { x1, y1, x2: x1 + (x2 - x1) * share, y2: y1 + (y2 - y1) * share, isLost: true };
}

function cross({ ctx, theme }: Frame, x: number, y: number): void {
  ctx.strokeStyle = theme.bad;
  ctx.lineWidth = 1.4;
  ctx.beginPath();
  ctx.moveTo(x - 3, y - 3);
  ctx.lineTo(x + 3, y + 3);
  ctx.moveTo(x + 3, y - 3);
  ctx.lineTo(x - 3, y + 3);
  ctx.stroke();
}

export function head({ ctx }: Frame, { x1, y1, x2, y2 }: Line, size: number): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  ctx.fillStyle = ctx.strokeStyle;
  ctx.beginPath();
  ctx.moveTo(x2, y2);
  ctx.lineTo(x2 - size * 1.8 * Math.cos(angle - 0.4), y2 - size * 1.8 * Math.sin(angle - 0.4));
  ctx.lineTo(x2 - size * 1.8 * Math.cos(angle + 0.4), y2 - size * 1.8 * Math.sin(angle + 0.4));
  ctx.fill();
}

/** The message nearest to a place, within a few pixels; -1 for none. */
export function messageAt(frame: Frame, x: number, y: number): number {
  let best = -1;
  let nearest = 6;
  if (frame.view.inView > ARROWS_MAX) return -1;
  for (const row of inView(frame)) {
    const line = lineOf(frame, row);
    if (line === null) continue;
    const away = distance(line, x, y);
    if (away < nearest) {
      nearest = away;
      best = row;
    }
  }
  return best;
}

function distance({ x1, y1, x2, y2 }: Line, x: number, y: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = ((x - x1) * dx + (y - y1) * dy) / Math.max(1e-9, dx * dx + dy * dy);
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - x1 - dx * share, y - y1 - dy * share);
}
