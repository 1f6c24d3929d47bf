/**
 * What checkers and metrics read, and what they answer. They read histories and facts, never a
 * node's insides; every verdict comes with the sentence and the evidence that show it.
 */
import type { Felt, Side } from '../sim/fault.ts';
import type { History } from '../sim/history.ts';
import type { Interface } from '../sim/interface.ts';
import type { Measurements } from '../sim/measure.ts';
import type { Detail, NodeId, Plain } from '../sim/node.ts';
import type { Params, ParamTable } from '../sim/params.ts';
import type { MetricUnit } from '../sim/units.ts';

/** `unknown` means that a budget ran out: nothing was proved. It is never success. */
export type Verdict = 'pass' | 'fail' | 'unknown';

/** fail, else unknown, else pass. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('unknown') ? 'unknown' : 'pass';
}

/** One fault as it was: when it struck and healed, which nodes, and what it changed. */
export interface FaultFact {
  /** The name the scenario gives it, else its kind; unique (`partition`, `partition-2`). */
  readonly name: string;
  readonly kind: string;
  /** From 1: an entry that strikes several times has a fact for each strike, of one name. */
  readonly strike: number;
  /** Why it never struck, as it stands after its name; null when it did. */
  readonly missed: string | null;
  readonly label: string;
  /** null when it never struck. */
  readonly injectedAtUs: number | null;
  /** null when it lasted to the end. */
  readonly healedAtUs: number | null;
  readonly sides: readonly Side[];
  readonly detail: Detail;
  readonly felt: Felt;
  /** Operations in flight while it held, to or from a node on it. */
  readonly operationsTouched: number;
}

/** A command that an operator gave to nodes, once. It is no fault. */
export interface ActionFact {
  /** The name that the scenario gives it, else its command; unique. */
  readonly name: string;
  readonly command: string;
  /** From 1: an entry that is repeated has a fact for each time, of one name. */
  readonly strike: number;
  /** Why it reached no node, as it stands after its name; null when it reached one. */
  readonly missed: string | null;
  /** `add-server kv-4 to kv-1`. */
  readonly label: string;
  readonly atUs: number | null;
  readonly heard: readonly NodeId[];
  /** Of each node that did not hear it, why: `kv-2 was down`. */
  readonly unheard: readonly string[];
}

export interface GroupFact {
  readonly name: string;
  readonly kind: string;
  readonly nodes: readonly NodeId[];
  /** Its members by role, each under the name that metrics call it; absent without roles. */
  readonly roles?: readonly {
    readonly role: string;
    readonly name: string;
    readonly nodes: readonly NodeId[];
  }[];
  /** The roles, as members note them, that mean to lead; absent: `leader`. */
  readonly leads?: readonly string[];
}

export interface NoteFact {
  readonly atUs: number;
  readonly node: NodeId;
  readonly label: string;
  readonly detail: Detail;
}

/** How many notes of a label are missing from `notes`: a run keeps a limited number. */
export interface LostNotesFact {
  readonly label: string;
  readonly count: number;
  readonly fromUs: number;
}

/** A stretch of time in which a node was down or paused. */
export interface DownFact {
  readonly node: NodeId;
  readonly fromUs: number;
  /** When it crashed in this time; absent if it was only paused, or not started yet. */
  readonly crashedAtUs?: number;
  readonly untilUs: number;
}

/** What says which others a node could talk to, and how many it had to. */
export interface ReachFact {
  /** In the order of their beginnings, to Infinity if they lasted. Those of a link may overlap. */
  readonly cuts: readonly (Window & { readonly from: NodeId; readonly to: NodeId })[];
  /** Members that a group needs, by its name, where it declares a quorum. */
  readonly quorums: ReadonlyMap<string, number>;
}

/**
 * - `live`: everybody who could reach the core was answered soon after the faults were healed.
 * - `slow`: answered, but not soon.
 * - `stuck`: a core that should be enough was up and connected, and somebody was not answered.
 * - `unavailable-by-design`: faults that last leave fewer members than the system says it needs.
 * - `not asked`: nobody could ask it.
 */
