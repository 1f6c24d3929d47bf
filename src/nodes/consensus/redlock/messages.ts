/** What a member that runs the algorithm says to the masters, itself among them. */
import type lock from '../../../interfaces/lock.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Message, NodeId } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

/**
 * `SET key value NX PX ttl` of Redis, and the scripts that give a key another time or delete it, if
 * it has this value.
 */
export interface AskMaster extends Message {
  readonly type: 'set-lock' | 'extend-lock' | 'delete-lock';
  readonly key: string;
  readonly value: number;
  readonly ttlMs: number;
  /** Of the try that asks, in one life of its member. */
  readonly round: string;
}

export interface SetLockReply extends Message {
  readonly type: 'set-lock-reply';
  readonly round: string;
  readonly isSet: boolean;
}

export interface TouchLockReply extends Message {
  readonly type: 'touch-lock-reply';
  readonly round: string;
  readonly was: boolean;
}

export type RedlockMessage =
  | AskMaster
  | SetLockReply
  | TouchLockReply
  | RequestOf<typeof lock>
  | ReplyOf<typeof lock>
  | ErrorReply;

/** Who asked, and what. */
export interface Asked {
  readonly from: NodeId;
  readonly request: RequestOf<typeof lock, 'acquire' | 'renew' | 'release'>;
}
