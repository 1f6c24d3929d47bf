/** A store with a master for each record in a hostile world, as its searches have it. */
import linearizable from '../../src/checks/linearizable/index.ts';
import system from '../../src/nodes/data/record-master/index.ts';
import register from '../../src/workloads/register.ts';
import type { HostileOptions } from '../support/hostile.ts';

/** Reads go to the master: then each record is linearizable, however its master moves. */
export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  members: (random) => random.pick([3, 5]),
  workload: register,
  load: { keys: 3 },
  retried: ['read', 'write', 'cas'],
  params: (random) => ({
    reads: 'latest',
    'move-after': random.pick([1, 2, 3]),
    'resend-after': random.pick([50, 200]),
  }),
};

export const checkers = [linearizable];

/** The first seed that shows each bug. */
export const kept: { readonly [bug: string]: number } = { 'two-masters': 1 };