export type LivenessState = 'live' | 'slow' | 'stuck' | 'unavailable-by-design' | 'not asked';

/** Whether a group that declares a quorum made progress once what heals was healed. */
export interface LivenessFact {
  readonly group: string;
  readonly state: LivenessState;
  /** The largest set of members that were up and could all talk to each other. */
  readonly core: readonly NodeId[];
  readonly quorum: number;
  readonly members: number;
  /** From healing until the last who asked had an answer; null if somebody had none. */
  readonly afterUs: number | null;
  readonly because: string;
}

/** Everything besides the history that a run leaves to be judged. */
export interface Facts {
  /** The end of chaos: metrics look no further. */
  readonly durationUs: number;
  /** The end of the run, settle and verify included. */
  readonly endedAtUs: number;
  readonly groups: readonly GroupFact[];
  readonly loads: readonly LoadFact[];
  readonly faults: readonly FaultFact[];
  /** In the order written; absent: nobody did anything. */
  readonly actions?: readonly ActionFact[];
  readonly notes: readonly NoteFact[];
  /** Notes that were not kept: what is said of their labels from `fromUs` on is unknown. */
  readonly notesLost: readonly LostNotesFact[];
  /** What the nodes measured, settle and verify included. */
  readonly measured: Measurements;
  readonly down: readonly DownFact[];
  /** Absent when nothing in the scenario asks for it. */
  readonly reach?: ReachFact;
  readonly messages: MessageCounts;
  /** When messages were sent and dropped; null when nothing in the scenario asks for it. */
  readonly traffic: Traffic | null;
  /** By group, in scenario order; empty when the run was stopped before it could settle. */
  readonly liveness: readonly LivenessFact[];
  /** What each nemesis drew and did; its strikes are among `faults` too. */
  readonly nemeses: readonly NemesisFact[];
  /** What the scenario promises its users; absent: nothing. */
  readonly objectives?: readonly Objective[];
  /** Conditions that must not come true, with what became of them; absent: there are none. */
  readonly nevers?: readonly NeverFact[];
}

/** A condition that was looked at after every event of the nodes that it speaks of. */
export interface NeverFact {
  /** As written. */
  readonly condition: string;
  /** When it first came true; null: it did not. */
  readonly brokenAtUs: number | null;
  /** It was looked at at least once. */
  readonly looked: boolean;
  /** `leaders(kv) was at most 1`. */
  readonly seen: string;
}

/** A service level objective: which events count, which of them are good, and how many must be. */
export interface Objective {
  readonly name: string;
  /** `answered`: as `availability` counts it; `ok`: a meaningful no is bad too. */
  readonly sli: 'answered' | 'ok';
  /** An answer that took longer is bad; null: whenever it came. */
  readonly withinUs: number | null;
  /** Loads, groups, nodes and operations that it is about, as arguments of a metric; none: all. */
  readonly of: readonly string[];
  /** The share of events that must be good, below 1. */
  readonly target: number;
  /** The time that the error budget is for. */
  readonly windowUs: number;
  /** An event is a request, or a slice of time in which something was asked. */
  readonly by: 'requests' | 'time';
  /** Of a slice: its length, and the share of its requests that must be good. */
  readonly sliceUs: number;
  readonly sliceTarget: number;
  readonly alerts: readonly ObjectiveAlert[];
}

/** It fires while the burn rate in both windows is at least `burn`. */
export interface ObjectiveAlert {
  readonly burn: number;
  readonly longUs: number;
  readonly shortUs: number;
}

/** A nemesis as it was: what the seed made of it, and all that it did. */
export interface NemesisFact {
  readonly name: string;
  /** Whether `kinds`, `betweenUs` and `lastsUs` were drawn by the seed. */
  readonly swarm: boolean;
  readonly kinds: readonly string[];
  /** Mean time from strike to strike, and of a strike. */
  readonly betweenUs: number;
  readonly lastsUs: number;
  readonly budgets: readonly {
    readonly group: string;
    /**
     * Members down or cut off at once, and disks ever damaged, that the group claims to survive.
     */
    readonly down: number;
    readonly copies: number;
    readonly clockMs: number;
  }[];
  /** Where it went beyond that, in words; empty when it did not. */
  readonly beyond: readonly string[];
  /** Strikes that the budget forbade, or that found no node. */
  readonly withheld: number;
  /** Each strike as an entry of `faults:` that does the same. */
  readonly strikes: readonly Plain[];
}

