/**
 * What a run leaves behind: plain data, from which reports, CI and graders read and to which
 * nothing adds. It holds no host time and no path of the machine, so equal runs give equal results.
 */
import type { CheckResult, Facts, MetricUnit, Objective, Verdict } from '../checks/checker.ts';
import type { History } from '../sim/history.ts';
import type { WorldError } from '../sim/kernel/failure.ts';
import type { NodeId } from '../sim/node.ts';
import type { TraceEvent } from '../sim/trace.ts';
import type { FaultSpec, Scenario, SeedDemand } from './scenario.ts';

/** What the phases after chaos last at most, where a scenario does not say. */
export { SETTLE_US, VERIFY_US } from './scenario.ts';
export type {
  CalmResult,
  CellResult,
  FarResult,
  LatencyResult,
  LostResult,
  ModelResult,
  OtherFaultResult,
  Share,
  SideResult,
  StalenessResult,
  Tradeoff,
  WitnessResult,
} from './tradeoff/tradeoff.ts';

/** Four tiers, each 16 hex digits: equal on every platform for the same run. */
export interface Digests {
  /** Verdicts, labels and counts. */
  readonly outcome: string;
  /** All fields of all operations. */
  readonly history: string;
  /** (time, from, to, type) of every delivery; with `strict` the text of the message too. */
  readonly messages: string;
  /** Every popped event. */
  readonly order: string;
}

/** Only `held` is success. */
export type ExpectationState = 'held' | 'violated' | 'unknown' | 'never exercised';

/** Where, when and by what a violated metric came about; lists have the worst first. */
export interface Breakdown {
  /** The expectation. */
  readonly text: string;
  /** The metric at single nodes, of how many samples; empty where it knows no nodes. */
  readonly places: readonly {
    readonly node: NodeId;
    readonly measured: string;
    readonly samples: number;
  }[];
  /** Of requests without an answer: how many of each error, and the node that had most of them. */
  readonly errors: readonly {
    readonly error: string;
    readonly count: number;
    readonly node: NodeId | null;
    readonly atNode: number;
  }[];
  /** Requests in the windows that had no answer. */
  readonly failed: number;
  /** The shortest stretch in which half or more of them began; null if they are spread. */
  readonly worst: {
    readonly fromUs: number;
    readonly untilUs: number;
    readonly count: number;
  } | null;
  /** Nodes that measured far more of something than any other of their kind. */
  readonly outliers: readonly {
    readonly node: NodeId;
    readonly measure: string;
    readonly measured: string;
    readonly others: string;
  }[];
}

export interface MeasuredNumber {
  readonly unit: MetricUnit;
  /** In the unit: ms for times. Infinity is an answer that never came. */
  readonly value: number;
}

export interface Judged {
  readonly text: string;
  readonly state: ExpectationState;
  /** The measured value as text (`99.31%`), or the checker's sentence. */
  readonly measured: string;
  readonly because: string;
  /** The check behind it, for its evidence. */
  readonly check: CheckResult | null;
  /** What was measured, where it is a number: of metrics and of `recovers`. */
  readonly number?: MeasuredNumber;
  /** Of a metric that is violated. */
  readonly breakdown?: Breakdown;
}

/** A handler threw, an invariant broke, or time stood still: the run stops there. */
export type RunError = WorldError;

/** One cell of the availability picture: answered and asked in one slice of time on one side. */
export interface AvailabilityCell {
  readonly asked: number;
  readonly answered: number;
}

/** A metric in every cell of the timeline. */
export interface Series {
  /** As written in `show`. */
  readonly name: string;
  readonly unit: MetricUnit;
  /** In the unit: ms for times. null where nothing of the kind happened, or not all was kept. */
  readonly values: readonly (number | null)[];
  /** Whether some cells are null because not all was kept. */
  readonly isUnknown: boolean;
}

