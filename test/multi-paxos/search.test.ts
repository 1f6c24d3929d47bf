/** Multi-Paxos in a hostile world: linearizable on every seed, and its bugs are found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group } from './group.ts';

searchTests({
  group,
  checkers,
  kept: {
    'gap-skipped': 72,
    'promise-latest-slot-only': 5,
    'lease-without-wait': 52,
    'local-reads': 2,
    'promise-not-durable': 6,
    'ack-before-durable': 12,
    'own-value-always': 2,
    'chosen-by-index': 6,
    'change-at-once': 5,
    'change-without-prepare': 5,
    'lease-survives-transfer': 341,
    'snapshot-without-sessions': 177,
    'no-dedup': 3,
  },
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
