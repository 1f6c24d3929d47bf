/** Replicated registers in a hostile world: linearizable on every seed, and every bug is found. */
import { expect } from 'vitest';
import linearizable from '../../src/checks/linearizable/index.ts';
import system from '../../src/nodes/consensus/quorum-register/index.ts';
import register from '../../src/workloads/register.ts';
import { searchTests } from '../support/hostile-tests.ts';

searchTests({
  group: {
    system,
    workload: register,
    load: { keys: 2, cas: 0 },
    params: (random) => ({
      patience: random.pick([150, 1000]),
      'write-back': random.pick(['always', 'needed']),
    }),
  },
  checkers: [linearizable],
  kept: {
    'no-write-back': 23,
    'minority-quorum': 1,
    'no-writer-in-stamp': 1,
    'stamp-in-memory': 215,
    'ack-before-durable': 14,
    'count-doubles': 11,
  },
  seeds: 4,
  enough: (outcomes) => {
    const operations = outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    expect(operations / outcomes.length).toBeGreaterThan(250);
  },
});
