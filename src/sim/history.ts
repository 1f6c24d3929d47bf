/**
 * Histories: what the clients saw, and nothing else. A history is the only witness that checkers
 * hear.
 *
 * The vocabulary is Jepsen's: an operation is invoked and completes as `ok` (it happened), `fail`
 * (it certainly did not) or `info` (nobody knows; it may still happen later).
 */
import type { NodeId, Plain } from './node.ts';

export type OperationOutcome = 'ok' | 'fail' | 'info';

export interface Operation {
  /** Position in the order of invocation, from 0: how reports name it (`#17`). */
  readonly index: number;
  /**
   * A logical process: sequential. One that ended with `info` never invokes again; its client goes
   * on as another.
   */
  readonly process: number;
  /** The client node that ran it. */
  readonly client: NodeId;
  /** The node it was first sent to, or null if it never left. */
  readonly node: NodeId | null;
  /** The load of the scenario that it belongs to: `clients.<load>`. */
  readonly load: string;
  readonly f: string;
  readonly key: string | null;
  readonly input: Plain;
  readonly invokedAtUs: number;
  readonly outcome: OperationOutcome;
  readonly output: Plain;
  /** The error code of `fail` and `info`, else null. */
  readonly error: string | null;
  /** Infinity for `info`: it may take effect at any later time. */
  readonly completedAtUs: number;
  /** When the client gave up or got an indefinite error; equal to `completedAtUs` unless `info`. */
  readonly endedAtUs: number;
  /** A client took it down as it happened, such as a delivery: nobody asked, and nobody waited. */
  readonly recorded?: true;
  /** Its history marks it as a final read: made when everything else was over. */
  readonly isFinal?: true;
}

export type History = readonly Operation[];

/** The start of an operation, as a client reports it. */
export interface OperationStart {
  readonly process: number;
  readonly load: string;
  readonly f: string;
  readonly key: string | null;
  readonly input: Plain;
  readonly node: NodeId | null;
  /** A client took it down as it happened, such as a delivery: nobody asked, and nobody waited. */
  readonly recorded?: true;
}

/** Where a client writes what it sees; the kernel stamps true virtual time. */
export interface Journal {
  /** Starts an operation of this client; returns its index. */
  invoke(client: NodeId, start: OperationStart): number;
  /** The node that an operation was first sent to, if that was not known at its start. */
  sentTo(index: number, node: NodeId): void;
  /** Ends it; each operation once. Operations never ended are `info` without an end. */
  complete(index: number, outcome: OperationOutcome, output: Plain, error: string | null): void;
  /** A process number that nobody has. */
  nextProcess(): number;
}
