/**
 * As replica: take records in their order, apply them one after the other, and never take any from
 * a primary of an earlier epoch, also when they arrive late.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { Ctx, Member } from './member.ts';
import type { Append, Snapshot } from './messages.ts';
import { adopt, setRole } from './succession.ts';

/** Messages that came before their turn and are kept. */
const EARLY_MAX = 64;

export function onAppend(member: Member, ctx: Ctx, from: NodeId, m: Append): void {
  if (!accepts(member, ctx, from, m.epoch)) return;
  if (member.role === 'diverged') return;
  if (member.role === 'blank') return acknowledge(member, ctx, from, -1);
  take(member, ctx, from, m);
  for (let next = member.early.get(member.log.end); next !== undefined; ) {
    member.early.delete(next.prevLsn);
    take(member, ctx, from, next);
    next = member.early.get(member.log.end);
  }
}

/** Whether this comes from the primary of this epoch, or of a later one, which is adopted. */
function accepts(member: Member, ctx: Ctx, from: NodeId, epoch: number): boolean {
  // The bug: whoever sends is primary.
  if (member.bug === 'no-epoch') return member.role !== 'primary';
  if (epoch < member.epoch) {
    acknowledge(member, ctx, from, member.log.end, true);
    return false;
  }
  if (epoch > member.epoch || member.primary === null) adopt(member, ctx, epoch, from);
  member.heardPrimaryAtMs = ctx.elapsed();
  return member.role !== 'primary';
}

function take(member: Member, ctx: Ctx, from: NodeId, m: Append): void {
  const { log, early } = member;
  if (m.prevLsn > log.end) {
    if (m.records.length > 0 && early.size < EARLY_MAX) early.set(m.prevLsn, m);
    // A message without records is no news that others may have overtaken: it shows a real gap.
    if (m.records.length === 0) acknowledge(member, ctx, from, log.end, true);
    return;
  }
  const isOurs = m.prevLsn < log.start || log.epochAt(m.prevLsn) === m.prevEpoch;
  if (!isOurs && member.bug !== 'no-rewind') {
    return acknowledge(member, ctx, from, lastBefore(member, m), true);
  }
  if (!takeRecords(member, ctx, from, m)) return;
  apply(member, ctx);
  // What it has beyond that may not be the primary's.
  acknowledge(member, ctx, from, Math.min(log.end, m.prevLsn + m.records.length));
}

/** The last record that may be the primary's too: of no later epoch than what it has there. */
function lastBefore({ log }: Member, { prevLsn, prevEpoch }: Append): number {
  let lsn = prevLsn - 1;
  while (lsn > log.start && log.epochAt(lsn) > prevEpoch) lsn--;
  // What the base holds cannot be compared, nor undone.
  return lsn < log.start ? -1 : lsn;
}

/** False if it stands aside, or asks for a full copy. */
function takeRecords(member: Member, ctx: Ctx, from: NodeId, m: Append): boolean {
  const { log, bug } = member;
  for (const [i, record] of m.records.entries()) {
    const lsn = m.prevLsn + 1 + i;
    if (lsn <= log.start) continue;
    if (lsn <= log.end) {
      const isSame = log.epochAt(lsn) === record.epoch;
      // The bug: whatever stands there is taken for the same.
      if (isSame || bug === 'no-rewind') continue;
      if (!leaveTail(member, ctx, from, lsn - 1)) return false;
    }
    log.append(record);
  }
  const last = m.prevLsn + m.records.length;
  const beyond = log.end > m.end && log.end > last && log.lastEpoch < member.epoch;
  if (beyond && bug !== 'no-rewind' && bug !== 'no-epoch') {
    if (!leaveTail(member, ctx, from, Math.max(m.end, last))) return false;
  }
  log.trim(member.settings['log-max']);
  return true;
}

/** What the primary does not have must go, or this member. */
function leaveTail(member: Member, ctx: Ctx, from: NodeId, lsn: number): boolean {
  const { log, settings } = member;
  if (settings.rejoin === 'diverge') {
    ctx.note('diverged');
    setRole(member, ctx, 'diverged');
    return false;
  }
  if (settings.rejoin === 'resync' || lsn < log.start) {
    acknowledge(member, ctx, from, -1, true);
    return false;
  }
  ctx.note('rewinds', { from: lsn + 1, to: log.end });
  ctx.measure('rewound', log.end - lsn);
  log.truncate(lsn);
  member.durable = Math.min(member.durable, lsn);
  return true;
}

export function onSnapshot(member: Member, ctx: Ctx, from: NodeId, m: Snapshot): void {
  if (!accepts(member, ctx, from, m.epoch)) return;
  const { log } = member;
  // A late copy is no reason to go back.
  const isKnown = member.role === 'replica' && log.epochAt(m.lsn) === m.lastEpoch;
  if (!isKnown || member.bug === 'empty-primary') {
    log.restore(m);
    member.early.clear();
    if (member.role !== 'replica') setRole(member, ctx, 'replica');
  }
  acknowledge(member, ctx, from, log.end);
}

function acknowledge(member: Member, ctx: Ctx, to: NodeId, lsn: number, isGap = lsn < 0): void {
  const ack = {
    type: 'ack',
    epoch: member.epoch,
    lsn,
    applied: member.log.applied,
    isGap,
  } as const;
  // Received is what memory has; written and applied rest on the disk.
  if (member.settings['ack-when'] === 'received') ctx.sendNow(to, ack);
  else ctx.send(to, ack);
}

// --- Applying ----------------------------------------------------------------------------------

/** Makes readable what was received: at once, or one record after the other. */
function apply(member: Member, ctx: Ctx): void {
  const { log, settings } = member;
  const spec = settings.apply;
  if (spec.kind === 'constant' && spec.value === 0) {
    while (log.applied < log.end) applyNext(member, ctx);
    return;
  }
  showBehind(member, ctx);
  if (member.isApplying || log.applied === log.end) return;
  member.isApplying = true;
  ctx.setTimer('apply', ctx.random.draw(spec));
}

export function onApplied(member: Member, ctx: Ctx): void {
  member.isApplying = false;
  const { log, primary, bug } = member;
  if (member.role !== 'replica' || log.applied === log.end) return;
  if (bug === 'apply-out-of-order') log.applyEarly(ctx.random.int(log.applied + 1, log.end));
  applyNext(member, ctx);
  if (member.settings['ack-when'] === 'applied' && primary !== null) {
    acknowledge(member, ctx, primary, log.end);
  }
  apply(member, ctx);
}

function applyNext(member: Member, ctx: Ctx): void {
  const { log } = member;
  const lsn = log.applied + 1;
  log.applyTo(lsn);
  ctx.measure('lag', Math.max(0, ctx.now() - log.at(lsn).atMs));
}

function showBehind(member: Member, ctx: Ctx): void {
  const behind = member.log.end - member.log.applied;
  if (behind !== member.behindShown) ctx.measure('behind', behind);
  member.behindShown = behind;
}
