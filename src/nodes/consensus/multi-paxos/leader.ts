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
import { majority } from '../../parts/quorum.ts';
import { applyNext } from './learning.ts';
import type { Accept, AcceptedReply, MultiPaxosMessage, Value } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { hearsMajority, resetElectionTimer, stepDown } from './roles.ts';

type Ctx = Context<MultiPaxosMessage>;

/** A request that waits for room in the window. */
export interface Waiting {
  readonly asker: Asker;
  readonly command: Command;
  /** When its client gives up, on the clock that never jumps. */
  readonly untilMs: number;
}

/** The first phase is done. `last`: up to there slots are taken over. */
export function beginToLead(paxos: MultiPaxos, ctx: Ctx, last: number): void {
  const nowMs = ctx.elapsed();
  paxos.leader = paxos.self;
  paxos.promises.clear();
  paxos.acks.clear();
  paxos.takenOver = last;
  paxos.next = last + 1;
  paxos.proposed = paxos.chosen;
  paxos.heardAtMs.fill(nowMs);
  ctx.cancelTimer('election');
  ctx.setTimer('heartbeat', paxos.settings.heartbeatMs);
  for (const member of paxos.others) ctx.sendNow(member, acceptOf(paxos, ctx, last + 1, []));
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
  const accept = acceptOf(paxos, ctx, slot, [value]);
  for (const member of paxos.others) ctx.sendNow(member, accept);
  syncOwnDisk(paxos, ctx);
}

function acceptOf(paxos: MultiPaxos, ctx: Ctx, first: number, values: readonly Value[]): Accept {
  const { promised: ballot, chosen } = paxos;
  return { type: 'accept', ballot, first, values, chosen, sentAtMs: ctx.elapsed() };
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
  const needed = majority(paxos.members.length);
  for (;;) {
    const acks = paxos.acks.get(paxos.chosen + 1);
    if (acks === undefined || bitsOf(acks) < needed) break;
    paxos.acks.delete(paxos.chosen + 1);
    ctx.measure('chosen');
    applyNext(paxos, ctx);
  }
  serveBacklog(paxos, ctx);
}

function bitsOf(mask: number): number {
  let bits = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) bits++;
  return bits;
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
  if (!isSent) ctx.sendNow(member, acceptOf(paxos, ctx, paxos.next, []));
}

// ---- requests and the window

export function isFull({ next, chosen, settings }: MultiPaxos): boolean {
  return next - 1 - chosen >= settings.window;
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
  while (paxos.role === 'leader' && paxos.backlog.length > 0 && !isFull(paxos)) {
    const { asker, command, untilMs } = paxos.backlog.shift() as Waiting;
    if (ctx.elapsed() < untilMs) begin(paxos, ctx, asker, command);
    else refuse(ctx, asker, 'temporarily-unavailable', 'it has waited for too long');
  }
}
