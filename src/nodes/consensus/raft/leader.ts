/**
 * Log replication on the side of the leader: its terms of office, and what it makes of the answers
 * (Ongaro & Ousterhout 2014, sections 5.3 and 5.4). What it sends is in `replication.ts`.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId } from '../../../sim/node.ts';
import { onUncounted } from './lost-disk.ts';
import { onCaughtUp, onConfigurationCommitted } from './membership.ts';
import type { AppendEntriesReply, InstallSnapshotReply, RaftMessage } from './messages.ts';
import { firstPatienceMs, resendPiece, sendPiece } from './pieces.ts';
import { commitIndexOf, type Progress } from './progress.ts';
import type { Raft } from './raft.ts';
import { beginRound, onRoundAnswered } from './reads.ts';
import {
  append,
  replicate,
  replicateToAll,
  sendAppendEntries,
  sendBareHeartbeat,
  sendHeartbeat,
  syncOwnDisk,
} from './replication.ts';
import { becomeFollower } from './roles.ts';
import { applyCommitted } from './state-machine.ts';
import { tellIfReady } from './transfer.ts';

type Ctx = Context<RaftMessage>;

/**
 * A new leader: supposes that all logs agree with its own, and says so at once (section 5.2, Figure
 * 2).
 */
export function beginTerm(raft: Raft, ctx: Ctx): void {
  const { lastIndex } = raft.log;
  raft.matchIndex.fill(0);
  for (const follower of raft.followers) follower.reset(lastIndex + 1);
  raft.termStartIndex = lastIndex + 1;
  raft.cutsBefore = raft.log.cuts;
  raft.configurationOpen = true;
  raft.reads.begin();
  ctx.setTimer('heartbeat', raft.settings.heartbeatMs);
  if (raft.settings.checkQuorum) ctx.setTimer('quorum', raft.settings.electionMinMs);
  // Section 8: an entry of its own term, since that is the only way to learn what of the log is
  // committed.
  append(raft, ctx, { type: 'no-op' });
  replicateToAll(raft, ctx);
}

export function onBatchTimeout(raft: Raft, ctx: Ctx): void {
  if (raft.role === 'leader') replicateToAll(raft, ctx);
}

/**
 * Section 5.2: shows that it is alive. A heartbeat is the consistency check at the end of what was
 * sent, so it also finds out whether something was lost: the follower refuses it then, and is
 * probed. A probe is sent again.
 */
export function onHeartbeatTimeout(raft: Raft, ctx: Ctx): void {
  if (raft.role !== 'leader') return;
  ctx.setTimer('heartbeat', raft.settings.heartbeatMs);
  if (raft.settings.reads === 'lease') beginRound(raft, ctx);
  for (const follower of raft.followers) {
    if (raft.bug === 'heartbeats-without-disk') sendBareHeartbeat(raft, ctx, follower);
    follower.probed = false;
    if (follower.state === 'snapshot') {
      resendPiece(raft, ctx, follower);
      sendHeartbeat(raft, ctx, follower);
      continue;
    }
    const next = follower.nextIndex;
    replicate(raft, ctx, follower);
    if (follower.state === 'replicate' && follower.nextIndex === next) {
      sendAppendEntries(raft, ctx, follower, 0);
    }
  }
}

export function onAppendEntriesReply(
  raft: Raft,
  ctx: Ctx,
  from: NodeId,
  m: AppendEntriesReply,
): void {
  if (m.term > raft.currentTerm) return becomeFollower(raft, ctx, m.term);
  if (raft.role !== 'leader' || m.term < raft.currentTerm) return;
  const follower = raft.progressOf(from);
  if (follower === undefined) return;
  // Meant for another leader of this term. There is none, unless a disk has lied about a vote.
  if (m.matchIndex > raft.log.lastIndex || m.prevLogIndex > raft.log.lastIndex) return;
  if (m.lost !== undefined) {
    onUncounted(raft, ctx, follower, m);
    if (!m.success) return onRefused(raft, ctx, follower, m);
    hasArrived(raft, follower, m.matchIndex, 0);
    return replicate(raft, ctx, follower);
  }
  follower.heard = true;
  if (m.success) onAccepted(raft, ctx, follower, m.matchIndex);
  else if (m.damaged === true) onDamaged(raft, ctx, follower, m);
  else onRefused(raft, ctx, follower, m);
  if (m.round !== undefined && raft.role === 'leader') {
    onRoundAnswered(raft, ctx, follower.place, m.round);
  }
}

/**
 * The follower's log is this leader's up to there, and stays so: nobody else may change it in this
 * term.
 */
function onAccepted(raft: Raft, ctx: Ctx, follower: Progress, matchIndex: number): void {
  const known = raft.matchIndex[follower.place] ?? 0;
  hasArrived(raft, follower, matchIndex, known);
  if (matchIndex > known) {
    raft.matchIndex[follower.place] = countedMatch(raft, follower, matchIndex);
    if (raft.change !== null) onCaughtUp(raft, ctx, follower);
    if (raft.transfer !== null) tellIfReady(raft, ctx);
    if (matchIndex > raft.commitIndex) advanceCommit(raft, ctx);
    if (raft.role !== 'leader') return;
  }
  if (!raft.batching && follower.nextIndex <= raft.log.lastIndex) replicate(raft, ctx, follower);
}

