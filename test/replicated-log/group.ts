/** A replicated log in a hostile world, as its searches have it. */
import log from '../../src/checks/log/index.ts';
import system from '../../src/nodes/consensus/replicated-log/index.ts';
import workload from '../../src/workloads/log.ts';
import type { HostileOptions } from '../support/hostile.ts';

export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  members: (random) => random.pick([3, 5]),
  workload,
  load: { keys: 2 },
  retried: ['send', 'poll', 'commit'],
  params: (random, syncMs) => ({
    // Longer than a fetch and a vote take on these disks.
    'election-timeout': { minMs: 150 + 6 * syncMs, maxMs: 300 + 12 * syncMs },
    'fetch-wait': random.pick([20, 100]),
    'fetch-records': random.pick([1, 5, 500]),
    reads: random.pick(['leader', 'any']),
  }),
};

export const checkers = [log];

/** The first seed that shows each bug. */
export const kept: { readonly [bug: string]: number } = {
  'truncate-to-high-water': 1,
  'read-uncommitted': 10,
  'ack-before-sync': 12,
  'unclean-election': 10,
  'forget-producers': 19,
};
