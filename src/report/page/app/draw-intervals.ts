/** What lasts: operations of clients, roles and absences of nodes. */
import { roleTitle } from '../roles.ts';
import { fitted } from './draw-ground.ts';
import type { Frame } from './frame.ts';
import { SMALL, STRONG, stripes } from './frame.ts';

const OK = 0;
const FAIL = 1;
/** More operations in view than this are columns of counts. */
const OPERATIONS_MAX = 700;

/**
 * Roles that matter as bars on their node's line: who leads, and who would. In what role nodes
 * begin is grey, if it does not lead: it is how they rest.
 */
export function drawRoles(frame: Frame): void {
  const { ctx, theme, data, gutter, width } = frame;
  const { roles } = data.model;
  const leaders = roles.filter(({ leads }) => leads);
  const resting = new Set(roles.flatMap(({ fromUs, role }) => (fromUs === 0 ? role : [])));
  roles.forEach((role, i) => {
    const y = frame.y(role.node);
    const [x1, x2] = [
      Math.max(gutter, frame.x(role.fromUs)),
      Math.min(width, frame.x(role.untilUs)),
    ];
    if (Number.isNaN(y) || x2 <= gutter || x1 >= width || x2 <= x1) return;
    const select = `r${i}`;
    if (!role.leads) {
      if (role.role === 'follower' || role.role === '') return;
      const half = resting.has(role.role) ? 1.5 : 3;
      ctx.fillStyle = half < 3 ? theme.grey : theme.unknown;
      ctx.fillRect(x1, y - half, Math.max(2, x2 - x1), 2 * half);
      ctx.font = SMALL;
      if (x2 - x1 > ctx.measureText(role.role).width && frame.isFree(x1, y - 17, x2 - x1, 12)) {
        ctx.fillStyle = theme.ink;
        ctx.textAlign = 'left';
        ctx.textBaseline = 'middle';
        ctx.fillText(role.role, x1 + 1, y - 10);
      }
      frame.hits.push({ x: x1, y: y - 5, width: Math.max(4, x2 - x1), height: 10, select });
      return;
    }
    const colour = theme.leaders[leaders.indexOf(role) % 2] ?? theme.ink;
    const stale =
      role.staleFromUs === null ? x2 : Math.min(x2, Math.max(x1, frame.x(role.staleFromUs)));
    bar(frame, x1, stale, y, colour, colour, roleTitle(role), theme.onLeader);
    if (stale < x2) {
      const hatch = stripes(ctx, colour, theme.ground, 'slanted');
      bar(frame, stale, x2, y, hatch, colour, `still leads term ${role.term ?? ''}`, null);
    }
    frame.hits.push({ x: x1, y: y - 8, width: x2 - x1, height: 16, select });
  });
}

function bar(
  frame: Frame,
  x1: number,
  x2: number,
  y: number,
  fill: string | CanvasPattern,
  edge: string,
  title: string,
  ink: string | null,
): void {
  const { ctx, theme } = frame;
  if (x2 - x1 < 1) return;
  ctx.fillStyle = fill;
  ctx.beginPath();
  ctx.roundRect(x1, y - 8, x2 - x1, 16, 3);
  ctx.fill();
  ctx.strokeStyle = edge;
  ctx.lineWidth = 1;
  ctx.stroke();
  ctx.font = STRONG;
  const label = fitted(ctx, title, x2 - x1 - 10);
  if (label.length < 4) return;
  if (ink === null) frame.chip(label, x1 + 4, y, edge, theme.ground, null);
  else {
    ctx.fillStyle = ink;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText(label, x1 + 8, y + 0.5);
  }
  frame.take(x1, y - 8, Math.min(x2 - x1, 130), 16);
}

const DOWN_MARKS = { down: '✕ ', paused: '‖ ', 'not started': '' } as const;

/** Nodes that do not run. */
export function drawDowns(frame: Frame): void {
  const { ctx, theme, data, gutter, width } = frame;
  for (const { node, fromUs, untilUs, what } of data.model.downs) {
    const y = frame.y(node);
    const [x1, x2] = [Math.max(gutter, frame.x(fromUs)), Math.min(width, frame.x(untilUs))];
    if (Number.isNaN(y) || x2 <= x1) continue;
    ctx.fillStyle = theme.ground;
    ctx.fillRect(x1, y - 7, x2 - x1, 14);
    ctx.strokeStyle = theme.grey;
    ctx.lineWidth = 1;
    ctx.setLineDash([2, 4]);
    frame.line(x1, y, x2, y);
    ctx.setLineDash([]);
    ctx.font = SMALL;
    const word = `${DOWN_MARKS[what]}${what}`;
    if (x2 - x1 > ctx.measureText(word).width + 12) {
      frame.chip(word, x1 + 2, y, theme.bad, theme.ground, theme.bad);
    }
  }
}

