/**
 * What Raft servers say to each other, and what they keep in their logs.
 *
 * Names and fields are those of Figure 2 of Ongaro & Ousterhout 2014. Two fields of the paper are
 * absent because the sender of a message is known: `candidateId` and `leaderId` are the sender.
 * Messages are shared between sender and receivers, and entries between messages and logs: none of
 * them is ever changed.
 */
import type { Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ClientReply, ForwardReply } from '../../parts/machines/askers.ts';
import type { MachineRequest } from '../../parts/machines/kinds.ts';
import type { Command } from '../../parts/machines/machine.ts';
import type { Configuration } from './configuration.ts';

/** What a new leader appends, to commit the entries of its predecessors (section 8). */
export type NoOp = { readonly type: 'no-op' };

/** A new configuration (section 6). */
export type ConfigurationChange = {
  readonly type: 'configuration';
  readonly configuration: Configuration;
};

/** What an entry holds: a client's command, or what concerns the servers alone. */
export type Content = Command | NoOp | ConfigurationChange;

export function isNoOp(content: Content): content is NoOp {
  return content.type === 'no-op';
}

/** Whether this is something that no client has asked for, and the state machine never sees. */
export function isInternal(content: Content): content is NoOp | ConfigurationChange {
  return content.type === 'no-op' || content.type === 'configuration';
}

/** An entry of the log. Its index is its position; the first is 1. */
export type Entry = {
  /** The term of the leader that made it. */
  readonly term: number;
  readonly command: Content;
  /** The client had asked for it before: absent for a first attempt. */
  readonly retry?: true;
};

/**
 * Asks for a vote. `requestPreVote` asks whether a vote *would* be granted in `term`, which the
 * sender has not entered yet (Ongaro's thesis, section 9.6).
 */
export interface RequestVote extends Message {
  readonly type: 'requestVote' | 'requestPreVote';
  readonly term: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
  /** The leader has asked for this election: whoever hears it may vote all the same. */
  readonly transfer?: true;
}

export interface RequestVoteReply extends Message {
  readonly type: 'requestVoteReply' | 'requestPreVoteReply';
  /** The voter's term; for a pre-vote that is granted, the term that was asked about. */
  readonly term: number;
  readonly voteGranted: boolean;
}

/** Replicates entries; without any it is a heartbeat. */
export interface AppendEntries extends Message {
  readonly type: 'appendEntries';
  readonly term: number;
  /** The entry before the new ones: the follower must have exactly this one. */
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly Entry[];
  readonly leaderCommit: number;
  /** The round of confirmation that this belongs to; absent where reads need none. */
  readonly round?: number;
}

export interface AppendEntriesReply extends Message {
  readonly type: 'appendEntriesReply';
  readonly term: number;
  readonly success: boolean;
  /**
   * Of the call that this answers: by which a leader distinguishes an old refusal from a new one.
   */
  readonly prevLogIndex: number;
  /** If successful, up to where the follower's log is known to be the leader's; else 0. */
  readonly matchIndex: number;
  /** If refused, the term of the follower's entry at `prevLogIndex`; 0 if its log ends before. */
  readonly conflictTerm: number;
  /**
   * If refused, its first entry of that term; without such an entry, where its log ends, plus one.
   */
  readonly conflictIndex: number;
  /** That of the call. */
  readonly round?: number;
  /** Its log was damaged and cut: it may hold less than it has acknowledged. */
  readonly damaged?: true;
  /** It has lost its disk, and answers in this life: not to be counted. */
  readonly lost?: number;
}

/** A follower that had lost its disk may vote and be counted again. */
export interface Rejoin extends Message {
  readonly type: 'rejoin';
  readonly term: number;
  /** In which life it had said that. */
  readonly life: number;
}

/** One piece of a snapshot, for a follower that lacks entries which were compacted (section 7). */
export interface InstallSnapshot extends Message {
  readonly type: 'installSnapshot';
  readonly term: number;
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  /** Where in the snapshot's text this piece begins. */
  readonly offset: number;
  readonly data: string;
  /** This is the last piece. */
  readonly done: boolean;
}

export interface InstallSnapshotReply extends Message {
  readonly type: 'installSnapshotReply';
  readonly term: number;
  readonly lastIncludedIndex: number;
  /** The offset of the piece that this answers. */
  readonly offset: number;
  /** How much of the snapshot has come, without gaps. */
  readonly received: number;
  /** The follower has all that the snapshot stands for. */
  readonly installed: boolean;
}

/** The leader asks a follower to take over at once (thesis 3.10). */
export interface TimeoutNow extends Message {
  readonly type: 'timeoutNow';
  readonly term: number;
}

/** A follower asks up to where it must have applied the log to answer a read (thesis 6.4). */
export interface ReadIndex extends Message {
  readonly type: 'readIndex';
  readonly term: number;
  /** Unique over all lives of the follower. */
  readonly read: number;
}

export interface ReadIndexReply extends Message {
  readonly type: 'readIndexReply';
  readonly term: number;
  readonly read: number;
  /** null: it leads no more. */
  readonly index: number | null;
}

/** An operator's command on its way to the leader. */
export interface Operate extends Message {
  readonly type: 'operate';
  readonly name: string;
  readonly params: { readonly [name: string]: Plain };
}

/**
 * A client's request on its way from a server that is not the leader to the one that it believes
 * is.
 */
export interface Forward extends Message {
  readonly type: 'forward';
  /** The term of that leader. */
  readonly term: number;
  /** Who asked. */
  readonly origin: NodeId;
  readonly request: MachineRequest;
}

export type RaftMessage =
  | RequestVote
  | RequestVoteReply
  | AppendEntries
  | AppendEntriesReply
  | InstallSnapshot
  | InstallSnapshotReply
  | TimeoutNow
  | Rejoin
  | ReadIndex
  | ReadIndexReply
  | Operate
  | Forward
  | ForwardReply
  | MachineRequest
  | ClientReply;