/** What the end-of-run screen draws over time. All rows have the same number of cells. */
export interface Timeline {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly cells: number;
  /** One row for all, then one for each side of each fault that made sides. */
  readonly availability: readonly {
    readonly name: string;
    readonly cells: readonly AvailabilityCell[];
    /**
     * What the metric `availability` counts in all of it: without the requests of its last moments,
     * as long as clients wait.
     */
    readonly whole: AvailabilityCell;
  }[];
  /** p99 latency in ms of the operations that ended in the cell; null where none did. */
  readonly latencyMs: readonly (number | null)[];
  /** What the scenario shows over time, in the order written. */
  readonly series: readonly Series[];
  /** Who took the role of leader, and when; `untilUs` is null if it led to the end of the run. */
  readonly leaders: readonly {
    readonly node: NodeId;
    readonly term: number;
    readonly atUs: number;
    readonly untilUs: number | null;
  }[];
}

/** The CAP half of the label, from the one run: an observation, not a proof. */
export interface CapLine {
  readonly seeds: number;
  readonly seedsWanted: 30;
  /** `C`, `A`, `-`, `?`, or null when no partition was exercised. */
  readonly letters: string | null;
  /** By side, in the partition window: answered over asked. */
  readonly sides: readonly {
    readonly name: string;
    readonly nodes: readonly NodeId[];
    readonly asked: number;
    readonly answered: number;
  }[];
  readonly linearizable: Verdict | null;
  /**
   * Pairs of an acknowledged write on one side and a later answered read of the same key on the
   * other.
   */
  readonly exposure: number;
  readonly sentence: string;
}

/** What became of an objective of `slo`. */
export interface Promised {
  readonly objective: Objective;
  /** Requests, or slices of time, and how many of them were bad. */
  readonly events: number;
  readonly bad: number;
  /** Good over all; null when nothing was asked. */
  readonly sli: number | null;
  /** The burn rate of the whole run; null when nothing was asked. */
  readonly burn: number | null;
  /** How many bad events the window allows. */
  readonly allowed: number;
  /** The share of the budget that is left at the end; negative when more was spent. */
  readonly left: number | null;
  readonly exhaustedAtUs: number | null;
  /** What a year, a month, a week and a day may be down by the target. */
  readonly downtime: string;
  /** The stretches in which an alert fired; `untilUs` null: to the end. */
  readonly firings: readonly {
    readonly burn: number;
    readonly longUs: number;
    readonly fromUs: number;
    readonly untilUs: number | null;
  }[];
}

export interface Result {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly digests: Digests;
  /** Events popped. */
  readonly events: number;
  readonly history: History;
  readonly facts: Facts;
  readonly checks: readonly CheckResult[];
  readonly judged: readonly Judged[];
  /** Expectations that only a share of the seeds must hold, as they are in this one. */
  readonly shares?: readonly Judged[];
  /** Expected labels of CAP and PACELC, as text, that no single run can judge. Absent: none. */
  readonly labels?: readonly string[];
  /** In 48 cells. */
  readonly timeline: Timeline;
  /** The same in another number of cells: a screen draws one in each column. */
  timelineAt(cells: number): Timeline;
  readonly cap: CapLine | null;
  /** In the order written; absent: the scenario has no `slo`. */
  readonly objectives?: readonly Promised[];
  readonly error: RunError | null;
  /** By nemesis, all its strikes as faults of their own. */
  readonly struck: ReadonlyMap<string, readonly FaultSpec[]>;
  /**
   * How the run counts: the worst of the expectations; what an error leaves of them if it stopped.
   */
  readonly state: ExpectationState;
  /** What was asked besides the scenario: a run under other options may end otherwise. */
  readonly asked?: { readonly strict: boolean; readonly eventsMax: number | null };
  /**
   * The last rows kept in memory, oldest first, without message bodies; a full trace needs a sink.
   */
  tail(): Iterable<TraceEvent>;
}

