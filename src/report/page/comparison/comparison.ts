/**
 * Many runs of one scenario, by the values in which they differ: what a page of comparison shows,
 * counted and put into one sentence.
 */
import type { ExpectationState } from '../../../scenarios/result.ts';
import { parseExpectation } from '../../../scenarios/sections/expectation-grammar.ts';
import { type QuantityKind, readQuantity } from '../../../scenarios/values/quantities.ts';
import { wilson } from '../../../sim/proportion.ts';
import { formatCount, formatRatio, formatRatioUp } from '../../../sim/units.ts';
import type { ComparedScenario } from './scenario-diff.ts';

/** `changed`, `invalid` and `broken` are those of a test. */
export type ComparedState = ExpectationState | 'changed' | 'invalid' | 'broken';

export interface ComparedRun {
  readonly seed: string;
  /** By axis, which of its values. */
  readonly place: readonly number[];
  readonly state: ComparedState;
  /** What decided it; empty when it held. */
  readonly signature: string;
  readonly outcomes: readonly {
    readonly text: string;
    readonly state: ExpectationState;
    readonly measured: string;
  }[];
  /** `--set`, each `path=value`, besides those of the scenario. */
  readonly sets: readonly string[];
  /** The line that brings it back. */
  readonly line: string;
}

/** A value that differs: its path, and what it takes, in order. */
export interface Axis {
  readonly path: string;
  readonly values: readonly string[];
}

export interface Comparison {
  readonly name: string;
  /** `30 seeds`, `raft ×5`: more to say under the sentence. */
  readonly subtitle: readonly string[];
  readonly axes: readonly Axis[];
  readonly runs: readonly ComparedRun[];
  /** How many were asked for. */
  readonly planned: number;
  /** What does it all again on the command line. */
  readonly line: string;
  /** Scenarios that are worth comparing: with the protection and without. */
  readonly scenarios?: readonly ComparedScenario[];
}

/** An expectation that is a number, in all runs. */
export interface Measure {
  readonly text: string;
  /** What is asked for; null if it is no number. */
  readonly bound: number | null;
  /** By run; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  readonly failed: number;
}

export interface FailureGroup {
  readonly signature: string;
  readonly count: number;
  /** The first of them. */
  readonly run: number;
}

export function heldOf(runs: readonly ComparedRun[]): number {
  return runs.filter(({ state }) => state === 'held').length;
}

/** The worst that happened. */
export function stateOf({ runs }: Comparison): 'held' | 'violated' | 'unknown' | 'never exercised' {
  const states = new Set(runs.map(({ state }) => state));
  for (const state of ['broken', 'invalid', 'changed', 'violated'] as const) {
    if (states.has(state)) return 'violated';
  }
  if (states.has('unknown')) return 'unknown';
  return states.has('never exercised') ? 'never exercised' : 'held';
}

// --- The sentence ------------------------------------------------------------------------------

/** What the runs say together, in one sentence or two. */
export function sentenceOf(comparison: Comparison): string {
  const { runs, planned, axes } = comparison;
  const held = heldOf(runs);
  const some = `Held in ${formatCount(held)} of ${formatCount(runs.length)} runs`;
  const rest = runs.length < planned ? ` (${formatCount(planned - runs.length)} did not run)` : '';
  if (runs.length === 0) return 'No run was finished.';
  if (axes.length === 0) return `${some}${rest}: ${rateText(runs.length - held, runs.length)}.`;
  const trends = axes.flatMap((axis, i) => trendOf(comparison, axis, i) ?? []);
  const said = trends.slice(0, 2).map((trend) => `${trend[0]?.toUpperCase()}${trend.slice(1)}.`);
  return [`${some}${rest}.`, ...said].join(' ');
}

/** `at most 11.4% of all seeds fail`, with 95% confidence. */
function rateText(failed: number, of: number): string {
  const { low, high } = wilson(failed, of);
  const range =
    failed === 0
      ? `at most ${formatRatioUp(high)}`
      : `${formatRatio(low)} to ${formatRatioUp(high)}`;
  return `${range} of all seeds fail, with 95% confidence`;
}

