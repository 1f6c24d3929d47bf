/**
 * Leader election (Ongaro & Ousterhout 2014, section 5.2), with the restriction of section 5.4.1,
 * the Pre-Vote phase (thesis 9.6), and the rule that a server with a live leader disregards calls
 * for votes (section 6, thesis 4.2.3).
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { beginTerm } from './leader.ts';
import type { RaftMessage, RequestVote, RequestVoteReply, TimeoutNow } from './messages.ts';
import type { Raft } from './raft.ts';
import { becomeFollower, resetElectionTimer, setRole } from './roles.ts';

type Ctx = Context<RaftMessage>;

/** No leader was heard from, or no election was won, for the time drawn. */
export function onElectionTimeout(raft: Raft, ctx: Ctx): void {
  if (raft.role === 'leader') return;
  // Learners and servers that were removed wait for a leader: they cannot be elected.
  if (!raft.mayCampaign) return resetElectionTimer(raft, ctx);
  if (raft.settings.preVote && !raft.quorum.isAlone) becomePreCandidate(raft, ctx);
  else becomeCandidate(raft, ctx);
}

/**
 * Thesis 9.6: asks about the next term without entering it. Neither the term nor the vote changes.
 */
function becomePreCandidate(raft: Raft, ctx: Ctx): void {
  raft.leader = null;
  if (raft.role !== 'pre-candidate') setRole(raft, ctx, 'pre-candidate');
  callForVotes(raft, ctx, 'requestPreVote', raft.currentTerm + 1);
}

/**
 * Section 5.2: enters the next term, votes for itself, and asks all others.
 *
 * @param transfer the leader has asked for it (thesis 3.10)
 */
export function becomeCandidate(raft: Raft, ctx: Ctx, transfer = false): void {
  raft.persistBallot(ctx, raft.currentTerm + 1, raft.self);
  raft.leader = null;
  setRole(raft, ctx, 'candidate');
  ctx.measure('elections');
  callForVotes(raft, ctx, 'requestVote', raft.currentTerm, transfer);
}

/** The leader asks this server to take over at once (thesis 3.10). */
export function onTimeoutNow(raft: Raft, ctx: Ctx, from: NodeId, m: TimeoutNow): void {
  if (m.term !== raft.currentTerm || raft.role !== 'follower' || raft.leader !== from) return;
  if (!raft.mayCampaign) return;
  becomeCandidate(raft, ctx, true);
}

/**
 * `send` holds the calls until the candidate's vote for itself is on disk. So an answer proves that
 * it is, and that vote may be counted at once.
 */
function callForVotes(
  raft: Raft,
  ctx: Ctx,
  type: RequestVote['type'],
  term: number,
  transfer = false,
): void {
  resetElectionTimer(raft, ctx);
  raft.granted.fill(false);
  raft.refused.fill(false);
  raft.granted[raft.place] = true;
  const { lastIndex, lastTerm } = raft.log;
  const plain: RequestVote = { type, term, lastLogIndex: lastIndex, lastLogTerm: lastTerm };
  const call: RequestVote = transfer ? { ...plain, transfer: true } : plain;
  for (const { id, place } of raft.followers) if (raft.quorum.has(place)) ctx.send(id, call);
  countVotes(raft, ctx);
}

export function onRequestVote(raft: Raft, ctx: Ctx, from: NodeId, m: RequestVote): void {
  if (m.type === 'requestPreVote') return answerPreVote(raft, ctx, from, m);
  // Thesis 4.2.3: it does not even update its term. A server that was cut off, or removed, cannot
  // depose a leader that its cluster hears.
  if (isBarred(raft, ctx, m)) return;
  if (m.term > raft.currentTerm) becomeFollower(raft, ctx, m.term);
  const free = m.term === raft.currentTerm && mayVoteFor(raft, from);
  // Who has lost acknowledged entries may not decide what a majority has. Whether it has a vote in
  // its own configuration is not asked: that may be older than the candidate's, and else a group
  // could never get past it (thesis 4.1).
  const mute = raft.bug === 'learner-refuses-vote' && !raft.quorum.has(raft.place);
  const voteGranted = free && !mute && isUpToDate(raft, m) && raft.remembers;
  if (voteGranted) {
    raft.persistBallot(ctx, raft.currentTerm, from);
    resetElectionTimer(raft, ctx);
  }
  // Held until the vote is on disk: see the bug `vote-twice` for what happens else.
  ctx.send(from, { type: 'requestVoteReply', term: raft.currentTerm, voteGranted });
}

