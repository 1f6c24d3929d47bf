/**
 * A test of scenarios over their seeds as plain data: what workers send, what reporters read, and
 * how the parts add up.
 */
import type {
  Digests,
  ExpectationState,
  JudgedDemand,
  TestedExpectations,
} from '../../scenarios/result.ts';

/**
 * How one run ended: as its expectations say; `changed`: it held, and its outcome is not the one
 * recorded; `invalid`: the scenario has errors; `broken`: dsim itself failed.
 */
export type RunEnd = ExpectationState | 'changed' | 'invalid' | 'broken';

/** One scenario with one seed. */
export interface TestedRun extends TestedExpectations {
  readonly seed: string;
  readonly end: RunEnd;
  /** What decided it, one line; empty when it held. */
  readonly signature: string;
  readonly digests: Digests | null;
  /** The letters of CAP; null when no partition was exercised. */
  readonly label: string | null;
  readonly counts: { readonly [what: string]: number };
  readonly events: number;
  /** Host time. */
  readonly elapsedMs: number;
  /** The line that brings it back; null where nothing ran to its end. */
  readonly repro: string | null;
  /** Where it is kept, for people; null when it is not. */
  readonly kept: string | null;
  /** Why it did not hold: for a terminal, and without colours for files. */
  readonly why: { readonly screen: string; readonly plain: string } | null;
}

/** A run with this seed before anything is known of it. */
export function untoldRun(seed: string): TestedRun {
  return {
    seed,
    end: 'held',
    signature: '',
    expectations: [],
    shares: [],
    digests: null,
    label: null,
    counts: {},
    events: 0,
    elapsedMs: 0,
    repro: null,
    kept: null,
    why: null,
  };
}

/** A scenario, or one cell of its matrix. */
export interface TestedScenario {
  readonly name: string;
  /** As the user named it. */
  readonly file: string;
  /** `nodes.kv.count=5`, what makes it this cell; empty without a matrix. */
  readonly cell: string;
  /** The same by path. */
  readonly cells: readonly (readonly [path: string, value: string])[];
  /** How many runs were asked for. */
  readonly planned: number;
  /** In the order in which they were asked for; fewer when it was stopped. */
  readonly runs: readonly TestedRun[];
  /** What the seeds say together, once all of them ran. */
  readonly demands: readonly JudgedDemand[];
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

export const WORST_FIRST: readonly RunEnd[] = [
  'broken',
  'invalid',
  'violated',
  'changed',
  'unknown',
  'never exercised',
  'held',
];

/** How a scenario ended; null if nothing of it ran. */
export function endOf(scenario: TestedScenario): RunEnd | null {
  const demanded = scenario.demands.map(({ state }) => state);
  const ends: readonly RunEnd[] = [...scenario.runs.map(({ end }) => end), ...demanded];
  return WORST_FIRST.find((end) => ends.includes(end)) ?? null;
}

/** The runs that did not hold. */
export function failuresOf({ runs }: TestedScenario): readonly TestedRun[] {
  return runs.filter(({ end }) => end !== 'held');
}

/** What is explained of a scenario that did not hold. */
export interface Failure {
  /** `seed 3`, or `20 seeds`. */
  readonly subject: string;
  /** null: it is about many. */
  readonly seed: string | null;
  readonly end: RunEnd;
  readonly signature: string;
  readonly screen: string;
  readonly plain: string;
  readonly repro: string | null;
  readonly line: number | null;
}

/** The worst that happened, the first of its kind: a run, or what many say; null if all held. */
export function worstFailure(scenario: TestedScenario): Failure | null {
  const end = endOf(scenario);
  if (end === null || end === 'held') return null;
  const run = scenario.runs.find((one) => one.end === end);
  if (run !== undefined) return failureOf(run);
  const demand = scenario.demands.find(({ state }) => state === end);
  return demand === undefined ? null : demandFailure(demand, scenario);
}

function failureOf(run: TestedRun): Failure {
  const { seed, end, signature, why, repro } = run;
  const { screen = signature, plain = signature } = why ?? {};
  return { subject: `seed ${seed}`, seed, end, signature, screen, plain, repro, line: lineOf(run) };
}

/** The way back is to a seed in which it did not hold. */
export function demandFailure(demand: JudgedDemand, { runs }: TestedScenario): Failure {
  const { text, state, sentence, of, line } = demand;
  const run = runs.find(({ seed }) => seed === demand.seed);
  const repro = run?.repro ?? null;
  const way = demand.seed === null ? [] : [`first seed in which it did not: ${demand.seed}`];
  const plain = [
    `${state}: ${text}`,
    sentence,
    ...way,
    ...(repro === null ? [] : [`repro: ${repro}`]),
  ].join('\n');
  const subject = `${of} seed${of === 1 ? '' : 's'}`;
  const signature = `${text}: ${sentence}`;
  return { subject, seed: null, end: state, signature, screen: plain, plain, repro, line };
}

/** The line of the first expectation that did not hold, violated ones first. */
export function lineOf({ expectations }: TestedRun): number | null {
  const failed = expectations.filter(({ state }) => state !== 'held');
  const worst = failed.find(({ state }) => state === 'violated') ?? failed[0];
  return worst?.line ?? null;
}

/** How many runs ended in each way. */
export function countEnds(suite: TestedSuite) {
  const ends = allRuns(suite).map(({ end }) => end);
  const count = (wanted: RunEnd) => ends.filter((end) => end === wanted).length;
  return {
    runs: ends.length,
    held: count('held'),
    violated: count('violated'),
    changed: count('changed'),
    unknown: count('unknown'),
    neverExercised: count('never exercised'),
    invalid: count('invalid'),
    broken: count('broken'),
  };
}

export function allRuns(suite: TestedSuite): readonly TestedRun[] {
  return suite.scenarios.flatMap(({ runs }) => runs);
}

/** Why not everything ran; null if it did. */
export function haltOf({ interrupted, bailed }: TestedSuite): string | null {
  return interrupted ? 'interrupted' : bailed ? 'stopped by --bail' : null;
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

/** A reporter that writes everything at the end. */
export function atEnd(end: Reporter['end']): Reporter {
  return { begin: () => '', run: () => '', scenario: () => '', end };
}
