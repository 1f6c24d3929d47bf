/** The tests of a search over hostile seeds, the same for every kind. */
import { expect, test } from 'vitest';
import type { AnyChecker } from '../../src/checks/checker.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import {
  firstViolation,
  type HostileOptions,
  type HostileOutcome,
  hostile,
  tryHostile,
} from './hostile.ts';
import { isLong, times } from './long.ts';

export interface SearchOptions {
  readonly group: Omit<HostileOptions, 'seed' | 'bug'>;
  readonly checkers: readonly AnyChecker[];
  /** By bug: the first seed that finds it. Those that only liveness shows are left out. */
  readonly kept: { readonly [bug: string]: number };
  /**
   * Bugs that this configuration does not find within its seeds: the kind's own tests show them by
   * hand.
   */
  readonly byHand?: readonly string[];
  /** By bug: a seed whose history shows it where no invariant ends the run before. */
  readonly byHistory?: { readonly [bug: string]: number };
  /** Seeds of the correct system in a run of the tests. */
  readonly seeds: number;
  /** Over all seeds: whether enough went on. */
  readonly enough: (outcomes: readonly HostileOutcome[]) => void;
}

/** `npm run test:long` tries this many seeds, and looks for each bug from seed 1 on. */
const LONG = 5000;
/** Each bug is found within this many seeds of the one configuration. */
const WITHIN = 500;

export function searchTests(options: SearchOptions): void {
  const { group, checkers, kept, byHand = [], byHistory = {}, seeds, enough } = options;
  test('safe and live on every seed', { timeout: 36_000_000 }, () => {
    const outcomes: HostileOutcome[] = [];
    const broken: string[] = [];
    for (let seed = 1; seed <= times(seeds, LONG); seed++) {
      const outcome = tryHostile({ ...group, seed: String(seed) }, checkers);
      if (outcome.violation !== null) broken.push(`${seed}: ${outcome.violation}`);
      else if (!outcome.live) broken.push(`${seed}: stuck`);
      // The histories of thousands of runs would not fit into memory.
      outcomes.push({ ...outcome, result: null as never });
    }
    expect(broken).toEqual([]);
    enough(outcomes);
  });

  test('there is a kept seed for every bug of safety', () => {
    const unsafe = Object.entries(group.system.bugs).filter(
      ([, { caughtBy }]) => caughtBy !== 'live',
    );
    const known = [...Object.keys(kept), ...byHand];
    expect(known.sort()).toEqual(unsafe.map(([bug]) => bug).sort());
    for (const seed of Object.values(kept)) expect(seed).toBeLessThanOrEqual(WITHIN);
  });

  test.each(Object.entries(kept))('%s is found', { timeout: 36_000_000 }, (bug, seed) => {
    if (isLong) {
      expect(firstViolation({ ...group, bug }, checkers, WITHIN)?.seed).toBe(seed);
    }
    const { violation } = tryHostile({ ...group, bug, seed: String(seed) }, checkers);
    expect(violation).not.toBe(null);
  });

  test.each(Object.entries(byHistory))('%s is seen in the history alone', (bug, seed) => {
    const { history, facts } = simulate(hostile({ ...group, bug, seed: String(seed) }));
    expect(checkers.map((checker) => checker.check(history, facts).verdict)).toContain('fail');
  });
}
