/**
 * What watchers and the nodes that they watch say to each other: how a group with one primary is
 * failed over by others. A higher epoch is later: each primary has one of its own.
 */
import type { Message, NodeId } from '../../sim/node.ts';

/** The lock without which nobody may serve as primary. */
export interface SharedLockSpec {
  /** Members of a group that answers `lock`. */
  readonly servers: readonly NodeId[];
  readonly key: string;
  readonly leaseMs: number;
}

/** Are you well? And this is what the watcher knows of who is primary. */
export interface Health extends Message {
  readonly type: 'health';
  /** The watcher's number of this question. */
  readonly round: number;
  /** The last question of this watcher whose answer has come; 0: none yet. */
  readonly heardRound: number;
  readonly epoch: number;
  /** The primary of that epoch; null as long as the watcher knows none. */
  readonly primary: NodeId | null;
  /**
   * For so long after it sent the answer to `heardRound` the primary of that epoch may serve:
   * nobody is promoted before. In ms; null: without limit.
   */
  readonly leaseMs: number | null;
  /** With `fence: shared-lock`. */
  readonly lock?: SharedLockSpec;
}

export interface HealthReply extends Message {
  readonly type: 'healthReply';
  readonly round: number;
  /** What it takes itself for. */
  readonly isPrimary: boolean;
  readonly epoch: number;
  /** The epoch of its last record, and how many records it has received. */
  readonly lastEpoch: number;
  readonly lsn: number;
  /** A node whose disk was lost: it has nothing to offer. */
  readonly isBlank: boolean;
  /**
   * How many nodes other than the old primary must have answered, so that one of them has all that
   * was acknowledged; 1 if nothing is promised.
   */
  readonly candidatesNeeded: number;
}

/** Be the primary of this epoch. */
export interface Promote extends Message {
  readonly type: 'promote';
  readonly epoch: number;
  /** Whether it may serve only as long as `Health` says so. */
  readonly isLeased: boolean;
  /** Without fencing: be primary in an epoch that has one already. */
  readonly isForced: boolean;
  /** Only once you have this lock. */
  readonly lock?: SharedLockSpec;
}

export interface Promoted extends Message {
  readonly type: 'promoted';
  readonly epoch: number;
}

/** To a primary: hand over to this node, which held the place before. */
export interface FailBack extends Message {
  readonly type: 'failBack';
  readonly to: NodeId;
}

export type FailoverMessage = Health | HealthReply | Promote | Promoted | FailBack;
