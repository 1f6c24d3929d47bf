/** How another member becomes primary (Liskov, Cowling 2012, section 4.2). */
import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import type { DoViewChange, StartView, StartViewChange, ViewContext } from './messages.ts';
import { adopt, countOwn } from './normal.ts';
import type { Viewstamped } from './viewstamped.ts';

/** Nothing is heard of the primary, or others want a later view. */
export function changeView(vr: Viewstamped, ctx: ViewContext, view: number): void {
  ctx.note('begins view', { view });
  vr.setStatus(ctx, 'view-change', view);
  vr.wanted.add(vr.self);
  for (const to of vr.others) ctx.send(to, { type: 'startViewChange', view });
  mayGiveLog(vr, ctx);
}

export function onStartViewChange(
  vr: Viewstamped,
  ctx: ViewContext,
  from: NodeId,
  { view }: StartViewChange,
): void {
  if (view > vr.view) changeView(vr, ctx, view);
  if (view !== vr.view || vr.status !== 'view-change') return;
  vr.wanted.add(from);
  mayGiveLog(vr, ctx);
}

/** f others want the view too: its primary gets the log, and this member accepts nothing older. */
function mayGiveLog(vr: Viewstamped, ctx: ViewContext): void {
  if (vr.hasGivenLog || vr.wanted.size < vr.quorum) return;
  vr.hasGivenLog = true;
  // Its own counts when its disk has the number of the view, as do those that come in messages.
  if (vr.primary === vr.self) ctx.storage.sync('own-log', vr.view);
  else ctx.send(vr.primary, logOf(vr));
}

export function onOwnLog(vr: Viewstamped, ctx: ViewContext, view: number): void {
  if (view === vr.view && vr.status === 'view-change') onDoViewChange(vr, ctx, vr.self, logOf(vr));
}

function logOf({ view, lastNormal, commit, journal }: Viewstamped): DoViewChange {
  return { type: 'doViewChange', view, lastNormal, entries: journal.after(0), commit };
}

export function onDoViewChange(
  vr: Viewstamped,
  ctx: ViewContext,
  from: NodeId,
  m: DoViewChange,
): void {
  if (m.view > vr.view) changeView(vr, ctx, m.view);
  if (m.view !== vr.view || vr.status !== 'view-change' || vr.primary !== vr.self) return;
  vr.logs.set(from, m);
  const needed = vr.bug === 'too-few-logs' ? vr.quorum - 1 : vr.quorum;
  // Its own log is one of them.
  if (vr.logs.size >= needed && vr.logs.has(vr.self)) startView(vr, ctx);
}

/** The log of the latest view has all that is committed; of one view, the longest. */
function startView(vr: Viewstamped, ctx: ViewContext): void {
  const logs = [...vr.logs.values()];
  const isBetter = (a: DoViewChange, b: DoViewChange) =>
    a.lastNormal !== b.lastNormal && vr.bug !== 'longest-log'
      ? a.lastNormal > b.lastNormal
      : a.entries.length > b.entries.length;
  const best = logs.reduce((a, b) => (isBetter(b, a) ? b : a));
  const commit = logs.reduce((most, log) => Math.max(most, log.commit), 0);
  assert(
    vr.bug !== null || best.entries.length >= commit,
    'the log of the latest view has all that is committed',
  );
  const { view } = vr;
  const { entries } = best;
  adopt(vr, ctx, { view, after: 0, entries });
  for (const to of vr.others) ctx.sendNow(to, { type: 'startView', view, entries, commit });
  countOwn(vr, ctx, entries.length);
  vr.execute(ctx, commit);
}

export function onStartView(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: StartView): void {
  const { view, entries, commit } = m;
  if (view < vr.view || (view === vr.view && vr.status === 'normal')) return;
  adopt(vr, ctx, { view, after: 0, entries });
  if (entries.length > commit) ctx.send(from, { type: 'prepareOk', view, op: entries.length });
  vr.execute(ctx, commit);
}