/** Loads of one object are judged together, those of different ones apart. */
export function objectOfLoad(load: LoadFact): string {
  return load.object ?? load.target;
}

export interface LoadFact {
  readonly name: string;
  readonly workload: string;
  /** What its clients ask: which of its operations read and write, and what they mean. */
  readonly asks: Interface;
  /** The workload's parameters. */
  readonly params: { readonly [name: string]: unknown };
  /** The group or node its clients call. */
  readonly target: string;
  /** What its operations act on, if it is not the target itself: see `objectOfLoad`. */
  readonly object?: string;
  readonly clients: readonly NodeId[];
  readonly timeoutUs: number;
}

/** Messages of the whole run between nodes; those from and to clients are counted apart. */
export interface MessageCounts {
  readonly sent: number;
  readonly delivered: number;
  /** Copies that links made of messages between nodes. */
  readonly copies: number;
  /** Messages and copies. */
  readonly dropped: number;
  readonly clientSent: number;
  /** Sent messages by type, between nodes. */
  readonly byType: ReadonlyMap<string, number>;
}

/** Messages between nodes, in the order of time; the arrays may be longer than `length`. */
export interface MessageRows {
  readonly length: number;
  readonly timesUs: Float64Array;
  /** Places in `Traffic.types`. */
  readonly types: Int32Array;
  /** Bytes on the wire; null when nobody asked for them. */
  readonly bytes: Float64Array | null;
  /** When the first message found no room; Infinity when all were kept. */
  readonly fullAtUs: number;
  readonly lost: number;
}

export interface Traffic {
  readonly types: readonly string[];
  readonly sent: MessageRows;
  /** Messages and copies of them, without bytes. */
  readonly dropped: MessageRows;
}

export interface CheckResult {
  readonly checker: string;
  readonly verdict: Verdict;
  /** One sentence that a student understands. */
  readonly summary: string;
  /** Why, step by step; empty when it passed. */
  readonly reasons: readonly string[];
  /** Indices of the smallest set of operations that shows it. */
  readonly evidence: readonly number[];
  /** The key concerned, when the history was split by key. */
  readonly key: string | null;
  /**
   * When the violation became visible: the completion of the first operation that cannot be
   * ordered.
   */
  readonly atUs: number | null;
  readonly numbers: { readonly [name: string]: number };
  /** What each kind of wrong was found, the worst first; absent where one sentence says it all. */
  readonly anomalies?: readonly Anomaly[];
  /** What to look at next, a sentence each: an operation, a key, a flag to try. */
  readonly next?: readonly string[];
  /** Of transactions: what the anomalies that were found say about all models of isolation. */
  readonly models?: ModelBounds;
}

/** What a history says about a lattice of models. All lists go from the weaker to the stronger. */
export interface ModelBounds {
  /** The weakest models that are ruled out. */
  readonly ruledOut: readonly string[];
  /** The others that are, being stronger. */
  readonly alsoRuledOut: readonly string[];
  /** The strongest models that were wholly checked and that nothing speaks against. */
  readonly mayHold: readonly string[];
}

/** One thing that went wrong, under the name that the literature gives it. */
export interface Anomaly {
  /** `G-single`, `lost-update`, `duplicate`, `nonmonotonic-poll`. */
  readonly name: string;
  /** How many of it were found; the rest of the fields show the smallest. */
  readonly count: number;
  /** One sentence that a student understands, with the operations by number. */
  readonly sentence: string;
  /** Indices of the operations that show it; of a cycle, in its order. */
  readonly operations: readonly number[];
  /** Of a cycle: its edges, the last one back to the first operation. */
  readonly edges: readonly Dependency[];
}

/** Why one operation must come before another. */
export interface Dependency {
  readonly from: number;
  readonly to: number;
  /** `ww`, `wr`, `rw`, `process`, `realtime`, ... */
  readonly kind: string;
  /** `#4 appended 2 to x after #1 appended 1`. */
  readonly because: string;
}

