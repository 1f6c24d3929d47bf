/** Multi-Paxos in a hostile world, as its searches have it. */
import linearizable from '../../src/checks/linearizable/index.ts';
import system from '../../src/nodes/consensus/multi-paxos/index.ts';
import register from '../../src/workloads/register.ts';
import type { HostileOptions } from '../support/hostile.ts';

export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  members: (random) => random.pick([3, 5]),
  workload: register,
  load: { keys: 2 },
  // A lease bears no clock at a wrong pace; that is its one assumption.
  without: ['clock-drift', 'ntp-step'],
  retried: ['read', 'write', 'cas'],
  params: (random, syncMs) => ({
    lease: random.pick([0, 200, 1500, 1500]),
    'lease-drift': 0.001,
    window: random.pick([2, 8, 64]),
    // Longer than both phases take on these disks.
    'election-timeout': { minMs: 100 + 6 * syncMs, maxMs: 200 + 12 * syncMs },
    'stable-leader': random.chance(0.5),
    'snapshot-every': random.pick([10, 40, 10_000]),
    'snapshot-keep': random.pick([0, 5]),
    'learn-slots': random.pick([2, 200]),
  }),
};

export const checkers = [linearizable];
