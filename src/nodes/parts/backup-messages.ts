/**
 * What a store and the node that backs it up say to each other: a copy in parts while writes go on,
 * the log from where the copy began, and a state to begin again with.
 */
import type { Message, Plain } from '../../sim/node.ts';

/** One write of the log, with its number (LSN), from 1. */
export type ArchivedRecord = {
  readonly lsn: number;
  /** The epoch of the primary that made it. */
  readonly epoch: number;
  readonly key: string;
  readonly value: Plain;
  /** When it was written, on the primary's clock in ms. */
  readonly atMs: number;
};

export type Entries = readonly (readonly [key: string, value: Plain])[];

export interface CopyRequest extends Message {
  readonly type: 'copyRequest';
  readonly copy: number;
  /** How many entries have come. */
  readonly from: number;
}

export interface CopyPart extends Message {
  readonly type: 'copyPart';
  readonly copy: number;
  readonly from: number;
  readonly entries: Entries;
  /** How many entries the store has now. */
  readonly total: number;
  /** The last record whose value may be in it, and the epoch of that record. */
  readonly lsn: number;
  readonly epoch: number;
  /** The epoch of the primary. */
  readonly term: number;
}

export interface LogRequest extends Message {
  readonly type: 'logRequest';
  /** The last record that is archived, and its epoch. */
  readonly after: number;
  readonly epoch: number;
}

export interface LogPart extends Message {
  readonly type: 'logPart';
  readonly after: number;
  /** Those that are on the primary's disk. */
  readonly records: readonly ArchivedRecord[];
  /** There are more of them. */
  readonly isMore: boolean;
  /** What follows `after` is gone, or that record is not the primary's. */
  readonly isGap: boolean;
}

/** Be the primary of a new epoch, later than this one, with this state. */
export interface Restore extends Message {
  readonly type: 'restore';
  readonly id: number;
  readonly lsn: number;
  readonly epoch: number;
  readonly entries: Entries;
}

export interface Restored extends Message {
  readonly type: 'restored';
  readonly id: number;
}

export type BackupMessage = CopyRequest | CopyPart | LogRequest | LogPart | Restore | Restored;