/**
 * Whether a call for votes is disregarded for the sake of a leader that lives. With leases that is
 * a promise, and holds in whatever term the server is by now.
 */
function isBarred(raft: Raft, ctx: Ctx, m: RequestVote): boolean {
  const { checkQuorum, reads } = raft.settings;
  if (!checkQuorum || m.transfer === true) return false;
  return (reads === 'lease' || m.term > raft.currentTerm) && hasLiveLeader(raft, ctx);
}

/** Thesis 9.6: would it vote for the sender in that term? Promises nothing and changes nothing. */
function answerPreVote(raft: Raft, ctx: Ctx, from: NodeId, m: RequestVote): void {
  const { currentTerm } = raft;
  const free = m.term > currentTerm || (m.term === currentTerm && mayVoteFor(raft, from));
  const mayVote = free && raft.remembers;
  const voteGranted = mayVote && isUpToDate(raft, m) && !hasLiveLeader(raft, ctx);
  // A refusal carries the voter's term, so that a sender left behind catches up. (etcd's story, of
  // both switches used together: a pre-candidate whose term was lower was ignored forever, and no
  // leader could be elected.)
  const term = voteGranted ? m.term : currentTerm;
  ctx.send(from, { type: 'requestPreVoteReply', term, voteGranted });
}

/** Section 5.2: one vote a term, first come, first served. */
function mayVoteFor(raft: Raft, candidate: NodeId): boolean {
  return raft.votedFor === null || raft.votedFor === candidate;
}

/**
 * Section 5.4.1: the log whose last entry has the later term is more up to date; of equal terms,
 * the longer one.
 */
function isUpToDate(raft: Raft, m: RequestVote): boolean {
  if (raft.bug === 'no-log-check') return true;
  const { lastIndex, lastTerm } = raft.log;
  if (m.lastLogTerm !== lastTerm) return m.lastLogTerm > lastTerm;
  return m.lastLogIndex >= lastIndex;
}

/**
 * Whether it leads, or has heard from its leader within the minimum election timeout (thesis
 * 4.2.3). With leases it supposes after a restart that it had just heard from one.
 */
function hasLiveLeader(raft: Raft, ctx: Ctx): boolean {
  if (raft.role === 'leader') return true;
  const { electionMinMs, reads } = raft.settings;
  if (raft.leader === null && reads !== 'lease') return false;
  return ctx.elapsed() - raft.heardLeaderAtMs < electionMinMs;
}

export function onRequestVoteReply(raft: Raft, ctx: Ctx, from: NodeId, m: RequestVoteReply): void {
  const preVote = m.type === 'requestPreVoteReply';
  // The term of a pre-vote granted is the one asked about, which nobody has entered yet.
  const asked = preVote && m.voteGranted;
  if (!asked && m.term > raft.currentTerm) return becomeFollower(raft, ctx, m.term);
  if (raft.role !== (preVote ? 'pre-candidate' : 'candidate')) return;
  if (asked && m.term !== raft.currentTerm + 1) return; // Of an earlier term.
  if (!preVote && m.term !== raft.currentTerm) return;
  const voter = raft.progressOf(from);
  if (voter === undefined) return;
  if (m.voteGranted) raft.granted[voter.place] = true;
  else raft.refused[voter.place] = true;
  countVotes(raft, ctx);
}

function countVotes(raft: Raft, ctx: Ctx): void {
  switch (raft.quorum.vote(raft.granted, raft.refused)) {
    case 'won':
      if (raft.role === 'pre-candidate') becomeCandidate(raft, ctx);
      else becomeLeader(raft, ctx);
      return;
    case 'lost':
      // The paper lets it wait as a candidate; like etcd it follows again. Its timer goes on either
      // way.
      becomeFollower(raft, ctx, raft.currentTerm);
      return;
    case 'pending':
      return;
  }
}

function becomeLeader(raft: Raft, ctx: Ctx): void {
  raft.leader = raft.self;
  ctx.cancelTimer('election');
  setRole(raft, ctx, 'leader');
  beginTerm(raft, ctx);
}
