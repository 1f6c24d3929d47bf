/** The ground of the picture: time, folds, faults, lanes and their names. */
import type { Frame } from './frame.ts';
import { FONT, SMALL, STRONG, stripes } from './frame.ts';

/** Bands of faults, seams of folded time, and the times above. */
export function drawGround(frame: Frame): void {
  const { ctx, theme, data, width, top, bottom, gutter } = frame;
  const { model } = data;
  for (const { fromUs, untilUs } of model.faults) {
    const [x1, x2] = [Math.max(gutter, frame.x(fromUs)), Math.min(width, frame.x(untilUs))];
    if (x2 <= x1) continue;
    ctx.fillStyle = theme.band;
    ctx.fillRect(x1, top, x2 - x1, frame.height - top);
  }
  if (model.hasTimes) drawTimes(frame);
  if (model.stoppedAtUs !== null && model.stoppedAtUs < model.durationUs) {
    const x = Math.max(gutter, frame.x(model.stoppedAtUs));
    ctx.fillStyle = stripes(ctx, theme.rule, theme.seam, 'slanted');
    ctx.fillRect(x, top, Math.max(0, width - x), bottom - top);
    ctx.font = STRONG;
    const said = 'did not run';
    const wide = ctx.measureText(said).width + 8;
    if (frame.isFree(x + 4, top + 1, wide, 16)) {
      frame.chip(said, x + 4, top + 9, theme.soft, theme.ground, null);
    }
  }
}

function drawTimes(frame: Frame): void {
  if (frame.view.isFolded) drawFolds(frame);
  else drawTicks(frame);
}

function drawFolds(frame: Frame): void {
  const { ctx, theme, view, top, height, gutter, width } = frame;
  let free = gutter - 30;
  ctx.textBaseline = 'middle';
  for (const { fromUs, untilUs, isFolded } of view.axis.stretches) {
    const [x1, x2] = [frame.x(fromUs), frame.x(untilUs)];
    if (x2 < gutter || x1 > width) continue;
    if (isFolded) {
      const left = Math.max(gutter, x1);
      ctx.fillStyle = theme.seam;
      ctx.fillRect(left, top, Math.min(width, x2) - left, height - top);
      const label = folded(untilUs - fromUs);
      ctx.font = SMALL;
      ctx.fillStyle = theme.faint;
      ctx.textAlign = 'center';
      const half = ctx.measureText(label).width / 2;
      const middle = (x1 + x2) / 2;
      if (x2 - x1 < 2 * half - 6 || middle - half < free || middle + half > width) continue;
      ctx.fillText(label, middle, top - 6);
      continue;
    }
    ctx.font = FONT;
    ctx.fillStyle = theme.soft;
    ctx.textAlign = 'left';
    const label = `${(fromUs / 1e6).toFixed(3)} s`;
    const at = Math.max(gutter + 2, x1);
    const wide = ctx.measureText(label).width;
    if (at < free || at + wide > width) continue;
    ctx.fillText(label, at, top - 20);
    free = at + wide + 8;
  }
}

/** `93 ms`: what a seam holds. */
function folded(us: number): string {
  if (us >= 1e6) return `${(us / 1e6).toFixed(us >= 1e7 ? 0 : 1)} s`;
  return `${(us / 1000).toFixed(us >= 1e4 ? 0 : 1)} ms`;
}

const STEPS = [1, 2, 5];

function drawTicks(frame: Frame): void {
  const { ctx, theme, view, top, height, gutter, width } = frame;
  const { fromUs, untilUs } = view;
  const least = ((untilUs - fromUs) * 90) / frame.span;
  let step = 1;
  for (let unit = 1; step < least; unit *= 10) {
    step = STEPS.map((each) => each * unit).find((each) => each >= least) ?? unit * 10;
  }
  const digits = step >= 1e6 ? 0 : step >= 1e5 ? 1 : step >= 1e4 ? 2 : step >= 1000 ? 3 : 6;
  ctx.font = FONT;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (let us = Math.ceil(fromUs / step) * step; us <= untilUs; us += step) {
    const x = Math.round(frame.x(us)) + 0.5;
    if (x < gutter) continue;
    ctx.strokeStyle = theme.rule;
    ctx.lineWidth = 1;
    frame.line(x, top - 4, x, height);
    const label = `${(us / 1e6).toFixed(digits)} s`;
    if (x + 4 + ctx.measureText(label).width > width) continue;
    ctx.fillStyle = theme.soft;
    ctx.fillText(label, x + 4, top - 14);
  }
}

/** Lines of nodes and their names, sides, and the cut between them. */
export function drawLanes(frame: Frame): void {
  const { ctx, theme, lanes, gutter, width, top } = frame;
  ctx.textBaseline = 'middle';
  for (const { label, y, isClient, height } of lanes.lanes) {
    if (!isClient) {
      ctx.strokeStyle = theme.grey;
      ctx.lineWidth = 1.25;
      frame.line(gutter, top + y, width, top + y);
    }
    if (height < 9) continue;
    ctx.font = isClient ? SMALL : STRONG;
    ctx.fillStyle = isClient ? theme.faint : theme.ink;
    ctx.textAlign = 'right';
    ctx.fillText(fitted(ctx, label, gutter - 22, 'end'), gutter - 8, top + y);
  }
  for (const { name, from, until } of lanes.sides) {
    ctx.strokeStyle = theme.grey;
    ctx.lineWidth = 2;
    frame.line(13.5, top + from + 4, 13.5, top + until - 4);
    ctx.save();
    ctx.translate(7, top + (from + until) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.font = SMALL;
    ctx.textAlign = 'center';
    ctx.fillStyle = theme.soft;
    ctx.fillText(name, 0, 0);
    ctx.restore();
  }
  drawCut(frame);
}

function drawCut(frame: Frame): void {
  const { ctx, theme, lanes, data, gutter, width, top } = frame;
  if (lanes.cutY === null) return;
  for (const { fromUs, untilUs, sides } of data.model.faults) {
    if (sides.length !== 2) continue;
    const [x1, x2] = [Math.max(gutter, frame.x(fromUs)), Math.min(width, frame.x(untilUs))];
    if (x2 <= x1) continue;
    ctx.strokeStyle = theme.bad;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([7, 5]);
    frame.line(x1, top + lanes.cutY, x2, top + lanes.cutY);
    ctx.setLineDash([]);
  }
}

/** A text cut to what fits; of names that differ in their numbers the end is kept. */
export function fitted(
  ctx: CanvasRenderingContext2D,
  label: string,
  width: number,
  keeps: 'start' | 'end' = 'start',
): string {
  if (ctx.measureText(label).width <= width) return label;
  const isEnd = keeps === 'end';
  let cut = label;
  while (cut.length > 1 && ctx.measureText(`${cut}…`).width > width) {
    cut = isEnd ? cut.slice(1) : cut.slice(0, -1);
  }
  return isEnd ? `…${cut}` : `${cut}…`;
}
