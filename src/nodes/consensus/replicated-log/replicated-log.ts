/**
 * A replicated log as Kafka has it: the leader appends, and followers fetch. A fetch says how much
 * of the log is on the disk of its sender. What a majority has is before the *high-water mark*, and
 * only that is acknowledged and given to consumers. Each record bears the generation of the leader
 * that appended it. By generations a follower finds where its log parts from that of a new leader,
 * and cuts off what is behind (KIP-101); by generations and length, members decide for which
 * candidate they may vote for (KIP-595, after Ongaro & Ousterhout 2014, section 5.4.1).
 *
 * The state of one life of a member. The rules are beside it: `elections.ts`, `leader.ts`,
 * `follower.ts`, `clients.ts`. They import the type of this class, and this class imports them: a
 * circle of types only.
 */
import { assert } from '../../../sim/assert.ts';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Detail, Log, Node, NodeId } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import { ROLE_NOTE } from '../../../sim/trace.ts';
import { DuplicateFilter } from '../../parts/duplicate-filter.ts';
import { answerWaiting, type Waiting } from './answers.ts';
import type { Bug } from './bugs.ts';
import { onForward, onRequest } from './clients.ts';
import { Contents } from './contents.ts';
import { canvass, onOwnVote, onVote, onVoted } from './elections.ts';
import { onDiverges, onLeads, onRecords, sendFetch } from './follower.ts';
import { Generations } from './generations.ts';
import { advance, beat, endFetchWait, onFetch } from './leader.ts';
import type { Entry, Fetch, LogContext, LogMessage, LogRequest } from './messages.ts';
import type { LogParams } from './settings.ts';

const VOTE = 'vote';
/** The mark, as far as it is on disk. Only a member with a mistake reads it. */
const HIGH_WATER = 'high-water';

export type Role = 'follower' | 'candidate' | 'leader';
type VoteRecord = { readonly generation: number; readonly votedFor: NodeId | null };

export class ReplicatedLog implements Node<LogMessage> {
  readonly settings: LogParams;
  readonly self: NodeId;
  readonly members: readonly NodeId[];
  readonly others: readonly NodeId[];
  readonly bug: Bug | null;
  role: Role = 'follower';
  generation = 0;
  votedFor: NodeId | null = null;
  leader: NodeId | null = null;
  /** When it last heard the leader, by its clock that never jumps. */
  heardMs = -Infinity;
  log!: Log<Entry>;
  readonly generations = new Generations();
  readonly contents = new Contents();
  /** All records before it are on the disks of a majority, and stay forever. */
  highWater = 0;
  /** The generation that it had when it booted: what it led up to then is forgotten. */
  bootGeneration = 0;
  readonly duplicates = new DuplicateFilter();

  /** Of a candidate, or of a member that asks whether it might be one. */
  isCanvassing = false;
  readonly grants = new Set<NodeId>();

  /** Of a leader: the offset of its first record. */
  firstOwn = 0;
  /** Of a leader: all before this offset is on its own disk. */
  synced = 0;
  /** Of a leader: how far the disk of each follower is, and when it last fetched. */
  readonly progress = new Map<NodeId, number>();
  readonly fetchedMs = new Map<NodeId, number>();
  /** Fetches that the leader keeps until there is news. */
  readonly parked = new Map<NodeId, Fetch>();
  waiting: Waiting[] = [];

  constructor(settings: LogParams, self: NodeId, members: readonly NodeId[], bug: Bug | null) {
    this.settings = settings;
    this.self = self;
    this.members = members;
    this.others = members.filter((member) => member !== self);
    this.bug = bug;
  }

  start(ctx: LogContext): void {
    const vote = ctx.storage.get(VOTE) as VoteRecord | undefined;
    this.generation = vote?.generation ?? 0;
    this.votedFor = vote?.votedFor ?? null;
    this.bootGeneration = this.generation;
    this.log = ctx.storage.log<Entry>('records');
    if (this.log.dropTorn() > 0) ctx.note('drops a torn entry', { record: this.log.end });
    for (let i = 0; i < this.log.end; i++) this.generations.append(this.log.at(i).generation, i);
    this.contents.rebuild(this.log);
    if (this.bug === 'truncate-to-high-water') {
      this.truncate(ctx, (ctx.storage.get(HIGH_WATER) as number | undefined) ?? 0);
    }
    ctx.note(ROLE_NOTE, { role: 'follower', term: this.generation });
    this.resetElectionTimer(ctx);
  }

