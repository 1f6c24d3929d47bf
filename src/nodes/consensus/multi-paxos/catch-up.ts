/**
 * Catching up: by slots that another member knows to be chosen, or by a snapshot in their place.
 */
import type { Context } from '../../../sim/node.ts';
import { settle } from './answers.ts';
import { tryToLead } from './ballots.ts';
import { applyNext, askToLearn } from './learning.ts';
import type { Learned, MultiPaxosMessage, SnapshotMessage } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { stepDown } from './roles.ts';

type Ctx = Context<MultiPaxosMessage>;

/** These are chosen, whatever ballot this member has promised or accepted. */
export function onLearned(paxos: MultiPaxos, ctx: Ctx, { entries }: Learned): void {
  const before = paxos.chosen;
  for (const { slot, ballot, value } of entries) {
    if (slot !== paxos.chosen + 1) continue;
    paxos.slots.learn(slot, ballot, value);
    paxos.acks.delete(slot);
    ctx.measure('catch-up');
    applyNext(paxos, ctx);
  }
  if (paxos.chosen > before) goOn(paxos, ctx);
}

export function onSnapshot(paxos: MultiPaxos, ctx: Ctx, m: SnapshotMessage): void {
  const { slot, state, appliedHash } = m;
  // What is known already is never taken back.
  if (slot <= paxos.chosen) return;
  ctx.note('installs snapshot', { slot });
  paxos.once.restore(state);
  paxos.chosen = slot;
  paxos.appliedHash = appliedHash;
  paxos.tail.length = 0;
  paxos.slots.compact({ slot, state, appliedHash }, 0);
  settleSkipped(paxos, ctx, slot);
  goOn(paxos, ctx);
}

/** Nobody here will see what became of these slots. */
function settleSkipped(paxos: MultiPaxos, ctx: Ctx, upTo: number): void {
  for (const slot of [...paxos.pending.keys()]) {
    if (slot <= upTo) settle(paxos, ctx, slot, null, null);
  }
}

/**
 * There may be more to learn: a candidate needs it to lead, a follower asks with the next accept.
 */
function goOn(paxos: MultiPaxos, ctx: Ctx): void {
  paxos.askedAtMs = -Infinity;
  // Slots are chosen that it has not proposed: another leads, and its next refusal would say so.
  if (paxos.role === 'leader' && paxos.chosen >= paxos.next) return stepDown(paxos, ctx);
  if (paxos.role === 'candidate') tryToLead(paxos, ctx);
  else if (paxos.leader !== null && paxos.leader !== paxos.self) {
    askToLearn(paxos, ctx, paxos.leader);
  }
}
