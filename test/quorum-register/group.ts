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

/** The first seed that shows each bug. */
export const kept: { readonly [bug: string]: number } = {
  'no-write-back': 14,
  'minority-quorum': 2,
  'no-writer-in-stamp': 1,
  'stamp-in-memory': 285,
  'ack-before-durable': 14,
  'count-doubles': 3,
};
