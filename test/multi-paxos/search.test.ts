/** Multi-Paxos in a hostile world: linearizable on every seed, and its bugs are found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group, kept } from './group.ts';

searchTests({
  group,
  checkers,
  kept,
  byHistory: { 'promise-latest-slot-only': 6, 'lease-without-wait': 52 },
  seeds: 6,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(100);
    const noted = (label: string) => outcomes.filter((outcome) => outcome.noted.has(label)).length;
    for (const label of ['installs snapshot', 'configuration', 'hands over']) {
      expect(noted(label)).toBeGreaterThan(0);
    }
  },
});
