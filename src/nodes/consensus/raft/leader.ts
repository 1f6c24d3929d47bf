/**
 * Log replication on the side of the leader (Ongaro & Ousterhout 2014, sections 5.3 and 5.4;
 * batching and pipelining after Ongaro's thesis, section 10.2.2).
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId } from '../../../sim/node.ts';
import type { Command } from '../../parts/machines/machine.ts';
import { majority } from '../../parts/quorum.ts';
import type { AppendEntries, AppendEntriesReply, NoOp, RaftMessage } from './messages.ts';
import { commitIndexOf, type Progress } from './progress.ts';
import type { Raft } from './raft.ts';
import { becomeFollower } from './roles.ts';
import { applyCommitted } from './state-machine.ts';

type Ctx = Context<RaftMessage>;

/**
 * A new leader: supposes that all logs agree with its own, and says so at once (section 5.2, Figure
 * 2).
 */
export function beginTerm(raft: Raft, ctx: Ctx): void {
  const { lastIndex } = raft.log;
  raft.matchIndex.fill(0);
  for (const follower of raft.followers) follower.reset(lastIndex + 1);
  ctx.setTimer('heartbeat', raft.settings.heartbeatMs);
  if (raft.settings.checkQuorum) ctx.setTimer('quorum', raft.settings.electionMinMs);
  // Section 8: an entry of its own term, since that is the only way to learn what of the log is
  // committed.
  append(raft, ctx, { type: 'no-op' });
  replicateToAll(raft, ctx);
}

/**
 * Appends a command in the current term; returns its index. It leaves with the next
 * `replicateToAll`.
 */
export function append(raft: Raft, ctx: Ctx, command: Command | NoOp): number {
  raft.log.append({ term: raft.currentTerm, command });
  // The bug counts itself at once.
  if (raft.bug === 'ack-before-durable') raft.matchIndex[raft.place] = raft.log.lastIndex;
  syncOwnDisk(raft, ctx);
  return raft.log.lastIndex;
}

/**
 * A request was appended: replicates it, now or together with others that come within
 * `batch-delay`.
 */
export function replicateSoon(raft: Raft, ctx: Ctx): void {
  const { batchDelayMs, batchEntries } = raft.settings;
  if (batchDelayMs === 0 || raft.log.lastIndex - raft.batchedIndex >= batchEntries) {
    replicateToAll(raft, ctx);
  } else if (!raft.batching) {
    raft.batching = true;
    ctx.setTimer('batch', batchDelayMs);
  }
}

export function onBatchTimeout(raft: Raft, ctx: Ctx): void {
  if (raft.role === 'leader') replicateToAll(raft, ctx);
}

function replicateToAll(raft: Raft, ctx: Ctx): void {
  if (raft.batching) ctx.cancelTimer('batch');
  raft.batching = false;
  raft.batchedIndex = raft.log.lastIndex;
  for (const follower of raft.followers) replicate(raft, ctx, follower);
}

/** Sends a follower what it lacks, as far as it may be sent now. */
function replicate(raft: Raft, ctx: Ctx, follower: Progress): void {
  if (follower.state === 'probe') {
    if (follower.probed) return;
    follower.probed = true;
    sendAppendEntries(raft, ctx, follower, unsentTo(raft, follower));
    return;
  }
  let count = unsentTo(raft, follower);
  while (count > 0 && !follower.inFlight.full) {
    sendAppendEntries(raft, ctx, follower, count);
    // Optimistic: it runs ahead of the answers, which is what makes a pipeline.
    follower.nextIndex += count;
    follower.inFlight.add(follower.nextIndex - 1);
    count = unsentTo(raft, follower);
  }
}

/** How many entries the next message to a follower can carry. */
function unsentTo(raft: Raft, follower: Progress): number {
  const count = raft.log.lastIndex - follower.nextIndex + 1;
  return count < raft.settings.batchEntries ? count : raft.settings.batchEntries;
}

