/**
 * What a node sees of the world. This is the page to read first: whoever knows it can write a
 * protocol.
 *
 * A node is a state machine. The world calls `start`, `receive` and `timeout`, one at a time, each
 * running to completion; all that a node does to the world goes through its `Context`. Nothing may
 * block, await, or look at the host: time is `ctx.now()`, chance is `ctx.random`, and what must
 * survive a crash is in `ctx.storage`.
 */
import type { DistributionSpec } from './distribution.ts';

/** A node's name in the scenario: `kv-1`, `lb`, `load-3`. */
export type NodeId = string;

/** Data that survives a round trip through JSON. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** A small plain object. */
export type Detail = { readonly [key: string]: Plain };

/**
 * Plain data with a `type` tag. Never mutated once it is sent: sender and receiver share the
 * object. A number field `bytes`, if present, is its size on links with a bandwidth; a field
 * `stream` tells which of a connection's streams it belongs to, where these keep order apart.
 */
export interface Message {
  readonly type: string;
}

/**
 * Why a connection is over. `closed`: the other end is gone, its node has crashed. `reset`: a fault
 * broke it. `timeout`: nothing got through for too long. `refused`: no node runs at the other end.
 * `idle` and `age`: the end that accepted it has closed it.
 */
export type Disconnection = 'closed' | 'reset' | 'timeout' | 'refused' | 'idle' | 'age';

/** Handlers run to completion, one at a time, in the order of virtual time. */
export interface Node<M extends Message = Message> {
  /**
   * Boot, and every reboot after a crash: the object is new, `ctx.storage` holds what was durable.
   */
  start(ctx: Context<M>): void;
  /** A message has arrived. Messages may be lost, doubled, late and out of order. */
  receive(ctx: Context<M>, from: NodeId, message: M): void;
  /** A timer set by `setTimer`, or a `storage.sync`, with this tag and key has come due. */
  timeout?(ctx: Context<M>, tag: string, key: number): void;
  /**
   * It will be stopped soon: time to hand over, or to say farewell. Nothing is promised about how
   * much time there is.
   */
  leave?(ctx: Context<M>): void;
  /**
   * An operator's command: one of those that the kind declares, with its parameters, or `set` with
   * new values of parameters that may change.
   */
  command?(ctx: Context<M>, name: string, params: { readonly [name: string]: unknown }): void;
  /**
   * A connection to another node is open, whichever end has opened it; on links that are
   * connections.
   */
  connected?(ctx: Context<M>, peer: NodeId): void;
  /**
   * A connection is over, or did not come about. What was under way is lost; the next message to
   * `peer` opens a new one.
   */
  disconnected?(ctx: Context<M>, peer: NodeId, why: Disconnection): void;
  /**
   * A small, plain view of the state, for traces, invariants, and selectors such as `leader`.
   * Changes nothing. A node with a role gives `role` and `term` (or the protocol's name of it:
   * ballot, epoch).
   */
  inspect?(): Detail;
}

/**
 * What a node can see and do. Each boot has a context of its own; its calls take effect in order.
 */
export interface Context<M extends Message = Message> {
  readonly self: NodeId;
  /** The other members of this node's group, in scenario order. */
  readonly peers: readonly NodeId[];
  /**
   * Which life of the node this is, from 1: what must differ from one boot to the next, such as the
   * name of a session, is made of it. (A real process takes its start time, or a counter on disk.)
   */
  readonly life: number;
  readonly random: Random;
  readonly storage: Storage;
  /**
   * What this node's clock shows, in ms, with fractions of whole µs: time of day. Clock faults make
   * it wrong, and may set it back; between them it never goes back.
   */
  now(): number;
  /**
   * How long this life of the node has lasted, in ms, with fractions of whole µs: a clock that only
   * goes forward, such as CLOCK_BOOTTIME. It runs at the pace of the node's clock and feels drift;
   * no step, offset or jump moves it. It goes on while the node is paused, and starts again at 0
   * when the node boots.
   */
  elapsed(): number;
  /**
   * Sends once every storage write that this node has issued so far is durable; at once when there
   * is none in flight. May never arrive. A message to oneself is delivered too, after a short local
   * delay.
   */
  send<T extends M>(to: NodeId, message: T): void;
  /**
   * Sends without waiting for the disk: for leaders that write in parallel (Ongaro's thesis
   * 10.2.1).
   */
  sendNow<T extends M>(to: NodeId, message: T): void;
  /** `send` to each of `peers`. */
  broadcast<T extends M>(message: T): void;
  /**
   * Sets, or resets, the timer (tag, key) of this node. `afterMs` runs at the pace of this node's
   * clock, and feels its drift; a clock that is set to another time moves no timer.
   */
  setTimer(tag: string, afterMs: number, key?: number): void;
  cancelTimer(tag: string, key?: number): void;
  /**
   * Computes: holds one core of this node's machine for `ms` of processor time, then calls
   * `timeout(tag, key)`. It waits while all cores are busy, first come, first served. A slow
   * processor takes longer, a paused node does not go on, a crash ends it. (A timer takes no
   * processor time, however long it runs.)
   */
  compute(tag: string, ms: number, key?: number): void;
  /** Ends the computations with this tag and key. */
  cancelCompute(tag: string, key?: number): void;
  /** Other nodes, to be started and stopped: only for kinds that declare `operates`. */
  readonly machines: Machines;
  /**
   * One line in the trace: `steps down`. Scenarios may expect it: `sometimes 'steps down'`.
   * Throws `UndeclaredError` for a label that the kind does not declare in `notes`.
   */
  note(label: string, detail?: Detail): void;
  /**
   * Reports a value of a measure that the kind declares: how many more of a count, one sample, or
   * the new level of a gauge. `of` says of what, for instance of which member. Throws
   * `UndeclaredError` for a name that is not declared, RangeError for a value that is negative or
   * not finite.
   */
  measure(name: string, value?: number, of?: string): void;
}

