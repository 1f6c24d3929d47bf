/**
 * Calls between nodes, as a flow sees them: what a flow can do, what it can call, how a call ends,
 * and what may stand around a call.
 *
 * Here are the contracts, and the few functions that relays and policies are written with. The
 * machinery is in `flows/`; `service.ts` makes a node out of flows.
 */
import {
  type Flow,
  FlowError,
  Signal,
  type Step,
  type ValueOf,
  type ValuesOf,
} from './flows/flow.ts';
import type { Detail, Message, NodeId, Random, Storage } from './node.ts';
import { errors, type Reply, type Request } from './rpc.ts';

export type { Flow, Step };
export { FlowError, Signal };

/**
 * What a flow sees. Everything that returns a `Flow` does nothing until `yield*`: to forget it is
 * an error.
 */
export interface FlowContext {
  readonly self: NodeId;
  /** The other members of this node's group, in scenario order. */
  readonly peers: readonly NodeId[];
  readonly random: Random;
  readonly storage: Storage;
  /** This node's clock in ms. */
  now(): number;
  /** One line in the trace. */
  note(label: string, detail?: Detail): void;
  /** Reports a value of a measure that the kind declares, as `Context.measure` does. */
  measure(name: string, value?: number, of?: string): void;
  /** When the request being handled must be answered, on this node's clock in ms; null: never. */
  readonly deadline: number | null;
  /**
   * Asks a node or any member of a group, and waits. Throws `CallError` on an error reply or a
   * timeout.
   */
  call<R extends Reply = Reply>(target: Target, body: RequestBody, options?: CallOptions): Flow<R>;
  /** The same, with errors as values. */
  attempt(target: Target, body: RequestBody, options?: CallOptions): Flow<Outcome>;
  /**
   * Sends a message that has no answer. Like a reply, it waits for the disk writes made before it.
   */
  send(to: NodeId, message: Message): void;
  sleep(ms: number): Flow;
  /** Waits until everything that this node has written is durable. */
  sync(): Flow;
  /** Waits to be woken by another flow of this node; look again then whether you may go on. */
  wait(signal: Signal): Flow;
  /**
   * Runs flows side by side, and gives all their values. One that throws cancels the others, and is
   * thrown.
   */
  all<const T extends readonly Flow<unknown>[]>(flows: T): Flow<ValuesOf<T>>;
  /**
   * Runs flows side by side, gives the value of the first that ends, or throws its error, and
   * cancels the others: their `finally` blocks run, late answers to their calls are ignored. With
   * `accept`, the first value that is accepted wins, or the last if none is.
   */
  race<const T extends readonly Flow<unknown>[]>(
    flows: T,
    accept?: (value: ValueOf<T[number]>) => boolean,
  ): Flow<ValueOf<T[number]>>;
  /**
   * Starts a flow that nobody waits for. It dies with the node. A `CallError` that escapes it is
   * noted in the trace. Given a function, it is called with a context that has no deadline.
   */
  fork(work: Flow<unknown> | ((ctx: FlowContext) => Flow<unknown>)): Fork;
}

/** A flow started by `fork`. */
export interface Fork {
  /** Ends it, unless it has ended. A flow must not cancel itself. */
  cancel(): void;
}

/** A node, a group of which any member will do, or a list of such members. */
export type Target = string | readonly NodeId[];

/** Chooses the member for each attempt of a call, in place of round robin. */
export interface Chooser {
  /** One of the members, of which there is at least one; the attempt begins now. */
  choose(members: readonly NodeId[]): NodeId;
  /** The attempt at this member is over: `ok`, an error code, or `cancelled`. */
  ended?(member: NodeId, how: string): void;
}

