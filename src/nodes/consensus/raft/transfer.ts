/**
 * Leadership transfer (Ongaro's thesis, section 3.10): the leader brings a follower up to date,
 * takes no requests meanwhile, and tells it to campaign at once.
 *
 * The follower skips Pre-Vote, and voters that hear a leader vote all the same: its call says that
 * the leader itself has asked for it. A leader that has once told a follower so has no lease for
 * the rest of its term: the message may be late, and the election with it.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import type { RaftMessage } from './messages.ts';
import type { Progress } from './progress.ts';
import type { Raft } from './raft.ts';
import { replicate } from './replication.ts';

type Ctx = Context<RaftMessage>;

export interface Transfer {
  readonly to: Progress;
  told: boolean;
}

/** Begins to hand over, to the voter that is furthest for null; null, or why not. */
export function beginTransfer(raft: Raft, ctx: Ctx, to: NodeId | null): string | null {
  if (raft.transfer !== null) return 'leadership is being handed over';
  if (to === raft.self) return 'it leads already';
  const follower = to === null ? furthest(raft) : (raft.progressOf(to) ?? null);
  if (follower === null || !raft.configuration.voters.includes(follower.id)) {
    return 'only to a voter';
  }
  raft.transfer = { to: follower, told: false };
  if (raft.bug !== 'lease-survives-transfer') raft.reads.endLease();
  ctx.setTimer('transfer', raft.settings.electionMinMs);
  ctx.note('hands over', { to: follower.id });
  tellIfReady(raft, ctx);
  if (raft.transfer?.told === false) replicate(raft, ctx, follower);
  return null;
}

function furthest(raft: Raft): Progress | null {
  let best: Progress | null = null;
  for (const follower of raft.followers) {
    if (!raft.configuration.voters.includes(follower.id)) continue;
    const match = raft.matchIndex[follower.place] as number;
    if (best === null || match > (raft.matchIndex[best.place] as number)) best = follower;
  }
  return best;
}

/** The follower has all of the log: it may take over. With less it would lose the election. */
export function tellIfReady(raft: Raft, ctx: Ctx): void {
  const { transfer } = raft;
  if (transfer === null || transfer.told) return;
  if ((raft.matchIndex[transfer.to.place] as number) < raft.log.lastIndex) return;
  transfer.told = true;
  ctx.sendNow(transfer.to.id, { type: 'timeoutNow', term: raft.currentTerm });
}

/** It has not worked within an election timeout: serves again. */
export function onTransferTimeout(raft: Raft, ctx: Ctx): void {
  if (raft.transfer === null) return;
  ctx.note('gives up handing over', { to: raft.transfer.to.id });
  raft.transfer = null;
}

/** The office is over, or whoever was to have it does not vote any more. */
export function endTransfer(raft: Raft, ctx: Ctx): void {
  if (raft.transfer === null) return;
  raft.transfer = null;
  ctx.cancelTimer('transfer');
}
