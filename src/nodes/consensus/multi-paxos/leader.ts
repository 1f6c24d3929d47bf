/**
 * Phase 2: a leader proposes values for slots, up to `window` of them at a time. They are chosen in
 * any order, and applied in that of the slots (Lamport 2001, section 3: α).
 *
 * Its own disk writes while the others do: the leader counts itself when `storage.sync` says so. It
 * need not wait before it sends, since it will never use this ballot for another value: after a
 * crash it begins a higher one.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId } from '../../../sim/node.ts';
import { type Asker, refuse } from '../../parts/machines/askers.ts';
import type { Command } from '../../parts/machines/machine.ts';
import { applyNext } from './learning.ts';
import { signed } from './lives.ts';
import type { Accept, AcceptedReply, MultiPaxosMessage, Value } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { hearsMajority, resetElectionTimer, stepDown } from './roles.ts';
import { askNewVoters } from './voters.ts';

type Ctx = Context<MultiPaxosMessage>;

/** A request that waits for room in the window. */
export interface Waiting {
  readonly asker: Asker;
  readonly command: Command;
  /** When its client gives up, on the clock that never jumps. */
  readonly untilMs: number;
}

/** The first phase is done. */
export function beginToLead(paxos: MultiPaxos, ctx: Ctx): void {
  const nowMs = ctx.elapsed();
  paxos.leader = paxos.self;
  paxos.promises.clear();
  paxos.acks.clear();
  paxos.next = paxos.chosen + 1;
  paxos.proposed = paxos.chosen;
  paxos.heardAtMs.fill(nowMs);
  ctx.cancelTimer('election');
  ctx.setTimer('heartbeat', paxos.settings.heartbeatMs);
  for (const member of paxos.others)
    ctx.sendNow(member, acceptOf(paxos, ctx, paxos.takenOver + 1, []));
}

/**
 * Proposes again what earlier leaders have left, as far as the window goes: of each slot the value
 * that promises name, or a no-op.
 */
function takeOver(paxos: MultiPaxos, ctx: Ctx): void {
  const { promised: made, named } = paxos;
  while (paxos.role === 'leader' && paxos.next <= paxos.takenOver && mayPropose(paxos)) {
    const slot = paxos.next++;
    const accepted = named.get(slot);
    if (accepted !== undefined) {
      ctx.measure('taken-over');
      propose(paxos, ctx, slot, accepted.value);
      continue;
    }
    ctx.measure('no-ops');
    ctx.note('fills gap', { slot });
    propose(paxos, ctx, slot, { made, command: { type: 'no-op' } });
  }
}

/** Proposes a value for a slot in its own ballot. */
export function propose(paxos: MultiPaxos, ctx: Ctx, slot: number, value: Value): void {
  assert(paxos.role === 'leader', 'who does not lead proposes nothing');
  paxos.slots.accept(slot, paxos.promised, value);
  paxos.acks.set(slot, 0);
  paxos.proposed = slot;
  // The bug: a gap is empty, so there is nothing to be chosen.
  if (paxos.bug === 'gap-skipped' && value.command.type === 'no-op') {
    paxos.acks.set(slot, (1 << paxos.members.length) - 1);
    return advance(paxos, ctx);
  }
  sendAccept(paxos, ctx, slot, [value]);
}

function sendAccept(paxos: MultiPaxos, ctx: Ctx, first: number, values: readonly Value[]): void {
  const accept = acceptOf(paxos, ctx, first, values);
  for (const member of paxos.others) ctx.sendNow(member, accept);
  syncOwnDisk(paxos, ctx);
}

function acceptOf(paxos: MultiPaxos, ctx: Ctx, first: number, values: readonly Value[]): Accept {
  const { promised: ballot, chosen } = paxos;
  const sentAtMs = ctx.elapsed();
  return signed(paxos, { type: 'accept', ballot, first, values, chosen, sentAtMs });
}