export interface CallOptions {
  /**
   * How long to wait, in ms, whatever the layers inside do meanwhile. Never longer than the
   * deadline of the request being handled leaves; absent, as long as that.
   */
  readonly timeoutMs?: number;
  /**
   * Sending it twice has the effect and the answer of once, so it may be sent again when nobody
   * knows whether it arrived. Absent: the retry policy decides by the type of the request.
   */
  readonly idempotent?: boolean;
  /** The member to call. Absent: the chooser chooses for each attempt, or they take turns. */
  readonly to?: NodeId;
  /** Members not to be called while there are others: those that have just failed. */
  readonly avoid?: readonly NodeId[];
  readonly chooser?: Chooser;
  /**
   * `request`, the default: it carries the session and serial of the request being handled. A store
   * that drops repeats by (session, serial) keeps only the first of several such writes: give the
   * others `own`, a number of this node's own session.
   */
  readonly session?: 'request' | 'own';
  /** The number of the attempt to send. Absent: that of the request being handled. */
  readonly attempt?: number;
}

/** A request before the transport numbers it. */
export type RequestBody = { readonly type: string } & { readonly [field: string]: unknown };

/** An answer before it is addressed: type and fields. `{ type: 'error', code }` refuses. */
export type ReplyBody = { readonly type: string; readonly [field: string]: unknown } | Reply;

/**
 * How a call ended, as a value: nothing is thrown through the layers. `error` includes code
 * `timeout`.
 */
export type Outcome =
  | { readonly ok: true; readonly reply: Reply; readonly from: NodeId }
  | {
      readonly ok: false;
      readonly code: string;
      readonly text?: string;
      readonly from: NodeId | null;
    };

/** One call on its way through the layers. Layers pass on changed copies. */
export interface Call {
  /** The name that the service called: a node or a group. */
  readonly target: string;
  /** The member chosen, or null to let the innermost step choose. */
  readonly to: NodeId | null;
  /** Type and fields of the request, without those that the transport adds. */
  readonly body: RequestBody;
  readonly attempt: number;
  readonly options: CallOptions;
}

/** A layer around calls from one node to one target; holds the state of its machine. */
export interface CallLayer {
  around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome>;
  /** The machine's state for the trace: `{ state: 'open' }`. */
  inspect?(): { readonly [field: string]: string | number | boolean | null };
}

/** A call that ended without its answer, thrown into the flow that made it. */
export class CallError extends Error {
  /** A code of `errors` in `rpc.ts`, or the target's own. */
  readonly code: string;
  /** It certainly did not and will not happen. */
  readonly definite: boolean;
  readonly target: string;
  /** The member that was asked last; null if none was. */
  readonly from: NodeId | null;

  constructor(code: string, target: string, from: NodeId | null, text?: string) {
    super(`${target}: ${code}${text === undefined ? '' : `, ${text}`}`);
    this.name = 'CallError';
    this.code = code;
    this.definite = isDefinite(code);
    this.target = target;
    this.from = from;
  }
}

/** Whether this code says that nothing happened. A code that nobody knows does not. */
export function isDefinite(code: string): boolean {
  return errors.get(code)?.definite ?? false;
}

/** The type and own fields of a request, as a relay passes them on. */
export function bodyOf(request: Request): RequestBody {
  const { id, session, serial, attempt, timeoutMs, ...body } = request;
  return body;
}

/** The options of a call as it came through layers. */
export function optionsOf(call: Call): CallOptions {
  const options: { -readonly [K in keyof CallOptions]: CallOptions[K] } = {
    attempt: call.attempt,
    ...call.options,
  };
  options.attempt = call.attempt;
  if (call.to !== null) options.to = call.to;
  return options;
}

/** Sends a call through layers, outermost first, and then on by `last`. */
export function through(
  layers: readonly CallLayer[],
  ctx: FlowContext,
  call: Call,
  last: (call: Call) => Flow<Outcome>,
  index = 0,
): Flow<Outcome> {
  const layer = layers[index];
  if (layer === undefined) return last(call);
  return layer.around(ctx, call, (changed) => through(layers, ctx, changed, last, index + 1));
}
