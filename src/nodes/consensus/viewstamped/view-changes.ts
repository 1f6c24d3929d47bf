/** How another member becomes primary (Liskov, Cowling 2012, section 4.2). */
import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import type { DoViewChange, StartView, StartViewChange, ViewContext } from './messages.ts';
import { adopt, askAfter, countOwn, logAfter } from './normal.ts';
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
  else ctx.send(vr.primary, logAfter(vr, vr.commit));
}

export function onOwnLog(vr: Viewstamped, ctx: ViewContext, view: number): void {
  if (view === vr.view && vr.status === 'view-change') {
    onDoViewChange(vr, ctx, vr.self, logAfter(vr, vr.commit));
  }
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

/**
 * The log of the latest view has all that is committed; of one view, the longest. If this member
 * lacks what comes before the end of it that was given, it asks for more (section 5.3).
 */
function startView(vr: Viewstamped, ctx: ViewContext): void {
  const lastOf = (log: DoViewChange) => log.after + log.entries.length;
  const isBetter = (a: DoViewChange, b: DoViewChange) =>
    a.lastNormal !== b.lastNormal && vr.bug !== 'longest-log'
      ? a.lastNormal > b.lastNormal
      : lastOf(a) > lastOf(b);
  const own = vr.logs.get(vr.self) as DoViewChange;
  let [owner, best, commit] = [vr.self, own, own.commit];
  for (const [member, log] of vr.logs) {
    if (isBetter(log, best)) [owner, best] = [member, log];
    if (log.commit > commit) commit = log.commit;
  }
  assert(
    vr.bug !== null || lastOf(best) >= commit,
    'the log of the latest view has all that is committed',
  );
  const { view } = vr;
  if (!adopt(vr, ctx, view, best)) return askAfter(vr, ctx, owner, vr.commit);
  const { last } = vr.journal;
  for (const to of vr.others) {
    ctx.sendNow(to, { type: 'startView', view, ...vr.journal.after(commit), commit });
  }
  countOwn(vr, ctx, last);
  vr.execute(ctx, commit);
}

export function onStartView(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: StartView): void {
  const { view, commit } = m;
  if (view < vr.view || (view === vr.view && vr.status === 'normal')) return;
  if (!adopt(vr, ctx, view, m)) return askAfter(vr, ctx, from, vr.commit, view);
  const { last } = vr.journal;
  if (last > commit) ctx.send(from, { type: 'prepareOk', view, op: last });
  vr.execute(ctx, commit);
}
