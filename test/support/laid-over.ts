/**
 * A scenario of a file with something else laid over it, run: for tests of a kind that need a
 * variant of its example, or of a scenario of the gallery.
 */
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import type { Result } from '../../src/scenarios/result.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';

const cwd = resolve(import.meta.dirname, '../..');

export interface LaidOver {
  /** From the root. */
  readonly file: string;
  /** `nodes.kv.r=1`, as `--set` takes them. */
  readonly sets?: readonly string[];
  readonly seed?: string;
}

/** Reads it; what does not load fails the test. */
export async function loadLaidOver({ file, sets = [], seed }: LaidOver): Promise<Scenario> {
  const options = { cwd, sets, ...(seed === undefined ? {} : { seed }) };
  const { scenario, diagnostics } = await loadScenario(file, options);
  expect(diagnostics).toEqual([]);
  if (scenario === null) throw new Error(`${file} does not load`);
  return scenario;
}

/** Runs it; what does not load, or ends with an error, fails the test. */
export async function runLaidOver(laid: LaidOver): Promise<Result> {
  const result = simulate(await loadLaidOver(laid));
  expect(result.error).toBeNull();
  return result;
}

/**
 * Runs it and looks after the invariants too: the message of the one that broke and ended the run,
 * else the texts of the expectations that are violated.
 */
export async function brokenIn(laid: LaidOver): Promise<readonly string[]> {
  const result = simulate(await loadLaidOver(laid), { checkInvariants: true });
  return result.error === null ? violatedIn(result) : [result.error.message];
}

/** The texts of the expectations that are violated; each must be that or held. */
export function violatedIn({ judged }: Result): readonly string[] {
  expect(judged.filter(({ state }) => state !== 'held' && state !== 'violated')).toEqual([]);
  return judged.flatMap(({ state, text }) => (state === 'violated' ? [text] : []));
}

/** The values that nodes reported of a measure, in the order of nodes and times. */
export function measuredIn({ facts }: Result, measure: string): readonly number[] {
  return facts.measured.series
    .filter(({ name }) => name === measure)
    .flatMap(({ values, length }) => [...values.subarray(0, length)]);
}
