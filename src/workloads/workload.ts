/** What clients do: which interface they ask, which of its operations, and in which mix. */
import type { OperationOutcome } from '../sim/history.ts';
import { type Interface, operationsOf } from '../sim/interface.ts';
import type { Plain, Random } from '../sim/node.ts';
import type { Params, ParamTable } from '../sim/params.ts';
import type { Reply } from '../sim/rpc.ts';

/** An operation to be invoked: for the history, and as the fields of the request. */
export interface Invocation {
  readonly f: string;
  readonly key: string | null;
  readonly input: Plain;
  /** The request's `type` and own fields. */
  readonly request: { readonly type: string } & { readonly [field: string]: Plain };
}

/** The state of one load's generator: shared by its clients, so that values can be unique. */
export interface Generator {
  /**
   * The next operation of a process; null when it has nothing more to do. With `heat`, an operation
   * on this key if it is one of `keys`: it draws as always, and drops the key that it drew.
   */
  next(process: number, random: Random, heat?: string): Invocation | null;
  /** The keys that it asks for; absent, if its operations have none. */
  readonly keys?: readonly string[];
  /** Final reads after the faults are healed, for one client each. */
  last(process: number, random: Random): Invocation | null;
  /**
   * How an operation that it gave ended, before it is asked for the next one of this process: what
   * it needs to acknowledge a receipt, to poll from an offset, to drain until nothing is left. A
   * process whose operation ended with `info` never asks again, except for final reads, which go on
   * under the same number. `error` is the code of `fail` and `info`, else null. A client that
   * crashes tells nothing of what it had in flight.
   */
  heard?(
    process: number,
    invocation: Invocation,
    outcome: OperationOutcome,
    output: Plain,
    error: string | null,
  ): void;
}

export interface Workload<T extends ParamTable = ParamTable> {
  /** As written in `clients.<name>.workload`. */
  readonly name: string;
  readonly summary: string;
  readonly params: T;
  /**
   * Its requests are those of this interface, and an operation of its history has the name and the
   * meaning of one of them.
   */
  readonly asks: Interface;
  /** The operations of the interface that it makes; absent, all. */
  readonly operations?: readonly string[];
  /** An operation for people: `cas 1→2`. Absent: told by its name and its values. */
  tell?(f: string, input: Plain, output: Plain | undefined): string;
  generator(params: Params<T>): Generator;
  /** What an `ok` reply means for the history's `output`. */
  outputOf(f: string, reply: Reply): Plain;
}

export function defineWorkload<const T extends ParamTable>(workload: Workload<T>): Workload<T> {
  return workload;
}

/** The names of the operations that a workload makes. */
export function operationsMade({ asks, operations }: AnyWorkload): readonly string[] {
  return operations ?? operationsOf(asks);
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds workloads of all parameter types.
export type AnyWorkload = Workload<any>;
