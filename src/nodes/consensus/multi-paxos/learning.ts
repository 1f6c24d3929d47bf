/**
 * What is chosen: told by the leader with the next accept, learned by asking for it, or taken as a
 * snapshot. All members apply the slots in their order, so all go through the same states.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId } from '../../../sim/node.ts';
import { NO_SESSIONS } from '../../parts/machines/sessions.ts';
import { settle } from './answers.ts';
import { type Ballot, isChange, isNoOp, type MultiPaxosMessage, type Value } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import type { Snapshot } from './slots.ts';
import { adoptVoters } from './voters.ts';

type Ctx = Context<MultiPaxosMessage>;

/**
 * The leader of this ballot knows that all slots up to one are chosen. What was accepted in its
 * ballot is what it means. What was accepted in an earlier one may be a value that lost: it has to
 * be asked for.
 */
export function learnUpTo(paxos: MultiPaxos, ctx: Ctx, upTo: number, ballot: Ballot): void {
  while (paxos.chosen < upTo) {
    const accepted = paxos.slots.at(paxos.chosen + 1);
    // The bug: whatever is there.
    const isMeant = accepted?.ballot === ballot || paxos.bug === 'chosen-by-index';
    if (accepted === undefined || !isMeant) break;
    applyNext(paxos, ctx);
  }
  if (paxos.chosen < upTo && paxos.leader !== null) askToLearn(paxos, ctx, paxos.leader);
}

/** Applies the slot after the last that was applied: it is chosen, and here. */
export function applyNext(paxos: MultiPaxos, ctx: Ctx): void {
  const slot = paxos.chosen + 1;
  const accepted = paxos.slots.at(slot);
  assert(accepted !== undefined, 'what is applied is here');
  const { value } = accepted;
  paxos.chosen = slot;
  paxos.noteApplied(chain(paxos.appliedHash, slot, value));
  const outcome = execute(paxos, ctx, slot, value);
  if (paxos.pending.size > 0) settle(paxos, ctx, slot, value, outcome);
  const { snapshotEvery, snapshotKeep } = paxos.settings;
  const before = paxos.slots.snapshot?.slot ?? 0;
  if (slot - before >= snapshotEvery) {
    paxos.slots.compact(snapshotOf(paxos), snapshotKeep);
  }
}

function snapshotOf(paxos: MultiPaxos): Snapshot {
  const { chosen: slot, appliedHash } = paxos;
  const configurations = paxos.configurations.snapshot();
  const plain = { slot, state: stateOf(paxos), appliedHash };
  return configurations === null ? plain : { ...plain, configurations };
}

function execute(paxos: MultiPaxos, ctx: Ctx, slot: number, { command }: Value) {
  if (isNoOp(command)) return null;
  if (isChange(command)) {
    adoptVoters(paxos, ctx, slot, command.voters);
    return null;
  }
  if (paxos.bug === 'no-dedup') return paxos.once.machine.apply(command);
  return paxos.once.apply(command);
}

function stateOf(paxos: MultiPaxos) {
  const state = paxos.once.snapshot();
  // The bug: who takes this up executes retries of what is in it.
  if (paxos.bug !== 'snapshot-without-sessions') return state;
  return { ...(state as object), sessions: NO_SESSIONS };
}

/** A hash over the values in the order of their slots: by what names them. */
function chain(hash: number, slot: number, { made }: Value): number {
  const mixed = Math.imul(hash ^ Math.imul(made, 0x27d4eb2d) ^ slot, 0x2c1b3c6d);
  return ((mixed ^ (mixed >>> 15)) + 1) | 0;
}

/** Asks for the slots after the last that was applied, once in a while. */
export function askToLearn(paxos: MultiPaxos, ctx: Ctx, member: NodeId): void {
  const nowMs = ctx.elapsed();
  if (nowMs - paxos.askedAtMs < paxos.settings.heartbeatMs / 2) return;
  paxos.askedAtMs = nowMs;
  ctx.sendNow(member, { type: 'learn', from: paxos.chosen + 1 });
}

/**
 * Tells a member what is chosen from a slot on, as far as it knows; by a snapshot if the first of
 * those slots is gone.
 */
export function tellChosen(paxos: MultiPaxos, ctx: Ctx, member: NodeId, first: number): void {
  const { slots, chosen, settings } = paxos;
  if (first > chosen) return;
  const { snapshot } = slots;
  if (first <= slots.base && snapshot !== null) {
    return ctx.sendNow(member, { type: 'snapshot', ...snapshot });
  }
  const last = Math.min(chosen, first + settings.learnSlots - 1);
  const entries = slots.from(first).filter(({ slot }) => slot <= last);
  ctx.sendNow(member, { type: 'learned', entries });
}
