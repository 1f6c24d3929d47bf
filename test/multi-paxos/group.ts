/** Multi-Paxos in a hostile world, as its searches have it. */
import linearizable from '../../src/checks/linearizable/index.ts';
import system from '../../src/nodes/consensus/multi-paxos/index.ts';
import type { Random } from '../../src/sim/node.ts';
import register from '../../src/workloads/register.ts';
import type { HostileOptions, Told } from '../support/hostile.ts';

export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  members: (random) => random.pick([3, 5]),
  workload: register,
  load: { keys: 2 },
  // Without a lease they would only make the queue longer.
  readers: ({ lease }) => (lease === 0 ? null : { keys: 2, reads: 1, writes: 0, cas: 0 }),
  // A lease bears no clock at a wrong pace; that is its one assumption.
  without: ['clock-drift', 'ntp-step'],
  retried: ['read', 'write', 'cas'],
  operator: {
    spares: 2,
    tells: (random, members) =>
      random.pick<() => Told>([
        () => ({ command: 'transfer', given: {} }),
        () => ({ command: 'add', given: { server: [random.pick(members)] } }),
        () => ({ command: 'remove', given: { server: [random.pick(members)] } }),
        () => ({ command: 'change', given: { voters: someOf(random, members) } }),
      ])(),
    last: (initial) => ({ command: 'change', given: { voters: initial } }),
  },
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

/** A set of voters, mostly most of them. */
function someOf(random: Random, members: readonly string[]): readonly string[] {
  return random.shuffle(members).slice(0, random.int(2, members.length));
}

export const checkers = [linearizable];

/** The first seed that shows each bug. */
export const kept: { readonly [bug: string]: number } = {
  'gap-skipped': 32,
  'promise-latest-slot-only': 5,
  'lease-without-wait': 52,
  'local-reads': 2,
  'promise-not-durable': 39,
  'ack-before-durable': 36,
  'own-value-always': 2,
  'chosen-by-index': 5,
  'change-at-once': 118,
  'change-without-prepare': 226,
  'lease-survives-transfer': 341,
  'snapshot-without-sessions': 246,
  'no-dedup': 3,
};
