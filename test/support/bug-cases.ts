/** Mistakes that are switched on in a scenario, and what catches them. */
import { expect } from 'vitest';
import { simulate } from '../../src/scenarios/simulate.ts';
import { loadLaidOver } from './laid-over.ts';

/** The expectations of a scenario file that did not hold, and the invariant that broke. */
export async function caughtIn(file: string, sets: readonly string[]): Promise<readonly string[]> {
  const scenario = await loadLaidOver({ file, sets });
  const { judged, error } = simulate(scenario, { checkInvariants: true });
  const violated = judged.flatMap(({ state, text }) => (state === 'violated' ? [text] : []));
  return error === null ? violated : [...violated, error.message];
}

export interface BugCase {
  /** The scenario's file. */
  readonly file: string;
  /** The node that has the bug. */
  readonly node: string;
  /** What it needs to show beside the scenario as it is. */
  readonly sets?: readonly string[];
  /** The check that names it. */
  readonly caughtBy: string;
}

/** Without the bug all holds; with it, the named check does not. */
export async function expectCaught(bug: string, { file, node, sets = [], caughtBy }: BugCase) {
  expect(await caughtIn(file, sets)).toEqual([]);
  const seen = await caughtIn(file, [...sets, `nodes.${node}.bug=${bug}`]);
  expect(seen.filter((text) => text.includes(caughtBy))).not.toEqual([]);
}
