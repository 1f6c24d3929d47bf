/** Viewstamped Replication in a hostile world, as its searches have it. */
import linearizable from '../../src/checks/linearizable/index.ts';
import system from '../../src/nodes/consensus/viewstamped/index.ts';
import register from '../../src/workloads/register.ts';
import type { HostileOptions } from '../support/hostile.ts';

export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  members: (random) => random.pick([3, 5]),
  workload: register,
  load: { keys: 2 },
  retried: ['read', 'write', 'cas'],
  params: (random, syncMs) => ({
    'checkpoint-every': random.pick([5, 20, 10_000]),
    'checkpoint-keep': random.pick([0, 5]),
    // Longer than a view change takes on these disks.
    'view-timeout': { minMs: 100 + 6 * syncMs, maxMs: 200 + 12 * syncMs },
    heartbeat: 30,
  }),
};

export const checkers = [linearizable];

/** The first seed that shows each bug. */
export const kept: { readonly [bug: string]: number } = {
  'longest-log': 68,
  'too-few-logs': 2,
  'prepares-in-view-change': 245,
  'acks-gaps': 1,
  'ack-before-durable': 12,
  'forget-view': 29,
  'suffix-by-length': 11,
  'checkpoint-without-sessions': 170,
  'no-dedup': 1,
};