function sendAppendEntries(raft: Raft, ctx: Ctx, follower: Progress, count: number): void {
  const message = appendEntriesFrom(raft, follower.nextIndex, count);
  // Thesis 10.2.1: the leader's own disk may write at the same time. It counts itself only when it
  // has written.
  const now = raft.settings.parallelWrite || raft.bug === 'ack-before-durable';
  if (now) ctx.sendNow(follower.id, message);
  else ctx.send(follower.id, message);
}

/**
 * The message with `count` entries from an index on; one object for all followers that are equally
 * far.
 */
function appendEntriesFrom(raft: Raft, nextIndex: number, count: number): AppendEntries {
  const last = raft.lastAppendEntries;
  if (
    last !== null &&
    last.prevLogIndex === nextIndex - 1 &&
    last.entries.length === count &&
    last.leaderCommit === raft.commitIndex
  ) {
    return last;
  }
  const message: AppendEntries = {
    type: 'appendEntries',
    term: raft.currentTerm,
    prevLogIndex: nextIndex - 1,
    prevLogTerm: raft.log.termAt(nextIndex - 1),
    entries: raft.log.slice(nextIndex, count),
    leaderCommit: raft.commitIndex,
  };
  raft.lastAppendEntries = message;
  return message;
}

/**
 * Section 5.2: shows that it is alive. A heartbeat is the consistency check at the end of what was
 * sent, so it also finds out whether something was lost: the follower refuses it then, and is
 * probed. A probe is sent again.
 */
export function onHeartbeatTimeout(raft: Raft, ctx: Ctx): void {
  if (raft.role !== 'leader') return;
  ctx.setTimer('heartbeat', raft.settings.heartbeatMs);
  for (const follower of raft.followers) {
    follower.probed = false;
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
  follower.heard = true;
  if (m.success) onAccepted(raft, ctx, follower, m.matchIndex);
  else onRefused(raft, ctx, follower, m);
}

/**
 * The follower's log is this leader's up to there, and stays so: nobody else may change it in this
 * term.
 */
function onAccepted(raft: Raft, ctx: Ctx, follower: Progress, matchIndex: number): void {
  const known = raft.matchIndex[follower.place] ?? 0;
  if (follower.state === 'probe') {
    follower.becomeReplicate((matchIndex > known ? matchIndex : known) + 1);
  } else follower.inFlight.freeUpTo(matchIndex);
  if (matchIndex > known) {
    raft.matchIndex[follower.place] = matchIndex;
    if (matchIndex > raft.commitIndex) advanceCommit(raft, ctx);
  }
  if (!raft.batching && follower.nextIndex <= raft.log.lastIndex) replicate(raft, ctx, follower);
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

function advanceCommit(raft: Raft, ctx: Ctx): void {
  const { matchIndex, log, currentTerm, commitIndex, bug } = raft;
  const agreed = commitIndexOf(
    matchIndex,
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
  // Followers learn of it with the next message: an answer to the client does not wait for them.
}

/**
 * Thesis 10.2.1: the leader has a `matchIndex` too, the last entry on its own disk. One call of
 * `sync` at a time is enough: the writes made meanwhile are the next one's.
 */
function syncOwnDisk(raft: Raft, ctx: Ctx): void {
  if (raft.syncing) return;
  raft.syncing = true;
  raft.syncIndex = raft.log.lastIndex;
  raft.syncTerm = raft.currentTerm;
  ctx.storage.sync('own-disk');
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
  let heard = 1;
  for (const follower of raft.followers) {
    if (follower.heard) heard++;
    follower.heard = false;
  }
  if (heard >= majority(raft.members.length)) {
    ctx.setTimer('quorum', raft.settings.electionMinMs);
    return;
  }
  ctx.note('steps down', { why: 'no quorum', term: raft.currentTerm });
  becomeFollower(raft, ctx, raft.currentTerm);
}