  receive(ctx: LogContext, from: NodeId, m: LogMessage): void {
    if (isRequest(m)) return onRequest(this, ctx, from, m as LogRequest);
    switch (m.type) {
      case 'vote':
        return onVote(this, ctx, from, m);
      case 'voted':
        return onVoted(this, ctx, from, m);
      case 'leads':
        return onLeads(this, ctx, from, m);
      case 'stale':
        if (m.generation > this.generation) this.becomeFollower(ctx, m.generation);
        return;
      case 'fetch':
        return onFetch(this, ctx, from, m);
      case 'records':
        return onRecords(this, ctx, from, m);
      case 'diverges':
        return onDiverges(this, ctx, from, m);
      case 'forward':
        return onForward(this, ctx, from, m);
      case 'forwarded':
        return ctx.sendNow(m.origin, m.reply);
    }
  }

  timeout(ctx: LogContext, tag: string, key: number): void {
    switch (tag) {
      case 'election':
        return canvass(this, ctx);
      case 'own vote':
        return onOwnVote(this, ctx, key);
      case 'fetch':
        return sendFetch(this, ctx);
      case 'beat':
        return beat(this, ctx);
      case 'parked':
        return endFetchWait(this, ctx, this.members[key] as NodeId);
      case 'synced':
        if (this.role !== 'leader') return;
        this.synced = Math.max(this.synced, key);
        answerWaiting(this, ctx);
        return advance(this, ctx);
    }
  }

  inspect(): LogView {
    return {
      role: this.role,
      term: this.generation,
      end: this.log.end,
      highWater: this.highWater,
      applied: this.contents.applied,
      tail: [...this.contents.tail],
    };
  }

  // --- Generations and roles ---------------------------------------------------------------------

  /** Takes up a later generation, or another vote in this one; on disk before anything is sent. */
  vote(ctx: LogContext, generation: number, votedFor: NodeId | null): void {
    assert(generation >= this.generation, 'the generation of a member never falls');
    this.generation = generation;
    this.votedFor = votedFor;
    ctx.storage.set(VOTE, { generation, votedFor });
  }

  takeRole(ctx: LogContext, role: Role): void {
    this.role = role;
    ctx.note(ROLE_NOTE, { role, term: this.generation });
  }

  /** In a later generation, or in its own one when it no longer leads. */
  becomeFollower(ctx: LogContext, generation: number): void {
    if (generation > this.generation) {
      this.vote(ctx, generation, null);
      this.leader = null;
    }
    this.isCanvassing = false;
    this.grants.clear();
    if (this.role !== 'follower') {
      if (this.role === 'leader') this.#endLeadership(ctx);
      this.takeRole(ctx, 'follower');
    }
    this.resetElectionTimer(ctx);
  }

  #endLeadership(ctx: LogContext): void {
    this.leader = null;
    this.progress.clear();
    this.fetchedMs.clear();
    this.parked.clear();
    ctx.cancelTimer('beat');
    ctx.measure('uncommitted', 0);
    const waiting = this.waiting;
    this.waiting = [];
    // A later leader may have the record or not: nobody knows yet.
    for (const { refuse } of waiting) refuse(ctx, 'crash', 'its leader was replaced');
  }

  resetElectionTimer(ctx: LogContext): void {
    const { minMs, maxMs } = this.settings['election-timeout'];
    ctx.setTimer('election', ctx.random.between(minMs, maxMs));
  }

  // --- The log -----------------------------------------------------------------------------------

  /** Throws StorageError `disk-full`: then nothing has changed. */
  append(entry: Entry): ReplyBody {
    const offset = this.log.end;
    this.log.append(entry);
    this.generations.append(entry.generation, offset);
    return this.contents.append(offset, entry);
  }

  /** Cuts off everything from here on. */
  truncate(ctx: LogContext, end: number): void {
    const from = this.log.end;
    if (end >= from) return;
    if (this.bug === null) assert(end >= this.highWater, 'what is committed is never cut off');
    else this.highWater = Math.min(this.highWater, end);
    this.log.truncate(end);
    this.generations.truncate(end);
    this.contents.rebuild(this.log);
    ctx.note('truncates', { to: end, from });
    ctx.measure('truncated', from - end);
  }

  /** The mark rises; it lags behind that of the leader, and never falls. */
  raiseHighWater(to: number): void {
    if (to <= this.highWater) return;
    assert(to <= this.log.end, 'the high-water mark is within the log');
    this.highWater = to;
    this.contents.applyTo(to, this.log);
  }

  /** With the records, so that it costs no flush of its own. */
  keepHighWater(ctx: LogContext): void {
    if (this.bug === 'truncate-to-high-water') ctx.storage.set(HIGH_WATER, this.highWater);
  }

  /** Of the last record; 0 for an empty log. */
  get lastGeneration(): number {
    return this.generations.at(this.log.end - 1);
  }
}

export type LogView = {
  readonly role: Role;
  readonly term: number;
  readonly end: number;
  readonly highWater: number;
  readonly applied: number;
  /** Of the last applied records: a hash of all up to each. */
  readonly tail: readonly number[];
} & Detail;
