/**
 * Raft under random faults, for searches over many seeds: the nemesis with all that it can do,
 * within its budget and beyond it, and sharp profiles that go for one kind of mistake.
 */
import crash from '../../src/faults/crash.ts';
import partition from '../../src/faults/partition.ts';
import raft from '../../src/nodes/consensus/raft/index.ts';
import { policy as retry } from '../../src/nodes/traffic/retry/index.ts';
import { policy as timeout } from '../../src/nodes/traffic/timeout/index.ts';
import { moves } from '../../src/scenarios/nemesis/repertoire.ts';
import type { FaultSpec, NemesisSpec, Scenario } from '../../src/scenarios/scenario.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import type { Random } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import register from '../../src/workloads/register.ts';
import { allFaults } from './all-faults.ts';
import { echoes, slowLeaders } from './sharp-strikes.ts';
import { stamping } from './stamping.ts';
import { strikeOf } from './strikes.ts';

/**
 * What the faults are like.
 * - `full`: the nemesis, with all that it can do within its budget, a swarm of its own each seed.
 * - `beyond`: the nemesis beyond its budget: the disks of more and more members are lost.
 * - `figure-8`: the leader is cut off or crashes every 80 ms, which is what it takes to have
 *   entries of old terms on a majority (Ongaro & Ousterhout 2014, Figure 8).
 * - `power-cuts`: slow disks, and crashes of several nodes that are over at once, so that what was
 *   not yet durable is missed.
 * - `split-votes`: narrow timeouts on a network of wide delays, and reboots in the midst of
 *   elections.
 * - `echoes`: what a leader and its followers said is doubled, and the copies come up to 1.6 s
 *   later, in another reign. The leader is cut off meanwhile by losing what is sent: a cut would
 *   take what is under way too. Its own clients go on asking, so that its log grows a tail.
 * - `slow-disks`: disks slower than the network and than elections, leaders that replicate before
 *   they have written, and crashes in that window that tear what was being written: the torn end of
 *   the log is read back at once.
 *
 * In the last two, clients ask one server more than the others, whether or not it answers, wait for
 * three seconds, and ask again on the way.
 */
export type Profile =
  | 'full'
  | 'beyond'
  | 'figure-8'
  | 'power-cuts'
  | 'split-votes'
  | 'echoes'
  | 'slow-disks';

export interface NemesisOptions {
  readonly seed: string;
  readonly bug?: string | null;
  readonly seconds?: number;
  readonly profile?: Profile;
}

const params: { readonly [P in Profile]: { readonly [name: string]: unknown } } = {
  full: {},
  beyond: {},
  'figure-8': { 'batch-entries': 1, 'pre-vote': false, 'check-quorum': false },
  'power-cuts': { 'pre-vote': false },
  'split-votes': {
    'pre-vote': false,
    'check-quorum': false,
    'election-timeout': { minMs: 150, maxMs: 165 },
  },
  echoes: { 'pre-vote': false, 'check-quorum': false },
  'slow-disks': { 'pre-vote': false, 'check-quorum': false, 'parallel-write': true },
};
const syncMs: { readonly [P in Profile]: readonly number[] } = {
  full: [1, 8, 30],
  beyond: [1, 8],
  'figure-8': [1],
  'power-cuts': [30, 60],
  'split-votes': [0.3],
  echoes: [0.3, 5],
  'slow-disks': [20, 60],
};

/** `seconds` (20) under the faults of a profile (`full`), five nodes and five clients. */
export function raftUnderNemesis(options: NemesisOptions): Scenario {
  const { seed, bug = null, seconds = 20, profile = 'full' } = options;
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
        // Raft alone reads no clock that a fault can set.
        system: stamping(raft),
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
        ...(isUneven(profile) ? uneven(nodes) : {}),
        startUs: 0,
        stopUs: durationUs,
        operationsMax: Infinity,
      },
    ],
    faults: drawFaults(random, profile, nodes, durationUs),
    nemeses: profile === 'full' || profile === 'beyond' ? [nemesisOf(profile, nodes)] : [],
    expect: [],
    drawn: [],
  };
}

