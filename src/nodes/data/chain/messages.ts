/** What the members of a chain and its master say to each other. */
import type register from '../../../interfaces/register.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';

/** A write, numbered by the head in the order in which all members apply it. */
export type Update = {
  readonly n: number;
  readonly key: string;
  readonly value: Plain;
  /** Who asked, for the answer and to know a retry. */
  readonly origin: NodeId;
  readonly session: string;
  readonly serial: number;
  readonly requestId: number;
  /** What is answered: `refused` is a compare-and-set that did not match; it changes nothing. */
  readonly kind: 'write' | 'cas' | 'refused';
};

/** The chain as the master knows it; a later epoch is a later chain. */
export type Configuration = {
  readonly epoch: number;
  /** From head to tail. */
  readonly chain: readonly NodeId[];
};

export interface Beat extends Message {
  readonly type: 'beat';
  readonly round: number;
  readonly epoch: number;
  /** A member whose disk was lost has nothing, whatever it was before. */
  readonly isBlank: boolean;
  /** It has all that the tail has: it may be the next tail. */
  readonly isReady: boolean;
}

export interface BeatAck extends Message {
  readonly type: 'beatAck';
  readonly round: number;
  readonly configuration: Configuration;
  /** The member that copies everything from the tail, to be the next tail; null: none. */
  readonly joiner: NodeId | null;
}

/** To the successor. */
export interface Forwarded extends Message {
  readonly type: 'forwarded';
  readonly epoch: number;
  /** They follow this one, and are all that the sender has after it. */
  readonly after: number;
  readonly updates: readonly Update[];
}

/** To the predecessor: all up to this one is at the tail. */
export interface Acked extends Message {
  readonly type: 'acked';
  readonly epoch: number;
  readonly n: number;
}

/** To the predecessor, after a change of the chain: what comes after this one is missing here. */
export interface Resume extends Message {
  readonly type: 'resume';
  readonly epoch: number;
  readonly n: number;
}

/** From the tail to a joiner: everything, up to this update. */
export interface Copy extends Message {
  readonly type: 'copy';
  readonly epoch: number;
  readonly n: number;
  readonly entries: readonly (readonly [key: string, value: Plain])[];
  readonly sessions: readonly (readonly [session: string, serial: number])[];
}

/** CRAQ: up to which update is the key clean? */
export interface AskVersion extends Message {
  readonly type: 'askVersion';
  readonly epoch: number;
  readonly question: number;
}

export interface Version extends Message {
  readonly type: 'version';
  readonly question: number;
  /** The tail has all up to this one. */
  readonly n: number;
}

export interface Passed extends Message {
  readonly type: 'passed';
  readonly origin: NodeId;
  readonly request: ClientRequest;
}

export type ClientRequest = RequestOf<typeof register>;
export type ClientReply = ReplyOf<typeof register> | ErrorReply;

export type ChainMessage =
  | Beat
  | BeatAck
  | Forwarded
  | Acked
  | Resume
  | Copy
  | AskVersion
  | Version
  | Passed
  | ClientRequest
  | ClientReply;
