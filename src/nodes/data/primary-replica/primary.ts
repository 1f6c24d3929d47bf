/**
 * As primary: ship the log to replicas, count what they acknowledge, answer what has enough of it.
 */
import type { NodeId } from '../../../sim/node.ts';
import { answer, type Waiting, writeDone } from './answers.ts';
import { checkLease } from './lease.ts';
import type { Ctx, Member, Peer } from './member.ts';
import type { Ack, LogRecord } from './messages.ts';
import { acksNeeded } from './settings.ts';
import { adopt, continueSwitch } from './succession.ts';

/** Records in one message at most. */
const BATCH_MAX = 64;
/** A replica that was silent for this many heartbeats is not connected. */
const SILENT_HEARTBEATS = 5;

// --- The log -----------------------------------------------------------------------------------

export function appendRecord(member: Member, ctx: Ctx, record: LogRecord): void {
  const { log, settings } = member;
  log.append(record);
  ctx.storage.sync('own-disk', log.end);
  log.trim(settings['log-max']);
  if (showsEarly(member)) log.applyTo(log.end);
  if (settings['ship-every'] === 0)
    for (const peer of member.peers.values()) ship(member, ctx, peer);
  if (acksNeeded(settings, member.place.members.length) > 0) {
    ctx.setTimer('write', settings['write-timeout'], log.end);
    if (waitsShortly(member) && member.durable === member.committed) {
      ctx.setTimer('semi-sync', patienceMs(member));
    }
  }
}

/** Whether others see a write before a replica has it (phantom reads). */
function showsEarly({ settings, bug }: Member): boolean {
  if (bug === 'after-commit') return true;
  return settings.replication === 'semi-sync' && settings['semi-sync-point'] === 'after-commit';
}

/** Its own disk has the log up to here. */
export function onOwnDisk(member: Member, ctx: Ctx, lsn: number): void {
  // A truncated tail was on disk too, once.
  member.durable = Math.min(Math.max(member.durable, lsn), member.log.end);
  if (member.role === 'primary') advance(member, ctx);
}

// --- Shipping ----------------------------------------------------------------------------------

/** Sends what the replica lacks; nothing, if all is under way. */
export function ship(member: Member, ctx: Ctx, peer: Peer): void {
  if (member.role !== 'primary') return;
  if (peer.next - 1 < member.log.start) return sendCopy(member, ctx, peer);
  while (peer.next <= member.log.end) sendAppend(member, ctx, peer, BATCH_MAX);
}

function sendAppend(member: Member, ctx: Ctx, peer: Peer, most: number): void {
  const { log, epoch } = member;
  const prevLsn = peer.next - 1;
  const records = log.from(peer.next, most);
  const prevEpoch = log.epochAt(prevLsn);
  ctx.sendNow(peer.id, { type: 'append', epoch, prevLsn, prevEpoch, records, end: log.end });
  peer.next += records.length;
}

/** All that can be read, in one piece; writes go on, and follow as records. */
function sendCopy(member: Member, ctx: Ctx, peer: Peer): void {
  ctx.measure('copies');
  ctx.note('sends a full copy', { to: peer.id });
  const copy = member.log.snapshot(member.epoch);
  ctx.sendNow(peer.id, copy);
  peer.next = copy.lsn + 1;
}

export function onHeartbeat(member: Member, ctx: Ctx): void {
  if (member.role !== 'primary') return continueSwitch(member, ctx);
  checkLease(member, ctx);
  for (const peer of member.peers.values()) {
    const underWay = peer.acked < peer.next - 1;
    if (underWay && peer.acked === peer.ackedAtHeartbeat) peer.next = resendFrom(member, peer);
    peer.ackedAtHeartbeat = peer.acked;
    if (member.settings['ship-every'] === 0) ship(member, ctx, peer);
    // Without records: it shows that the primary is there, and where its log ends.
    if (peer.next - 1 >= member.log.start) sendAppend(member, ctx, peer, 0);
  }
}

function resendFrom({ log }: Member, { acked }: Peer): number {
  return Math.max(acked, log.start) + 1;
}

// --- Acknowledgements --------------------------------------------------------------------------

