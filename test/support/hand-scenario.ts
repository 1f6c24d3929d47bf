/**
 * A scenario without a file, for tests of what reads one: five nodes `kv-1`..., one register load,
 * 10 s.
 */

import type { Expectation, LoadSpec, Scenario } from '../../src/scenarios/scenario.ts';
import { constant } from '../../src/sim/distribution.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { type DurationRange, defineParams } from '../../src/sim/params.ts';
import { defineSystem } from '../../src/sim/system.ts';
import register from '../../src/workloads/register.ts';

const system = defineSystem({
  name: 'nothing',
  title: 'Nothing',
  summary: 'Does nothing.',
  sources: [],
  answers: [register.asks],
  claims: [],
  params: defineParams({}),
  bugs: {},
  invariants: [],
  detectionMs: (given) => longestMs((given as HandParams)['election-timeout']),
  create: () => ({ start: () => undefined, receive: () => undefined }),
});

type HandParams = { readonly [name: string]: unknown };

function longestMs(given: unknown): number {
  return typeof given === 'number' ? given : ((given as DurationRange | undefined)?.maxMs ?? 0);
}

const load: LoadSpec = {
  name: 'load',
  workload: register,
  params: { keys: 5, 'first-value': 1 },
  clients: ['load-1'],
  target: 'kv',
  targets: ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'],
  pinned: [null],
  timeoutUs: 100_000,
  pace: { kind: 'open', arrivals: 'poisson', perSecond: 100 },
  startUs: 0,
  stopUs: 10_000_000,
  operationsMax: Infinity,
};

export interface HandScenario {
  readonly expect?: readonly Expectation[];
  /** Parameters of the group: `{ 'election-timeout': ... }`. */
  readonly params?: { readonly [name: string]: unknown };
  readonly loads?: readonly LoadSpec[];
  readonly faults?: readonly AnyFault[];
}

export function handScenario({
  expect = [],
  params = {},
  loads = [load],
  faults = [],
}: HandScenario): Scenario {
  return {
    name: 'hand',
    summary: '',
    file: null,
    canonical: '',
    seed: '1',
    durationUs: 10_000_000,
    groups: [
      {
        name: 'kv',
        kind: 'nothing',
        system,
        params,
        nodes: load.targets,
        regions: load.targets.map(() => null),
        bug: null,
        disk: { sync: constant(0) },
        cpuMessageUs: 0,
        clock: { offsetUs: 0, driftPpm: 0 },
        calls: new Map(),
      },
    ],
    network: { latency: constant(1), loss: 0, duplicate: 0, reorder: 0, links: [] },
    loads,
    faults: faults.map((fault) => ({
      name: fault.name,
      fault,
      params: {},
      of: load.targets,
      atUs: 0,
      forUs: null,
      position: null,
    })),
    expect,
    drawn: [],
  };
}
