// A refusal that says "did not happen" is believed wherever services stand between client and store.
import { expect, test } from 'vitest';
import linearizable from '../../src/checks/linearizable/index.ts';
import duplicate from '../../src/faults/duplicate.ts';
import register from '../../src/interfaces/register.ts';
import loadBalancer from '../../src/nodes/traffic/load-balancer/index.ts';
import type { FaultSpec, GroupSpec, Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { constant } from '../../src/sim/distribution.ts';
import type { Plain } from '../../src/sim/node.ts';
import { defaultsOf, defineParams } from '../../src/sim/params.ts';
import type { Request } from '../../src/sim/rpc.ts';
import { serve } from '../../src/sim/service.ts';
import { defineSystem } from '../../src/sim/system.ts';
import { raftUnder } from '../support/raft-scenario.ts';

/** One store in memory: a service with room for few requests, which refuses the others for good. */
const store = defineSystem({
  name: 'store',
  title: 'Store',
  summary: 'Registers in memory, behind a short queue.',
  sources: [],
  answers: [register],
  claims: [],
  params: defineParams({}),
  bugs: {},
  invariants: [],
  create: (_params, place) => {
    const values = new Map<string, Plain>();
    const handle = (request: Request) => {
      const { type, key, value, from, to } = request as Request & { [field: string]: Plain } & {
        key: string;
      };
      const old = values.get(key) ?? null;
      if (type === 'read') return { type: 'read_ok', value: old };
      if (type === 'cas' && old !== from) return { type: 'error', code: 'precondition-failed' };
      values.set(key, (type === 'cas' ? to : value) ?? null);
      return { type: `${type}_ok` };
    };
    const serviceTime = { kind: 'exponential', mean: 8, min: 0 } as const;
    return serve({ handle: (_ctx, request) => handle(request) }, place, {
      concurrency: 1,
      queue: 1,
      serviceTime,
    });
  },
});

const DOUBLING: FaultSpec = {
  name: 'doubling',
  fault: duplicate,
  params: defaultsOf(duplicate.params, { ratio: 0.05 }),
  of: ['lb', 'store'],
  atUs: 0,
  forUs: null,
  position: null,
};

function behindBalancer(seed: string, by: 'network' | 'fault'): Scenario {
  const scenario = raftUnder([], { seconds: 5, seed, pinned: ['lb', 'lb', 'lb', 'lb', 'lb'] });
  const [kv] = scenario.groups as [GroupSpec];
  const group = (name: string, system: GroupSpec['system'], params: object): GroupSpec => ({
    ...kv,
    name,
    kind: system.name,
    system,
    params: { ...params },
    nodes: [name],
    regions: [null],
    disk: { sync: constant(0) },
  });
  const params = defaultsOf(loadBalancer.params, { targets: ['store'], attempts: 1 });
  return {
    ...scenario,
    groups: [group('lb', loadBalancer, params), group('store', store, {})],
    network: { ...scenario.network, duplicate: by === 'network' ? 0.05 : 0 },
    faults: by === 'network' ? [] : [DOUBLING],
    loads: scenario.loads.map((load) => ({ ...load, target: 'lb', targets: ['lb'] })),
  };
}

test.each(['network', 'fault'] as const)(
  'a queue that is full refuses a request, and no copy of it is executed later: %s',
  (by) => {
    for (let seed = 1; seed <= 10; seed++) {
      const { history, facts } = simulate(behindBalancer(String(seed), by));
      expect(history.filter(({ error }) => error === 'overloaded').length).toBeGreaterThan(20);
      expect(linearizable.check(history, facts).verdict).toBe('pass');
    }
  },
);
