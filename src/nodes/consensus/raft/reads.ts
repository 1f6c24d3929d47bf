/**
 * Reads beside the log (Ongaro's thesis, section 6.4).
 *
 * `read-index`: a read waits until the leader has learned, by a round of heartbeats that began
 * after the read came, that it still leads; then for the state machine to reach the commit index of
 * that moment. A follower asks its leader for that index, and answers itself. Two rules are easily
 * missed: - A new leader does not know what is committed until an entry of its own term is. The
 * index of
 *     before may lack what its predecessor has answered for (the bug `read-index-early`).
 * - An acknowledgement confirms the round that it answers, and none that began later: it may have
 *     been under way for long (the bug `read-index-any-ack`).
 *
 * `lease`: the leader answers at once while no other can have been elected: for the minimum
 * election timeout from when a round *began* that a majority has answered, shortened by
 * `lease-drift`. It rests on clocks that run at nearly the same pace, and on voters that keep their
 * promise not to vote meanwhile, even when they restart.
 *
 * `local`: any server answers from what it has. That is not linearizable; it is here to be seen.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import { type Asker, answer, refuse } from '../../parts/machines/askers.ts';
import type { Command } from '../../parts/machines/machine.ts';
import { outcomeReply } from './answers.ts';
import type { RaftMessage, ReadIndex, ReadIndexReply } from './messages.ts';
import type { Raft } from './raft.ts';
import { sendHeartbeat } from './replication.ts';

type Ctx = Context<RaftMessage>;

/** Reads of one follower that may wait for the leader's answer. */
const REMOTE_MAX = 1024;
/** Reads of different lives of a server have different numbers. */
const READS_PER_LIFE = 4_294_967_296;

/** A client's read, or the number of a follower's question. */
type Reader =
  | { readonly asker: Asker; readonly command: Command }
  | { readonly from: NodeId; readonly read: number };

interface Waiting {
  readonly reader: Reader;
  /** -1 until it is known. */
  index: number;
  /** The round that must be confirmed. */
  round: number;
}

/** A read that this follower has asked its leader about. */
interface Remote {
  readonly asker: Asker;
  readonly command: Command;
  /** null until the leader has answered. */
  index: number | null;
}

export class Reads {
  /** At the leader, in the order come. */
  waiting: Waiting[] = [];
  /** At a follower, by number. */
  readonly remote = new Map<number, Remote>();
  asked = 0;
  /** Rounds of heartbeats begun and confirmed in this term. */
  round = 0;
  confirmed = 0;
  /** The last round that each server has answered, by place. */
  readonly acknowledged: number[];
  /** When the rounds that are not confirmed began. */
  readonly beganAtMs = new Map<number, number>();
  /** Until when the lease holds; on the clock that only goes forward. */
  leaseUntilMs = -Infinity;
  leaseOver = false;

  constructor(members: number) {
    this.acknowledged = new Array<number>(members).fill(0);
  }

  /** Somebody waits for the state machine. */
  get isWaiting(): boolean {
    return this.waiting.length > 0 || this.remote.size > 0;
  }

  /** A new term of this leader. */
  begin(): void {
    this.round = 0;
    this.confirmed = 0;
    this.acknowledged.fill(0);
    this.beganAtMs.clear();
    this.leaseUntilMs = -Infinity;
    this.leaseOver = false;
  }

  /** There will be no lease for the rest of the term. */
  endLease(): void {
    this.leaseOver = true;
  }
}

// ---- The leader ---------------------------------------------------------------------------------

/** As leader, with reads beside the log. */
export function readAsLeader(raft: Raft, ctx: Ctx, reader: Reader): void {
  const { reads } = raft;
  if (raft.settings.reads === 'lease' && hasLease(raft, ctx)) {
    return deliver(raft, ctx, reader, raft.commitIndex);
  }
  reads.waiting.push({ reader, index: -1, round: 0 });
  advance(raft, ctx);
}

function hasLease(raft: Raft, ctx: Ctx): boolean {
  const { reads } = raft;
  return !reads.leaseOver && knowsCommitted(raft) && ctx.elapsed() < reads.leaseUntilMs;
}

/** Thesis 6.4, step 1: an entry of this term is committed. */
function knowsCommitted(raft: Raft): boolean {
  return raft.commitIndex >= raft.termStartIndex || raft.bug === 'read-index-early';
}

/** Gives waiting reads their index and round, and answers those that need not wait any more. */
function advance(raft: Raft, ctx: Ctx): void {
  const { reads } = raft;
  for (const waiting of reads.waiting) {
    if (waiting.index >= 0 || !knowsCommitted(raft)) continue;
    waiting.index = raft.commitIndex;
    // A round under way began before this read came.
    waiting.round = reads.round + 1;
  }
  const { round, confirmed } = reads;
  if (round === confirmed && reads.waiting.some((each) => each.round > round)) {
    beginRound(raft, ctx);
  }
  answerReads(raft, ctx);
}

/** All reads that have come until now are confirmed by one round: 2(n-1) messages for a batch. */
export function beginRound(raft: Raft, ctx: Ctx): void {
  const { reads } = raft;
  reads.round++;
  reads.beganAtMs.set(reads.round, ctx.elapsed());
  for (const follower of raft.followers) sendHeartbeat(raft, ctx, follower);
  onRoundAnswered(raft, ctx, raft.place, reads.round);
}

