/**
 * Raft: a replicated log by way of a strong leader.
 *
 * Ongaro & Ousterhout 2014, "In Search of an Understandable Consensus Algorithm (Extended
 * Version)"; sections named without more are the paper's. What the paper leaves out is from
 * Ongaro's dissertation "Consensus: Bridging Theory and Practice" (2014), called the thesis.
 *
 * This file is Figure 2's state and the entrance of every event. Read on in the order of the paper:
 * `elections.ts` (5.2), `follower.ts`, `leader.ts` and `replication.ts` (5.3, 5.4),
 * `state-machine.ts` (5.3, thesis 6.3), `membership.ts` (section 6, thesis 4), `snapshots.ts`
 * (section 7), `clients.ts` (section 8, thesis 6.2), `reads.ts` (thesis 6.4), `transfer.ts` (thesis
 * 3.10), with `configuration.ts`, `log.ts`, `progress.ts` and, among the parts,
 * `machines/sessions.ts` for the nouns.
 *
 * A circle of types with the files that it names: all of them are rules over the one state here.
 */
import type { Context, Detail, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import { SET } from '../../../sim/system.ts';
import { isDiskFull } from '../../parts/disk-full.ts';
import { DuplicateFilter } from '../../parts/duplicate-filter.ts';
import { makeMachine } from '../../parts/machines/kinds.ts';
import { Commands, type Machine } from '../../parts/machines/machine.ts';
import { Sessions } from '../../parts/machines/sessions.ts';
import type { Pending } from './answers.ts';
import type { Bug } from './bugs.ts';
import { onForward, onForwardReply, onRequest } from './clients.ts';
import {
  type Configuration,
  includes,
  isJoint,
  NOBODY,
  Quorum,
  simple,
  type Target,
} from './configuration.ts';
import { onElectionTimeout, onRequestVote, onRequestVoteReply, onTimeoutNow } from './elections.ts';
import { onAppendEntries } from './follower.ts';
import { onInstallSnapshot } from './installing.ts';
import {
  onAppendEntriesReply,
  onBatchTimeout,
  onHeartbeatTimeout,
  onInstallSnapshotReply,
  onOwnDisk,
  onQuorumTimeout,
} from './leader.ts';
import { type RaftLog, textHash } from './log.ts';
import { onRejoin } from './lost-disk.ts';
import { type Change, onCommand, onOperate } from './membership.ts';
import type { AppendEntries, RaftMessage } from './messages.ts';
import { Progress } from './progress.ts';
import { abandonReads, answerReads, onReadIndex, onReadIndexReply, Reads } from './reads.ts';
import { recover } from './recovery.ts';
import { becomeFollower, type Role, resetElectionTimer, setRole } from './roles.ts';
import { type Changes, changedSettings, type Settings } from './settings.ts';
import { type Incoming, onSnapshotDurable, type Snapshot, takeSnapshot } from './snapshots.ts';
import { endTransfer, onTransferTimeout, type Transfer } from './transfer.ts';

/** How many entries at the end of the log the view for invariants shows. */
const TAIL = 32;

export class Raft implements Node<RaftMessage> {
  settings: Settings;
  readonly self: NodeId;
  /**
   * All servers that there can be, itself included, in the same order everywhere: those that belong
   * to the group, and those that may come to.
   */
  readonly members: readonly NodeId[];
  /** The configuration that the group begins with, which is in no log. */
  readonly initial: Configuration;
  readonly bug: Bug | null;

  // Persistent state (Figure 2): on disk before anybody hears of it.
  currentTerm = 0;
  votedFor: NodeId | null = null;
  /** Made at boot, from the disk. */
  log!: RaftLog;

  // Volatile state on all servers.
  role: Role = 'follower';
  commitIndex = 0;
  lastApplied = 0;
  /** The leader of the current term, if known. */
  leader: NodeId | null = null;
  /** When it was last heard from, on the clock that only goes forward. */
  heardLeaderAtMs = 0;

  /** The latest configuration in the log, committed or not, and the majorities that it makes. */
  configuration: Configuration = NOBODY;
  configurationIndex = -1;
  quorum: Quorum;
  /** Up to where it has told the leader of this term that its log is the leader's. */
  acknowledgedIndex = 0;
  /**
   * The log may lack entries up to here that this server had acknowledged, since the disk was
   * damaged: it has no vote until a leader has given them back. 0: it lacks nothing.
   */
  damagedUpTo = 0;
  /** The life in which it found its disk empty, until it may vote again; 0: it may. */
  lostIn = 0;

  // Candidates: who has granted and who has refused, by place among the members.
  readonly granted: boolean[];
  readonly refused: boolean[];

  // Leaders. `matchIndex` has a place for each member, in the order of `members`; at its own place
  // a leader has how far its own disk is.
  readonly matchIndex: number[];
  /** The other servers of the configuration, learners too. */
  followers: readonly Progress[] = [];
  /** All other servers, of the configuration or not. */
  readonly others: readonly Progress[];
  private readonly othersById: ReadonlyMap<NodeId, Progress>;
  readonly place: number;
  /**
   * A call of `storage.sync` is under way, and covers the log up to this index, written in this
   * term.
   */
  syncing = false;
  syncIndex = 0;
  syncTerm = 0;
  /** Requests wait for `batch-delay`: those after this index. */
  batching = false;
  batchedIndex = 0;
  /** The last appendEntries made: the same goes to all followers that are equally far. */
  lastAppendEntries: AppendEntries | null = null;
  /** The first entry of the term that it leads in. */
  termStartIndex = 0;
  /** How often its log had been cut before it was elected. */
  cutsBefore = 0;
  /** The latest configuration was not known to be committed when it was last looked at. */
  configurationOpen = false;
  change: Change | null = null;
  transfer: Transfer | null = null;
  readonly reads: Reads;

  // The state machine.
  readonly machine: Machine;
  /** What it makes of requests. */
  readonly commands: Commands;
  readonly sessions: Sessions;
  /** The hash of everything applied, in its order. */
  appliedHash = 0;
  private stateHash = 0;
  private stateHashedAt = -1;

  // Snapshots: the newest durable one with its text, as far as it was needed; one that is not
  // durable yet; the pieces of one that comes; from which `lastApplied` on the next is due.
  snapshot: Snapshot | null = null;
  snapshotText: string | null = null;
  snapshotWriting: Snapshot | null = null;
  incoming: Incoming | null = null;
  snapshotDueIndex = Infinity;

  /** The term at boot: what happened in it, and before, may have happened in an earlier life. */
  bootTerm = 0;

  // Clients: those waiting for an entry, by its index, and requests seen.
  readonly pending: Pending[] = [];
  readonly duplicates = new DuplicateFilter();

  constructor(
    settings: Settings,
    self: NodeId,
    members: readonly NodeId[],
    bug: Bug | null = null,
    initial: Target = { voters: members, learners: [] },
    machine: Machine = makeMachine(settings.machine),
  ) {
    this.settings = settings;
    this.self = self;
    this.members = members;
    this.bug = bug;
    this.place = members.indexOf(self);
    this.granted = members.map(() => false);
    this.refused = members.map(() => false);
    this.matchIndex = members.map(() => 0);
    // A server that is not among the first knows nobody until a leader has found it.
    const first = simple(initial);
    this.initial = includes(first, self) ? first : NOBODY;
    this.quorum = new Quorum(NOBODY, members);
    this.others = members.flatMap((id, place) =>
      id === self ? [] : [new Progress(id, place, settings.inFlightMax)],
    );
    this.othersById = new Map(this.others.map((other) => [other.id, other]));
    this.reads = new Reads(members.length);
    this.sessions = new Sessions(settings.sessionsMax);
    this.machine = machine;
    this.commands = new Commands(this.machine);
  }

  /** Section 5.5: a server comes back as a follower, with what it had on disk. */
  start(ctx: Context<RaftMessage>): void {
    const ballot = ctx.storage.get('ballot') as Ballot | undefined;
    if (ballot !== undefined) {
      this.currentTerm = ballot.currentTerm;
      this.votedFor = ballot.votedFor;
      this.bootTerm = ballot.currentTerm;
    }
    recover(this, ctx);
    setRole(this, ctx, 'follower');
    resetElectionTimer(this, ctx);
  }

  receive(ctx: Context<RaftMessage>, from: NodeId, m: RaftMessage): void {
    if (this.settings.onDiskFull === 'stop') return this.dispatch(ctx, from, m);
    try {
      this.dispatch(ctx, from, m);
    } catch (error) {
      this.onDiskFull(ctx, error);
    }
  }

  private dispatch(ctx: Context<RaftMessage>, from: NodeId, m: RaftMessage): void {
    switch (m.type) {
      case 'appendEntries':
        return onAppendEntries(this, ctx, from, m);
      case 'appendEntriesReply':
        return onAppendEntriesReply(this, ctx, from, m);
      case 'forward':
        return onForward(this, ctx, from, m);
      case 'forwardReply':
        return onForwardReply(this, ctx, m);
      case 'requestVote':
      case 'requestPreVote':
        return onRequestVote(this, ctx, from, m);
      case 'requestVoteReply':
      case 'requestPreVoteReply':
        return onRequestVoteReply(this, ctx, from, m);
      case 'installSnapshot':
        return onInstallSnapshot(this, ctx, from, m);
      case 'installSnapshotReply':
        return onInstallSnapshotReply(this, ctx, from, m);
      case 'readIndex':
        return onReadIndex(this, ctx, from, m);
      case 'readIndexReply':
        return onReadIndexReply(this, ctx, m);
      case 'timeoutNow':
        return onTimeoutNow(this, ctx, from, m);
      case 'rejoin':
        return onRejoin(this, ctx, from, m);
      case 'operate':
        return onOperate(this, ctx, m);
      default:
        if (isRequest(m)) onRequest(this, ctx, from, m);
    }
  }

  timeout(ctx: Context<RaftMessage>, tag: string, key: number): void {
    try {
      this.onTimer(ctx, tag, key);
    } catch (error) {
      this.onDiskFull(ctx, error);
    }
  }

  command(ctx: Context<RaftMessage>, name: string, given: { readonly [p: string]: unknown }): void {
    if (name === SET) return this.reconfigure(ctx, given as Changes);
    try {
      onCommand(this, ctx, name, given);
    } catch (error) {
      this.onDiskFull(ctx, error);
    }
  }

  private reconfigure(ctx: Context<RaftMessage>, changes: Changes): void {
    const before = this.settings;
    this.settings = changedSettings(before, changes);
    const { checkQuorum, electionMinMs } = this.settings;
    if (this.role !== 'leader' || checkQuorum === before.checkQuorum) return;
    if (!checkQuorum) return ctx.cancelTimer('quorum');
    for (const follower of this.followers) follower.heard = false;
    ctx.setTimer('quorum', electionMinMs);
  }

  private onTimer(ctx: Context<RaftMessage>, tag: string, key: number): void {
    switch (tag) {
      case 'election':
        return onElectionTimeout(this, ctx);
      case 'heartbeat':
        return onHeartbeatTimeout(this, ctx);
      case 'quorum':
        return onQuorumTimeout(this, ctx);
      case 'batch':
        return onBatchTimeout(this, ctx);
      case 'own-disk':
        return onOwnDisk(this, ctx);
      case 'snapshot':
        return onSnapshotDurable(this, ctx, key);
      case 'transfer':
        return onTransferTimeout(this, ctx);
    }
  }

  /** Whether an error is a full disk, and the server is to go on with it. */
  bearsFullDisk(error: unknown): boolean {
    return isDiskFull(error) && this.settings.onDiskFull === 'step-down';
  }

  /**
   * What could not be written was not done, and nobody hears of it. Whoever leads without a disk
   * only keeps others from leading.
   */
  private onDiskFull(ctx: Context<RaftMessage>, error: unknown): void {
    if (!this.bearsFullDisk(error)) throw error;
    if (this.role === 'leader') {
      ctx.note('steps down', { why: 'disk full', term: this.currentTerm });
      becomeFollower(this, ctx, this.currentTerm);
    } else resetElectionTimer(this, ctx);
  }

  inspect(): RaftView {
    const { log } = this;
    return {
      role: this.role,
      term: this.currentTerm,
      leader: this.leader,
      votedFor: this.votedFor,
      commit: this.commitIndex,
      applied: this.lastApplied,
      lastIndex: log.lastIndex,
      lastTerm: log.lastTerm,
      appliedHash: this.appliedHash,
      tailTerms: log.lastTerms(TAIL),
      tailHashes: log.lastHashes(TAIL),
      stateHash: this.hashOfState(),
      acknowledged: this.acknowledgedIndex,
      cuts: this.role === 'leader' ? log.cuts - this.cutsBefore : 0,
      snapshot: this.snapshot?.index ?? 0,
      voters: this.configuration.voters,
      learners: this.configuration.learners,
      joint: isJoint(this.configuration),
    };
  }

  /** The state machine's whole state as a number, for whoever compares it with others. */
  private hashOfState(): number {
    if (this.stateHashedAt !== this.lastApplied) {
      this.stateHash = textHash(JSON.stringify(this.machine.snapshot()), this.sessions.size);
      this.stateHashedAt = this.lastApplied;
    }
    return this.stateHash;
  }

  /** More is applied: some may have waited for that. */
  afterApplying(ctx: Context<RaftMessage>): void {
    if (this.settings.reads !== 'log' && this.reads.isWaiting) answerReads(this, ctx);
    if (this.lastApplied >= this.snapshotDueIndex) takeSnapshot(this, ctx);
  }

  /** It leads no more: what it was about to do as leader is over. */
  leaveOffice(ctx: Context<RaftMessage>): void {
    this.change = null;
    endTransfer(this, ctx);
    abandonReads(this, ctx);
  }

  /**
   * What this server, as leader, knows of another of the configuration; undefined for strangers.
   */
  progressOf(id: NodeId): Progress | undefined {
    const progress = this.othersById.get(id);
    return progress?.isMember === true ? progress : undefined;
  }

  /** It has all that it has promised to have, and knows how it has voted. */
  get remembers(): boolean {
    return this.damagedUpTo === 0 && this.lostIn === 0;
  }

  /**
   * It votes, and has all that it has promised to have. A voter that is removed campaigns until it
   * knows that this is committed: nobody else may have a log that the old voters accept (thesis
   * 4.2.2). It does not count itself then.
   */
  get mayCampaign(): boolean {
    if (!this.remembers) return false;
    if (this.quorum.has(this.place)) return true;
    const { index } = this.log.latest;
    if (index <= this.commitIndex) return false;
    const { voters, outgoing } = this.log.configurationAt(index - 1).configuration;
    return voters.includes(this.self) || outgoing.includes(this.self);
  }

  /**
   * A term and a vote: to the disk first, as one record, so that a crash cannot keep the one
   * without the other, and nothing has changed if the disk is full.
   */
  persistBallot(ctx: Context<RaftMessage>, currentTerm: number, votedFor: NodeId | null): void {
    // The bug: the vote is only in memory. After a reboot in the same term it is given a second
    // time.
    const kept = this.bug === 'vote-twice' ? null : votedFor;
    ctx.storage.set('ballot', { currentTerm, votedFor: kept });
    if (currentTerm !== this.currentTerm) this.acknowledgedIndex = 0;
    this.currentTerm = currentTerm;
    this.votedFor = votedFor;
  }
}

type Ballot = { readonly currentTerm: number; readonly votedFor: NodeId | null };

/**
 * What `inspect` shows. The tails are the last entries of the log: their terms, and the hash of the
 * log up to each.
 */
export type RaftView = {
  readonly role: Role;
  readonly term: number;
  readonly leader: NodeId | null;
  readonly votedFor: NodeId | null;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly appliedHash: number;
  readonly tailTerms: readonly number[];
  readonly tailHashes: readonly number[];
  readonly stateHash: number;
  /** Up to where it has acknowledged entries of the leader of this term. */
  readonly acknowledged: number;
  /** How often a leader has cut its log since it was elected. */
  readonly cuts: number;
  readonly snapshot: number;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  readonly joint: boolean;
} & { readonly [field: string]: Plain } & Detail;
