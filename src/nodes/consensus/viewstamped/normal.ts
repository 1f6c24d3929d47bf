/**
 * Normal operation (Liskov, Cowling 2012, section 4.1), how a member gets what it lacks (section
 * 5.2), and clients.
 */
import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import { type Asker, answer, refuse, replyOf } from '../../parts/machines/askers.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import type {
  Commit,
  DoViewChange,
  Forward,
  GetState,
  NewState,
  Prepare,
  PrepareOk,
  Suffix,
  ViewContext,
} from './messages.ts';
import type { Viewstamped } from './viewstamped.ts';

// --- Clients -----------------------------------------------------------------------------------

export function onRequest(
  vr: Viewstamped,
  ctx: ViewContext,
  from: NodeId,
  request: MachineRequest,
): void {
  const asker: Asker = { origin: from, via: null, requestId: request.id };
  if (!vr.commands.has(request.type)) {
    return refuse(ctx, asker, 'not-supported', `it does not serve ${request.type}`);
  }
  if (wasHere(vr, from, request)) return;
  if (vr.isPrimary) return serve(vr, ctx, asker, request);
  if (vr.status !== 'normal') {
    return refuse(ctx, asker, 'temporarily-unavailable', 'no primary is known');
  }
  ctx.sendNow(vr.primary, { type: 'forward', view: vr.view, origin: from, request });
}

/** Of two copies of a forward an earlier life of this member may have served one. */
export function onForward(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: Forward): void {
  if (wasHere(vr, m.origin, m.request)) return;
  const asker: Asker = { origin: m.origin, via: from, requestId: m.request.id };
  if (ctx.life > 1 && (vr.status === 'recovering' || m.view <= vr.bootView)) {
    return refuse(ctx, asker, 'crash', 'it has restarted, and may have served it before');
  }
  if (vr.isPrimary) return serve(vr, ctx, asker, m.request);
  refuse(ctx, asker, 'temporarily-unavailable', 'not the primary any more');
}

function wasHere(vr: Viewstamped, origin: NodeId, request: MachineRequest): boolean {
  return vr.bug !== 'no-dedup' && vr.duplicates.seen(origin, request);
}

function serve(vr: Viewstamped, ctx: ViewContext, asker: Asker, request: MachineRequest): void {
  const { journal, once, view, given, bug } = vr;
  const command = vr.commands.of(request);
  if (command === null) return;
  if (request.attempt > 1 && bug !== 'no-dedup' && !once.machine.isRead(command.type)) {
    const before = once.find(command);
    if (before !== null) return answer(ctx, asker, replyOf(asker.requestId, before));
  }
  if (journal.last - vr.commit >= given['uncommitted-max']) {
    return refuse(ctx, asker, 'overloaded', 'too many operations wait to be committed');
  }
  journal.append({ view, command });
  const op = journal.last;
  vr.pending.set(op, { ...asker, view });
  for (const to of vr.others) {
    ctx.sendNow(to, { type: 'prepare', view, op, command, commit: vr.commit });
  }
  countOwn(vr, ctx, op);
}

// --- The primary -------------------------------------------------------------------------------

/** The primary counts itself when its disk has what it counts. */
export function countOwn(vr: Viewstamped, ctx: ViewContext, op: number): void {
  if (vr.given.state === 'disk' && vr.bug !== 'ack-before-durable') {
    return ctx.storage.sync('own-disk', op);
  }
  onOwnDisk(vr, ctx, op);
}

/** Its own log is on disk up to an operation. A new view may have replaced it meanwhile. */
export function onOwnDisk(vr: Viewstamped, ctx: ViewContext, op: number): void {
  if (vr.isPrimary) count(vr, ctx, vr.self, Math.min(op, vr.journal.last));
}

export function onPrepareOk(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: PrepareOk): void {
  if (vr.isPrimary && m.view === vr.view) count(vr, ctx, from, m.op);
}

/** What f + 1 members have is committed, and all before it. */
function count(vr: Viewstamped, ctx: ViewContext, member: NodeId, op: number): void {
  vr.acked.set(member, Math.max(op, vr.acked.get(member) ?? 0));
  const reached = [...vr.acked.values()].sort((a, b) => b - a)[vr.quorum - 1] ?? 0;
  if (reached > vr.commit) vr.execute(ctx, reached);
}

export function onHeartbeat(vr: Viewstamped, ctx: ViewContext): void {
  const { view, journal, commit } = vr;
  for (const to of vr.others) ctx.sendNow(to, { type: 'commit', view, op: journal.last, commit });
  ctx.setTimer('heartbeat', vr.given.heartbeat);
}

