/**
 * A validated scenario: every name resolved, every default filled in, every time an integer of µs.
 * Parsing makes it (`parse.ts`), building reads it (`build.ts`); nothing later looks at YAML again.
 */
import type { AnyChecker, Metric, Objective } from '../checks/checker.ts';
import type { DistributionSpec } from '../sim/distribution.ts';
import type { AnyFault } from '../sim/fault.ts';
import type { InjectionSpec } from '../sim/kernel/injection-spec.ts';
import type { LinkSpec } from '../sim/kernel/link-spec.ts';
import type { NodeId } from '../sim/node.ts';
import type { AnyPolicy } from '../sim/policy.ts';
import type { AnySystem, RoleCounts } from '../sim/system.ts';
import type { Load } from '../workloads/client/load.ts';
import type { Comparison } from './values/comparison.ts';
import type { SeedRange } from './values/seed-ranges.ts';

/** A place in a file; lines and columns from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** How long a system may take to answer again, and the final reads, unless a scenario says so. */
export const SETTLE_US = 10_000_000;
export const VERIFY_US = 5_000_000;

/** From `atUs` on, random draws depend on `salt` too. */
export interface Branch {
  readonly atUs: number;
  readonly salt: number;
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** The file it came from, as the user named it; null when made by code. */
  readonly file: string | null;
  /**
   * Canonical text: equal texts are the same scenario, whatever file or comment. Hashed into
   * reports.
   */
  readonly canonical: string;
  readonly seed: string;
  readonly durationUs: number;
  /** The most that the phases after it last; `SETTLE_US` and `VERIFY_US` without. */
  readonly settleUs?: number;
  readonly verifyUs?: number;
  /** When random draws begin to differ from those of the seed alone; absent: they do not. */
  readonly branch?: Branch;
  readonly groups: readonly GroupSpec[];
  readonly network: NetworkSpec;
  readonly loads: readonly LoadSpec[];
  readonly faults: readonly FaultSpec[];
  /** What an operator does, in the order written; no faults. Absent: nothing. */
  readonly actions?: readonly FaultSpec[];
  /** Random schedules of faults, struck beside `faults`; absent: none. */
  readonly nemeses?: readonly NemesisSpec[];
  /** What it promises its users; absent: nothing. */
  readonly objectives?: readonly Objective[];
  readonly expect: readonly Expectation[];
  /** What is drawn over time; absent: nothing. No part of the canonical text. */
  readonly show?: readonly SeriesSpec[];
  /** Values drawn by the seed for `{ any: … }`, by path, as text. */
  readonly drawn: readonly { readonly path: string; readonly value: string }[];
  /** The seeds that `dsim test` runs it with; absent: it does not say. No part of the text. */
  readonly seeds?: readonly SeedRange[];
}

export interface GroupSpec extends MemberSettings {
  readonly name: string;
  readonly kind: string;
  readonly system: AnySystem;
  /** The kind is a file or a program of the user's; absent: dsim ships it. */
  readonly isOwn?: true;
  /** All members, of all roles, the spare ones too. */
  readonly nodes: readonly NodeId[];
  /** By node, in the order of `nodes`; null without regions. */
  readonly regions: readonly (string | null)[];
  /** In the order of the kind; absent or empty for a kind that has none. */
  readonly roles?: readonly RoleSpec[];
  /** Members that are not started as the run begins; absent: none. */
  readonly spare?: readonly NodeId[];
  /** By name of the label: the value of each member that bears it. Absent: none. */
  readonly labels?: ReadonlyMap<string, ReadonlyMap<NodeId, string>>;
  /** In which members differ from the group: by their role, or by `only:`. Absent: in nothing. */
  readonly different?: ReadonlyMap<NodeId, Partial<MemberSettings>>;
  /** The machine of each member that shares one; absent: each has its own. */
  readonly machines?: ReadonlyMap<NodeId, MachineSpec>;
  /** By target name: the policies around calls to it. */
  readonly calls: ReadonlyMap<string, readonly PolicySpec[]>;
}

/** A host that carries nodes: they fail together, and share its cores. */
export interface MachineSpec {
  readonly name: string;
  readonly cores: number;
}

