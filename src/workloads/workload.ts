/** What clients do: which interface they ask, which of its operations, and in which mix. */
import type { Flow, FlowContext, Fork } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import { type Interface, operationsOf } from '../sim/interface.ts';
import type { Detail, Message, NodeId, Plain, Random } from '../sim/node.ts';
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
   * on this key if it is one of its keys: it draws as always, and drops the key that it drew.
   */
  next(process: number, random: Random, heat?: string): Invocation | null;
  /** The key that a heat takes if it names none; absent if the operations have no keys. */
  readonly firstKey?: string | undefined;
  /**
   * Whether heat has changed the last operation: one that is on the hot key anyway was not moved
   * there. Absent if the operations have no keys.
   */
  readonly wasMoved?: boolean;
  /** Final reads after the faults are healed, for one client each. */
  last(process: number, random: Random): Invocation | null;
  /**
   * How an operation that it gave ended, before it is asked for the next one of this process: what
   * it needs to acknowledge a receipt, to poll from an offset, to drain until nothing is left. A
   * process whose operation ended with `info` never asks again, except for final reads, which go on
   * under the same number. `error` is the code of `fail` and `info`, else null. A client that
   * crashes reports nothing of what it had in flight.
   */
  heard?(
    process: number,
    invocation: Invocation,
    outcome: OperationOutcome,
    output: Plain,
    error: string | null,
  ): void;
}

/**
 * What a client does for its operations, as flows. Its own fields are the volatile state of one
 * life of one client; what belongs to one process is in `mine`.
 */
export interface Actor {
  /** At every boot of the client, beside its operations: subscribes, keeps a session alive. */
  start?(ctx: ActorContext): Flow | undefined;
  /**
   * Carries out an operation. What it returns is the history's output; `client/actor.ts` says
   * how errors end it. The load's timeout cancels it. One that waits for nothing may return the
   * output itself.
   */
  invoke(ctx: ActorContext, what: Invocation): Flow<Plain> | Plain;
  /** A message that answers nothing: a push. `ctx` belongs to no operation. */
  receive?(ctx: ActorContext, from: NodeId, message: Message): void;
  inspect?(): Detail;
}

export interface ActorContext extends FlowContext {
  /** What to call: the load's target, or the node that this client is pinned to. */
  readonly target: string;
  /** Its nodes. */
  readonly targets: readonly NodeId[];
  /** What this process knows: an offset, a token. One that takes its place begins with nothing. */
  readonly mine: Map<string, Plain>;
  /**
   * Writes an operation into the history that nobody asked for, such as a delivery. It begins and
   * ends now, is `ok`, and belongs to a process of its own. `from`: the node it came from.
   */
  record(f: string, key: string | null, input: Plain, output: Plain, from?: NodeId): void;
  fork(work: Flow<unknown> | ((ctx: ActorContext) => Flow<unknown>)): Fork;
}

/**
 * Thrown by an actor: the operation certainly did not happen, whatever calls it took to find out.
 * It ends as `fail`.
 */
export class OperationFailed extends Error {
  /** A code of `errors` in `rpc.ts`, or one of the workload's own. */
  readonly code: string;

  constructor(code: string, text?: string) {
    super(text ?? code);
    this.name = 'OperationFailed';
    this.code = code;
  }
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
  /**
   * What its actor says to the target, where that is another conversation: a lock that clients
   * build out of a tree is judged as a lock, and its target answers `coordination`. Absent: `asks`.
   */
  readonly speaks?: Interface;
  /** The operations of the interface that it makes; absent, all. */
  readonly operations?: readonly string[];
  /** An operation for people: `cas 1→2`. Absent: told by its name and its values. */
  tell?(f: string, input: Plain, output: Plain | undefined): string;
  /** Why these parameters make no sense together, as a sentence; null if they do. */
  refuse?(params: Params<T>): string | null;
  generator(params: Params<T>): Generator;
  /**
   * How a client carries out an operation that is more than one request; called once for each life
   * of a client. Absent: it sends the invocation's request and takes the answer.
   */
  act?(params: Params<T>): Actor;
  /** What an `ok` reply means for the history's `output`. */
  outputOf(f: string, reply: Reply): Plain;
}

export function defineWorkload<const T extends ParamTable>(workload: Workload<T>): Workload<T> {
  return workload;
}

/** The interface that a workload's target must answer. */
export function spokenBy({ asks, speaks }: AnyWorkload): Interface {
  return speaks ?? asks;
}

/** The names of the operations that a workload makes. */
export function operationsMade({ asks, operations }: AnyWorkload): readonly string[] {
  return operations ?? operationsOf(asks);
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds workloads of all parameter types.
export type AnyWorkload = Workload<any>;
