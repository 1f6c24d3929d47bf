/** A master for each record in a hostile world: linearizable at the masters, and its bug is found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group, kept } from './group.ts';

searchTests({
  group,
  checkers,
  kept,
  // Reads go to the master here: no read is critical.
  byHand: ['read-critical-ignores-version'],
  seeds: 8,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(100);
    const noted = (label: string) => outcomes.filter((outcome) => outcome.noted.has(label)).length;
    expect(noted('hands over')).toBeGreaterThan(4);
  },
});