/** What may differ for one member of a group. */
export interface MemberSettings {
  readonly params: { readonly [name: string]: unknown };
  readonly bug: string | null;
  readonly disk: DiskSpec;
  /** Busy time per message handled, in µs; 0 is a machine without limits. */
  readonly cpuMessageUs: number;
  /** Of a machine of its own; absent: one. */
  readonly cores?: number;
  readonly clock: ClockSpec;
}

export interface RoleSpec {
  /** `participant`. */
  readonly role: string;
  /** What targets, faults and metrics call its members: `bank-participant`. */
  readonly name: string;
  readonly nodes: readonly NodeId[];
}

/** The members that start as the run begins. */
export function initialOf({
  nodes,
  spare = [],
}: Pick<GroupSpec, 'nodes' | 'spare'>): readonly NodeId[] {
  return spare.length === 0 ? nodes : nodes.filter((node) => !spare.includes(node));
}

/** How many of them have each role; empty for a kind without roles. */
export function roleCounts({
  roles = [],
  spare = [],
}: Pick<GroupSpec, 'roles' | 'spare'>): RoleCounts {
  return Object.fromEntries(
    roles.map(({ role, nodes }) => [role, initialOf({ nodes, spare }).length]),
  );
}

export interface PolicySpec {
  readonly policy: AnyPolicy;
  readonly params: { readonly [name: string]: unknown };
}

export interface DiskSpec {
  /** Time of one flush, in ms. A constant 0 makes every write durable at once. */
  readonly sync: DistributionSpec;
  /** How long a write stays in the page cache that no flush asked for; absent: none does. */
  readonly writeBackUs?: number;
}

export interface ClockSpec {
  readonly offsetUs: number;
  /** Parts per million by which the clock runs fast. */
  readonly driftPpm: number;
}

export type { LinkSpec };

/** How messages travel; the same for all links but those that `links` names. */
export interface NetworkSpec extends LinkSpec {
  /**
   * Overrides, later ones win: nodes, groups or regions by name on both ends, and in both
   * directions.
   */
  readonly links: readonly {
    readonly from: readonly NodeId[];
    readonly to: readonly NodeId[];
    readonly link: Partial<LinkSpec>;
  }[];
}

export interface LoadSpec extends Load {
  readonly params: { readonly [name: string]: unknown };
  /** What its operations act on, for checkers; absent: the target. */
  readonly object?: string;
  /** By target name: the policies around calls to it; absent: none. */
  readonly calls?: ReadonlyMap<string, readonly PolicySpec[]>;
  /** By client; null without a region. Absent: none has one. */
  readonly regions?: readonly (string | null)[];
}

/** Its name is unique: as the scenario gives it, else kind, kind-2, ... */
export interface FaultSpec extends InjectionSpec {
  readonly fault: AnyFault;
  /** It strikes when this comes true, from `atUs` on; null or absent: at `atUs`. */
  readonly when?: Condition | null;
  /** It need not touch anything; absent: a run in which it did not is no success. */
  readonly mayMiss?: true;
  readonly position: Position | null;
}

/** What a condition can measure of a running system. */
export type Measured =
  /** Up nodes of this role, by `inspect()`. */
  | { readonly kind: 'role'; readonly nodes: readonly NodeId[]; readonly role: string }
  /** Up nodes that lead. */
  | { readonly kind: 'leaders'; readonly nodes: readonly NodeId[] }
  /** The highest term of an up node; 0 without one. */
  | { readonly kind: 'term'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'up' | 'down' | 'paused'; readonly nodes: readonly NodeId[] }
  /** The largest and the smallest number that up nodes have in a field of `inspect()`. */
  | {
      readonly kind: 'most' | 'least';
      readonly nodes: readonly NodeId[];
      readonly field: string;
    }
  /** Notes with this label since the run began, of these nodes; null: of any. */
  | { readonly kind: 'noted'; readonly label: string; readonly nodes: readonly NodeId[] | null }
  /** Strikes of faults of this name or kind that have not healed. */
  | { readonly kind: 'held'; readonly fault: string }
  /** µs since the run began. */
  | { readonly kind: 'elapsed' };

/** A condition whose names are resolved. */
export type ConditionNode =
  | { readonly kind: 'and' | 'or'; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'not'; readonly of: ConditionNode }
  | {
      readonly kind: 'compare';
      /** `leaders(kv)`, as written. */
      readonly text: string;
      readonly measured: Measured;
      readonly comparison: Comparison;
      readonly value: number;
    };

