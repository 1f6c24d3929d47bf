/**
 * The cases of a scenario, for formats of test frameworks: one for each seed. Of many seeds those
 * that held are one case together, for no viewer shows ten thousand.
 */
import { plural } from '../layout.ts';
import {
  demandFailure,
  lineOf,
  type RunEnd,
  type TestedRun,
  type TestedScenario,
} from './suite.ts';

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

/** A case for each seed, and one for each demand of many seeds. */
export function casesOf(scenario: TestedScenario): readonly Case[] {
  return [...seedCases(scenario), ...scenario.demands.map((one) => demandCase(one, scenario))];
}

function demandCase(demand: TestedScenario['demands'][number], scenario: TestedScenario): Case {
  const { text: name, state: end } = demand;
  const { signature, plain, line, repro } = demandFailure(demand, scenario);
  const head = { name, end, elapsedMs: 0, line, repro };
  if (end === 'held') return { ...head, message: '', text: '' };
  return { ...head, message: `${end}: ${signature}`, text: plain };
}

function seedCases({ runs }: TestedScenario): readonly Case[] {
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
