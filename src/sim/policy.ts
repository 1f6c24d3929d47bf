/**
 * Policies on calls: timeout, retry, breaker, bulkhead, limiter, hedge, cache. A policy is a pure
 * state machine (in `nodes/parts/`) wrapped as a layer around a call; a scenario puts layers around
 * any call of any service by `calls: { db: { timeout: 50ms, retry: { attempts: 2 } } }`, without a
 * word in the service.
 */
import type { CallLayer } from './call.ts';
import type { Interface } from './interface.ts';
import type { LoopTable } from './loop.ts';
import type { MeasureTable } from './measure.ts';
import type { NoteTable } from './notes.ts';
import type { Params, ParamTable } from './params.ts';

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
   * 20, fallback 25, retry 30, hedge 40, limiter 50, throttle 55, breaker 60, bulkhead 70, timeout
   * 80 (so it bounds one attempt).
   */
  readonly layer: number;
  /** What its layer reports by `ctx.measure`, at the node that calls. Absent: nothing. */
  readonly measures?: MeasureTable;
  /** What its layer notes by `ctx.note`, at the node that calls. Absent: nothing. */
  readonly notes?: NoteTable;
  /** What of it can keep a failure alive. Absent: nothing. */
  readonly loops?: LoopTable<T>;
  /** Refuses parameters that make no sense together: a sentence for the user, or null. */
  refuse?(params: Params<T>): string | null;
  /**
   * How long a call may take at most that takes `insideMs` further in, Infinity if nothing bounds
   * it. Absent: as long.
   */
  longestMs?(params: Params<T>, insideMs: number): number;
  /** `answers` is what the target answers; empty if that is not known. */
  create(params: Params<T>, answers: readonly Interface[]): CallLayer;
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