/** Operations under their nodes; columns of counts where there are many. */
export function drawOperations(frame: Frame, alpha: number): void {
  const { data, view } = frame;
  const { operations } = data;
  const { fromUs, untilUs } = view;
  const shown: number[] = [];
  for (let i = 0; i < operations.length; i++) {
    if ((operations.start[i] ?? 0) > untilUs) break;
    if ((operations.end[i] ?? 0) >= fromUs) shown.push(i);
  }
  frame.ctx.globalAlpha = alpha;
  if (shown.length > OPERATIONS_MAX) drawCounts(frame, shown);
  else drawBoxes(frame, shown);
  frame.ctx.globalAlpha = 1;
}

function drawBoxes(frame: Frame, shown: readonly number[]): void {
  const { ctx, theme, data, width, gutter } = frame;
  const { operations, model } = data;
  const witnesses = new Set(model.failure?.witnesses);
  const unknown = stripes(ctx, theme.unknown, theme.ground, 'upright');
  const rows = new Map<number, number[]>();
  for (const i of shown) {
    const lane = frame.lanes.of[operations.client[i] ?? 0] ?? -1;
    const place = frame.lanes.lanes[lane];
    if (place === undefined) continue;
    const x1 = Math.max(gutter - 4, frame.x(operations.start[i] ?? 0));
    const endUs = Math.min(operations.end[i] ?? Infinity, model.stoppedAtUs ?? Infinity);
    const x2 = Math.min(width + 4, frame.x(endUs));
    const ends = rows.get(lane) ?? [];
    rows.set(lane, ends);
    let row = ends.findIndex((end) => end < x1 - 1);
    if (row === -1) row = ends.length;
    ends[row] = x2;
    // Drawn larger, over everything else.
    if (witnesses.has(i)) continue;
    const tall = Math.max(3, Math.min(8, place.height / 3));
    const rowsMax = Math.max(1, Math.floor(place.height / (tall + 1)));
    const y = frame.top + place.y - place.height / 2 + 2 + (row % rowsMax) * (tall + 1);
    const wide = Math.max(2, x2 - x1);
    const outcome = operations.outcome[i];
    ctx.beginPath();
    ctx.roundRect(x1, y, wide, tall, 2);
    if (outcome === FAIL) {
      ctx.strokeStyle = theme.soft;
      ctx.lineWidth = 1;
      ctx.stroke();
    } else {
      ctx.fillStyle = outcome === OK ? theme.ok : unknown;
      ctx.fill();
    }
    frame.hits.push({
      x: x1,
      y: y - 1,
      width: Math.max(5, wide),
      height: tall + 2,
      select: `o${i}`,
    });
  }
}

const COLUMN = 4;

/** How many began in each column of pixels, by outcome, from the ground up. */
function drawCounts(frame: Frame, shown: readonly number[]): void {
  const { ctx, theme, data, lanes, gutter } = frame;
  const { operations } = data;
  const columns = Math.ceil(frame.span / COLUMN);
  const counts = new Map<number, Uint16Array>();
  let most = 1;
  for (const i of shown) {
    const lane = lanes.of[operations.client[i] ?? 0] ?? -1;
    if (lane === -1) continue;
    const column = Math.floor((frame.x(operations.start[i] ?? 0) - gutter) / COLUMN);
    if (column < 0 || column >= columns) continue;
    const own = counts.get(lane) ?? new Uint16Array(columns * 3);
    counts.set(lane, own);
    const at = column * 3 + (operations.outcome[i] ?? 0);
    own[at] = (own[at] ?? 0) + 1;
    most = Math.max(
      most,
      (own[column * 3] ?? 0) + (own[column * 3 + 1] ?? 0) + (own[column * 3 + 2] ?? 0),
    );
  }
  const colours = [theme.ok, theme.grey, theme.unknown];
  for (const [lane, own] of counts) {
    const place = lanes.lanes[lane];
    if (place === undefined) continue;
    const floor = frame.top + place.y + place.height / 2 - 1;
    const unit = (place.height - 3) / most;
    const below = new Uint16Array(columns);
    colours.forEach((colour, outcome) => {
      ctx.fillStyle = colour;
      ctx.beginPath();
      for (let column = 0; column < columns; column++) {
        const count = own[column * 3 + outcome] ?? 0;
        if (count === 0) continue;
        const under = (below[column] ?? 0) + count;
        below[column] = under;
        ctx.rect(gutter + column * COLUMN, floor - under * unit, COLUMN - 1, count * unit);
      }
      ctx.fill();
    });
  }
}
