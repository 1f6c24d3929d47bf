/** What stands out: witnesses and their messages, strikes, the violation, and the causal cone. */
import type { Cone } from '../causality.ts';
import { head, lineOf } from './draw-messages.ts';
import type { Frame } from './frame.ts';
import { STRONG } from './frame.ts';

/** The messages of each witness: what its call set going and its answer came of. */
export class WitnessLayer {
  private found: ReadonlyMap<number, readonly number[]> | null = null;

  private rowsOf(frame: Frame): ReadonlyMap<number, readonly number[]> {
    const { data } = frame;
    this.found ??= new Map(
      (data.model.failure?.witnesses ?? []).map((index) => {
        const client = data.operations.client[index] ?? 0;
        const start = data.operations.startStep[index] ?? -1;
        const end = data.operations.endStep[index] ?? -1;
        if (start < 0 || end < 0 || !data.model.hasMessages) return [index, []];
        return [index, data.causality.between(client, start, client, end)];
      }),
    );
    return this.found;
  }

  drawMessages(frame: Frame): void {
    const { ctx, theme, data } = frame;
    const culprit = data.model.failure?.culprit ?? -1;
    for (const [index, rows] of this.rowsOf(frame)) {
      ctx.strokeStyle = index === culprit ? theme.bad : theme.ok;
      ctx.lineWidth = 2;
      for (const row of rows) {
        const line = lineOf(frame, row);
        if (line === null) continue;
        frame.line(line.x1, line.y1, line.x2, line.y2);
        head(frame, line, 4);
      }
    }
  }

  /** Their boxes and words, over everything else. */
  drawOperations(frame: Frame): void {
    const { ctx, theme, data, width, gutter } = frame;
    const { failure, operations: words } = data.model;
    for (const index of failure?.witnesses ?? []) {
      const lane = frame.lanes.lanes[frame.lanes.of[data.operations.client[index] ?? 0] ?? -1];
      if (lane === undefined) continue;
      const colour = index === failure?.culprit ? theme.bad : theme.ok;
      const x1 = frame.x(data.operations.start[index] ?? 0);
      const end = data.operations.end[index] ?? Infinity;
      const x2 = Math.max(x1 + 4, frame.x(Math.min(end, data.model.endUs)));
      if (x2 < gutter || x1 > width) continue;
      const y = frame.top + lane.y - 6;
      ctx.fillStyle = colour;
      ctx.beginPath();
      ctx.roundRect(x1, y, x2 - x1, 12, 3);
      ctx.fill();
      ctx.strokeStyle = theme.ground;
      ctx.lineWidth = 1.5;
      ctx.stroke();
      ctx.font = STRONG;
      const text = frame.span < 500 ? `#${index}` : `#${index} ${words[index] ?? ''}`;
      const wide = ctx.measureText(text).width + 8;
      const x = Math.min(width - wide - 2, Math.max(gutter + 2, (x1 + x2 - wide) / 2));
      const place = [y + 22, y - 11, y + 39, y - 28].find((at) =>
        frame.isFree(x, at - 9, wide, 18),
      );
      frame.chip(text, x, place ?? y + 22, colour, theme.ground, colour);
      frame.hits.push({ x: x1, y: y - 2, width: x2 - x1, height: 16, select: `o${index}` });
    }
  }
}

/** Lines where faults strike and heal, and where the violation became visible. */
export function drawStrikes(frame: Frame): void {
  const { ctx, theme, data, gutter, width, top, bottom } = frame;
  data.model.faults.forEach(({ name, label, fromUs, untilUs, isHealed }, i) => {
    for (const us of isHealed && untilUs > fromUs ? [fromUs, untilUs] : [fromUs]) {
      const x = Math.round(frame.x(us)) + 0.5;
      if (x < gutter || x > width) continue;
      ctx.strokeStyle = theme.bad;
      ctx.lineWidth = 1.5;
      frame.line(x, top, x, bottom);
      ctx.font = STRONG;
      const what = us !== fromUs ? 'heals' : frame.span < 500 ? '' : label;
      const said = `${name} ${what}`.trim();
      const wide = ctx.measureText(said).width + 8;
      const left = [x + 2, x - wide - 2].find((at) => frame.isFree(at, top + 1, wide, 16));
      if (left === undefined) continue;
      frame.chip(said, left + 1, top + 9, theme.bad, theme.ground, null);
      frame.hits.push({ x: left, y: top, width: wide, height: 18, select: `f${i}` });
    }
  });
}

