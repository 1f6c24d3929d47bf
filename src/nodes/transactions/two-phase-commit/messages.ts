/**
 * What coordinator and participants say to each other. None of these is a request with an answer of
 * the rim: links may lose, double, delay and reorder them.
 *
 * `oldest` is the lowest transaction that the coordinator still works for. A message about one
 * before it is a late copy, and a participant may forget how those ended.
 */
import type { NodeId } from '../../../sim/node.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';

/**
 * The number of a transaction: the coordinator's life times 10^9, and a count from 1. Later ones
 * are greater, over crashes too.
 */
export type TransactionId = number;

export const IDS_PER_LIFE = 1_000_000_000;

/** One step of a transaction at one participant: adds to an account, or reads it. */
export interface Operation {
  readonly account: string;
  /** null: it reads. */
  readonly add: number | null;
}

export type Balances = { readonly [account: string]: number };

/** Executes operations, and keeps their locks. */
export interface Work {
  readonly type: 'work';
  readonly txn: TransactionId;
  readonly oldest: TransactionId;
  readonly operations: readonly Operation[];
}

export interface Worked {
  readonly type: 'worked';
  readonly txn: TransactionId;
  readonly values: Balances;
}

export interface Prepare {
  readonly type: 'prepare';
  readonly txn: TransactionId;
  readonly oldest: TransactionId;
  /** All participants: who is in doubt may ask them. */
  readonly participants: readonly NodeId[];
  /** Operations that travel with the question; null: they came before, by `work`. */
  readonly operations: readonly Operation[] | null;
}

/** To the only participant: it executes and decides at once. */
export interface CommitOnePhase {
  readonly type: 'commitOnePhase';
  readonly txn: TransactionId;
  readonly oldest: TransactionId;
  readonly operations: readonly Operation[];
}

export interface Done {
  readonly type: 'done';
  readonly txn: TransactionId;
  readonly committed: boolean;
  readonly reason: Reason | null;
  readonly values: Balances;
}

/** Why a participant votes no. */
export type Reason = ErrorCode &
  ('precondition-failed' | 'txn-conflict' | 'temporarily-unavailable' | 'abort');

export interface Vote {
  readonly type: 'vote';
  readonly txn: TransactionId;
  readonly vote: 'yes' | 'no' | 'read-only';
  readonly reason: Reason | null;
}

export interface Decision {
  readonly type: 'commit' | 'abort';
  readonly txn: TransactionId;
  readonly oldest: TransactionId;
  /** The coordinator sends it again until it is acknowledged. */
  readonly acknowledge: boolean;
}

export interface Ack {
  readonly type: 'ack';
  readonly txn: TransactionId;
}

/** A participant in doubt asks the coordinator, or the other participants. */
export interface Inquire {
  readonly type: 'inquire';
  readonly txn: TransactionId;
}

/** From a participant that knows how it ended to one that does not. */
export interface Outcome {
  readonly type: 'outcome';
  readonly txn: TransactionId;
  readonly committed: boolean;
}

/** A participant has rebooted: what was sent to it before, it may have forgotten. */
export interface Hello {
  readonly type: 'hello';
  readonly life: number;
}

export interface Welcome {
  readonly type: 'welcome';
  /** Of the participant that asked: an answer to an earlier life is too old. */
  readonly life: number;
  readonly oldest: TransactionId;
  /** All transactions before this one had begun. */
  readonly next: TransactionId;
}

export type ToParticipant =
  | Work
  | Prepare
  | CommitOnePhase
  | Decision
  | Inquire
  | Outcome
  | Welcome;
export type ToCoordinator = Worked | Done | Vote | Ack | Inquire | Hello;

/** What is on the participant's log. */
export type ParticipantRecord =
  | {
      readonly record: 'prepared';
      readonly txn: TransactionId;
      readonly participants: readonly NodeId[];
      /** After-images: the balances that a commit puts in place. */
      readonly writes: Balances;
    }
  | {
      readonly record: 'committed';
      readonly txn: TransactionId;
      /** Only of one phase, which has no `prepared`. */
      readonly writes?: Balances;
      readonly heuristic?: true;
    }
  | { readonly record: 'aborted'; readonly txn: TransactionId; readonly heuristic?: true };

/** What is on the coordinator's log. */
export type CoordinatorRecord =
  | {
      readonly record: 'collecting' | 'commit' | 'abort';
      readonly txn: TransactionId;
      /** Those who must hear the decision. */
      readonly participants: readonly NodeId[];
    }
  | { readonly record: 'end'; readonly txn: TransactionId };
