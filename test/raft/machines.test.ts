// Raft and Multi-Paxos over each of their machines, under crashes, partitions and doubled messages, judged by models.
import { describe, expect, test } from 'vitest';
import { checkLinearizable } from '../../src/checks/linearizable/index.ts';
import { coordination } from '../../src/checks/models/coordination.ts';
import { counter } from '../../src/checks/models/counter.ts';
import { fencingLock } from '../../src/checks/models/fencing-lock.ts';
import { ids } from '../../src/checks/models/ids.ts';
import { queue } from '../../src/checks/models/queue.ts';
import type { SearchModel } from '../../src/checks/search/call.ts';
import crash from '../../src/faults/crash.ts';
import partition from '../../src/faults/partition.ts';
import lock from '../../src/interfaces/lock.ts';
import register from '../../src/interfaces/register.ts';
import multiPaxos from '../../src/nodes/consensus/multi-paxos/index.ts';
import raft from '../../src/nodes/consensus/raft/index.ts';
import { answersOfMachines, type MachineName } from '../../src/nodes/parts/machines/kinds.ts';
import { answersOf, strangerTo } from '../../src/scenarios/sections/answers.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain, Random } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import type { AnySystem } from '../../src/sim/system.ts';
import type { AnyWorkload, Generator, Invocation } from '../../src/workloads/workload.ts';
import { runLaidOver, violatedIn } from '../support/laid-over.ts';
import { raftUnder, type StrikeSketch } from '../support/raft-scenario.ts';

type Asked = {
  readonly f: string;
  readonly key?: string;
  readonly input?: Plain;
  readonly fields?: object;
};

const asked = ({ f, key, input = null, fields }: Asked): Invocation => ({
  f,
  key: key ?? null,
  input,
  request: { type: f, ...(key === undefined ? {} : { key }), ...fields },
});

/** Whoever holds a lock releases it. There is a new lock now and then: a holder may be gone. */
function lockGenerator(): Generator {
  let count = 0;
  const held = new Map<number, { key: string; token: number }>();
  return {
    next(process) {
      const mine = held.get(process);
      if (mine === undefined) return asked({ f: 'acquire', key: `l${Math.floor(count++ / 8)}` });
      return asked({ f: 'release', key: mine.key, fields: { token: mine.token } });
    },
    heard(process, { f, key }, outcome, output) {
      held.delete(process);
      if (f === 'acquire' && outcome === 'ok')
        held.set(process, { key: key ?? '', token: output as number });
    },
    last: () => null,
  };
}

const endless = (next: (random: Random, count: number) => Asked) => (): Generator => {
  let count = 0;
  return { next: (_process, random) => asked(next(random, count++)), last: () => null };
};

interface Case {
  readonly model: SearchModel;
  readonly generator: () => Generator;
  readonly outputOf: (f: string, reply: { readonly [field: string]: Plain }) => Plain;
}

const cases: { readonly [name in Exclude<MachineName, 'registers' | 'decisions'>]: Case } = {
  locks: {
    model: fencingLock,
    generator: lockGenerator,
    outputOf: (_f, { token }) => token ?? null,
  },
  queue: {
    model: queue,
    generator: endless((random, count) =>
      random.chance(0.5)
        ? { f: 'enqueue', input: count, fields: { value: count } }
        : { f: 'dequeue' },
    ),
    outputOf: (f, { value }) => (f === 'dequeue' ? (value ?? null) : null),
  },
  ids: {
    model: ids,
    generator: endless(() => ({ f: 'generate' })),
    outputOf: (_f, { value }) => value ?? null,
  },
  counter: {
    model: counter,
    generator: endless((random, count) =>
      random.chance(0.5)
        ? { f: 'read' }
        : { f: 'add', input: 1 + (count % 3), fields: { delta: 1 + (count % 3) } },
    ),
    outputOf: (_f, { value }) => value ?? null,
  },
  coordination: {
    model: coordination,
    generator: endless((random, count) => {
      const key = random.pick(['a', 'b']);
      const path = `/${key}`;
      return random.pick<Asked>([
        { f: 'create', key, input: count, fields: { path, value: count } },
        { f: 'set', key, input: [count, null], fields: { path, value: count } },
        { f: 'delete', key, fields: { path } },
        { f: 'get', key, fields: { path } },
        { f: 'exists', key, fields: { path } },
      ]);
    }),
    outputOf(f, { value, version }) {
      if (f === 'get') return [value ?? null, version ?? null];
      return f === 'create' ? 0 : (version ?? null);
    },
  },
};

