/** A store on a log in a hostile world: nothing is lost on any seed, and its bugs are found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group, kept } from './group.ts';

searchTests({
  group,
  checkers,
  kept,
  seeds: 12,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(100);
    const noted = (label: string) => outcomes.filter((outcome) => outcome.noted.has(label)).length;
    expect(noted('corrupt')).toBeGreaterThan(0);
    expect(noted('cuts torn record')).toBeGreaterThan(0);
  },
});