/**
 * What a node can do to the nodes that it operates. Each order takes effect right after the handler
 * that gives it, as an event of its own. A node that was stopped stays down until it is started,
 * whatever else heals or settles.
 */
export interface Machines {
  /** The nodes that it operates, in scenario order. */
  readonly nodes: readonly NodeId[];
  /** Boots a node that was stopped, or a spare. One that a fault keeps down boots as it heals. */
  start(node: NodeId): void;
  /** Tells a node to leave, and stops it after `graceMs`, 0 by default. */
  stop(node: NodeId, options?: { readonly graceMs?: number }): void;
  /** Stops a node at once, without a word. */
  kill(node: NodeId): void;
  /** What the machine shows: not whether the node is paused, or answers. */
  state(node: NodeId): NodeState;
}

/**
 * `stopped` by who operates it; `down` for another reason; `leaving`: told, and not stopped yet.
 */
export type NodeState = 'up' | 'leaving' | 'stopped' | 'down';

/**
 * A node's disk. A write is visible to `get` at once and durable after the disk's latency; writes
 * become durable in the order issued, those issued during a flush together in the next one (group
 * commit). A crash loses what is not durable. Every node has a disk of its own. On a disk with a
 * page cache (`disk: { write-back }`) nothing is flushed and `send` waits for nothing until the
 * node calls `sync`: a crash of the node keeps what it wrote, a power cut does not.
 *
 * Writes throw `StorageError` with code `disk-full`, reads with code `checksum` when the record is
 * damaged; a node that does not catch it dies as a process does, and boots when the fault behind it
 * heals, or when the scenario says so. A flush that fails kills the node with `fsync-failed`, which
 * it cannot catch: nothing that it had been told is undone. A crash may tear the record that was
 * being appended to a log; a keyed record is replaced in one piece, or not at all.
 */
export interface Storage {
  get(key: string): Plain | undefined;
  set(key: string, value: Plain): void;
  delete(key: string): void;
  /** In the order first written. */
  keys(): readonly string[];
  /**
   * The append-only log of this name, empty at first. The same object for the node's whole life.
   */
  log<R extends Plain = Plain>(name: string): Log<R>;
  /** Calls `timeout(tag, key)` once everything issued so far is durable; soon, if it already is. */
  sync(tag: string, key?: number): void;
}

/** An append-only log of records, numbered from 0. */
export interface Log<R extends Plain = Plain> {
  /** The index that the next record gets. */
  readonly end: number;
  /** The index of the oldest record kept; more than 0 after `dropBefore`. */
  readonly start: number;
  /** The record at an index. Throws RangeError outside start..end-1. */
  at(index: number): R;
  append(record: R): void;
  /** Forgets the records from this index on. */
  truncate(end: number): void;
  /** Forgets the records before this index, as a snapshot allows. */
  dropBefore(start: number): void;
  /**
   * To be called at boot, before reading: drops a record at the end that a crash has torn, as the
   * recovery of a real log does, and gives how many that were, 0 or 1. Such a record was never
   * durable. One that is damaged otherwise may have been: it stays, and reading it throws.
   */
  dropTorn(): number;
}

export class StorageError extends Error {
  readonly code: 'disk-full' | 'checksum' | 'fsync-failed';
  constructor(code: StorageError['code'], message: string) {
    super(message);
    this.name = 'StorageError';
    this.code = code;
  }
}

/** A seeded stream of its own: draws here never disturb anybody else's. */
export interface Random {
  /** Uniform integer in min..max, both included. */
  int(min: number, max: number): number;
  /** Uniform real in [min, max). */
  between(min: number, max: number): number;
  /** True with this probability. Draws once, whatever the probability. */
  chance(probability: number): boolean;
  /** One of the items. Throws RangeError if there is none. */
  pick<T>(items: readonly T[]): T;
  /** The items in a new array and a random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** Exponentially distributed with this mean. */
  exponential(mean: number): number;
  /** Standard normal. */
  normal(): number;
  /** One value of a distribution, in the unit its spec is written in. */
  draw(spec: DistributionSpec): number;
}
