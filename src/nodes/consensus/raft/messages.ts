/**
 * What Raft servers say to each other, and what they keep in their logs.
 *
 * Names and fields are those of Figure 2 of Ongaro & Ousterhout 2014. Two fields of the paper are
 * absent because the sender of a message is known: `candidateId` and `leaderId` are the sender.
 * Messages are shared between sender and receivers, and entries between messages and logs: none of
 * them is ever changed.
 */
import type { Message, NodeId } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';
import type { MachineReply, MachineRequest } from '../../parts/machines/kinds.ts';
import type { Command } from '../../parts/machines/machine.ts';

/** What a new leader appends, to commit the entries of its predecessors (section 8). */
export type NoOp = { readonly type: 'no-op' };

export function isNoOp(command: Command | NoOp): command is NoOp {
  return command.type === 'no-op';
}

/** An entry of the log. Its index is its position; the first is 1. */
export type Entry = {
  /** The term of the leader that made it. */
  readonly term: number;
  readonly command: Command | NoOp;
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

/**
 * The answer on its way back. It names the origin, so the server in between has nothing to
 * remember.
 */
export interface ForwardReply extends Message {
  readonly type: 'forwardReply';
  readonly origin: NodeId;
  readonly reply: ClientReply;
}

export type ClientReply = MachineReply | ErrorReply;

export type RaftMessage =
  | RequestVote
  | RequestVoteReply
  | AppendEntries
  | AppendEntriesReply
  | Forward
  | ForwardReply
  | MachineRequest
  | ClientReply;
