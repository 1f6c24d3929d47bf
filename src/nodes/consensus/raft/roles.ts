/** The roles of a server and the ways between them (Ongaro & Ousterhout 2014, Figure 4). */
import type { Context } from '../../../sim/node.ts';
import { ROLE_NOTE } from '../../../sim/trace.ts';
import type { RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';

/** A pre-candidate asks whether it could win, before it becomes a candidate (thesis 9.6). */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

export function setRole(raft: Raft, ctx: Context<RaftMessage>, role: Role): void {
  raft.role = role;
  ctx.note(ROLE_NOTE, { role, term: raft.currentTerm });
}

/**
 * Section 5.2: a time drawn again each time, so that servers seldom run out of patience together.
 * It runs on every server that is not a leader.
 */
export function resetElectionTimer(raft: Raft, ctx: Context<RaftMessage>): void {
  const { electionMinMs, electionMaxMs } = raft.settings;
  if (raft.bug === 'same-timeouts') {
    const turn = Math.ceil((ctx.now() + electionMinMs) / electionMaxMs) * electionMaxMs;
    ctx.setTimer('election', turn - ctx.now());
    return;
  }
  ctx.setTimer('election', ctx.random.between(electionMinMs, electionMaxMs));
}

/**
 * Follows, in the term given or in its own if that is later. A new term comes with a vote to give,
 * and nobody knows its leader yet.
 */
export function becomeFollower(raft: Raft, ctx: Context<RaftMessage>, term: number): void {
  if (term > raft.currentTerm) {
    raft.persistBallot(ctx, term, null);
    raft.leader = null;
  }
  if (raft.role === 'follower') return;
  raft.leader = null;
  if (raft.role === 'leader') {
    ctx.cancelTimer('heartbeat');
    ctx.cancelTimer('quorum');
    ctx.cancelTimer('batch');
    raft.batching = false;
    raft.lastAppendEntries = null;
    raft.leaveOffice(ctx);
    resetElectionTimer(raft, ctx);
  }
  setRole(raft, ctx, 'follower');
}
