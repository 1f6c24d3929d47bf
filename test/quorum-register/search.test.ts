/** Replicated registers in a hostile world: linearizable on every seed, and every bug is found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group } from './group.ts';

searchTests({
  group,
  checkers,
  kept: {
    'no-write-back': 14,
    'minority-quorum': 2,
    'no-writer-in-stamp': 1,
    'stamp-in-memory': 285,
    'ack-before-durable': 14,
    'count-doubles': 3,
  },
  seeds: 4,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(250);
  },
});
