/**
 * What a report needs besides the result: how the run was asked for, so that its last line can ask
 * again.
 */
import type { ExpectationState, Result } from '../scenarios/result.ts';
import type { Ink } from './ink.ts';

export type CheckResult = Result['checks'][number];
export type Anomaly = NonNullable<CheckResult['anomalies']>[number];
export type Dependency = Anomaly['edges'][number];
export type FaultFact = Result['facts']['faults'][number];
export type Facts = Result['facts'];
export type LivenessFact = Facts['liveness'][number];
export type NemesisFact = Facts['nemeses'][number];
export type Operation = Result['history'][number];

export interface RunContext {
  /** dsim's own version. */
  readonly version: string;
  /** The scenario as the user named it. */
  readonly file: string;
  /** `--set`, each `path=value`. */
  readonly sets: readonly string[];
  readonly without: boolean;
  /** `--max-events`; null without. */
  readonly maxEvents: number | null;
  /**
   * `--strict`: an invariant may end such a run, and a frozen message, where a plain one goes on.
   */
  readonly strict: boolean;
  /** 16 hex digits of the scenario's canonical text. */
  readonly scenarioHash: string;
  /** Where the run was kept, for people; null when it was not. */
  readonly kept: string | null;
  /** What `dsim replay` calls the run that was kept; null when it was not. */
  readonly runId: string | null;
}

/** The state of a run as a mark, painted. */
export function stateMark(state: ExpectationState, ink: Ink): string {
  switch (state) {
    case 'held':
      return ink.good(ink.glyph.held);
    case 'violated':
      return ink.bad(ink.glyph.violated);
    case 'unknown':
      return ink.warn(ink.glyph.unknown);
    case 'never exercised':
      return ink.warn(ink.glyph.never);
  }
}

/** The paint that belongs to a state. */
export function statePaint(state: ExpectationState, ink: Ink): (text: string) => string {
  if (state === 'held') return ink.good;
  return state === 'violated' ? ink.bad : ink.warn;
}

/** A check that failed or could not tell, once each: those of expectations and any others. */
export function checksOf(result: Result, verdict: CheckResult['verdict']): readonly CheckResult[] {
  const seen = new Map<string, CheckResult>();
  const judged = result.judged.flatMap(({ check }) => (check === null ? [] : [check]));
  for (const check of [...judged, ...result.checks]) {
    if (check.verdict === verdict && !seen.has(check.checker)) seen.set(check.checker, check);
  }
  return [...seen.values()];
}

const bare = /^[\w@%+=:,./-]+$/;

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return bare.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * `partition.yaml --seed 42 --set duration=5s`: what follows a command's name to run this again.
 */
export function runArguments(seed: string, context: RunContext): string {
  return [context.file, '--seed', seed, ...changeWords(context)].map(shellWord).join(' ');
}

/** The options that make it another run than the file alone, as words of a command line. */
function changeWords({ sets, without, maxEvents, strict }: RunContext): string[] {
  return [
    ...sets.flatMap((set) => ['--set', set]),
    ...(without ? ['--without'] : []),
    ...(maxEvents === null ? [] : ['--max-events', String(maxEvents)]),
    ...(strict ? ['--strict'] : []),
  ];
}

/** The line that brings the failure back for ever: version, seed and digest are in it. */
export function reproLine(seed: string, orderDigest: string, context: RunContext): string {
  return `npx dsim@${context.version} replay ${runArguments(seed, context)} --digest ${orderDigest}`;
}
