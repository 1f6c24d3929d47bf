/** What members say to each other, and what their logs consist of. */
import type log from '../../../interfaces/log.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

/**
 * One record of the replicated log. It holds what one request adds to the logs of its keys and to
 * the committed offsets: all or nothing. Its place in the replicated log is its *offset*; the
 * values of a key are numbered apart.
 */
export type Entry = {
  /** Of the leader that appended it. */
  readonly generation: number;
  /** `start`: the first record of a leader, which adds nothing. */
  readonly type: 'start' | 'send' | 'txn' | 'commit';
  readonly sends: readonly (readonly [key: string, value: Plain])[];
  readonly group: string;
  readonly commits: { readonly [key: string]: number };
  readonly session: string;
  readonly serial: number;
};

export type LogRequest = RequestOf<typeof log>;
export type LogReply = ReplyOf<typeof log> | ErrorReply;

/**
 * Vote for me in this generation. `canvass`: would you? Then nothing changes, so that a member that
 * was cut off disturbs nobody when it comes back.
 */
export interface Vote extends Message {
  readonly type: 'vote';
  readonly generation: number;
  readonly canvass: boolean;
  /** How far the log of the candidate goes. */
  readonly lastGeneration: number;
  readonly end: number;
}
export interface Voted extends Message {
  readonly type: 'voted';
  /** Of the question. */
  readonly generation: number;
  readonly canvass: boolean;
  readonly granted: boolean;
  /** The generation of the voter by now. */
  readonly current: number;
}
/** I lead this generation: fetch from me. */
export interface Leads extends Message {
  readonly type: 'leads';
  readonly generation: number;
}
/** Your generation is over. */
export interface Stale extends Message {
  readonly type: 'stale';
  readonly generation: number;
}
/**
 * Give me what comes next. All before `from` is on the disk of the sender: a fetch is an
 * acknowledgement too. With the mark that the sender knows, the leader sees whether it has news
 * (KIP-1166).
 */
export interface Fetch extends Message {
  readonly type: 'fetch';
  readonly generation: number;
  readonly from: number;
  /** Of the record before `from`; 0 for none. */
  readonly lastGeneration: number;
  readonly highWater: number;
}
export interface Records extends Message {
  readonly type: 'records';
  readonly generation: number;
  readonly from: number;
  readonly entries: readonly Entry[];
  readonly highWater: number;
}
/**
 * The answer to a fetch `from` there whose last generation is not that of this leader: in its log
 * the generation `of` ends at `end`.
 */
export interface Diverges extends Message {
  readonly type: 'diverges';
  readonly generation: number;
  readonly from: number;
  readonly lastGeneration: number;
  readonly of: number;
  readonly end: number;
}
/** A request that came to a member which does not lead. */
export interface Forward extends Message {
  readonly type: 'forward';
  readonly generation: number;
  readonly origin: NodeId;
  readonly request: LogRequest;
}
/** Its answer, on its way back. */
export interface Forwarded extends Message {
  readonly type: 'forwarded';
  readonly origin: NodeId;
  readonly reply: LogReply;
}

export type LogMessage =
  | Vote
  | Voted
  | Leads
  | Stale
  | Fetch
  | Records
  | Diverges
  | Forward
  | Forwarded
  | LogRequest
  | LogReply;

export type LogContext = Context<LogMessage>;
