/**
 * The cases of a scenario, for formats of test frameworks: one for each seed. Of many seeds those
 * that held are one case together, for no viewer shows ten thousand.
 */
import { plural } from '../layout.ts';
import type { RunEnd, TestedRun, TestedScenario } from './suite.ts';

const CASES_MAX = 100;

export interface Case {
  /** `seed 42`. */
  readonly name: string;
  readonly end: RunEnd;
  /** What decided it; empty when it held. */
  readonly message: string;
  /** Lines without colours; empty when it held. */
  readonly text: string;
  readonly elapsedMs: number;
  /** Where it stands in the scenario's file; null where no line is to blame. */
  readonly line: number | null;
  readonly repro: string | null;
}

export function casesOf({ runs }: TestedScenario): readonly Case[] {
  if (runs.length <= CASES_MAX) return runs.map(caseOf);
  const held = runs.filter(({ end }) => end === 'held');
  const cases = runs.filter(({ end }) => end !== 'held').map(caseOf);
  if (held.length === 0) return cases;
  const elapsedMs = held.reduce((sum, run) => sum + run.elapsedMs, 0);
  const name = plural(held.length, String(held.length), 'seed');
  return [
    { name, end: 'held', message: '', text: '', elapsedMs, line: null, repro: null },
    ...cases,
  ];
}

function caseOf(run: TestedRun): Case {
  const { seed, end, signature, why, elapsedMs, repro } = run;
  const head = { name: `seed ${seed}`, end, elapsedMs, repro };
  if (end === 'held') return { ...head, message: '', text: '', line: null };
  return { ...head, message: `${end}: ${signature}`, text: why?.plain ?? '', line: lineOf(run) };
}

/** The line of the first expectation that did not hold, violated ones first. */
export function lineOf({ expectations }: TestedRun): number | null {
  const failed = expectations.filter(({ state }) => state !== 'held');
  const worst = failed.find(({ state }) => state === 'violated') ?? failed[0];
  return worst?.line ?? null;
}
