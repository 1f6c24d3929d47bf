/** A store on a log in a hostile world, as its searches have it. */
import linearizable from '../../src/checks/linearizable/index.ts';
import corruptDisk from '../../src/faults/corrupt-disk.ts';
import crash from '../../src/faults/crash.ts';
import fsyncError from '../../src/faults/fsync-error.ts';
import tornWrite from '../../src/faults/torn-write.ts';
import system from '../../src/nodes/consensus/log-store/index.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import workload from '../../src/workloads/register.ts';
import type { HostileOptions } from '../support/hostile.ts';

const MS = 1000;

export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  members: 1,
  workload,
  load: { keys: 2 },
  readers: () => ({ keys: 2, 'first-value': 1_000_000 }),
  retried: ['read'],
  params: (random) => ({
    'group-commit': random.chance(0.5),
    segment: random.pick([200, 1000]),
    'snapshot-every': random.pick([5, 20, 10_000]),
    'snapshot-time': random.pick([20, 100]),
    recover: random.pick(['stop', 'point-in-time']),
  }),
  // Each strike ends with a power cut, since a store reads its log when it boots. Records rot only
  // under a store that stops for it: to go back behind them loses what was acknowledged.
  struck: (random, nodes, { recover }) =>
    Array.from({ length: 12 }, () => {
      const atUs = random.int(500 * MS, 6500 * MS);
      const rots = recover === 'stop' && random.chance(0.5);
      const fault = rots ? corruptDisk : random.pick<AnyFault>([fsyncError, tornWrite]);
      const params = rots ? { ratio: 0.05, what: 'logs', undetected: random.chance(0.5) } : {};
      const boots = { fault: crash, params: { nodes }, forUs: 20 * MS };
      return [
        { fault, params: { nodes, ...params }, atUs, forUs: 100 * MS },
        { ...boots, atUs: atUs + 50 * MS },
        { ...boots, atUs: atUs + 150 * MS },
      ];
    }).flat(),
};

export const checkers = [linearizable];

/** The first seed that shows each bug. */
export const kept: { readonly [bug: string]: number } = {
  'ack-before-sync': 1,
  'no-checksum': 60,
  'replay-past-hole': 6,
  'drop-segment-early': 15,
  'retry-fsync': 2,
};
