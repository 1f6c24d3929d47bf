/** Multi-Paxos in a hostile world: linearizable on every seed, and its bugs are found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group } from './group.ts';

searchTests({
  group,
  checkers,
  kept: {
    'gap-skipped': 256,
    'promise-latest-slot-only': 4,
    'lease-without-wait': 206,
    'local-reads': 2,
    'ack-before-durable': 6,
    'own-value-always': 2,
    'chosen-by-index': 5,
    'snapshot-without-sessions': 323,
    'no-dedup': 4,
  },
  byHand: ['promise-not-durable'],
  seeds: 6,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(100);
    const noted = (label: string) => outcomes.filter((outcome) => outcome.noted.has(label)).length;
    expect(noted('installs snapshot')).toBeGreaterThan(0);
  },
});
