/**
 * Raft: a replicated log by way of a strong leader.
 *
 * Ongaro & Ousterhout 2014, "In Search of an Understandable Consensus Algorithm (Extended
 * Version)"; sections named without more are the paper's. What the paper leaves out is from
 * Ongaro's dissertation "Consensus: Bridging Theory and Practice" (2014), called the thesis.
 *
 * This file is Figure 2's state and the entrance of every event. Read on in the order of the paper:
 * `elections.ts` (5.2), `follower.ts` and `leader.ts` (5.3, 5.4), `state-machine.ts` (5.3, thesis
 * 6.3), `clients.ts` (section 8, thesis 6.2), with `log.ts`, `progress.ts` and `sessions.ts` for
 * the nouns.
 *
 * A circle of types with the files that it names: all of them are rules over the one state here.
 */
import type { Context, Detail, Node, NodeId, Plain } from '../../../sim/node.ts';
import { isRequest } from '../../../sim/rpc.ts';
import { DuplicateFilter } from '../../parts/duplicate-filter.ts';
import { makeMachine } from '../../parts/machines/kinds.ts';
import { Commands, type Machine } from '../../parts/machines/machine.ts';
import type { Pending } from './answers.ts';
import type { Bug } from './bugs.ts';
import { onForward, onForwardReply, onRequest } from './clients.ts';
import { onElectionTimeout, onRequestVote, onRequestVoteReply } from './elections.ts';
import { onAppendEntries } from './follower.ts';
import {
  onAppendEntriesReply,
  onBatchTimeout,
  onHeartbeatTimeout,
  onOwnDisk,
  onQuorumTimeout,
} from './leader.ts';
import { RaftLog } from './log.ts';
import type { AppendEntries, RaftMessage } from './messages.ts';
import { Progress } from './progress.ts';
import { type Role, resetElectionTimer, setRole } from './roles.ts';
import { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';

/** How many entries at the end of the log the view for invariants shows. */
const TAIL = 32;

export class Raft implements Node<RaftMessage> {
  readonly settings: Settings;
  readonly self: NodeId;
  /** All voting members, itself included, in the same order everywhere. */
  readonly members: readonly NodeId[];
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
  /** When it was last heard from, on the own clock. */
  heardLeaderAtMs = 0;

  // Candidates: who has granted and who has refused, by place among the members.
  readonly granted: boolean[];
  readonly refused: boolean[];

  // Leaders. `matchIndex` has a place for each member, in the order of `members`; the own one is
  // how far the own disk is.
  readonly matchIndex: number[];
  readonly followers: readonly Progress[];
  private readonly followersById: ReadonlyMap<NodeId, Progress>;
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

  // The state machine.
  readonly machine: Machine;
  /** What it makes of requests. */
  readonly commands: Commands;
  readonly sessions: Sessions;
  /** The hash of everything applied, in its order. */
  appliedHash = 0;

  /** The term at boot: what happened in it, and before, may have happened in an earlier life. */
  bootTerm = 0;

  // Clients: those waiting for the entry of an index, and requests seen.
  readonly pending = new Map<number, Pending>();
  readonly duplicates = new DuplicateFilter();

  constructor(
    settings: Settings,
    self: NodeId,
    members: readonly NodeId[],
    bug: Bug | null = null,
  ) {
    this.settings = settings;
    this.self = self;
    this.members = members;
    this.bug = bug;
    this.place = members.indexOf(self);
    this.granted = members.map(() => false);
    this.refused = members.map(() => false);
    this.matchIndex = members.map(() => 0);
    this.followers = members.flatMap((id, place) =>
      id === self ? [] : [new Progress(id, place, settings.inFlightMax)],
    );
    this.followersById = new Map(this.followers.map((follower) => [follower.id, follower]));
    this.sessions = new Sessions(settings.sessionsMax);
    this.machine = makeMachine(settings.machine);
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
    this.log = new RaftLog(ctx.storage);
    if (this.log.wasTorn) ctx.note('drops a torn entry', { index: this.log.lastIndex + 1 });
    setRole(this, ctx, 'follower');
    resetElectionTimer(this, ctx);
  }

  receive(ctx: Context<RaftMessage>, from: NodeId, m: RaftMessage): void {
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
      default:
        if (isRequest(m)) onRequest(this, ctx, from, m);
    }
  }

  timeout(ctx: Context<RaftMessage>, tag: string): void {
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
    }
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
    };
  }

  /** What this server, as leader, knows of another; undefined for strangers. */
  progressOf(id: NodeId): Progress | undefined {
    return this.followersById.get(id);
  }

  /**
   * `currentTerm` and `votedFor` to the disk, as one record, so that a crash cannot keep the one
   * without the other.
   */
  persistBallot(ctx: Context<RaftMessage>): void {
    // The bug: the vote is only in memory. After a reboot in the same term it is given a second
    // time.
    const votedFor = this.bug === 'vote-twice' ? null : this.votedFor;
    ctx.storage.set('ballot', { currentTerm: this.currentTerm, votedFor });
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
} & { readonly [field: string]: Plain } & Detail;
