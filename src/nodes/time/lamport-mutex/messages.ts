/** What members that exclude each other without a leader say to each other. */
import type lock from '../../../interfaces/lock.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Message } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

interface Numbered extends Message {
  readonly key: string;
  /** The sender's Lamport time. */
  readonly time: number;
  /** Counts its messages to this receiver, from 1 in each of its lives. */
  readonly seq: number;
  readonly life: number;
}
/** I want the lock; my place in the order is this time, then my name. */
export interface LockRequest extends Numbered {
  readonly type: 'lock-request';
}
/** I know of your request: nothing earlier of mine is still to come. With replies: you may. */
export interface Acknowledge extends Numbered {
  readonly type: 'acknowledge';
}
/** I am out. */
export interface Leave extends Numbered {
  readonly type: 'leave-lock';
}

export type PeerMessage = LockRequest | Acknowledge | Leave;
export type MutexMessage = PeerMessage | RequestOf<typeof lock> | ReplyOf<typeof lock> | ErrorReply;
export type MutexContext = Context<MutexMessage>;