export function drawViolation(frame: Frame): void {
  const { ctx, theme, data, gutter, width, top, bottom } = frame;
  const { failure, state } = data.model;
  if (failure?.atUs === null || failure === null) return;
  const x = Math.round(frame.x(failure.atUs)) + 0.5;
  if (x < gutter || x > width) return;
  ctx.strokeStyle = theme.bad;
  ctx.lineWidth = 2;
  frame.line(x, top, x, bottom);
  ctx.font = STRONG;
  const word = `✕ ${state}`;
  const wide = ctx.measureText(word).width + 8;
  const left = Math.max(gutter, x - wide);
  // Beside the name of a fault that strikes at the same place, or below it.
  const place = [left, x].find((at) => frame.isFree(at, top + 1, wide, 16));
  const y = place === undefined ? top + 27 : top + 9;
  frame.chip(word, place ?? left, y, theme.ground, theme.bad, null);
}

/** Where a run begins to differ from the one that it is compared with. */
export function drawDifference(frame: Frame): void {
  const { ctx, theme, view, gutter, width, top, bottom } = frame;
  if (view.differsUs === null) return;
  const x = Math.round(frame.x(view.differsUs)) + 0.5;
  if (x < gutter || x > width) return;
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([2, 3]);
  frame.line(x, top, x, bottom);
  ctx.setLineDash([]);
  ctx.font = STRONG;
  const word = 'first difference';
  const wide = ctx.measureText(word).width + 8;
  const left = x + wide + 2 < width ? x + 2 : x - wide - 2;
  frame.chip(word, left, bottom - 10, theme.ground, theme.ink, null);
}

/**
 * The cone in three layers: a bar under each lane up to the newest step that the event can know of
 * and from the first that it can influence; bold the messages that carried exactly this news; the
 * rest faint.
 */
export function drawCone(frame: Frame, cone: Cone): void {
  const { ctx, theme, data, view, gutter, width } = frame;
  const { model, messages } = data;
  const faint = view.inView <= 3000;
  const inWindow = (row: number) =>
    (messages.endedUs[row] ?? 0) >= view.fromUs && (messages.sentUs[row] ?? 0) <= view.untilUs;
  const draw = (rows: Iterable<number>, colour: string, wide: number) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = wide;
    for (const row of rows) {
      if (!inWindow(row)) continue;
      const line = lineOf(frame, row);
      if (line === null) continue;
      frame.line(line.x1, line.y1, line.x2, line.y2);
      if (wide > 1) head(frame, line, 5);
    }
  };
  if (faint) {
    ctx.globalAlpha = 0.28;
    draw(cone.pastRows, theme.past, 1);
    draw(cone.futureRows, theme.future, 1);
    ctx.globalAlpha = 1;
  }
  model.nodes.forEach((_, node) => {
    const y = frame.y(node) + 11;
    if (Number.isNaN(y)) return;
    const knownUs = newsUs(frame, cone, node);
    const firstUs = heardUs(frame, cone, node);
    ctx.lineWidth = 3;
    if (knownUs !== null) {
      ctx.strokeStyle = theme.past;
      const x = Math.min(width, frame.x(knownUs));
      if (x > gutter) frame.line(gutter, y, x, y);
    }
    if (firstUs !== null) {
      ctx.strokeStyle = theme.future;
      const x = Math.max(gutter, frame.x(firstUs));
      if (x < width) frame.line(x, y, width, y);
    }
  });
  draw(cone.newest.values(), theme.past, 2.4);
  draw(cone.first.values(), theme.future, 2.4);
}

/** When the newest news of a node began its way, and when a node first heard; null for never. */
function newsUs({ data, view }: Frame, cone: Cone, node: number): number | null {
  if (node === view.coneNode) return view.coneUs;
  const row = cone.newest.get(node);
  if (row === undefined) return null;
  const { causality, messages } = data;
  // What waited for a disk knows no more than what its sender knew when it asked for it.
  const asked = causality.arrivalAt(messages.cause[row] ?? 0);
  return messages[asked === -1 ? 'sentUs' : 'endedUs'][asked === -1 ? row : asked] ?? null;
}

function heardUs({ data, view }: Frame, cone: Cone, node: number): number | null {
  if (node === view.coneNode) return view.coneUs;
  const row = cone.first.get(node);
  return row === undefined ? null : (data.messages.endedUs[row] ?? null);
}
