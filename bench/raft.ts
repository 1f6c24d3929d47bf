/**
 * Five-node Raft under 50 closed-loop clients that write and read over a network of 1 ms: messages
 * delivered per CPU second of the whole run, clients, history, trace rows and digests included.
 * With `handlers` instead of a length, a profile is taken: `share` is that of the code of Raft.
 */
import raft from '../src/nodes/consensus/raft/index.ts';
import { build } from '../src/scenarios/run/build.ts';
import type { Scenario } from '../src/scenarios/scenario.ts';
import { constant } from '../src/sim/distribution.ts';
import { defaultsOf } from '../src/sim/params.ts';
import register from '../src/workloads/register.ts';
import { cpuNs, report } from './measure.ts';
import { shareOf } from './profile.ts';

const nodes = ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'];
const clients = Array.from({ length: 50 }, (_, i) => `load-${i + 1}`);
const handlers = process.argv[2] === 'handlers';
const seconds = handlers ? 20 : Number(process.argv[2] ?? 20);

const scenario: Scenario = {
  name: 'bench-raft',
  summary: '',
  file: null,
  canonical: '',
  seed: '1',
  durationUs: seconds * 1_000_000,
  groups: [
    {
      name: 'kv',
      kind: 'raft',
      system: raft,
      params: defaultsOf(raft.params),
      nodes,
      regions: nodes.map(() => null),
      bug: null,
      disk: { sync: constant(0.5) },
      cpuMessageUs: 0,
      clock: { offsetUs: 0, driftPpm: 0 },
      calls: new Map(),
    },
  ],
  network: {
    latency: { kind: 'lognormal', median: 1, p99: 3 },
    loss: 0,
    duplicate: 0,
    reorder: 0,
    links: [],
  },
  loads: [
    {
      name: 'load',
      workload: register,
      params: defaultsOf(register.params),
      clients,
      target: 'kv',
      targets: nodes,
      pinned: clients.map((_, i) => nodes[i % nodes.length] as string),
      timeoutUs: 1_000_000,
      pace: { kind: 'closed', think: constant(0) },
      startUs: 0,
      stopUs: seconds * 1_000_000,
      operationsMax: Infinity,
    },
  ],
  faults: [],
  expect: [],
  drawn: [],
};

const { world } = build(scenario);
world.run(2_000_000);
const [delivered, operations] = [world.recorder.delivered, world.recorder.operations.length];
const start = cpuNs();
const run = () => world.run(scenario.durationUs);
const share = handlers ? shareOf('src/nodes/consensus/raft/', run) : null;
if (!handlers) run();
report({
  name: 'raft',
  events: world.recorder.delivered - delivered,
  cpuNs: cpuNs() - start,
  ...(share === null ? {} : { share }),
  operations: world.recorder.operations.length - operations,
  popped: world.events,
});