/** From which value of an axis on nothing holds, or up to which everything; null for neither. */
function trendOf({ runs, axes }: Comparison, { path, values }: Axis, axis: number): string | null {
  const shares = values.map((_, value) => {
    const some = runs.filter(({ place }) => place[axis] === value);
    return some.length === 0 ? null : heldOf(some) / some.length;
  });
  const known = values.flatMap((value, i) => {
    const share = shares[i];
    return share == null ? [] : [{ value, share }];
  });
  if (known.length < 2) return null;
  // Of the first value alone, `up to` would promise values that were not tried.
  const upTo = (count: number, of = '') =>
    `${count > 1 ? 'up to' : 'at'} ${of}${known[count - 1]?.value}`;
  const others = axes.length > 1 ? ', whatever the rest' : '';
  const good = runLength(known, ({ share }) => share === 1);
  const bad = runLength([...known].reverse(), ({ share }) => share === 0);
  if (good === known.length || bad === known.length) return null;
  if (bad > 0 && bad < known.length) {
    const from = known[known.length - bad]?.value ?? '';
    const held = good > 0 ? `; ${upTo(good)} all runs hold` : '';
    return `from ${path} ${from} on no run holds${others}${held}`;
  }
  if (good > 0) return `${upTo(good, `${path} `)} all runs hold${others}`;
  const late = runLength([...known].reverse(), ({ share }) => share === 1);
  const early = runLength(known, ({ share }) => share === 0);
  if (late > 0)
    return `from ${path} ${known[known.length - late]?.value} on all runs hold${others}`;
  return early > 0 ? `${upTo(early, `${path} `)} no run holds${others}` : null;
}

function runLength<T>(all: readonly T[], fits: (one: T) => boolean): number {
  const end = all.findIndex((one) => !fits(one));
  return end === -1 ? all.length : end;
}

// --- Numbers -----------------------------------------------------------------------------------

/** Expectations that were measured as numbers; those that failed most first. */
export function measuresOf({ runs }: Comparison): readonly Measure[] {
  const texts = [...new Set(runs.flatMap(({ outcomes }) => outcomes.map(({ text }) => text)))];
  const measures = texts.map((text): Measure => {
    const outcomes = runs.map((run) => run.outcomes.find((one) => one.text === text));
    return {
      text,
      bound: boundOf(text),
      values: outcomes.map((one) => (one === undefined ? null : numberIn(one.measured))),
      failed: outcomes.filter((one) => one?.state === 'violated').length,
    };
  });
  return measures
    .filter(({ values, bound }) => bound !== null && values.some((value) => value !== null))
    .sort((a, b) => b.failed - a.failed);
}

function boundOf(text: string): number | null {
  const parsed = parseExpectation(text);
  if (!parsed.ok) return null;
  const { value } = parsed;
  if (value.kind === 'metric') return numberIn(value.value.text);
  return value.kind === 'recovers' ? numberIn(value.within.text) : null;
}

/** A number as it is printed and written, in ms or as a share where it has such a unit. */
export function numberIn(written: string): number | null {
  const plain = written.replace(/,(?=\d{3})/g, '');
  const read = readQuantity(kindOf(plain), plain);
  return read.ok ? read.value : null;
}

function kindOf(written: string): QuantityKind {
  if (written.endsWith('%')) return 'ratio';
  if (written.endsWith('/s')) return 'rate';
  if (written.endsWith('B')) return 'bytes';
  return /[a-z]$/.test(written) ? 'duration' : 'number';
}

// --- Failures ----------------------------------------------------------------------------------

/** Runs that failed alike, the most frequent first. */
export function failuresOf({ runs }: Comparison): readonly FailureGroup[] {
  const groups = new Map<string, { count: number; run: number }>();
  runs.forEach(({ state, signature }, run) => {
    if (state === 'held') return;
    const name = signature === '' ? state : signature;
    const group = groups.get(name) ?? { count: 0, run };
    groups.set(name, { ...group, count: group.count + 1 });
  });
  return [...groups]
    .map(([signature, group]) => ({ signature, ...group }))
    .sort((a, b) => b.count - a.count || a.run - b.run);
}

/** The runs at one place of the first two axes, by their numbers. */
export function runsAt(
  { runs }: Comparison,
  row: number | null,
  column: number | null,
): readonly number[] {
  return runs.flatMap(({ place: [first, second] }, i) => {
    // With one axis its values are the rows.
    const isHere = (row === null || first === row) && (column === null || second === column);
    return isHere ? [i] : [];
  });
}
