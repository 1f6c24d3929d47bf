/** What the members say to each other. Nothing that was sent is ever changed. */
import type register from '../../../interfaces/register.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Message, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorReply } from '../../../sim/rpc.ts';
import type { BackupMessage } from '../../parts/backup-messages.ts';
import type { FailoverMessage } from '../../parts/failover-messages.ts';

/** One write, as it stands in the log. Its number (LSN) is its position, from 1. */
export type LogRecord = {
  /** The epoch of the primary that made it. */
  readonly epoch: number;
  readonly key: string;
  readonly value: Plain;
  /** When it was written, on the primary's clock in ms. */
  readonly atMs: number;
};

/** Records after `prevLsn`; without any it is a heartbeat. */
export interface Append extends Message {
  readonly type: 'append';
  readonly epoch: number;
  readonly prevLsn: number;
  /** The epoch of that record. */
  readonly prevEpoch: number;
  readonly records: readonly LogRecord[];
  /** The LSN of the primary's last record: what a replica has beyond is not the primary's. */
  readonly end: number;
}

/** A full copy, for a replica that is too far behind. */
export interface Snapshot extends Message {
  readonly type: 'snapshot';
  readonly epoch: number;
  /** All up to this record is in it. */
  readonly lsn: number;
  readonly lastEpoch: number;
  readonly entries: readonly (readonly [key: string, value: Plain])[];
}

export interface Ack extends Message {
  readonly type: 'ack';
  /** The receiver's epoch: a later one than the sender's deposes it. */
  readonly epoch: number;
  /** Up to where its log is that of the primary; -1: a full copy, please. */
  readonly lsn: number;
  readonly applied: number;
  /** It could not take what was sent: it lacks what comes before, or has something else there. */
  readonly isGap: boolean;
}

/** A planned switch: be primary of this epoch; you have everything. */
export interface HandOver extends Message {
  readonly type: 'handOver';
  readonly epoch: number;
}

/** How far are you, and may you answer reads? */
export interface Ping extends Message {
  readonly type: 'ping';
  /** On the sender's clock since boot, in ms; comes back as it is. */
  readonly atMs: number;
}

export interface Pong extends Message {
  readonly type: 'pong';
  readonly atMs: number;
  readonly canRead: boolean;
}

export interface Forward extends Message {
  readonly type: 'forward';
  readonly origin: NodeId;
  readonly request: ClientRequest;
}

export interface ForwardReply extends Message {
  readonly type: 'forwardReply';
  readonly origin: NodeId;
  readonly reply: ClientReply;
}

export type ClientRequest = RequestOf<typeof register>;
export type ClientReply = ReplyOf<typeof register> | ErrorReply;

export type MemberMessage =
  | Append
  | Snapshot
  | Ack
  | HandOver
  | Ping
  | Pong
  | Forward
  | ForwardReply
  | FailoverMessage
  | BackupMessage
  | ClientRequest
  | ClientReply;
