/** What the members of SWIM say to each other. */
import type members from '../../../interfaces/members.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message, NodeId } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

/**
 * That a member is in a state, in an incarnation of it, and who says so. `left` is a death that the
 * member announces itself.
 */
export type News = readonly [
  state: 'alive' | 'suspect' | 'dead' | 'left',
  member: NodeId,
  incarnation: number,
  by: NodeId,
];

interface WithNews extends Message {
  /** News that ride along: section 4.1 of the paper. */
  readonly news: readonly News[];
}

/** Are you there? Answered by `ack` with the same number. */
export interface Ping extends WithNews {
  readonly type: 'ping';
  readonly seq: number;
}
/** The same over a connection. */
export interface StreamPing extends Message {
  readonly type: 'stream-ping';
  readonly seq: number;
}
/** Probe `target` for me; with `nack`, say also when it does not answer. */
export interface PingReq extends WithNews {
  readonly type: 'ping-req';
  readonly seq: number;
  readonly target: NodeId;
  readonly nack: boolean;
}
export interface Ack extends WithNews {
  readonly type: 'ack';
  readonly seq: number;
}
/** I am well, but the target of your `ping-req` has not answered me. */
export interface Nack extends WithNews {
  readonly type: 'nack';
  readonly seq: number;
}
/** News alone. */
export interface Gossip extends WithNews {
  readonly type: 'gossip';
}

/** One row of a view. */
export type StateRow = readonly [state: News[0], member: NodeId, incarnation: number];

/** The whole view of the sender; answered by that of the receiver. */
export interface Exchange extends Message {
  readonly type: 'exchange';
  readonly states: readonly StateRow[];
}
export interface ExchangeReply extends Message {
  readonly type: 'exchange-reply';
  readonly states: readonly StateRow[];
}

export type PeerMessage =
  | Ping
  | StreamPing
  | PingReq
  | Ack
  | Nack
  | Gossip
  | Exchange
  | ExchangeReply;
export type SwimMessage =
  | PeerMessage
  | RequestOf<typeof members>
  | ReplyOf<typeof members>
  | ErrorReply;
export type SwimContext = Context<SwimMessage>;