// --- Backups -----------------------------------------------------------------------------------

export function onPrepare(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: Prepare): void {
  const { journal, bug } = vr;
  const isLate = bug === 'prepares-in-view-change' && m.view === vr.lastNormal;
  if (!isLate && !follows(vr, ctx, from, m.view)) return;
  if (m.op === journal.last + 1 || (bug === 'acks-gaps' && m.op > journal.last)) {
    journal.append({ view: m.view, command: m.command });
  } else if (m.op > journal.last) askAfter(vr, ctx, from, journal.last);
  acknowledge(vr, ctx, m.view, bug === 'acks-gaps' ? Math.max(m.op, journal.last) : journal.last);
  vr.execute(ctx, m.commit);
}

export function onCommit(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: Commit): void {
  if (!follows(vr, ctx, from, m.view)) return;
  if (m.op > vr.journal.last) askAfter(vr, ctx, from, vr.journal.last);
  else if (m.commit < vr.journal.last) acknowledge(vr, ctx, m.view, vr.journal.last);
  vr.execute(ctx, m.commit);
}

function acknowledge(vr: Viewstamped, ctx: ViewContext, view: number, op: number): void {
  const ok = { type: 'prepareOk', view, op } as const;
  const to = vr.primaryOf(view);
  if (vr.bug === 'ack-before-durable') ctx.sendNow(to, ok);
  else ctx.send(to, ok);
}

/**
 * Whether a message of the primary of this view is for it. Who is behind asks for what it lacks.
 */
function follows(vr: Viewstamped, ctx: ViewContext, from: NodeId, view: number): boolean {
  if (view < vr.view || from === vr.self) return false;
  if (view === vr.view && vr.status === 'normal') {
    vr.waitForPrimary(ctx);
    return true;
  }
  // What is not committed may be replaced in that view.
  askAfter(vr, ctx, from, vr.commit, view);
  return false;
}

// --- State transfer (section 5.2) --------------------------------------------------------------

export function askAfter(
  vr: Viewstamped,
  ctx: ViewContext,
  to: NodeId,
  after: number,
  view = vr.view,
): void {
  ctx.note('gets state', { after });
  ctx.sendNow(to, { type: 'getState', view, after });
}

export function onGetState(vr: Viewstamped, ctx: ViewContext, from: NodeId, m: GetState): void {
  if (m.view !== vr.view) return;
  const { view, journal, commit } = vr;
  if (vr.status === 'view-change') return ctx.send(from, logAfter(vr, m.after));
  ctx.sendNow(from, { type: 'newState', view, ...journal.after(m.after), commit });
}

/** What a member gives to the new primary, which has all up to an operation. */
export function logAfter(
  { view, lastNormal, commit, journal }: Viewstamped,
  op: number,
): DoViewChange {
  return { type: 'doViewChange', view, lastNormal, ...journal.after(op), commit };
}

export function onNewState(vr: Viewstamped, ctx: ViewContext, _from: NodeId, m: NewState): void {
  const { journal } = vr;
  if (m.view < vr.view) return;
  if (m.view === vr.view && vr.status === 'normal') {
    const { checkpoint } = m;
    if (checkpoint !== undefined && checkpoint.op > journal.last) vr.restore(ctx, checkpoint);
    if (m.after > journal.last) return;
    // It has more by now, or the answer comes a second time.
    for (const entry of m.entries.slice(journal.last - m.after)) journal.append(entry);
  } else if (!adopt(vr, ctx, m.view, m)) return;
  if (!vr.isPrimary) acknowledge(vr, ctx, m.view, journal.last);
  vr.execute(ctx, m.commit);
}

/**
 * The log of that view takes the place of its own: first on disk, then the view. Whether it can:
 * only what is committed is the same in all logs, so it needs all that comes after that.
 */
export function adopt(
  vr: Viewstamped,
  ctx: ViewContext,
  view: number,
  { after, entries, checkpoint }: Suffix,
): boolean {
  if (checkpoint !== undefined && checkpoint.op > vr.commit) vr.restore(ctx, checkpoint);
  // The bug: a log that is long enough is taken for the same.
  if (after > (vr.bug === 'suffix-by-length' ? vr.journal.last : vr.commit)) return false;
  assert(
    vr.bug !== null || after + entries.length >= vr.commit,
    'what is executed is never replaced',
  );
  vr.journal.replaceAfter(after, entries);
  vr.setStatus(ctx, 'normal', view);
  return true;
}
