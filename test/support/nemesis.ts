/**
 * Random schedules of faults over a Raft cluster, drawn from a seed: partitions, crashes, loss,
 * duplication and slow links that overlap as they please, at any time one that hits the leader. For
 * searches over many seeds.
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

export interface NemesisOptions {
  readonly seed: string;
  readonly bug?: string | null;
  readonly seconds?: number;
  readonly params?: { readonly [name: string]: unknown };
  /**
   * Further nodes to crash together: more than a minority is beyond what Raft promises to live
   * through.
   */
  readonly faults?: number;
}

/** A scenario of `seconds` (12) with `faults` (10) random faults, five nodes and five clients. */
export function raftUnderNemesis(options: NemesisOptions): Scenario {
  const { seed, bug = null, seconds = 12, faults = 10 } = options;
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
        params: { ...defaultsOf(raft.params), ...options.params },
        nodes,
        regions: nodes.map(() => null),
        bug,
        disk: { sync: { kind: 'exponential', mean: random.pick([1, 8, 30]), min: 0.2 } },
        cpuMessageUs: 0,
        clock: { offsetUs: 0, driftPpm: 0 },
        calls: new Map(),
      },
    ],
    network: {
      latency: { kind: 'lognormal', median: 2, p99: 12 },
      loss: random.chance(0.5) ? 0.01 : 0,
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
    faults: Array.from({ length: faults }, (_, i) => drawFault(random, i, nodes, durationUs)),
    expect: [],
    drawn: [],
  };
}

function drawFault(
  random: Random,
  i: number,
  nodes: readonly string[],
  durationUs: number,
): FaultSpec {
  const [fault, params] = drawKind(random);
  // A crash that is over at once finds the writes of this moment not yet durable, and the election
  // still on.
  const quick = fault === crash && random.chance(0.6);
  return {
    name: `${fault.name}-${i + 1}`,
    fault,
    params: defaultsOf(fault.params, params),
    of: nodes,
    atUs: random.int(500_000, durationUs - 1_500_000),
    forUs: quick ? random.int(2_000, 60_000) : random.int(300_000, 2_500_000),
    position: null,
  };
}

function drawKind(random: Random): [AnyFault, { [name: string]: unknown }] {
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
