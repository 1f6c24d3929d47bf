/**
 * Who is primary: at boot, when a watcher promotes, when a later epoch is heard of, and when an
 * operator switches over.
 *
 * Each primary has an epoch of its own. A later one deposes it, wherever it is heard of. That alone
 * does not stop a primary that is cut off: it goes on, and what it acknowledges is lost, unless it
 * needs replicas, or serves only under a lease.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { Restore } from '../../parts/backup-messages.ts';
import type { Health, Promote } from '../../parts/failover-messages.ts';
import { answer } from './answers.ts';
import type { Ctx, Member, Role } from './member.ts';
import type { HandOver } from './messages.ts';
import { candidatesNeeded } from './settings.ts';

type Office = {
  readonly epoch: number;
  readonly primary: NodeId | null;
};

export function setRole(member: Member, ctx: Ctx, role: Role): void {
  member.role = role;
  ctx.note('role', { role, term: member.epoch });
}

function persist(member: Member, ctx: Ctx): void {
  const { epoch, primary } = member;
  ctx.storage.set('office', { epoch, primary } satisfies Office);
}

// --- Boot --------------------------------------------------------------------------------------

export function boot(member: Member, ctx: Ctx): void {
  const [first = ''] = member.place.initial;
  const found = ctx.storage.get('office') as Office | undefined;
  const { log, bug, settings } = member;
  member.durable = log.end;
  if (found === undefined && ctx.life > 1 && bug !== 'empty-primary') {
    ctx.note('boots without its disk');
    return setRole(member, ctx, 'blank');
  }
  const isElected = member.candidacy !== null;
  member.epoch = found?.epoch ?? (isElected ? 0 : 1);
  member.primary = found === undefined ? first : found.primary;
  persist(member, ctx);
  // Where a lock decides, nobody is primary without it.
  const isPrimary = member.primary === ctx.self && !isElected;
  const mayGoOn = ctx.life === 1 || settings.failover === 'none' || bug === 'boot-as-primary';
  if (isPrimary && (mayGoOn || bug === 'empty-primary')) return takeOffice(member, ctx);
  // Others may have been promoted meanwhile: somebody has to say that it still is the primary.
  setRole(member, ctx, 'replica');
}

/** From now on it is the primary of its epoch. What it had received is applied first. */
function takeOffice(member: Member, ctx: Ctx): void {
  const { log, peers, others } = member;
  member.primary = ctx.self;
  member.isAsync = false;
  member.switchTo = null;
  member.isHandedOver = false;
  member.early.clear();
  log.applyTo(log.end);
  member.committed = log.end;
  ctx.storage.sync('own-disk', log.end);
  peers.clear();
  for (const id of others) {
    // The bug: replicas are to be like this one, which has nothing.
    const copiesAll = member.bug === 'empty-primary' && log.end === 0 && ctx.life > 1;
    const next = copiesAll ? 0 : log.end + 1;
    peers.set(id, { id, next, acked: 0, heardAtMs: -Infinity, ackedAtHeartbeat: 0 });
  }
  member.shared?.want(ctx);
  setRole(member, ctx, 'primary');
  ctx.setTimer('heartbeat', 0);
}

/** A later epoch: whoever was primary is not any more. */
export function adopt(member: Member, ctx: Ctx, epoch: number, primary: NodeId | null): void {
  const was = member.role;
  member.shared?.letGo(ctx);
  member.epoch = epoch;
  member.primary = primary;
  member.early.clear();
  persist(member, ctx);
  if (was === 'primary') {
    ctx.note('steps down', { epoch });
    leaveOffice(member, ctx);
  }
  if (was === 'blank' || was === 'diverged') return;
  setRole(member, ctx, 'replica');
}

/** What clients wait for may still come true, or not: nobody knows. */
function leaveOffice(member: Member, ctx: Ctx): void {
  ctx.cancelTimer('semi-sync');
  for (const waiting of member.waiting.splice(0)) {
    if (waiting.isAnswered) continue;
    const text = 'the primary was deposed; the next one may have the write, or not';
    answer(ctx, waiting, { type: 'error', code: 'timeout', text });
  }
}

// --- Watchers ----------------------------------------------------------------------------------

