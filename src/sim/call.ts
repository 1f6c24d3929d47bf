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
import { Passage } from './flows/passage.ts';
import type { Detail, Machines, Message, NodeId, Random, Storage } from './node.ts';
import { copyRequestFields, errors, type Reply, type Request } from './rpc.ts';

export type { Flow, Step };
export { FlowError, Passage, Signal };

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
  /** How long this life of the node has lasted, in ms, on a clock that is never set. */
  elapsed(): number;
  /** Other nodes, to be started and stopped: only for kinds that declare `operates`. */
  readonly machines: Machines;
  /** One line in the trace. */
  note(label: string, detail?: Detail): void;
  /** Reports a value of a measure that the kind declares, as `Context.measure` does. */
  measure(name: string, value?: number, of?: string): void;
  /** The session in whose name it works: of the request being handled, or this node's own. */
  readonly session: string;
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
  send<T extends Message>(to: NodeId, message: T): void;
  sleep(ms: number): Flow;
  /**
   * Holds one core of this node's machine for `ms` of processor time; waits for its turn while all
   * are busy. `sleep` holds none.
   */
  compute(ms: number): Flow;
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

/**
 * What a call goes to: a node or a group by its name, a list of nodes of which any will do, or a
 * pool.
 *
 * The policies that the scenario writes under `calls:` keep one state for each name that is called:
 * for a list, the name of its nodes' group (or of the node, if `calls:` names that); for a pool,
 * its own. So a caller that picks other members for every call still has one retry budget and one
 * circuit for all of them. What has to be known of each member is kept by a `Chooser`.
 */
export type Target = string | readonly NodeId[] | Pool;

/** A target whose members change: those that discovery knows now, or a ring has now. */
export interface Pool {
  /** The name by which `calls:` puts policies around calls to it. */
  readonly name: string;
  /** Those known now. Asked for each attempt. */
  members(): readonly NodeId[];
}

/** Chooses the member for each attempt of a call, in place of round robin. */
export interface Chooser {
  /**
   * One of the `open` members, of which there is at least one; the attempt begins now. `members`
   * are all that the target has now, with those that this attempt had better avoid.
   */
  choose(open: readonly NodeId[], members: readonly NodeId[]): NodeId;
  /**
   * The attempt at this member is over: `ok`, an error code, or `cancelled`. Comes exactly once for
   * each `choose`, unless the node crashes.
   */
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
  /** Comes as an attempt leaves for this member: for layers that make several attempts at once. */
  readonly chosen?: (member: NodeId) => void;
  /**
   * `request`, the default: it carries the session and serial of the request being handled. A store
   * that drops repeats by (session, serial) keeps only the first of several such writes: give the
   * others `own`, the next number of a session of this node's own. Such a session carries one call
   * at a time, so no call overtakes another in it, and belongs to one life of the node.
   */
  readonly session?: 'request' | 'own';
  /**
   * Tell the member when this call is given up (a race lost, its time over, its flow dropped): a
   * message `cancel`, upon which a service drops the request and frees its place. Default false.
   * That a call was cancelled says nothing of the operation: it may have happened, or may yet if
   * the message is lost or comes first.
   */
  readonly cancel?: boolean;
  /** The number of the attempt to send. Absent: that of the request being handled. */
  readonly attempt?: number;
}

/** A request before the transport numbers it. */
export type RequestBody = { readonly type: string } & { readonly [field: string]: unknown };

/** An answer before it is addressed: type and fields. `{ type: 'error', code }` refuses. */
export type ReplyBody = { readonly type: string; readonly [field: string]: unknown } | Reply;

/** How a call ended, as a value: nothing is thrown through the layers. */
export type Outcome = { readonly ok: true; readonly reply: Reply; readonly from: NodeId } | Failure;

/** A call that ended without its answer. */
export interface Failure {
  readonly ok: false;
  /** A code of `errors` in `rpc.ts`, `timeout` among them, or the target's own. */
  readonly code: string;
  readonly text?: string;
  /**
   * The member that refused, or was silent. null when none was asked: the caller's own layers
   * refused (`circuit-open`, `rate-limited`, `overloaded`), no time was left, there is no member.
   */
  readonly from: NodeId | null;
  /** When to try again at the earliest, in ms from now; negative: never. */
  readonly retryAfterMs?: number;
  /** The member that an own refusal is about, when others may do; absent, it is about all. */
  readonly refused?: NodeId;
}

/** One call on its way through the layers. Layers pass on changed copies. */
export interface Call {
  /** The name that the service called: a node, a group or a pool. */
  readonly target: string;
  /** The members that the target has now. */
  members(): readonly NodeId[];
  /** The member chosen, or null to let the innermost step choose. */
  readonly to: NodeId | null;
  /** Type and fields of the request, without those that the transport adds. */
  readonly body: RequestBody;
  readonly attempt: number;
  readonly options: CallOptions;
}

/** A layer around calls from one node to one target; holds the state of its machine. */
export interface CallLayer {
  /**
   * Comes once, before the first call. `ctx` is that of the node itself, for work beside the calls:
   * what it does there counts for none of them.
   */
  start?(ctx: FlowContext): void;
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
  /** When to try again at the earliest, in ms; negative: never; undefined: nobody said. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    target: string,
    from: NodeId | null,
    text?: string,
    retryAfterMs?: number,
  ) {
    super(`${target}: ${code}${text === undefined ? '' : `, ${text}`}`);
    this.name = 'CallError';
    this.code = code;
    this.definite = isDefinite(code);
    this.target = target;
    this.from = from;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether this code says that nothing happened. A code that nobody knows does not. */
export function isDefinite(code: string): boolean {
  return errors.get(code)?.definite ?? false;
}

/** The error reply that passes a failure on to the caller of this node. */
export function errorBody(code: string, text?: string, retryAfterMs?: number): ReplyBody {
  const body: { type: string; [field: string]: unknown } = { type: 'error', code };
  if (text !== undefined) body['text'] = text;
  if (retryAfterMs !== undefined) body['retryAfterMs'] = retryAfterMs;
  return body;
}

/** The type and own fields of a request, as a relay passes them on. */
export function bodyOf(request: Request): RequestBody {
  const body = { type: request.type };
  copyRequestFields(request, body);
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
