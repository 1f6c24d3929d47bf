/** A replicated log in a hostile world: its logs are right on every seed, and its bugs are found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group } from './group.ts';

searchTests({
  group,
  checkers,
  kept: {
    'truncate-to-high-water': 1,
    'read-uncommitted': 10,
    'ack-before-sync': 12,
    'unclean-election': 10,
    'forget-producers': 19,
  },
  seeds: 12,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(100);
    const noted = (label: string) => outcomes.filter((outcome) => outcome.noted.has(label)).length;
    expect(noted('truncates')).toBeGreaterThan(0);
  },
});