export interface Condition {
  /** As written. */
  readonly text: string;
  readonly root: ConditionNode;
}

/** A random schedule of faults: how often it strikes, with what, and what it must spare. */
export interface NemesisSpec {
  readonly name: string;
  /** The nodes that it may hurt. */
  readonly of: readonly NodeId[];
  /** It strikes from then on, and no more from `untilUs` on; null: until chaos ends. */
  readonly atUs: number;
  readonly untilUs: number | null;
  /** Names of moves that it may choose from. */
  readonly moves: readonly string[];
  /** The faults that those strike with, by kind. */
  readonly faults: ReadonlyMap<string, AnyFault>;
  /** Means, in µs. */
  readonly betweenUs: number;
  readonly lastsUs: number;
  readonly quietUs: number;
  readonly calm: number;
  readonly swarm: boolean;
  readonly beyond: boolean;
  /** Of the groups with members among `of`. */
  readonly budgets: readonly Budget[];
  /** Loads that it may change. */
  readonly loads: readonly string[];
  /** As of a fault. */
  readonly mayMiss?: true;
  readonly position: Position | null;
}

/** What one group claims to survive. */
export interface Budget {
  readonly group: string;
  /** All members; a majority is one of them. */
  readonly members: readonly NodeId[];
  /** Most members that are down, paused or cut off at once. */
  readonly down: number;
  /** Most members whose disks were ever lost or damaged. */
  readonly copies: number;
  readonly clockMs: number;
  /**
   * Set for a kind without a quorum. A member that an operator has stopped is then no loss: the
   * group is the others. It says whether the scenario gives `down` a number, or whether `down` is a
   * minority of the members that are not stopped.
   */
  readonly elastic?: { readonly down: 'given' | 'minority' };
}

/** The most members that leave a majority of the others. */
export function minorityOf(members: number): number {
  return Math.max(0, Math.ceil(members / 2) - 1);
}

/** `during partition`: the windows of all faults of that name or kind; `faults` are all of them. */
export interface WindowSpec {
  readonly when: 'run' | 'before' | 'during' | 'after' | 'outside';
  /** A fault's name or kind, or `faults`; null for `run`. */
  readonly of: string | null;
}

/** A metric that is measured in each of many short stretches of time. */
export interface SeriesSpec {
  /** As written. */
  readonly text: string;
  readonly metric: Metric;
  readonly args: readonly string[];
}

export type Expectation = {
  /** As written. */
  readonly text: string;
  readonly position: Position | null;
  /** What it demands of many seeds; absent: it is about each run by itself. */
  readonly over?: SeedDemand;
} & (
  | {
      readonly kind: 'check';
      readonly checker: AnyChecker;
      /** The values of the checker's arguments; absent, the defaults. */
      readonly args?: { readonly [name: string]: unknown };
    }
  | {
      readonly kind: 'metric';
      readonly metric: Metric;
      readonly args: readonly string[];
      readonly comparison: Comparison;
      /** In the metric's unit: a ratio, ms, a count, per second. */
      readonly value: number;
      readonly window: WindowSpec;
    }
  /** Held when a note with this label was made at least once in the window. */
  | { readonly kind: 'sometimes'; readonly label: string; readonly window: WindowSpec }
  /** Held when the fault of this name or kind (all faults: null) touched something. */
  | { readonly kind: 'felt'; readonly fault: string | null }
  /** Held when the group (all that declare a quorum: null) made progress after healing. */
  | { readonly kind: 'live'; readonly group: string | null }
  /** Held when as much ended ok as before the faults, for good, from this time after them on. */
  | {
      readonly kind: 'recovers';
      readonly args: readonly string[];
      readonly withinUs: number;
      readonly window: WindowSpec;
    }
  /** Held when the condition came true at no moment of the run. */
  | { readonly kind: 'never'; readonly condition: Condition }
  /** Held when a battery of runs shows this label: `PC/EC`. */
  | { readonly kind: 'tradeoff'; readonly label: string }
);

/**
 * `in 1000 seeds`: it must hold in each of at least this many; every run is judged by it. `in 95%
 * of seeds`: in this share of them; no run by itself can break it.
 */
export type SeedDemand =
  | { readonly kind: 'all'; readonly seeds: number }
  | { readonly kind: 'share'; readonly share: number };
