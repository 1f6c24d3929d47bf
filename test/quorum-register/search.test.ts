/** Replicated registers in a hostile world: linearizable on every seed, and every bug is found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group, kept } from './group.ts';

searchTests({
  group,
  checkers,
  kept,
  seeds: 4,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(250);
  },
});