/** It has everything up to there: the message that said so is no longer under way. */
function hasArrived(raft: Raft, follower: Progress, matchIndex: number, known: number): void {
  if (follower.state === 'probe') {
    follower.becomeReplicate((matchIndex > known ? matchIndex : known) + 1);
  } else if (follower.state === 'replicate') follower.inFlight.freeUpTo(matchIndex);
  // It needs no snapshot after all: an answer from before has come late.
  else if (matchIndex >= raft.log.baseIndex) follower.becomeProbe(matchIndex + 1);
}

/** The bug takes what was sent for what has come: an answer may be to an earlier message. */
function countedMatch(raft: Raft, follower: Progress, matchIndex: number): number {
  return raft.bug === 'match-is-sent' ? follower.nextIndex - 1 : matchIndex;
}

/**
 * The follower's disk was damaged, and its log cut: it holds less than it had acknowledged. This is
 * the one case in which a `matchIndex` falls. The commit index does not: what is committed is.
 */
function onDamaged(raft: Raft, ctx: Ctx, follower: Progress, m: AppendEntriesReply): void {
  if (m.conflictTerm !== 0) return onRefused(raft, ctx, follower, m);
  const known = raft.matchIndex[follower.place] ?? 0;
  if (m.conflictIndex <= known) raft.matchIndex[follower.place] = m.conflictIndex - 1;
  follower.becomeProbe(m.conflictIndex);
  replicate(raft, ctx, follower);
}

/**
 * Section 5.3: the logs differ at `prevLogIndex`. Steps back behind the follower's whole
 * conflicting term, or to its last entry of that term that the leader has too; never behind what is
 * known to match.
 */
function onRefused(raft: Raft, ctx: Ctx, follower: Progress, m: AppendEntriesReply): void {
  const known = raft.matchIndex[follower.place] ?? 0;
  // An old refusal: the follower has accepted more since, or another place is being probed by now.
  if (m.prevLogIndex <= known) return;
  if (follower.state === 'probe' && m.prevLogIndex !== follower.nextIndex - 1) return;
  const shared =
    m.conflictTerm === 0 ? 0 : raft.log.lastIndexOfTerm(m.conflictTerm, m.prevLogIndex);
  const hint = shared > 0 ? shared + 1 : m.conflictIndex;
  const below = hint < m.prevLogIndex ? hint : m.prevLogIndex;
  follower.becomeProbe(below > known ? below : known + 1);
  replicate(raft, ctx, follower);
}

export function onInstallSnapshotReply(
  raft: Raft,
  ctx: Ctx,
  from: NodeId,
  m: InstallSnapshotReply,
): void {
  if (m.term > raft.currentTerm) return becomeFollower(raft, ctx, m.term);
  if (raft.role !== 'leader' || m.term < raft.currentTerm) return;
  const follower = raft.progressOf(from);
  if (follower === undefined) return;
  follower.heard = true;
  const { sending } = follower;
  // An answer to a piece that was sent twice, or of an earlier snapshot, is old news.
  if (sending === null || sending.index !== m.lastIncludedIndex) return;
  if (m.installed) {
    // What the snapshot stands for is committed: there is nothing to count.
    const known = raft.matchIndex[follower.place] ?? 0;
    const matchIndex = sending.index > known ? sending.index : known;
    raft.matchIndex[follower.place] = matchIndex;
    follower.becomeReplicate(matchIndex + 1);
    return replicate(raft, ctx, follower);
  }
  if (m.offset !== sending.offset) return;
  sending.offset = m.received;
  sending.patienceMs = firstPatienceMs(raft);
  sendPiece(raft, ctx, follower);
}

function advanceCommit(raft: Raft, ctx: Ctx): void {
  const { matchIndex, log, currentTerm, commitIndex, bug } = raft;
  const agreed = commitIndexOf(
    raft.quorum.agreed(matchIndex),
    log,
    currentTerm,
    commitIndex,
    bug === 'commit-old-term',
  );
  if (agreed === commitIndex) return;
  assert(agreed > commitIndex, 'a commit index never goes back');
  assert(agreed <= log.lastIndex, 'a leader commits only what its log has');
  raft.commitIndex = agreed;
  ctx.measure('committed', agreed - commitIndex);
  applyCommitted(raft, ctx);
  if (raft.configurationOpen && log.latest.index <= agreed) onConfigurationCommitted(raft, ctx);
  // Followers learn of it with the next message: an answer to the client does not wait for them.
}

export function onOwnDisk(raft: Raft, ctx: Ctx): void {
  raft.syncing = false;
  if (raft.role !== 'leader') return;
  // A call of an earlier term says nothing of this one's log: that may have been cut and have grown
  // again since.
  if (raft.syncTerm === raft.currentTerm) {
    raft.matchIndex[raft.place] = raft.syncIndex;
    if (raft.syncIndex > raft.commitIndex) advanceCommit(raft, ctx);
  }
  if ((raft.matchIndex[raft.place] ?? 0) < raft.log.lastIndex) syncOwnDisk(raft, ctx);
}

/**
 * Thesis 6.2: a leader that a majority no longer answers gives up, so that its clients can ask
 * elsewhere.
 */
export function onQuorumTimeout(raft: Raft, ctx: Ctx): void {
  if (raft.role !== 'leader') return;
  const heard = raft.members.map((id) => id === raft.self);
  for (const follower of raft.followers) {
    heard[follower.place] = follower.heard;
    follower.heard = false;
  }
  if (raft.quorum.isMajority(heard)) {
    ctx.setTimer('quorum', raft.settings.electionMinMs);
    return;
  }
  ctx.note('steps down', { why: 'no quorum', term: raft.currentTerm });
  becomeFollower(raft, ctx, raft.currentTerm);
}
