/** What replicas and coordinators say to each other. */
import type register from '../../../interfaces/register.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Message, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';
import type { Stamp } from '../../parts/stamp.ts';

/** A value with the stamp under which it was written; what a replica keeps of a key. */
export type Stored = {
  readonly stamp: Stamp;
  readonly value: Plain;
};

/** Which operation of which life of the coordinator a message belongs to. */
interface OfOperation extends Message {
  readonly life: number;
  readonly operation: number;
}

/** First phase: what do you have? */
export interface Query extends OfOperation {
  readonly type: 'query';
  readonly key: string;
}

export interface QueryReply extends OfOperation {
  readonly type: 'queryReply';
  readonly stored: Stored;
}

/** Second phase: keep this, unless what you have is newer. */
export interface Store extends OfOperation {
  readonly type: 'store';
  readonly key: string;
  readonly stored: Stored;
}

/** What the replica has is at least as new as what it was given, and on its disk. */
export interface StoreReply extends OfOperation {
  readonly type: 'storeReply';
}

export type ClientRequest = RequestOf<typeof register>;
export type ClientReply = ReplyOf<typeof register> | ErrorReply;

export type QuorumMessage = Query | QueryReply | Store | StoreReply | ClientRequest | ClientReply;
