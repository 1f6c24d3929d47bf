/**
 * Random schedules of faults over a Raft cluster, drawn from a seed: partitions, crashes, loss,
 * duplication and slow links that overlap as they please. For searches over many seeds.
 */
import crash from '../../src/faults/crash.ts';
import duplicate from '../../src/faults/duplicate.ts';
import latency from '../../src/faults/latency.ts';
import loss from '../../src/faults/loss.ts';
import partition from '../../src/faults/partition.ts';
import reorder from '../../src/faults/reorder.ts';
import raft from '../../src/nodes/consensus/raft/index.ts';
import type { FaultSpec, Scenario } from '../../src/scenarios/scenario.ts';
import { constant } from '../../src/sim/distribution.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import type { Random } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import register from '../../src/workloads/register.ts';

/**
 * What the faults are like.
 * - `mixed`: ten faults of all kinds in twelve seconds.
 * - `figure-8`: the leader is cut off or crashes every 80 ms, which is what it takes to have
 *   entries of old terms on a majority (Ongaro & Ousterhout 2014, Figure 8).
 * - `power-cuts`: slow disks, and crashes of several nodes that are over at once, so that what was
 *   not yet durable is missed.
 * - `split-votes`: narrow timeouts on a network of wide delays, and reboots in the midst of
 *   elections.
 */
export type Profile = 'mixed' | 'figure-8' | 'power-cuts' | 'split-votes';

export interface NemesisOptions {
  readonly seed: string;
  readonly bug?: string | null;
  readonly seconds?: number;
  readonly profile?: Profile;
}

const params: { readonly [P in Profile]: { readonly [name: string]: unknown } } = {
  mixed: {},
  'figure-8': { 'batch-entries': 1, 'pre-vote': false, 'check-quorum': false },
  'power-cuts': { 'pre-vote': false },
  'split-votes': {
    'pre-vote': false,
    'check-quorum': false,
    'election-timeout': { minMs: 150, maxMs: 165 },
  },
};
const syncMs: { readonly [P in Profile]: readonly number[] } = {
  mixed: [1, 8, 30],
  'figure-8': [1],
  'power-cuts': [30, 60],
  'split-votes': [0.3],
};

/** `seconds` (12) under the faults of a profile (`mixed`), five nodes and five clients. */
export function raftUnderNemesis(options: NemesisOptions): Scenario {
  const { seed, bug = null, seconds = 12, profile = 'mixed' } = options;
  const random = new Streams(seed).get('nemesis');
  const nodes = ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'];
  const clients = nodes.map((_, i) => `load-${i + 1}`);
  const durationUs = seconds * 1_000_000;
  return {
    name: 'raft-under-nemesis',
    summary: '',
    file: null,
    canonical: '',
    seed,
    durationUs,
    groups: [
      {
        name: 'kv',
        kind: 'raft',
        system: raft,
        params: { ...defaultsOf(raft.params), ...params[profile] },
        nodes,
        regions: nodes.map(() => null),
        bug,
        disk: { sync: { kind: 'exponential', mean: random.pick(syncMs[profile]), min: 0.2 } },
        cpuMessageUs: 0,
        clock: { offsetUs: 0, driftPpm: 0 },
        calls: new Map(),
      },
    ],
    network: {
      latency: {
        kind: 'lognormal',
        median: profile === 'split-votes' ? 8 : 2,
        p99: profile === 'split-votes' ? 80 : 12,
      },
      loss: random.pick([0, 0.01]),
      duplicate: random.pick([0, 0.01, 0.2]),
      reorder: random.pick([0, 0.1]),
      links: [],
    },
    loads: [
      {
        name: 'load',
        workload: register,
        params: { ...defaultsOf(register.params), keys: 3 },
        clients,
        target: 'kv',
        targets: nodes,
        pinned: nodes,
        timeoutUs: 400_000,
        pace: { kind: 'closed', think: { kind: 'exponential', mean: 25, min: 0 } },
        startUs: 0,
        stopUs: durationUs,
        operationsMax: Infinity,
      },
    ],
    faults: drawFaults(random, profile, nodes, durationUs),
    expect: [],
    drawn: [],
  };
}

type Drawn = readonly [AnyFault, { readonly [name: string]: unknown }];

function drawFaults(
  random: Random,
  profile: Profile,
  nodes: readonly string[],
  durationUs: number,
): FaultSpec[] {
  switch (profile) {
    case 'mixed':
      return Array.from({ length: 10 }, (_, i) => {
        const drawn = drawKind(random);
        // A crash that is over at once finds the writes of this moment not yet durable.
        const quick = drawn[0] === crash && random.chance(0.6);
        const forUs = quick ? random.int(2_000, 60_000) : random.int(300_000, 2_500_000);
        return specOf(drawn, i, nodes, random.int(500_000, durationUs - 1_500_000), forUs);
      });
    case 'figure-8':
      return Array.from({ length: Math.floor((durationUs - 1_500_000) / 80_000) }, (_, i) => {
        const drawn: Drawn = random.chance(0.1)
          ? [crash, { nodes: 'leader' }]
          : [partition, { isolate: 'leader', with: random.int(0, 1) }];
        return specOf(drawn, i, nodes, 500_000 + 80_000 * i, random.int(100_000, 300_000));
      });
    case 'split-votes':
      return Array.from({ length: 25 }, (_, i) => 500_000 + i * 400_000).flatMap((atUs, i) => [
        specOf([crash, { nodes: 'leader' }], 10 * i, nodes, atUs, 120_000),
        ...Array.from({ length: 6 }, (_, k) => {
          const whenUs = atUs + random.int(150_000, 230_000);
          const drawn: Drawn = [crash, { nodes: random.int(2, 3) }];
          return specOf(drawn, 10 * i + k + 1, nodes, whenUs, random.int(200, 3_000));
        }),
      ]);
    case 'power-cuts':
      return Array.from({ length: 60 }, (_, i) => {
        const whom = random.pick<number | string>([1, 1, 2, 'majority', 'all']);
        const atUs = random.int(100_000, durationUs - 1_000_000);
        return specOf([crash, { nodes: whom }], i, nodes, atUs, random.int(2_000, 40_000));
      });
  }
}

function specOf(
  [fault, given]: Drawn,
  i: number,
  nodes: readonly string[],
  atUs: number,
  forUs: number,
): FaultSpec {
  return {
    name: `${fault.name}-${i + 1}`,
    fault,
    params: defaultsOf(fault.params, given),
    of: nodes,
    atUs,
    forUs,
    position: null,
  };
}

function drawKind(random: Random): Drawn {
  switch (random.int(0, 9)) {
    case 0:
    case 1:
      return [partition, { isolate: 'leader', with: random.int(0, 1) }];
    case 2:
      return [partition, { halves: true }];
    case 3:
      return [partition, { isolate: 'one' }];
    case 4:
    case 5:
      return [crash, { nodes: 'leader' }];
    case 6:
      return [crash, { nodes: random.pick<number | string>([1, 2, 'majority', 'all']) }];
    case 7:
      return [loss, { nodes: 'all', ratio: random.between(0.02, 0.3) }];
    case 8:
      return random.chance(0.5)
        ? [duplicate, { nodes: 'all', ratio: 0.2 }]
        : [reorder, { nodes: 'all', ratio: 0.3 }];
    default:
      return [latency, { nodes: 'one', extra: constant(random.int(20, 200)) }];
  }
}