export function onHealth(member: Member, ctx: Ctx, from: NodeId, m: Health): void {
  if (m.epoch > member.epoch) adopt(member, ctx, m.epoch, m.primary);
  member.shareLock(m.lock);
  const isMine = m.epoch === member.epoch && m.primary === ctx.self;
  if (isMine && member.role === 'replica') takeOffice(member, ctx);
  if (isMine && m.leaseMs !== null) {
    member.isLeased = true;
    const sinceMs = member.answeredAtMs.get(`${from} ${m.heardRound}`);
    if (sinceMs !== undefined) {
      member.leaseUntilMs = Math.max(member.leaseUntilMs, sinceMs + m.leaseMs);
    }
  }
  remember(member, `${from} ${m.round}`, ctx.elapsed());
  const { log, role, epoch, settings } = member;
  ctx.sendNow(from, {
    type: 'healthReply',
    round: m.round,
    isPrimary: role === 'primary',
    epoch,
    lastEpoch: log.lastEpoch,
    lsn: log.end,
    isBlank: role === 'blank' || role === 'diverged',
    candidatesNeeded: candidatesNeeded(settings, member.place.members.length),
  });
}

/** Questions of the last while: an answer that is older is no ground for a lease. */
const ROUNDS_KEPT = 64;

function remember({ answeredAtMs }: Member, round: string, atMs: number): void {
  answeredAtMs.set(round, atMs);
  if (answeredAtMs.size <= ROUNDS_KEPT) return;
  for (const oldest of answeredAtMs.keys()) {
    answeredAtMs.delete(oldest);
    return;
  }
}

export function onPromote(member: Member, ctx: Ctx, from: NodeId, m: Promote): void {
  if (member.role === 'blank' || member.role === 'diverged') return;
  member.shareLock(m.lock);
  if (m.lock !== undefined) {
    member.shared?.want(ctx);
    // It is asked again.
    if (member.shared?.isHeld(ctx) === false) return;
  }
  if (m.epoch > member.epoch || (m.isForced && member.role === 'replica')) {
    member.isLeased = m.isLeased;
    member.leaseUntilMs = -Infinity;
    becomePrimary(member, ctx, m.epoch);
  }
  if (m.epoch === member.epoch && member.role === 'primary') {
    ctx.sendNow(from, { type: 'promoted', epoch: m.epoch });
  }
}

export function becomePrimary(member: Member, ctx: Ctx, epoch: number): void {
  if (member.role === 'primary') leaveOffice(member, ctx);
  member.epoch = epoch;
  member.primary = ctx.self;
  persist(member, ctx);
  takeOffice(member, ctx);
}

/** Begins a later epoch than any that it or the backup knows, with what the backup has. */
export function beginAnew(member: Member, ctx: Ctx, { epoch, lsn, entries }: Restore): void {
  if (member.role === 'primary') leaveOffice(member, ctx);
  const later = Math.max(member.epoch, epoch) + 1;
  member.log.restore({ type: 'snapshot', epoch: later, lsn, lastEpoch: epoch, entries });
  becomePrimary(member, ctx, later);
}

// --- A planned switch --------------------------------------------------------------------------

/** Takes no more writes, waits until the next primary has everything, and hands over. */
export function switchOver(member: Member, ctx: Ctx, to: readonly NodeId[]): void {
  const [next] = to.filter((id) => member.peers.has(id));
  if (member.role !== 'primary' || next === undefined) return;
  // The lock says who is next.
  if (member.candidacy !== null) return ctx.note('gives up the switch');
  member.switchTo = next;
  ctx.note('drains', { to: next });
  ctx.setTimer('switch', member.settings['write-timeout']);
  for (const peer of member.peers.values()) peer.next = Math.min(peer.next, peer.acked + 1);
  ctx.setTimer('ship', 0);
  continueSwitch(member, ctx);
}

/** Hands over when nothing is missing; and again, until the next primary is heard. */
export function continueSwitch(member: Member, ctx: Ctx): void {
  const { switchTo, log } = member;
  if (switchTo === null) return;
  if (member.isHandedOver) {
    if (member.heardPrimaryAtMs > -Infinity && member.primary === switchTo) member.switchTo = null;
    else ctx.sendNow(switchTo, { type: 'handOver', epoch: member.epoch });
    return;
  }
  const reached = member.peers.get(switchTo)?.acked ?? 0;
  // The bug: nobody looks what the next primary has.
  if (reached < log.end && member.bug !== 'promote-without-drain') return;
  const epoch = member.epoch + 1;
  ctx.note('hands over', { to: switchTo, epoch });
  adopt(member, ctx, epoch, null);
  member.heardPrimaryAtMs = -Infinity;
  member.isHandedOver = true;
  ctx.sendNow(switchTo, { type: 'handOver', epoch });
}

export function onSwitchTimeout(member: Member, ctx: Ctx): void {
  if (member.switchTo === null || member.isHandedOver) return;
  member.switchTo = null;
  ctx.note('gives up the switch');
}

export function onHandOver(member: Member, ctx: Ctx, m: HandOver): void {
  if (m.epoch > member.epoch && member.role === 'replica') becomePrimary(member, ctx, m.epoch);
}