function strike(
  fault: StrikeSketch['fault'],
  params: object,
  fromS: number,
  forS: number,
): StrikeSketch {
  return { fault, params: { ...params }, atUs: fromS * 1_000_000, forUs: forS * 1_000_000 };
}

const strikes = [
  strike(crash, { nodes: 'leader' }, 0.6, 0.3),
  strike(partition, { isolate: 'leader' }, 1.3, 0.6),
  strike(crash, { nodes: 'leader' }, 2.3, 0.2),
];

/** A client each: with more, the order of a queue is a long search. */
const CLIENTS = ['kv-1', 'kv-2', 'kv-3'];

function run(
  name: keyof typeof cases,
  system: AnySystem,
  seed: string,
  bug: string | null = null,
): History {
  const { generator, outputOf } = cases[name];
  const workload = {
    name,
    summary: '',
    params: {},
    asks: answersOfMachines[name][0],
    generator,
    outputOf: (f: string, reply: unknown) => outputOf(f, reply as { [field: string]: Plain }),
  } as unknown as AnyWorkload;
  const scenario = raftUnder(strikes, {
    seed,
    seconds: 3,
    pinned: CLIENTS,
    bug,
    system,
    params: { machine: name },
  });
  return simulate(
    {
      ...scenario,
      network: { ...scenario.network, duplicate: 0.05 },
      loads: scenario.loads.map((load) => ({ ...load, workload, params: defaultsOf({}) })),
    },
    { checkInvariants: true },
  ).history;
}

describe.each(Object.keys(cases) as (keyof typeof cases)[])('%s', (name) => {
  test.each([
    ['raft', '1', raft],
    ['raft', '2', raft],
    ['raft', '3', raft],
    ['multi-paxos', '1', multiPaxos],
    ['multi-paxos', '2', multiPaxos],
  ] as const)('are linearizable behind %s, seed %s', (_name, seed, system) => {
    const history = run(name, system, seed);
    expect(history.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(50);
    const result = checkLinearizable(history, cases[name].model);
    expect(result.verdict, result.summary).toBe('pass');
  });
});

test.each(['raft', 'multi-paxos'])('decisions behind %s: agreement on each key', async (kind) => {
  const file = 'src/nodes/consensus/paxos/example.yaml';
  const sets = [
    `nodes.kv={ kind: ${kind}, count: 5, machine: decisions, disk: { sync: 0.5ms } }`,
    'network.duplicate=5%',
    'faults=[{ at: 4s, for: 3s, partition: { of: kv, isolate: leader } }, { at: 10s, for: 2s, crash: leader }]',
    'expect=[agreement, availability >= 80%]',
  ];
  expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
});

test('forwards that are doubled count twice where repeats are not dropped', () => {
  const verdicts = ['1', '2', '3'].map((seed) => {
    return checkLinearizable(run('counter', raft, seed, 'no-dedup'), counter).verdict;
  });
  expect(verdicts).toContain('fail');
});

test('what a group answers is what its machine does', () => {
  const { groups } = raftUnder([], { params: { machine: 'locks' } });
  const nodes = groups.flatMap((group) => group.nodes);
  expect(answersOf(nodes, groups)).toEqual([lock]);
  expect(strangerTo(lock, nodes, groups)).toBe(null);
  expect(strangerTo(register, nodes, groups)).toMatchObject({ members: { group: { name: 'kv' } } });
});
