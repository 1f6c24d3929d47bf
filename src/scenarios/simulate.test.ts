// The phases of a run: what heals after chaos does so inside the run, and nothing strikes later.

import { expect, test } from 'vitest';
import { handScenario } from '../../test/support/hand-scenario.ts';
import type { Metric } from '../checks/checker.ts';
import { metrics } from '../checks/metrics/index.ts';
import crash from '../faults/crash.ts';
import partition from '../faults/partition.ts';
import register from '../interfaces/register.ts';
import type { AnyFault } from '../sim/fault.ts';
import { type Node, StorageError } from '../sim/node.ts';
import { defineParams } from '../sim/params.ts';
import { defineSystem } from '../sim/system.ts';
import type { FaultSpec, Scenario } from './scenario.ts';
import { type Interruption, simulate } from './simulate.ts';

const NODES = ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'];

/** The hand scenario with nodes of one's own making, and faults. */
function scenarioOf(create: (self: string) => Node, faults: readonly FaultSpec[]): Scenario {
  const hand = handScenario({});
  const system = defineSystem({
    name: 'hand',
    title: 'Hand',
    summary: 'Made by hand.',
    sources: [],
    answers: [register],
    claims: [],
    params: defineParams({}),
    bugs: {},
    invariants: [],
    create: (_params, { self }) => create(self),
  });
  const groups = hand.groups.map((group) => ({ ...group, system }));
  return { ...hand, groups, faults };
}

function faultAt(
  atUs: number,
  forUs: number | null,
  fault: AnyFault,
  params: FaultSpec['params'],
): FaultSpec {
  const position = { file: null, line: 1, column: 1 } as unknown as FaultSpec['position'];
  return { name: fault.name, fault, params, of: NODES, atUs, forUs, position };
}

const silent: Node = { start: () => undefined, receive: () => undefined };

test('a node that fails when it boots after chaos stops the run, and is named', () => {
  let lives = 0;
  const scenario = scenarioOf(
    (self) => ({
      ...silent,
      start() {
        if (self === 'kv-2' && ++lives > 1) throw new Error('cannot read my log');
      },
    }),
    [faultAt(9_000_000, 60_000_000, crash, { nodes: 'kv-2' })],
  );
  const { error, state } = simulate(scenario);
  expect(error).toMatchObject({ kind: 'handler', node: 'kv-2', message: 'cannot read my log' });
  expect(state).toBe('violated');
});

test('host globals are out of bounds for a node that boots after chaos, too', () => {
  let lives = 0;
  const scenario = scenarioOf(
    (self) => ({
      ...silent,
      start() {
        if (self === 'kv-2' && ++lives > 1) Math.random();
      },
    }),
    [faultAt(9_000_000, 60_000_000, crash, { nodes: 'kv-2' })],
  );
  expect(simulate(scenario).error).toMatchObject({ kind: 'host-global', node: 'kv-2' });
});

test('a fault that looks for its target when chaos ends does not strike afterwards', () => {
  let elected = false;
  const scenario = scenarioOf(
    (self) => ({
      ...silent,
      start: (ctx) => ctx.setTimer('win', 10_050),
      timeout() {
        elected = true;
      },
      inspect: () => ({ role: elected && self === 'kv-1' ? 'leader' : 'follower', term: 1 }),
    }),
    [
      faultAt(9_900_000, null, crash, { nodes: 'leader' }),
      faultAt(9_000_000, 60_000_000, partition, { isolate: 'leader', with: 0 }),
    ],
  );
  const { facts } = simulate(scenario);
  expect(facts.faults.map(({ injectedAtUs }) => injectedAtUs)).toEqual([null, null]);
  expect(facts.down).toEqual([]);
});

test('of a run stopped by its budget, no number is held against it', () => {
  const scenario: Scenario = {
    ...scenarioOf(() => silent, []),
    expect: [
      {
        kind: 'metric',
        text: 'operations >= 500',
        metric: metrics.get('operations') as Metric,
        args: [],
        comparison: '>=',
        value: 500,
        window: { when: 'run', of: null },
        position: null,
      },
    ],
  };
  expect(simulate(scenario).state).toBe('held');
  expect(simulate(scenario, { eventsMax: 300 }).state).toBe('unknown');
});

test('what a run that is stopped from outside is worth by then: the state is unknown', () => {
  const scenario: Scenario = { ...scenarioOf(() => silent, []), expect: [] };
  const interruption: Interruption = { conclude: null };
  let events = 0;
  const sink = {
    event() {
      if (++events !== 500) return;
      const stopped = interruption.conclude?.();
      expect(stopped).toMatchObject({ state: 'unknown', error: { kind: 'interrupted' } });
      expect(stopped?.history.length).toBeLessThan(60);
    },
  };
  const { history } = simulate(scenario, { sink, interruption });
  expect(events).toBeGreaterThanOrEqual(500);
  expect(history.length).toBeGreaterThan(10);
});

test('a node that dies of its disk as it boots does not keep the others from healing', () => {
  const lives = new Map<string, number>();
  const scenario = scenarioOf(
    (self) => ({
      ...silent,
      start() {
        const life = (lives.get(self) ?? 0) + 1;
        lives.set(self, life);
        if (self === 'kv-3' && life > 1) throw new StorageError('checksum', 'the log is damaged');
      },
    }),
    [faultAt(2_000_000, 1_000_000, crash, { nodes: 'all' })],
  );
  const { error, facts } = simulate(scenario);
  expect(error).toBeNull();
  // After chaos it is started once more, and dies again.
  expect([...lives.values()]).toEqual([2, 2, 3, 2, 2]);
  const down = facts.down.filter(({ untilUs }) => untilUs > 3_000_000);
  expect(new Set(down.map(({ node }) => node))).toEqual(new Set(['kv-3']));
});

test('messages of clients that find their node down are not among the dropped', () => {
  const scenario = scenarioOf(() => silent, [faultAt(0, 5_000_000, crash, { nodes: 'all' })]);
  const { facts, history } = simulate(scenario);
  expect(history.length).toBeGreaterThan(100);
  expect(facts.messages).toMatchObject({ sent: 0, dropped: 0 });
});
