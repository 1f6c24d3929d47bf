/**
 * Faults, and the levers that they may pull.
 *
 * A fault changes data of the world (the link table, who is up), never installs code on a message's
 * way. Each injection gets levers of its own: whatever it pulled is released when it heals, and
 * only that, so faults that overlap heal apart by construction. The kernel counts what each
 * injection touched: that shows whether the fault was felt.
 */
import type { DistributionSpec } from './distribution.ts';
import type { LossBursts } from './link.ts';
import type { Detail, NodeId, Random } from './node.ts';
import type { Params, ParamTable } from './params.ts';
import type { ErrorCode } from './rpc.ts';

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
  /** Further loss, in bursts. */
  readonly lossBursts?: LossBursts;
  /** Chance that a message is damaged, 0..1. Receivers notice, and throw it away: it is lost. */
  readonly corrupt?: number;
  /** Share of damaged messages that nobody notices: they arrive with one value changed. */
  readonly undetected?: number;
  /** One message after another, at this many bytes a second. */
  readonly bandwidth?: number;
  /** Bytes that may wait for the bandwidth; what finds no room is dropped. Infinity without it. */
  readonly queue?: number;
}

/** What becomes of certain messages of one link, found by their type and number. */
export interface MessageScript {
  readonly type: string;
  /** The first and the last, counted from 1 since the start of the run among those of the type. */
  readonly first: number;
  readonly last: number;
  readonly action: 'drop' | 'delay' | 'duplicate';
  /** How much later it arrives, or its copy, in ms. null for a copy: by one more latency. */
  readonly byMs: number | null;
}

/** A node as a fault sees it. */
export interface NodeView {
  readonly id: NodeId;
  readonly group: string;
  readonly region: string | null;
  /** Its role in a group whose kind declares roles; else null. */
  readonly role: string | null;
  /** What the scenario's `labels` give it: `{ rack: 'a' }`. */
  readonly labels: { readonly [name: string]: string };
  readonly up: boolean;
  /** Nobody has started it yet, or it was stopped until somebody does. */
  readonly stopped: boolean;
  /** It is up, and in a role that leads. */
  readonly leads: boolean;
  /** `inspect()` of an up node; empty if it has none or is down. */
  readonly state: Detail;
}

/** What a disk does differently while a fault holds it. Of several changes all count. */
export interface DiskChange {
  /** Multiplies the time of a flush. */
  readonly flushFactor?: number;
  /** Added to the time of each flush, in ms. */
  readonly extraFlush?: DistributionSpec;
  /** Every write but a delete fails with `disk-full`. */
  readonly full?: boolean;
  /**
   * A flush is reported done and is not: what it covered is lost in a crash for `cacheMs` more, or
   * until an honest flush for Infinity.
   */
  readonly lies?: { readonly cacheMs: number };
  /**
   * Chance of each flush to fail, 0..1. `die`: the node dies of it. `lose`: what the flush covered
   * is gone from the disk, and the node's next flush, which is tried at once, succeeds.
   */
  readonly failsFlush?: { readonly ratio: number; readonly outcome: 'die' | 'lose' };
  /**
   * A crash leaves some of the writes that were not durable, the last of them torn: appends to
   * logs, or `all` writes, for disks that write their records in place.
   */
  readonly tears?: 'logs' | 'all';
}

/** Records of a disk that went bad. */
export interface DiskDamage {
  /** Chance of each record and log entry to be hit, 0..1. */
  readonly ratio: number;
  readonly what: 'logs' | 'records' | 'all';
  /** The checksum does not tell: a read gives altered data. */
  readonly undetected: boolean;
}

/** What a clock does differently while a fault holds it. Of several changes the sums count. */
export interface ClockChange {
  /** Added to what it shows, in ms. */
  readonly offsetMs?: number;
  /** Millionths by which it runs faster. */
  readonly driftPpm?: number;
  /** The error that the clock has when the fault ends stays forever. */
  readonly stays?: boolean;
}

/** What a processor does differently while a fault holds it. Of several factors the product. */
export interface ProcessorChange {
  /** Multiplies the time that a message keeps the node busy. */
  readonly factor: number;
  /** That time, in ms, for a node that takes none otherwise. */
  readonly messageMs: number;
}

/** What becomes of the requests that reach a node while a fault holds it. */
export interface RequestTrouble {
  /** Time in ms for which each request waits before the node gets it. */
  readonly delay?: DistributionSpec;
  /** Chance of each request to fail, 0..1. */
  readonly errors: number;
  /**
   * `before`: the node never sees the request. `after`: it does what was asked, and its answer is
   * replaced.
   */
  readonly when: 'before' | 'after';
  /** What the caller gets instead of the answer; null: nothing at all. */
  readonly code: ErrorCode | null;
}

