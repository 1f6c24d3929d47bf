/** What the battery found: numbers first, letters last. Plain data, for the screen and for JSON. */
import type { Operation } from '../../sim/history.ts';
import type { OperationKind } from './sample.ts';

/**
 * Under partition: `C` kept consistency and stopped answering somewhere, `A` kept answering, `-`
 * kept neither, `?` undecided. Else: `C` waits for other replicas, `L` does not and may be stale.
 */
export type PartitionLetter = 'C' | 'A' | '-' | '?';
export type ElseLetter = 'C' | 'L' | '?';

/** A share, with Wilson's interval of 95%. */
export interface Share {
  readonly of: number;
  readonly hits: number;
  readonly low: number;
  readonly high: number;
}

export interface SideResult {
  readonly name: string;
  /** Answered of what was asked in the steady part, over all runs. */
  readonly answered: { readonly [K in OperationKind]: Share };
  /** The least that a node answered, over all its runs. */
  readonly leastShare: number;
  readonly inGap: Share;
  /** From the cut to the first answer: median and maximum over the runs that had one. */
  readonly firstAnswerMs: { readonly median: number; readonly max: number } | null;
  /** Runs without any answer after the cut. */
  readonly silentRuns: number;
  /** Share of the keys of which everything was answered; null where keys make no difference. */
  readonly keysAnswered: Share | null;
}

export interface ModelResult {
  /** The strongest that hold in every run; `none` is an empty list. */
  readonly strongest: readonly string[];
  /** Of the strongest level that is judged. */
  readonly top: string;
  readonly held: number;
  readonly broken: number;
  readonly unknown: number;
  /** Upper bound of 95% on the share of runs that break it, from those that were made. */
  readonly brokenAtMost: number;
}

export interface StalenessResult {
  readonly stale: Share;
  /** Of the stale reads; null without any. */
  readonly age: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } | null;
  readonly versionsMax: number;
}

export interface LostResult {
  readonly acknowledged: number;
  readonly lost: number;
  readonly runs: number;
  /**
   * Recovery point: the oldest lost write was acknowledged so long before the fault; null: after
   * it.
   */
  readonly rpoMs: number | null;
}

export interface WitnessResult {
  readonly cell: string;
  readonly seed: string;
  readonly claim: 'inconsistent' | 'stale' | 'lost' | 'unanswered';
  readonly sentence: string;
  readonly operations: readonly Operation[];
}

export interface CellResult {
  readonly name: string;
  readonly runs: number;
  /** By letter, in how many runs; `none`: not exercised. */
  readonly letters: readonly (readonly [letter: PartitionLetter | 'none', runs: number])[];
  /** Why, of the most frequent letter. */
  readonly why: string;
  readonly sides: readonly SideResult[];
  readonly model: ModelResult;
  readonly exposure: { readonly across: number; readonly within: number };
  readonly staleness: StalenessResult | null;
  readonly lost: LostResult | null;
}

/** A fault that cuts nothing: it has no sides and no letter, and shows what else may go wrong. */
export interface OtherFaultResult {
  /** `leader paused`. */
  readonly name: string;
  readonly durationMs: number;
  /** How far the clock is ahead; null for faults of another sort. */
  readonly aheadMs: number | null;
  readonly runs: number;
  /** Over the whole run, of requests to nodes that were up. */
  readonly answered: { readonly [K in OperationKind]: Share };
  readonly model: ModelResult;
  readonly staleness: StalenessResult | null;
  readonly lost: LostResult | null;
  /** Runs that broke what all calm runs keep. */
  readonly broken: number;
}

export interface LatencyResult {
  readonly place: 'leader' | 'elsewhere' | 'everywhere';
  readonly kind: OperationKind;
  /** At once the latency: medians over the runs. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Medians by scale. */
  readonly byScale: readonly (readonly [scale: number, medianMs: number])[];
  /** Growth of the median with the one-way latency: 2 is one round trip. null: not measured. */
  readonly slope: number | null;
}

/** Runs without a fault in which one replica is four times as far away as usual. */
export interface FarResult {
  readonly runs: number;
  /** Runs with a stale read. */
  readonly staleRuns: number;
  readonly staleness: StalenessResult | null;
}

export interface CalmResult {
  readonly runs: number;
  readonly answered: { readonly [K in OperationKind]: Share };
  readonly model: ModelResult;
  readonly exposure: number;
  readonly staleness: StalenessResult | null;
  /** null where no such run was made. */
  readonly far: FarResult | null;
  readonly lost: LostResult | null;
  readonly latency: readonly LatencyResult[];
  readonly messagesPerOperation: number;
  readonly bytesPerOperation: number | null;
}

export interface Tradeoff {
  readonly scenario: string;
  readonly seed: string;
  /** `raft`; several where requests pass through others. */
  readonly kinds: readonly string[];
  readonly workload: string;
  readonly interface: string;
  readonly asked: number;
  readonly replicas: number;
  readonly arbiters: number;
  readonly seedsWanted: 30;
  /** Seeds whose runs are all there. */
  readonly seeds: number;
  readonly settings: {
    readonly timeScale: number;
    readonly cutMs: number;
    readonly gapMs: number;
    readonly patienceMs: number;
    readonly oneWayMs: number;
    readonly perNodePerSecond: number;
  };
  /** Why there are no letters at all; null if there are. */
  readonly inapplicable: string | null;
  /** In at least 95% of the seeds the same; null: a mixture, or no letters. */
  readonly label: string | null;
  /** By label, in how many seeds, the most frequent first. */
  readonly mixture: readonly (readonly [label: string, seeds: number])[];
  /** The two halves in one sentence each. */
  readonly because: { readonly partition: string; readonly else: string } | null;
  readonly cells: readonly CellResult[];
  readonly otherFaults: readonly OtherFaultResult[];
  readonly calm: CalmResult | null;
  /** What holds over all runs with a cut and without; null if there are none. */
  readonly model: ModelResult | null;
  readonly witnesses: readonly WitnessResult[];
  /** Runs that broke off, and why. */
  readonly errors: readonly {
    readonly cell: string;
    readonly seed: string;
    readonly error: string;
  }[];
}
