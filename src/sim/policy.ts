/**
 * Policies on calls: timeout, retry, breaker, bulkhead, limiter, hedge, cache. A policy is a pure
 * state machine (in `nodes/parts/`) wrapped as a layer around a call; a scenario puts layers around
 * any call of any service by `calls: { db: { timeout: 50ms, retry: { attempts: 2 } } }`, without a
 * word in the service.
 */
import type { NodeId } from './node.ts';
import type { Params, ParamTable } from './params.ts';
import type { Reply, Request } from './rpc.ts';
import type { CallOptions, Flow, FlowContext } from './service.ts';

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

/** A request before the transport numbers it. */
export type RequestBody = { readonly type: string } & { readonly [field: string]: unknown };

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

/** A layer around calls from one node to one target; holds the state of its machine. */
export interface CallLayer {
  around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome>;
  /** The machine's state for the trace: `{ state: 'open' }`. */
  inspect?(): { readonly [field: string]: string | number | boolean | null };
}

export interface Policy<T extends ParamTable = ParamTable> {
  /** The key under `calls.<target>`: `retry`. */
  readonly name: string;
  readonly summary: string;
  readonly sources: readonly string[];
  readonly params: T;
  /** The one parameter that a bare value sets: `timeout: 50ms` is `timeout: { after: 50ms }`. */
  readonly shorthand: (keyof T & string) | null;
  /**
   * Where the layer stands, whatever the order written; smaller is further out. deadline 10, cache
   * 20, fallback 25, retry 30, hedge 40, limiter 50, breaker 60, bulkhead 70, timeout 80 (so it
   * bounds one attempt).
   */
  readonly layer: number;
  create(params: Params<T>): CallLayer;
}

export function definePolicy<const T extends ParamTable>(policy: Policy<T>): Policy<T> {
  return policy;
}

/** A policy with its values. Each node makes its own layer of it, so state is never shared. */
export interface BoundPolicy {
  readonly name: string;
  readonly layer: number;
  create(): CallLayer;
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds policies of all parameter types.
export type AnyPolicy = Policy<any>;

export type { Request };