/** A load as a fault sees it. */
export interface LoadView {
  readonly name: string;
  readonly clients: readonly NodeId[];
  /** The nodes that it asks. */
  readonly targets: readonly NodeId[];
}

/** How a load is changed: to `factor` times its rate, at once or little by little. */
export interface LoadChange {
  readonly factor: number;
  /** How long the rate takes to get there, evenly; 0: at once. */
  readonly rampMs: number;
}

/** Lets go of one thing before the heal does. A second call does nothing. */
export type Release = () => void;

/** What one injection may change. Its heal releases what it holds. */
export interface Levers {
  /** Every node of the scenario that is not a client, in scenario order. */
  readonly nodes: readonly NodeView[];
  /** The clients of all loads. A fault strikes them only where they are named. */
  readonly clients: readonly NodeView[];
  /** The nodes that `of:` names, clients too; all of `nodes` without it. */
  readonly of: readonly NodeView[];
  /** This fault's own stream. */
  readonly random: Random;
  /** Acts again after `delayMs`, unless it has healed by then. */
  after(delayMs: number, action: () => void): void;

  /** Messages from one node to another are dropped, at sending and on arrival. One direction. */
  cut(from: NodeId, to: NodeId): Release;
  /** Changes a link in one direction. */
  shapeLink(from: NodeId, to: NodeId, change: LinkChange): Release;
  /** Everything under way from one node to another is lost: a connection breaks. One direction. */
  reset(from: NodeId, to: NodeId): void;
  /** Counts the messages of a type on a link from now on: for `prepare` of scripts. */
  countMessages(from: NodeId, to: NodeId, type: string): void;
  /** Acts on messages of a link that were counted. One direction. */
  script(from: NodeId, to: NodeId, script: MessageScript): Release;

  /**
   * Stops a node dead: volatile state and unsynced writes are gone. Writes in a page cache survive,
   * unless it is the `power` that fails. It boots when the last crash on
   * it heals.
   */
  crash(node: NodeId, power?: boolean): Release;
  /** Freezes a node: timers and messages wait, and are handled late when it resumes. */
  pause(node: NodeId): Release;
  /** Makes a node's processor slow. */
  slowProcessor(node: NodeId, change: ProcessorChange): Release;
  /**
   * Tells a node, by `Node.leave`, that it will be stopped. False if it is not running, or does not
   * listen to that. A node that heard it and is not stopped when the fault heals is restarted then:
   * a farewell cannot be taken back.
   */
  tellToLeave(node: NodeId): boolean;
  /** Keeps a node from its first boot, from `Fault.prepare` only. */
  keepOut(node: NodeId): Release;
  /** The nodes that `prepare` keeps out; empty once they are let in. */
  readonly absent: readonly NodeId[];
  /** Lets a node in that was kept out, and starts it if it was spare. */
  letIn(node: NodeId): void;
  /**
   * Gives an operator's command to a node, as an event of its own; null, or why it is not heard.
   */
  command(node: NodeId, name: string, params: { readonly [name: string]: unknown }): string | null;

  /** Changes a node's disk. */
  shapeDisk(node: NodeId, change: DiskChange): Release;
  /**
   * Damages records on a node's disk, until it is released or they are written again; gives how
   * many.
   */
  damageDisk(node: NodeId, damage: DiskDamage): number;
  /** Empties the disk of a node that is down. Nothing brings back what was on it. */
  wipeDisk(node: NodeId): void;

  /** Changes a node's clock. Timers feel its drift, not its offset. */
  shapeClock(node: NodeId, change: ClockChange): Release;

  /** The loads of the scenario, in its order. */
  readonly loads: readonly LoadView[];
  /** Changes how much a load asks. Of several changes each adds its own part of the load's rate. */
  changeLoad(load: string, change: LoadChange): Release;
  /** A share of a load's operations goes to one key: this one, or its first for null. */
  heatKey(load: string, key: string | null, share: number): Release;

  /** Delays and fails requests that reach a node. */
  troubleRequests(node: NodeId, trouble: RequestTrouble): Release;
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
  /** It is over by itself after this time, when the scenario gives it no `for`. */
  readonly lastsMs?: number;
}

