/**
 * Catching up: by slots that another member knows to be chosen, or by a snapshot in their place.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { settle } from './answers.ts';
import { tryToLead } from './ballots.ts';
import { goAhead, showItself } from './leader.ts';
import { applyNext, askToLearn, tellChosen } from './learning.ts';
import { tryToRecover } from './lost-disk.ts';
import type { Learn, Learned, MultiPaxosMessage, SnapshotMessage } from './messages.ts';
import type { MultiPaxos } from './multi-paxos.ts';
import { stepDown } from './roles.ts';
import { restoreVoters } from './voters.ts';

type Ctx = Context<MultiPaxosMessage>;

/**
 * Answers with what it knows to be chosen. Who asks for what comes later knows more itself: it may
 * have been removed, and be the only one left that knows the next voters. The leader shows itself
 * to members that do not vote, so that they pass requests on to it.
 */
export function onLearn(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: Learn): void {
  if (paxos.role === 'leader' && !paxos.others.includes(from)) showItself(paxos, ctx, from);
  if (m.from > paxos.chosen + 1) askToLearn(paxos, ctx, from);
  else tellChosen(paxos, ctx, from, m.from);
}

/** These are chosen, whatever ballot this member has promised or accepted. */
export function onLearned(paxos: MultiPaxos, ctx: Ctx, from: NodeId, { entries }: Learned): void {
  const before = paxos.chosen;
  for (const { slot, ballot, value } of entries) {
    if (slot !== paxos.chosen + 1) continue;
    if (ballot > paxos.promised) leadNoMore(paxos, ctx);
    paxos.slots.learn(slot, ballot, value);
    paxos.acks.delete(slot);
    ctx.measure('catch-up');
    applyNext(paxos, ctx);
  }
  if (paxos.chosen > before) goOn(paxos, ctx, from);
}

export function onSnapshot(paxos: MultiPaxos, ctx: Ctx, from: NodeId, m: SnapshotMessage): void {
  const { slot, state, appliedHash, configurations } = m;
  // What is known already is never taken back.
  if (slot <= paxos.chosen) return;
  ctx.note('installs snapshot', { slot });
  leadNoMore(paxos, ctx);
  paxos.once.restore(state);
  paxos.chosen = slot;
  paxos.appliedHash = appliedHash;
  paxos.tail.length = 0;
  if (configurations !== undefined) restoreVoters(paxos, ctx, configurations);
  const plain = { slot, state, appliedHash };
  paxos.slots.compact(configurations === undefined ? plain : { ...plain, configurations }, 0);
  settleSkipped(paxos, ctx, slot);
  goOn(paxos, ctx, from);
}

/**
 * Another leads, in a higher ballot. Members take what they have accepted in the ballot of a leader
 * for what it says is chosen. That would be wrong for slots in which the other has had its own
 * value chosen.
 */
function leadNoMore(paxos: MultiPaxos, ctx: Ctx): void {
  if (paxos.role === 'leader') stepDown(paxos, ctx);
}

/** Nobody here will see what became of these slots. */
function settleSkipped(paxos: MultiPaxos, ctx: Ctx, upTo: number): void {
  for (const slot of [...paxos.pending.keys()]) {
    if (slot <= upTo) settle(paxos, ctx, slot, null, null);
  }
}

/**
 * There may be more to learn: a candidate needs it to lead, and a member that was removed, to see
 * that it was. A leader has learned what it was about to take over.
 */
function goOn(paxos: MultiPaxos, ctx: Ctx, from: NodeId): void {
  paxos.askedAtMs = -Infinity;
  if (paxos.role === 'leader') {
    if (paxos.next <= paxos.chosen) paxos.next = paxos.chosen + 1;
    return goAhead(paxos, ctx);
  }
  askToLearn(paxos, ctx, paxos.leader ?? from);
  if (paxos.isRecovering) tryToRecover(paxos, ctx);
  if (paxos.role !== 'candidate') return;
  if (paxos.mayLead) tryToLead(paxos, ctx);
  else stepDown(paxos, ctx);
}
