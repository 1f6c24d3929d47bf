/** Paxos in a hostile world: one value a key on every seed, and every bug is found. */
import { expect } from 'vitest';
import { searchTests } from '../support/hostile-tests.ts';
import { checkers, group } from './group.ts';

searchTests({
  group,
  checkers,
  kept: {
    'promise-not-durable': 18,
    'accept-below-promise': 2,
    'own-value-always': 1,
    'commonest-value': 10,
    'count-value-across-ballots': 7,
    'reuse-ballot': 182,
    'quorums-apart': 1,
  },
  seeds: 4,
  enough: (outcomes) => {
    const answers = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(answers / outcomes.length).toBeGreaterThan(80);
  },
});
