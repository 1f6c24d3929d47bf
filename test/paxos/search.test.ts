/** Paxos in a hostile world: one value a key on every seed, and every bug is found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group, kept } from './group.ts';

searchTests({
  group,
  checkers,
  kept,
  byHistory: {
    'promise-not-durable': 43,
    'accept-below-promise': 1,
    'own-value-always': 3,
    'count-value-across-ballots': 271,
  },
  seeds: 4,
  enough: (outcomes) => {
    const answers = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(answers / outcomes.length).toBeGreaterThan(80);
  },
});
