/**
 * What a leader sends to bring followers up to date (Ongaro & Ousterhout 2014, section 5.3;
 * batching and pipelining after Ongaro's thesis, section 10.2.2). What it makes of the answers is
 * in `leader.ts`.
 */
import type { Context } from '../../../sim/node.ts';
import type { AppendEntries, Content, Entry, RaftMessage } from './messages.ts';
import { beginSending } from './pieces.ts';
import type { Progress } from './progress.ts';
import type { Raft } from './raft.ts';

type Ctx = Context<RaftMessage>;

/**
 * Appends a command in the current term; returns its index. It leaves with the next
 * `replicateToAll`.
 */
export function append(raft: Raft, ctx: Ctx, command: Content, retry = false): number {
  const term = raft.currentTerm;
  const entry: Entry = retry ? { term, command, retry } : { term, command };
  raft.log.append(entry);
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

export function replicateToAll(raft: Raft, ctx: Ctx): void {
  if (raft.batching) ctx.cancelTimer('batch');
  raft.batching = false;
  raft.batchedIndex = raft.log.lastIndex;
  for (const follower of raft.followers) replicate(raft, ctx, follower);
}

/** Sends a follower what it lacks, as far as it may be sent now. */
export function replicate(raft: Raft, ctx: Ctx, follower: Progress): void {
  if (follower.state === 'snapshot') return;
  if (follower.nextIndex <= raft.log.baseIndex) return beginSending(raft, ctx, follower);
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

export function sendAppendEntries(raft: Raft, ctx: Ctx, follower: Progress, count: number): void {
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
  const round = usesRounds(raft) ? raft.reads.round : undefined;
  if (
    last !== null &&
    last.prevLogIndex === nextIndex - 1 &&
    last.entries.length === count &&
    last.leaderCommit === raft.commitIndex &&
    last.round === round
  ) {
    return last;
  }
  const plain: AppendEntries = {
    type: 'appendEntries',
    term: raft.currentTerm,
    prevLogIndex: nextIndex - 1,
    prevLogTerm: raft.log.termAt(nextIndex - 1),
    entries: raft.log.slice(nextIndex, count),
    leaderCommit: raft.commitIndex,
  };
  const message = round === undefined ? plain : { ...plain, round };
  raft.lastAppendEntries = message;
  return message;
}

/** Shows a follower that the leader lives, and no more: it promises nothing. */
export function sendHeartbeat(raft: Raft, ctx: Ctx, follower: Progress): void {
  const isBehind = follower.nextIndex <= raft.log.baseIndex;
  // To one that gets a snapshot, about the start of the log.
  if (follower.state === 'snapshot' || isBehind) sendBareHeartbeat(raft, ctx, follower);
  else sendHeartbeatAt(raft, ctx, follower, follower.nextIndex);
}

/** About the start of the log, where all logs agree: it asks nothing of a log, nor of a disk. */
export function sendBareHeartbeat(raft: Raft, ctx: Ctx, follower: Progress): void {
  sendHeartbeatAt(raft, ctx, follower, 1);
}

function sendHeartbeatAt(raft: Raft, ctx: Ctx, follower: Progress, nextIndex: number): void {
  const plain: AppendEntries = {
    type: 'appendEntries',
    term: raft.currentTerm,
    prevLogIndex: nextIndex - 1,
    prevLogTerm: nextIndex === 1 ? 0 : raft.log.termAt(nextIndex - 1),
    entries: [],
    leaderCommit: raft.commitIndex,
  };
  const { round } = raft.reads;
  ctx.sendNow(follower.id, usesRounds(raft) ? { ...plain, round } : plain);
}

/**
 * Thesis 10.2.1: the leader has a `matchIndex` too, the last entry on its own disk. One call of
 * `sync` at a time is enough: the writes made meanwhile are the next one's.
 */
export function syncOwnDisk(raft: Raft, ctx: Ctx): void {
  if (raft.syncing) return;
  raft.syncing = true;
  raft.syncIndex = raft.log.lastIndex;
  raft.syncTerm = raft.currentTerm;
  ctx.storage.sync('own-disk');
}

/** Whether messages carry the number of a round. */
function usesRounds(raft: Raft): boolean {
  const { reads } = raft.settings;
  return reads === 'read-index' || reads === 'lease';
}