const isUneven = (profile: Profile) => profile === 'echoes' || profile === 'slow-disks';

/** Three of five clients ask the first server, and all ask again what was not answered. */
function uneven(nodes: readonly string[]) {
  const [first = '', ...rest] = nodes;
  const again = { attempts: 4, idempotent: ['*'], wait: 20, 'wait-max': 200 };
  return {
    pinned: [first, first, first, ...rest.slice(0, 2)],
    timeoutUs: 3_000_000,
    pace: { kind: 'open', arrivals: 'poisson', perSecond: 60 } as const,
    calls: new Map([
      [
        'kv',
        [
          { policy: retry, params: defaultsOf(retry.params, again) },
          { policy: timeout, params: defaultsOf(timeout.params, { after: 250 }) },
        ],
      ],
    ]),
  };
}

/** What Raft claims to survive: all but the loss of disks. */
const harmless = [...moves.values()].filter(({ copies }) => copies !== true);

/** The kinds of faults that `full` strikes with. */
export const KINDS: readonly string[] = [...new Set(harmless.flatMap(({ faults }) => faults))];

/** With the settings of `nemesis:` in a scenario, but for the times, which suit a short run. */
function nemesisOf(profile: 'full' | 'beyond', nodes: readonly string[]): NemesisSpec {
  const beyond = profile === 'beyond';
  return {
    name: 'nemesis',
    of: nodes,
    atUs: 500_000,
    untilUs: null,
    moves: beyond ? ['amnesia'] : harmless.map(({ name }) => name),
    faults: allFaults,
    betweenUs: 400_000,
    lastsUs: beyond ? 100_000 : 600_000,
    quietUs: 20_000,
    calm: 0.2,
    swarm: !beyond,
    beyond,
    budgets: [{ group: 'kv', members: nodes, down: 2, copies: 0, clockMs: 500 }],
    loads: ['load'],
    position: null,
  };
}

function drawFaults(
  random: Random,
  profile: Profile,
  nodes: readonly string[],
  durationUs: number,
): FaultSpec[] {
  const crashOf = (whom: number | string, i: number, atUs: number, forUs: number) =>
    strikeOf({ fault: crash, params: { nodes: whom }, atUs, forUs }, i, nodes);
  switch (profile) {
    case 'full':
    case 'beyond':
      return [];
    case 'figure-8':
      return Array.from({ length: Math.floor((durationUs - 1_500_000) / 80_000) }, (_, i) => {
        const isCrash = random.chance(0.1);
        const fault: AnyFault = isCrash ? crash : partition;
        const params = isCrash
          ? { nodes: 'leader' }
          : { isolate: 'leader', with: random.int(0, 1) };
        const forUs = random.int(100_000, 300_000);
        return strikeOf({ fault, params, atUs: 500_000 + 80_000 * i, forUs }, i, nodes);
      });
    case 'split-votes':
      return Array.from({ length: 25 }, (_, i) => 500_000 + i * 400_000).flatMap((atUs, i) => [
        crashOf('leader', 10 * i, atUs, 120_000),
        ...Array.from({ length: 6 }, (_, k) => {
          const whenUs = atUs + random.int(150_000, 230_000);
          const whom = random.int(2, 3);
          return crashOf(whom, 10 * i + k + 1, whenUs, random.int(200, 3_000));
        }),
      ]);
    case 'echoes':
      return echoes(random, nodes, durationUs);
    case 'slow-disks':
      return slowLeaders(random, nodes, durationUs);
    case 'power-cuts':
      return Array.from({ length: 60 }, (_, i) => {
        const whom = random.pick<number | string>([1, 1, 2, 'majority', 'all']);
        const atUs = random.int(100_000, durationUs - 1_000_000);
        return crashOf(whom, i, atUs, random.int(2_000, 40_000));
      });
  }
}
