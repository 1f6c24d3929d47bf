/** Replicated registers in a hostile world, as their searches have it. */
import linearizable from '../../src/checks/linearizable/index.ts';
import system from '../../src/nodes/consensus/quorum-register/index.ts';
import register from '../../src/workloads/register.ts';
import type { HostileOptions } from '../support/hostile.ts';

export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  workload: register,
  load: { keys: 2, cas: 0 },
  params: (random) => ({
    patience: random.pick([150, 1000]),
    'write-back': random.pick(['always', 'needed']),
  }),
};

export const checkers = [linearizable];
