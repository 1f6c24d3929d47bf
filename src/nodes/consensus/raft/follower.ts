/**
 * Log replication on the side of the follower (Ongaro & Ousterhout 2014, section 5.3 and Figure 2).
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { adoptConfiguration } from './adoption.ts';
import { abortFrom } from './answers.ts';
import { NO_TERM } from './log.ts';
import type { AppendEntries, AppendEntriesReply, Entry, RaftMessage } from './messages.ts';
import type { Raft } from './raft.ts';
import { noteRepaired } from './recovery.ts';
import { becomeFollower, resetElectionTimer } from './roles.ts';
import { applyCommitted } from './state-machine.ts';

type Ctx = Context<RaftMessage>;

export function onAppendEntries(raft: Raft, ctx: Ctx, from: NodeId, m: AppendEntries): void {
  if (m.term < raft.currentTerm) {
    // Section 5.1: a leader of the past. Its own term is over as soon as it hears of this one. The
    // answer carries no round: its sender may lead again, in this term, and count rounds again.
    return reply(raft, ctx, from, refusal(raft, m));
  }
  followLeader(raft, ctx, from, m.term);

  // Section 5.3, the consistency check: by induction it makes equal everything before, too. What
  // was compacted is committed, so every leader has it.
  const { log } = raft;
  if (m.prevLogIndex >= log.baseIndex && log.termAt(m.prevLogIndex) !== m.prevLogTerm) {
    return reply(raft, ctx, from, refusal(raft, m), m.round);
  }
  const matchIndex = m.prevLogIndex + m.entries.length;
  if (m.prevLogIndex >= log.baseIndex) appendMissing(raft, ctx, m.prevLogIndex + 1, m.entries);
  else appendMissing(raft, ctx, log.baseIndex + 1, m.entries.slice(log.baseIndex - m.prevLogIndex));
  if (log.latest.configuration !== raft.configuration) adoptConfiguration(raft, ctx);
  if (raft.damagedUpTo > 0) noteRepaired(raft, ctx, matchIndex);
  if (m.leaderCommit > raft.commitIndex) {
    // Only what this call has shown to agree: what follows in the log may be of another leader.
    const shown = raft.bug === 'commit-beyond-match' ? log.lastIndex : matchIndex;
    const known = m.leaderCommit < shown ? m.leaderCommit : shown;
    if (known > raft.commitIndex) {
      raft.commitIndex = known;
      applyCommitted(raft, ctx);
    }
  }
  reply(
    raft,
    ctx,
    from,
    {
      type: 'appendEntriesReply',
      term: raft.currentTerm,
      success: true,
      prevLogIndex: m.prevLogIndex,
      matchIndex,
      conflictTerm: 0,
      conflictIndex: 0,
    },
    m.round,
  );
}

/** Section 5.2: whoever leads in a term has won its election; candidates give in. */
export function followLeader(raft: Raft, ctx: Ctx, leader: NodeId, term: number): void {
  if (term > raft.currentTerm || raft.role !== 'follower') becomeFollower(raft, ctx, term);
  raft.leader = leader;
  raft.heardLeaderAtMs = ctx.elapsed();
  resetElectionTimer(raft, ctx);
}

/**
 * Section 5.3: entries that conflict go, with all that follow them; entries that agree stay, and so
 * does what follows those. What the second half prevents (the bug `truncate-always`):
 *   1. A leader sends entry 5, then 5 and 6 together. The network swaps the two.
 *   2. The follower appends 5 and 6 and says so. The leader counts it, and commits 6.
 *   3. The first call arrives, with 5 alone. A follower that takes the message for the whole truth
 *      cuts 6 off, which it has acknowledged, and which may now be on less than a majority.
 */
function appendMissing(raft: Raft, ctx: Ctx, from: number, entries: readonly Entry[]): void {
  const { log } = raft;
  if (raft.bug === 'truncate-always') log.truncateFrom(from);
  let index = from;
  for (const entry of entries) {
    const term = log.termAt(index);
    if (term !== entry.term) {
      if (term !== NO_TERM) {
        ctx.note('truncates log', { from: index, to: log.lastIndex });
        log.truncateFrom(index);
        if (raft.bug === 'abort-on-truncate') abortFrom(raft, ctx, index);
      }
      log.append(entry);
    }
    index++;
  }
}

/**
 * Section 5.3, at its end: which term is in the way, and where it begins, so that the leader can
 * skip all of it.
 */
function refusal(raft: Raft, m: AppendEntries): AppendEntriesReply {
  const { log } = raft;
  const held = log.termAt(m.prevLogIndex);
  const conflictTerm = held === NO_TERM ? 0 : held;
  const answer: AppendEntriesReply = {
    type: 'appendEntriesReply',
    term: raft.currentTerm,
    success: false,
    prevLogIndex: m.prevLogIndex,
    matchIndex: 0,
    conflictTerm,
    conflictIndex: conflictTerm === 0 ? log.lastIndex + 1 : log.firstIndexOfTermAt(m.prevLogIndex),
  };
  return raft.damagedUpTo > 0 ? { ...answer, damaged: true } : answer;
}

/** An acknowledgement is a promise, so `send` holds it until the entries are on disk. */
function reply(
  raft: Raft,
  ctx: Ctx,
  leader: NodeId,
  plain: AppendEntriesReply,
  round?: number,
): void {
  if (plain.matchIndex > raft.acknowledgedIndex) raft.acknowledgedIndex = plain.matchIndex;
  const counted = raft.lostIn === 0 ? plain : { ...plain, lost: raft.lostIn };
  const answer = round === undefined ? counted : { ...counted, round };
  if (raft.bug === 'ack-before-durable') ctx.sendNow(leader, answer);
  else ctx.send(leader, answer);
}