function syncOwnDisk(paxos: MultiPaxos, ctx: Ctx): void {
  if (paxos.syncing) return;
  paxos.syncing = true;
  paxos.syncSlot = paxos.proposed;
  paxos.syncBallot = paxos.promised;
  ctx.storage.sync('own-disk');
}

/** All that was written before the sync is durable: its own acceptor has accepted it. */
export function onOwnDisk(paxos: MultiPaxos, ctx: Ctx): void {
  paxos.syncing = false;
  if (paxos.role !== 'leader') return;
  // One that an earlier ballot asked for says nothing of what this one has written.
  const isOfThisBallot = paxos.syncBallot === paxos.promised;
  if (isOfThisBallot) count(paxos, paxos.place, paxos.chosen + 1, paxos.syncSlot);
  if (!isOfThisBallot || paxos.proposed > paxos.syncSlot) syncOwnDisk(paxos, ctx);
  advance(paxos, ctx);
}

export function onAccepted(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: AcceptedReply): void {
  if (paxos.role !== 'leader' || m.ballot !== paxos.promised) return;
  const place = paxos.members.indexOf(from);
  assert(place >= 0, 'members answer members');
  paxos.heardAtMs[place] = ctx.elapsed();
  paxos.leases.renew(place, m.sentAtMs);
  if (m.count === 0) return;
  count(paxos, place, m.first, m.first + m.count - 1);
  advance(paxos, ctx);
}

function count(paxos: MultiPaxos, place: number, first: number, last: number): void {
  const bit = 1 << place;
  for (let slot = first; slot <= last; slot++) {
    const acks = paxos.acks.get(slot);
    if (acks !== undefined) paxos.acks.set(slot, acks | bit);
  }
}

/** Applies what is chosen now, in the order of the slots, and makes room in the window. */
function advance(paxos: MultiPaxos, ctx: Ctx): void {
  for (;;) {
    const acks = paxos.acks.get(paxos.chosen + 1);
    if (acks === undefined || !paxos.votersOfNext.isMajority(acks)) break;
    paxos.acks.delete(paxos.chosen + 1);
    ctx.measure('chosen');
    applyNext(paxos, ctx);
  }
  goAhead(paxos, ctx);
}

/** Proposes what waits, as far as it may now. */
export function goAhead(paxos: MultiPaxos, ctx: Ctx): void {
  takeOver(paxos, ctx);
  serveBacklog(paxos, ctx);
  if (paxos.configurations.latestFrom > 1) finishChange(paxos, ctx);
}

/**
 * Shows that it leads, and asks again those that have not accepted an open slot. Without a majority
 * it steps down, so that clients hear a refusal and not silence.
 */
export function onHeartbeatTimeout(paxos: MultiPaxos, ctx: Ctx): void {
  if (!hearsMajority(paxos, ctx)) {
    ctx.note('steps down', { term: paxos.promised });
    stepDown(paxos, ctx);
    return resetElectionTimer(paxos, ctx);
  }
  ctx.setTimer('heartbeat', paxos.settings.heartbeatMs);
  for (const member of paxos.others) askAgain(paxos, ctx, member);
  if (paxos.configurations.latestFrom > 1) {
    askNewVoters(paxos, ctx);
    finishChange(paxos, ctx);
  }
}

/** A heartbeat. */
export function showItself(paxos: MultiPaxos, ctx: Ctx, member: NodeId): void {
  ctx.sendNow(member, acceptOf(paxos, ctx, paxos.next, []));
}