/** A server follows this leader, in answer to a message of a round. */
export function onRoundAnswered(raft: Raft, ctx: Ctx, place: number, round: number): void {
  const { reads, bug } = raft;
  const answered = bug === 'read-index-any-ack' ? reads.round : round;
  if (answered <= (reads.acknowledged[place] as number)) return;
  reads.acknowledged[place] = answered;
  const confirmed = raft.quorum.agreed(reads.acknowledged);
  if (confirmed <= reads.confirmed) return;
  renewLease(raft, ctx, confirmed);
  reads.confirmed = confirmed;
  advance(raft, ctx);
}

function renewLease(raft: Raft, ctx: Ctx, confirmed: number): void {
  const { reads, settings } = raft;
  const beganAtMs = reads.beganAtMs.get(confirmed) ?? -Infinity;
  for (const round of [...reads.beganAtMs.keys()]) {
    if (round <= confirmed) reads.beganAtMs.delete(round);
  }
  if (settings.reads !== 'lease') return;
  const { leaseDrift, electionMinMs } = settings;
  const lastsMs = (electionMinMs * (1 - leaseDrift)) / (1 + leaseDrift);
  // The bug: counted from when the answers came. The voters counted from when they answered.
  const fromMs = raft.bug === 'lease-from-receipt' ? ctx.elapsed() : beganAtMs;
  reads.leaseUntilMs = fromMs + lastsMs;
}

/** Answers the reads that are confirmed, as far as the state machine has got. */
export function answerReads(raft: Raft, ctx: Ctx): void {
  const { reads } = raft;
  if (reads.waiting.length > 0) {
    const all = reads.waiting;
    reads.waiting = [];
    for (const each of all) {
      const ready = each.index >= 0 && each.round <= reads.confirmed;
      if (ready && raft.lastApplied >= each.index) deliver(raft, ctx, each.reader, each.index);
      else reads.waiting.push(each);
    }
    if (raft.role === 'leader' && reads.waiting.some(({ index }) => index < 0)) {
      if (knowsCommitted(raft)) advance(raft, ctx);
    }
  }
  if (reads.remote.size > 0) answerRemote(raft, ctx);
}

function deliver(raft: Raft, ctx: Ctx, reader: Reader, index: number): void {
  if ('asker' in reader) return answerHere(raft, ctx, reader.asker, reader.command);
  const { from, read } = reader;
  ctx.sendNow(from, { type: 'readIndexReply', term: raft.currentTerm, read, index });
}

/** The office is over: none of these reads is confirmed any more. Nothing has happened. */
export function abandonReads(raft: Raft, ctx: Ctx): void {
  const { reads, currentTerm } = raft;
  for (const { reader } of reads.waiting) {
    if ('asker' in reader) refuseRead(ctx, reader.asker, 'it does not lead any more');
    else {
      const { from, read } = reader;
      ctx.sendNow(from, { type: 'readIndexReply', term: currentTerm, read, index: null });
    }
  }
  reads.waiting = [];
}

export function answerHere(raft: Raft, ctx: Ctx, asker: Asker, command: Command): void {
  answer(ctx, asker, outcomeReply(raft, asker.requestId, command, null));
}

function refuseRead(ctx: Ctx, asker: Asker, text: string): void {
  refuse(ctx, asker, 'temporarily-unavailable', text);
}

export function onReadIndex(raft: Raft, ctx: Ctx, from: NodeId, m: ReadIndex): void {
  if (raft.role === 'leader') return readAsLeader(raft, ctx, { from, read: m.read });
  const { currentTerm: term } = raft;
  ctx.sendNow(from, { type: 'readIndexReply', term, read: m.read, index: null });
}

// ---- Followers ----------------------------------------------------------------------------------

/** As follower of a leader that is known: asks it for the index to wait for. */
export function readAsFollower(raft: Raft, ctx: Ctx, asker: Asker, command: Command): void {
  const { reads, currentTerm } = raft;
  const read = ctx.life * READS_PER_LIFE + ++reads.asked;
  if (reads.remote.size >= REMOTE_MAX) forgetOldest(raft, ctx);
  reads.remote.set(read, { asker, command, index: null });
  ctx.sendNow(raft.leader as NodeId, { type: 'readIndex', term: currentTerm, read });
}

/** Its question or the answer is lost, or the leader is. */
function forgetOldest(raft: Raft, ctx: Ctx): void {
  for (const [read, { asker }] of raft.reads.remote) {
    raft.reads.remote.delete(read);
    return refuseRead(ctx, asker, 'the leader has not answered');
  }
}

export function onReadIndexReply(raft: Raft, ctx: Ctx, m: ReadIndexReply): void {
  const { remote } = raft.reads;
  const waiting = remote.get(m.read);
  if (waiting === undefined) return;
  if (m.index === null) {
    remote.delete(m.read);
    return refuseRead(ctx, waiting.asker, 'the leader does not lead any more');
  }
  // The bug: answers at once, from a state machine that may be behind that index.
  waiting.index = raft.bug === 'read-before-applied' ? 0 : m.index;
  answerRemote(raft, ctx);
}

function answerRemote(raft: Raft, ctx: Ctx): void {
  const { remote } = raft.reads;
  for (const [read, { asker, command, index }] of [...remote]) {
    if (index === null || raft.lastApplied < index) continue;
    remote.delete(read);
    answerHere(raft, ctx, asker, command);
  }
}