export interface Fault<T extends ParamTable = ParamTable> {
  readonly name: string;
  readonly summary: string;
  /** The family it is listed under: network, process, disk, clock, load, dependency, message. */
  readonly family: string;
  readonly params: T;
  /** The one parameter that a bare value sets: `crash: leader` is `crash: { nodes: leader }`. */
  readonly shorthand: (keyof T & string) | null;
  /** A value for the example in the manual, as YAML; absent: what must be given, by its types. */
  readonly example?: string;
  /** The names of the sides that it may give, for `availability(minority)`; none without. */
  readonly sides?: readonly string[];
  /**
   * Nothing passes between two of its sides while it holds: a partition as the CAP theorem means
   * it.
   */
  readonly severs?: boolean;
  /**
   * It is no fault, but what an operator does: no count, window or budget of faults includes it.
   */
  readonly action?: boolean;
  /**
   * How long a strike lasts at least without `for`, in ms, for faults that are over by themselves:
   * strikes of one entry come no sooner one after another.
   */
  leastMs?(params: Params<T>): number;
  /** Without a time it strikes at the start of the run, before any node boots. */
  readonly fromStart?: boolean;
  /**
   * Refuses parameters that make no sense, for this number of nodes of `of:` and loads of these
   * names: a sentence, or null.
   */
  refuse?(params: Params<T>, nodes: number, loads?: readonly string[]): string | null;
  /** Called once before any node boots, for faults that begin as an absence. */
  prepare?(levers: Levers, params: Params<T>): void;
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

/**
 * What a strike can touch, each with the words for a count of it: in brief, as reports line them
 * up, and in full.
 */
const counters = {
  messagesDropped: ['dropped', 'messages dropped'],
  messagesDelayed: ['delayed', 'messages delayed'],
  messagesDuplicated: ['doubled', 'messages doubled'],
  messagesCorrupted: ['altered', 'messages altered unnoticed'],
  nodesStopped: ['stopped', 'nodes stopped'],
  nodesPaused: ['paused', 'nodes paused'],
  nodesLetIn: ['let in', 'nodes let in'],
  eventsSuppressed: [
    'messages and timers missed',
    'messages and timers missed by a node down or paused',
  ],
  nodesTold: ['told to leave', 'nodes told to leave'],
  handlersSlowed: ['messages handled slowly', 'messages handled slowly'],
  flushesDelayed: ['flushes delayed', 'flushes of a disk delayed'],
  flushesFailed: ['flushes failed', 'flushes of a disk that failed'],
  writesLost: ['writes lost', 'writes lost that were not durable'],
  writesTorn: ['writes torn', 'writes torn'],
  writesRefused: ['writes refused', 'writes refused'],
  readsDamaged: ['reads damaged', 'reads of a damaged record'],
  clockReadings: ['readings of a wrong clock', 'readings of a wrong clock'],
  timersMoved: ['timers moved', 'timers moved by a clock of another speed'],
  operationsAdded: ['operations added', 'operations added'],
  operationsSpared: ['operations left out', 'operations left out'],
  operationsPaced: ['operations hurried or slowed', 'operations hurried or slowed'],
  operationsMoved: ['operations moved to a hot key', 'operations moved to a hot key'],
  requestsDelayed: ['requests delayed', 'requests delayed'],
  requestsFailed: ['requests failed', 'requests answered by an error, or not at all'],
} as const satisfies { readonly [counter: string]: readonly [string, string] };

export type FeltCounter = keyof typeof counters;

/** What one injection touched. All zero: it was not felt. */
export type Felt = { readonly [C in FeltCounter]: number };

export interface FeltWords {
  readonly counter: FeltCounter;
  readonly brief: string;
  readonly full: string;
}

/** Every counter, in the order told. */
export const feltWords: readonly FeltWords[] = Object.entries(counters).map(
  ([counter, [brief, full]]) => ({ counter: counter as FeltCounter, brief, full }),
);

/**
 * How much was touched, all counts together; 0 is what `felt` calls vacuous. This is the one
 * definition: operations that were under way at the same time are no touch.
 */
export function touchesOf(felt: Felt): number {
  return feltWords.reduce((total, { counter }) => total + felt[counter], 0);
}

/** `1 write refused`, `3 writes refused`: the words begin with what is counted, as a plural. */
export function countedWords(count: string, words: string): string {
  if (count !== '1') return `${count} ${words}`;
  const [plural = '', ...rest] = words.split(' ');
  const one = plural === 'flushes' ? 'flush' : plural.replace(/s$/, '');
  return [count, one, ...rest].join(' ');
}

/** A count of nothing, to be counted up by whoever holds it. */
export function nothingFelt(): { -readonly [C in FeltCounter]: number } {
  const felt: { [counter: string]: number } = {};
  for (const { counter } of feltWords) felt[counter] = 0;
  return felt as { -readonly [C in FeltCounter]: number };
}