/** The open slots that this member has not accepted, in runs; at least a heartbeat. */
function askAgain(paxos: MultiPaxos, ctx: Ctx, member: NodeId): void {
  const bit = 1 << paxos.members.indexOf(member);
  let first = paxos.chosen + 1;
  let values: Value[] = [];
  let isSent = false;
  const send = () => {
    if (values.length > 0) ctx.sendNow(member, acceptOf(paxos, ctx, first, values));
    isSent ||= values.length > 0;
    values = [];
  };
  for (let slot = first; slot < paxos.next; slot++) {
    const acks = paxos.acks.get(slot);
    const value = paxos.slots.at(slot)?.value;
    if (acks === undefined || value === undefined || (acks & bit) !== 0) {
      send();
      continue;
    }
    if (values.length === 0) first = slot;
    values.push(value);
  }
  send();
  if (!isSent) showItself(paxos, ctx, member);
}

// ---- requests and the window

/** Whether the next slot may be proposed: it is in the window, and its voters have promised. */
function mayPropose(paxos: MultiPaxos): boolean {
  const { next, chosen, settings, configurations, promisedBy, bug } = paxos;
  if (next - 1 - chosen >= settings.window) return false;
  // The bug: they would have promised, had they been asked.
  return bug === 'change-without-prepare' || configurations.at(next).isMajority(promisedBy);
}

/** Whether the next slot is for a request: what earlier leaders have left comes first. */
export function mayBegin(paxos: MultiPaxos): boolean {
  return paxos.next > paxos.takenOver && mayPropose(paxos);
}

export function begin(paxos: MultiPaxos, ctx: Ctx, asker: Asker, command: Command): void {
  const slot = paxos.next;
  paxos.next++;
  const older = paxos.pending.get(slot) ?? null;
  paxos.pending.set(slot, { ...asker, made: paxos.promised, older });
  propose(paxos, ctx, slot, { made: paxos.promised, command });
}

/**
 * There may be room in the window. What nobody waits for any more is not proposed: else a leader
 * that is too slow for its clients would be busy with requests that they have given up, and answer
 * none in time.
 */
function serveBacklog(paxos: MultiPaxos, ctx: Ctx): void {
  while (paxos.role === 'leader' && paxos.backlog.length > 0 && mayBegin(paxos)) {
    const { asker, command, untilMs } = paxos.backlog.shift() as Waiting;
    if (ctx.elapsed() < untilMs) begin(paxos, ctx, asker, command);
    else refuse(ctx, asker, 'temporarily-unavailable', 'it has waited for too long');
  }
}

// ---- a change of the voters

/** Proposes other voters; false if the next slot is not free for that. */
export function proposeChange(paxos: MultiPaxos, ctx: Ctx, voters: readonly NodeId[]): boolean {
  if (!mayBegin(paxos)) return false;
  const slot = paxos.next++;
  propose(paxos, ctx, slot, { made: paxos.promised, command: { type: 'configuration', voters } });
  return true;
}

/**
 * Brings the latest voters in force, by no-ops in what is left of the slots before them. Once they
 * are, a leader that does not vote any more gives up.
 */
function finishChange(paxos: MultiPaxos, ctx: Ctx): void {
  if (paxos.role !== 'leader') return;
  const { configurations, chosen } = paxos;
  if (mayBegin(paxos)) fillUpTo(paxos, ctx, configurations.latestFrom - 1);
  if (configurations.latestFrom > chosen + 1 || configurations.latest.has(paxos.place)) return;
  ctx.note('steps down', { term: paxos.promised });
  for (const member of paxos.others) showItself(paxos, ctx, member);
  stepDown(paxos, ctx);
}

/** All of these slots are in the window: the change was chosen. */
function fillUpTo(paxos: MultiPaxos, ctx: Ctx, last: number): void {
  const first = paxos.next;
  if (first > last) return;
  const value: Value = { made: paxos.promised, command: { type: 'no-op' } };
  for (let slot = first; slot <= last; slot++) {
    paxos.slots.accept(slot, paxos.promised, value);
    paxos.acks.set(slot, 0);
  }
  paxos.next = last + 1;
  paxos.proposed = last;
  ctx.measure('no-ops', last - first + 1);
  sendAccept(paxos, ctx, first, new Array<Value>(last - first + 1).fill(value));
}