export function onAck(member: Member, ctx: Ctx, from: NodeId, m: Ack): void {
  if (m.epoch > member.epoch && member.bug !== 'no-epoch') {
    return adopt(member, ctx, m.epoch, null);
  }
  const peer = member.peers.get(from);
  if (member.role !== 'primary' || peer === undefined) return;
  peer.heardAtMs = ctx.elapsed();
  if (m.isGap) {
    if (m.lsn < 0) return sendCopy(member, ctx, peer);
    peer.next = Math.min(m.lsn, member.log.end) + 1;
    return ship(member, ctx, peer);
  }
  const reached = member.settings['ack-when'] === 'applied' ? m.applied : m.lsn;
  peer.acked = Math.max(peer.acked, Math.min(reached, member.log.end));
  peer.next = Math.max(peer.next, m.lsn + 1);
  if (member.isAsync && peer.acked === member.log.end) semiSyncAgain(member, ctx);
  advance(member, ctx);
  continueSwitch(member, ctx);
}

/** Acknowledges to clients what has become enough, and lets it be read. */
export function advance(member: Member, ctx: Ctx): void {
  const reached = Math.min(member.durable, reachedByReplicas(member, ctx));
  if (reached <= member.committed) return;
  member.committed = reached;
  member.log.applyTo(reached);
  while (member.waiting.length > 0 && (member.waiting[0] as Waiting).lsn <= reached) {
    const waiting = member.waiting.shift() as Waiting;
    const version = [member.log.epochAt(waiting.lsn), waiting.lsn] as const;
    if (!waiting.isAnswered) answer(ctx, waiting, waiting.body, version);
    waiting.isAnswered = true;
  }
  if (waitsShortly(member)) {
    if (member.durable > member.committed) ctx.setTimer('semi-sync', patienceMs(member));
    else ctx.cancelTimer('semi-sync');
  }
}

/** Up to where as many replicas have the log as the mode asks for. */
function reachedByReplicas(member: Member, ctx: Ctx): number {
  const { settings, place, bug, peers } = member;
  const needed = bug === 'ack-before-ship' ? 0 : acksNeeded(settings, place.members.length);
  if (needed === 0 || member.isAsync) return Infinity;
  const all = [...peers.values()];
  if (settings.replication === 'sync' && settings['sync-choose'] === 'first') {
    const chosen = all.filter((peer) => isConnected(member, ctx, peer)).slice(0, needed);
    return chosen.length < needed ? 0 : Math.min(...chosen.map(({ acked }) => acked));
  }
  const acked = all.map((peer) => peer.acked).sort((a, b) => b - a);
  return acked[needed - 1] ?? 0;
}

function isConnected({ settings }: Member, ctx: Ctx, { heardAtMs }: Peer): boolean {
  return ctx.elapsed() - heardAtMs <= SILENT_HEARTBEATS * settings.heartbeat;
}

/** How many replicas have acknowledged something lately: for `min-replicas`. */
export function goodReplicas(member: Member, ctx: Ctx): number {
  const since = ctx.elapsed() - member.settings['max-lag'];
  let good = 0;
  for (const { heardAtMs } of member.peers.values()) if (heardAtMs >= since) good++;
  return good;
}

// --- Giving up waiting -------------------------------------------------------------------------

function waitsShortly({ settings, bug }: Member): boolean {
  return settings.replication === 'semi-sync' || bug === 'silent-async';
}

function patienceMs({ settings, bug }: Member): number {
  if (bug === 'silent-async') return SILENT_HEARTBEATS * settings.heartbeat;
  return settings['semi-sync-timeout'];
}

/** The oldest write has waited too long for a replica. */
export function onSemiSyncTimeout(member: Member, ctx: Ctx): void {
  if (member.role !== 'primary' || member.isAsync) return;
  member.isAsync = true;
  ctx.measure('fallbacks');
  ctx.note('fell back to async');
  advance(member, ctx);
}

function semiSyncAgain(member: Member, ctx: Ctx): void {
  member.isAsync = false;
  ctx.note('semi-sync again');
}

/** A write that replicas have not acknowledged in time. It stays, and nobody knows. */
export function onWriteTimeout(member: Member, ctx: Ctx, lsn: number): void {
  for (const waiting of member.waiting) {
    if (waiting.lsn !== lsn || waiting.isAnswered) continue;
    waiting.isAnswered = true;
    const text = 'no replica has acknowledged it in time; it is in the log of the primary';
    const isLate = member.bug === 'ok-on-timeout';
    answer(
      ctx,
      waiting,
      isLate ? writeDone(waiting.request) : { type: 'error', code: 'timeout', text },
    );
  }
}
