/**
 * A test of scenarios over their seeds as plain data: what workers send, what reporters read, and
 * how the parts add up.
 */
import type { Digests, ExpectationState } from '../../scenarios/result.ts';

/**
 * How one run ended: as its expectations say, or `invalid`: the scenario has errors, or `broken`:
 * dsim itself failed.
 */
export type RunEnd = ExpectationState | 'invalid' | 'broken';

export interface TestedExpectation {
  readonly text: string;
  readonly state: ExpectationState;
  readonly measured: string;
  /** Where it stands; null for what no line says. */
  readonly line: number | null;
}

/** One scenario with one seed. */
export interface TestedRun {
  readonly seed: string;
  readonly end: RunEnd;
  /** What decided it, one line; empty when it held. */
  readonly signature: string;
  readonly expectations: readonly TestedExpectation[];
  readonly digests: Digests | null;
  readonly events: number;
  /** Host time. */
  readonly elapsedMs: number;
  /** The line that brings a run back that did not hold. */
  readonly repro: string | null;
  /** Where it is kept, for people; null when it is not. */
  readonly kept: string | null;
  /** Why it did not hold: for a terminal, and without colours for files. */
  readonly why: { readonly screen: string; readonly plain: string } | null;
}

/** A scenario, or one cell of its matrix. */
export interface TestedScenario {
  readonly name: string;
  /** As the user named it. */
  readonly file: string;
  /** `nodes.kv.count=5`, what makes it this cell; empty without a matrix. */
  readonly cell: string;
  /** How many runs were asked for. */
  readonly planned: number;
  /** In the order in which they were asked for; fewer when it was stopped. */
  readonly runs: readonly TestedRun[];
}

export interface TestedSuite {
  /** dsim's version. */
  readonly version: string;
  readonly scenarios: readonly TestedScenario[];
  readonly elapsedMs: number;
  /** Host time at which it began. */
  readonly startedAt: Date;
  readonly interrupted: boolean;
  /** `--bail` stopped it. */
  readonly bailed: boolean;
  readonly exitCode: number;
}

const WORST_FIRST: readonly RunEnd[] = [
  'broken',
  'invalid',
  'violated',
  'unknown',
  'never exercised',
  'held',
];

/** The worst of them; null for none. */
export function worstEnd(ends: readonly RunEnd[]): RunEnd | null {
  return WORST_FIRST.find((end) => ends.includes(end)) ?? null;
}

/** How a scenario ended; null if nothing of it ran. */
export function endOf(scenario: TestedScenario): RunEnd | null {
  return worstEnd(scenario.runs.map(({ end }) => end));
}

/** The runs that did not hold, those that are explained first. */
export function failuresOf({ runs }: TestedScenario): readonly TestedRun[] {
  return runs.filter(({ end }) => end !== 'held');
}

/** The worst run that did not hold, the first of its kind: the one to explain; null if all held. */
export function worstFailure(scenario: TestedScenario): TestedRun | null {
  const end = endOf(scenario);
  if (end === null || end === 'held') return null;
  return scenario.runs.find((run) => run.end === end) ?? null;
}

export interface EndCounts {
  readonly runs: number;
  readonly held: number;
  readonly violated: number;
  readonly unknown: number;
  readonly neverExercised: number;
  readonly invalid: number;
  readonly broken: number;
}

export function countEnds(ends: readonly RunEnd[]): EndCounts {
  const count = (wanted: RunEnd) => ends.filter((end) => end === wanted).length;
  return {
    runs: ends.length,
    held: count('held'),
    violated: count('violated'),
    unknown: count('unknown'),
    neverExercised: count('never exercised'),
    invalid: count('invalid'),
    broken: count('broken'),
  };
}

export function allRuns(suite: TestedSuite): readonly TestedRun[] {
  return suite.scenarios.flatMap(({ runs }) => runs);
}

/** `partition`, or `partition (nodes.kv.count=5)`. */
export function titleOf({ name, cell }: Pick<TestedScenario, 'name' | 'cell'>): string {
  return cell === '' ? name : `${name} (${cell})`;
}

/** `1.24 s`, `1m 05s`: host time for people. */
export function formatElapsed(elapsedMs: number): string {
  if (elapsedMs < 1000) return `${Math.round(elapsedMs)} ms`;
  if (elapsedMs < 60_000) return `${(elapsedMs / 1000).toFixed(elapsedMs < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(elapsedMs / 1000);
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
}

/** What a reporter writes at each step; the empty text for nothing. */
export interface Reporter {
  begin(scenarios: number, runs: number): string;
  /** A run is over; runs come in the order in which they were asked for. */
  run(run: TestedRun, scenario: TestedScenario): string;
  /** All runs of a scenario are over, or no more will be. */
  scenario(scenario: TestedScenario): string;
  end(suite: TestedSuite): string;
}