/**
 * - `decisive`: an expectation came out otherwise.
 * - `changed`: clients saw another history, but every expectation came out the same.
 * - `unseen`: nodes saw a difference, and no client did.
 * - `vacuous`: the runs are the same, event by event.
 */
export type TwinVerdict = 'decisive' | 'changed' | 'unseen' | 'vacuous';

/** Why a run did not come back after a fault: of an expectation `recovers` that ends metastable. */
export interface Metastability {
  /** The expectation, as written. */
  readonly text: string;
  /** The same run with each loop of the scenario open, in turn. */
  readonly loops: readonly {
    /** `retries (app to db)`. */
    readonly name: string;
    readonly doc: string;
    readonly state: ExpectationState;
    /** `after 2s`, `metastable`. */
    readonly measured: string;
  }[];
  /**
   * How small a fault is enough: the run passes when it lasts `passesUs`, and sticks with
   * `sticksUs`. null: its length cannot be varied.
   */
  readonly degree: {
    readonly fault: string;
    readonly passesUs: number;
    readonly sticksUs: number;
    /** How long it lasts as written. */
    readonly ofUs: number;
  } | null;
}

export interface Twin {
  readonly fault: string;
  readonly kind: string;
  readonly verdict: TwinVerdict;
  /** The first event of the twin that the run does not have; null when there is none. */
  readonly first: TwinEvent | null;
  /** Expectations whose state differs. */
  readonly expectations: readonly TwinExpectation[];
  /** What was counted differently, the largest change first. */
  readonly counts: readonly TwinCount[];
}

export interface TwinEvent {
  readonly atUs: number;
  /** As in a log: `10003.120ms kv-1⇒kv-2 appendEntries term=1`. */
  readonly text: string;
}

export interface TwinExpectation {
  readonly text: string;
  readonly with: { readonly state: ExpectationState; readonly measured: string };
  readonly without: { readonly state: ExpectationState; readonly measured: string };
}

export interface TwinCount {
  readonly what: string;
  readonly with: number;
  readonly without: number;
}

/** An expectation as one run leaves it. */
export interface TestedExpectation {
  readonly text: string;
  readonly state: ExpectationState;
  readonly measured: string;
  /** Where it stands; null for what no line says. */
  readonly line: number | null;
  /** What it demands of many seeds; null: nothing. */
  readonly over: SeedDemand | null;
}

/** The expectations of one run: what judging many of them needs. */
export interface TestedExpectations {
  readonly expectations: readonly TestedExpectation[];
  /** Those that only a share of the seeds must hold: they decide nothing here. */
  readonly shares: readonly TestedExpectation[];
}

/** What many seeds say of one demand. */
export interface JudgedDemand {
  readonly text: string;
  readonly state: ExpectationState;
  /** Seeds in which it held, and in which it was put to the test. */
  readonly held: number;
  readonly of: number;
  /** What was found and what it says of all seeds, one line. */
  readonly sentence: string;
  /** The first seed in which it did not hold; null if it held in all. */
  readonly seed: string | null;
  /** Where it stands. */
  readonly line: number | null;
}

/** One seed of many; of the first failure `Exploration.failure` has everything. */
export interface ExploredRun extends TestedExpectations {
  readonly seed: string;
  readonly state: ExpectationState;
  readonly digests: Digests;
  /** The letters of CAP; null when no partition was exercised. */
  readonly label: string | null;
  /** Events popped. */
  readonly events: number;
}

export interface Exploration {
  /** The scenario's name. */
  readonly name: string;
  /** How it counts: the worst of the seeds, and of what the scenario demands of many of them. */
  readonly state: ExpectationState;
  /** In the order of the seeds; fewer where `bail` stopped it. */
  readonly runs: readonly ExploredRun[];
  /** What was asked for. */
  readonly planned: number;
  /** What the scenario demands of many seeds, such as `in 95% of seeds`. */
  readonly demands: readonly JudgedDemand[];
  /** The first of the worst runs, whole; null if all held. */
  readonly failure: Result | null;
}
