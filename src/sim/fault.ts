/**
 * Faults, and the levers that they may pull.
 *
 * A fault changes data of the world (the link table, who is up), never installs code on a message's
 * way. Each injection gets levers of its own: whatever it pulled is released when it heals, and
 * only that, so faults that overlap heal apart by construction. The kernel counts what each
 * injection touched: that is how a fault tells whether it was felt.
 */
import type { DistributionSpec } from './distribution.ts';
import type { Detail, NodeId, Random } from './node.ts';
import type { Params, ParamTable } from './params.ts';

/**
 * What one link does differently while a fault holds it. All are added to, or multiply, the link's
 * own.
 */
export interface LinkChange {
  /** Added to the latency of every message, in ms. */
  readonly extraLatency?: DistributionSpec;
  /** Multiplies the link's own latency. */
  readonly latencyFactor?: number;
  /** Further chance of loss, 0..1, independent of the link's own. */
  readonly loss?: number;
  /** Chance that a message arrives twice. */
  readonly duplicate?: number;
  /**
   * Chance that a message is held back by a further latency draw, so that later ones overtake it.
   */
  readonly reorder?: number;
}

/** A node as a fault sees it. */
export interface NodeView {
  readonly id: NodeId;
  readonly group: string;
  readonly region: string | null;
  readonly up: boolean;
  /** `inspect()` of an up node; empty if it has none or is down. */
  readonly state: Detail;
}

/** The hands of one injection. What it holds, its heal releases. */
export interface Levers {
  /** Every node of the scenario that is not a client, in scenario order. */
  readonly nodes: readonly NodeView[];
  /** The nodes that `of:` names; all of `nodes` without it. */
  readonly of: readonly NodeView[];
  /** This fault's own stream. */
  readonly random: Random;
  /** Messages from one node to another are dropped, at sending and on arrival. One direction. */
  cut(from: NodeId, to: NodeId): void;
  /** Changes a link in one direction. */
  shapeLink(from: NodeId, to: NodeId, change: LinkChange): void;
  /**
   * Stops a node dead: volatile state and unsynced writes are gone. It boots when the last crash on
   * it heals.
   */
  crash(node: NodeId): void;
  /** Freezes a node: timers and messages wait, and are handled late when it resumes. */
  pause(node: NodeId): void;
}

/** The parts into which a fault has split nodes, for `availability(majority)`. */
export interface Side {
  readonly name: string;
  readonly nodes: readonly NodeId[];
}

/** What an injection did. */
export interface Injection {
  /** One line for people: `kv-2 kv-5 | kv-1 kv-3 kv-4`. */
  readonly label: string;
  readonly sides: readonly Side[];
  readonly detail: Detail;
}

export interface Fault<T extends ParamTable = ParamTable> {
  readonly name: string;
  readonly summary: string;
  /** The family it is listed under: network, process, disk, clock, load, dependency, message. */
  readonly family: string;
  readonly params: T;
  /** The one parameter that a bare value sets: `crash: leader` is `crash: { nodes: leader }`. */
  readonly shorthand: (keyof T & string) | null;
  /** Refuses parameters that make no sense, for so many nodes of `of:`: a sentence, or null. */
  refuse?(params: Params<T>, nodes: number): string | null;
  /**
   * Strikes now. null means that it found no target yet (no leader): it is tried again, for 5 s,
   * and then reported as not felt. Must pull no lever before it returns null.
   */
  inject(levers: Levers, params: Params<T>): Injection | null;
}

export function defineFault<const T extends ParamTable>(fault: Fault<T>): Fault<T> {
  return fault;
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds faults of all parameter types.
export type AnyFault = Fault<any>;

/** What one injection touched. All zero: it was not felt. */
export interface Felt {
  readonly messagesDropped: number;
  readonly messagesDelayed: number;
  readonly messagesDuplicated: number;
  /** Deliveries and timers that found their node down or paused because of it. */
  readonly eventsSuppressed: number;
}