export interface Checker<T extends ParamTable = ParamTable> {
  /** As written in `expect:`. */
  readonly name: string;
  readonly summary: string;
  readonly sources: readonly string[];
  /**
   * The interfaces whose operations it judges; a scenario in which no load asks one of them is
   * refused when it loads.
   */
  readonly judges: readonly Interface[];
  /** Its arguments in `expect:`, as `bank(total: 100)`. */
  readonly params: T;
  /** The argument that a bare value sets: `exactly-once(at-most-once)`. */
  readonly shorthand: (keyof T & string) | null;
  /** Without `args`, the defaults. */
  check(history: History, facts: Facts, args?: Params<T>): CheckResult;
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds checkers of all arguments.
export type AnyChecker = Checker<any>;

/** What a checker is that takes no arguments. */
export const NO_ARGUMENTS = { params: {}, shorthand: null } as const;

/**
 * A sequential specification: pure. A state is immutable; `identify` gives equal states equal
 * identities, which is how a search recognises where it has been.
 */
export interface Model<S = unknown> {
  readonly name: string;
  readonly summary: string;
  init(): S;
  /**
   * The state after the operation, or null if it cannot give this output in this state. `output` is
   * undefined when nobody saw it: any output is possible then.
   */
  step(state: S, f: string, input: Plain, output: Plain | undefined): S | null;
  identify(state: S): string | number;
  /** `write 3`, `read → 5`, `cas 1→2 refused`: for people. */
  describe(f: string, input: Plain, output: Plain | undefined): string;
  /** Operations on different keys are independent, so each key may be judged alone. */
  readonly byKey: boolean;
}

/** A window of time, from included, until excluded. */
export interface Window {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** `value` null: nothing of the kind happened, the metric was never exercised. */
export interface Measurement {
  readonly value: number | null;
  /** How many things were counted or timed. */
  readonly samples: number;
  /** `worst: #311 at 12.840s`, or why there is no value. */
  readonly because: string;
  /** Without a value: something may have happened, but not all of it was kept. */
  readonly isUnknown?: true;
}

export type { MetricUnit };

/** A number that `expect:` can compare: `availability(majority) >= 90% during partition`. */
export interface Metric {
  /** As written, words separated by one space: `availability`, `p99`, `leaders per term`. */
  readonly name: string;
  readonly summary: string;
  readonly unit: MetricUnit;
  /**
   * The arguments that mean something in a run with these names; anything else is refused when the
   * scenario loads. Which argument means what is in `doc`.
   */
  readonly doc: string;
  /**
   * What it reads of single messages: a run keeps that only for expectations that need it. `times`
   * are needed only for a window. Of links: when they were `cuts`.
   */
  readonly reads?: 'times' | 'bytes' | 'cuts';
  /** Labels of notes that it reads: a run keeps all notes of these. */
  readonly readsNotes?: readonly string[];
  /** False: it says nothing of short stretches of time, so that `show:` does not draw it. */
  readonly overTime?: false;
  /** Whether arguments may be words that no scenario knows, such as types of messages. */
  readonly acceptsAny?: true;
  accepts(names: ScenarioNames): readonly string[];
  /** Why arguments that are accepted one by one mean nothing together; null when they do. */
  refuses?(args: readonly string[], names: ScenarioNames): string | null;
  measure(
    args: readonly string[],
    windows: readonly Window[],
    history: History,
    facts: Facts,
  ): Measurement;
}

/** Names that exist in a scenario, for validation before it runs. */
export interface ScenarioNames {
  /** Groups, and their roles: `bank`, `bank-participant`. */
  readonly groups: readonly string[];
  readonly nodes: readonly NodeId[];
  readonly loads: readonly string[];
  readonly faults: readonly string[];
  readonly faultKinds: readonly string[];
  /** Operations of the scenario's workloads: read, write, cas. */
  readonly operations: readonly string[];
  /** Names of sides that its faults can make: majority, minority, ... */
  readonly sides: readonly string[];
  /** Names of its objectives; absent: it has none. */
  readonly objectives?: readonly string[];
}
