/**
 * What one run of the battery shows, as plain data that passes between processes. Counts and single
 * operations only: what they mean is decided once all runs are there.
 */
import type { Verdict } from '../../checks/checker.ts';
import type { Operation } from '../../sim/history.ts';
import type { NodeId } from '../../sim/node.ts';

/** As the interface declares them; an operation that reads and writes counts as a write. */
export type OperationKind = 'read' | 'write';

export const KINDS: readonly OperationKind[] = ['read', 'write'];

/** Requests to one node: asked and answered, of reads and of writes. */
export type Tally = { readonly [K in OperationKind]: readonly [asked: number, answered: number] };

export interface NodeTally {
  readonly node: NodeId;
  readonly tally: Tally;
}

/** One cut as it was. */
export interface SpellSample {
  /** From the cut to the heal, in µs. */
  readonly fromUs: number;
  readonly untilUs: number;
  /** Without the gap of the fail-over, and without the last moments, as long as the patience. */
  readonly steadyFromUs: number;
  readonly steadyUntilUs: number;
  readonly sides: readonly SideSample[];
}

export interface SideSample {
  readonly name: string;
  readonly nodes: readonly NodeId[];
  /** In the gap, in the steady part; by node, of those that clients ask. */
  readonly gap: readonly NodeTally[];
  readonly steady: readonly NodeTally[];
  /** From the cut to the first answer to a request made after it; null without one. */
  readonly firstAnswerUs: number | null;
  /** Of the steady part. */
  readonly keys: { readonly [K in OperationKind]: KeyCounts };
}

/** How many keys had all, none, or some of their requests answered. */
export interface KeyCounts {
  readonly all: number;
  readonly none: number;
  readonly some: number;
}

/** Ages of what reads returned. A fresh read has the age 0. */
export interface StalenessSample {
  readonly reads: number;
  /** Of the stale ones: age in µs, and versions behind. */
  readonly agesUs: readonly number[];
  readonly versions: readonly number[];
}

/** Latencies of answered requests that were made at one kind of place. */
export interface LatencySample {
  readonly place: 'leader' | 'elsewhere' | 'everywhere';
  readonly kind: OperationKind;
  readonly medianUs: number;
  readonly p99Us: number;
}

/** Operations that show something, in words and as they were. */
export interface WitnessSample {
  readonly claim: 'inconsistent' | 'stale' | 'lost' | 'unanswered';
  readonly sentence: string;
  readonly operations: readonly Operation[];
}

export interface Sample {
  /** Position in the battery, from 0. */
  readonly task: number;
  /** The name of the cell; empty for runs without a fault. */
  readonly cell: string;
  /** Latency between nodes, over that of the scenario. */
  readonly scale: number;
  readonly seed: string;
  /** Why the run broke off; null if it did not. */
  readonly error: string | null;
  readonly operations: number;
  readonly spells: readonly SpellSample[];
  /** Requests while nothing was cut, by node. */
  readonly calm: readonly NodeTally[];
  /** Reads that began after an acknowledged write of their key. */
  readonly exposure: { readonly across: number; readonly within: number };
  readonly levels: readonly (readonly [level: string, verdict: Verdict])[];
  /** null where the interface has no notion of an older value. */
  readonly staleness: StalenessSample | null;
  /** null where nothing judges losses. */
  readonly lost: {
    readonly acknowledged: number;
    readonly lost: number;
    /**
     * From the acknowledgement of the oldest lost write to the first fault, in µs; null without.
     */
    readonly beforeFaultUs: number | null;
  } | null;
  readonly latency: readonly LatencySample[];
  /** Of runs without a fault: messages between nodes, and their bytes. */
  readonly messages: number;
  readonly bytes: number | null;
  readonly witnesses: readonly WitnessSample[];
}
