/** Replicas by hand: what they exchange, what a crash and a lost disk leave, and the mistakes. */
import { describe, expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { fastLink, heldLink, Stage, type StageOptions } from '../../../../test/support/stage.ts';
import type { Message } from '../../../sim/node.ts';
import type { Reply } from '../../../sim/rpc.ts';
import { type Bug, bugs } from './declared.ts';
import system from './index.ts';

const members = ['a', 'b', 'c'];

function group(params: object = {}, bug?: string, options: StageOptions = {}): Stage {
  const stage = new Stage(options);
  for (const id of members) {
    stage.addSystem(id, system, {
      params: params as { readonly [name: string]: unknown },
      place: { members, group: 'c' },
      ...(bug === undefined ? {} : { bug }),
    });
  }
  return stage.step(5);
}

function answer(stage: Stage, to: string, body: object, waitMs = 5): Reply & { value?: unknown } {
  const id = stage.ask(to, body as { type: string });
  const reply = stage.step(waitMs).answers().get(id);
  if (reply === undefined) throw new Error(`${to} did not answer`);
  return reply;
}
const add = (delta: number) => ({ type: 'add', delta });
const read = { type: 'read' };
const values = (stage: Stage) => members.map((id) => answer(stage, id, read).value);

describe.each(['state', 'delta', 'op'])('with sync: %s', (sync) => {
  test('replicas count at once, and agree after a while', () => {
    const stage = group({ sync });
    answer(stage, 'a', add(5));
    answer(stage, 'b', add(-2));
    expect(answer(stage, 'a', read, 1).value).toBe(5);
    stage.step(2000);
    expect(values(stage)).toEqual([3, 3, 3]);
  });

  test('what was answered survives a crash, and a disk that was lost', () => {
    const stage = group({ sync });
    answer(stage, 'a', add(5));
    stage.crash('a').boot('a');
    expect(answer(stage, 'a', read).value).toBe(5);
    stage.step(2000).crash('a').levers().wipeDisk('a');
    stage.boot('a').step(5);
    answer(stage, 'a', add(2));
    stage.step(2000);
    expect(values(stage)).toEqual([7, 7, 7]);
  });
});

describe('operations', () => {
  /** Messages between replicas wait until they are delivered by hand. */
  const held: StageOptions = {
    link: (from, to) => (members.includes(from) && members.includes(to) ? heldLink : fastLink),
  };
  const ask = (stage: Stage, id: string, body: object) =>
    stage.step(2).ask(id, body as { type: string });
  const elements = (stage: Stage, id: string) => {
    const asked = stage.ask(id, read);
    const reply = stage.step(3).answers().get(asked);
    return (reply as unknown as { elements: string[] }).elements;
  };

  test.each([
    [undefined, true],
    ['apply-twice', false],
  ])('what comes twice counts once; with the bug %s: %j', (bug, expected) => {
    const stage = group({ sync: 'op' }, bug, held);
    ask(stage, 'a', add(5));
    stage.step(120);
    const first = stage.inFlight.filter(({ message }) => message.type === 'operations');
    for (const sent of first) stage.again(sent);
    stage.deliver(({ message }) => message.type === 'operations').step(3);
    ask(stage, 'b', read);
    const counted = [...stage.step(5).answers().values()].at(-1) as { value?: number } | undefined;
    expect(counted?.value === 5).toBe(expected);
  });

  test.each([
    [undefined, []],
    ['apply-out-of-order', ['x']],
  ])('a removal waits for the addition that it removes; with the bug %s: %j', (bug, expected) => {
    const stage = group({ sync: 'op', type: 'or-set' }, bug, held);
    ask(stage, 'a', { type: 'add', element: 'x' });
    stage.step(120).deliver(({ to, message }) => to === 'b' && message.type === 'operations');
    ask(stage, 'b', { type: 'remove', element: 'x' });
    expect(elements(stage, 'b')).toEqual([]);
    // b has heard nothing of c, and sends it both; what a sends comes later.
    stage.step(120);
    const removal = stage.inFlight.find(
      ({ from, to, message }) => from === 'b' && to === 'c' && message.type === 'operations',
    );
    if (removal === undefined) throw new Error('b sends its removal');
    const { ops } = removal.message as unknown as { ops: readonly { origin: string }[] };
    const sendTo = (some: typeof ops) =>
      stage.inject('b', 'c', { type: 'operations', ops: some } as Message);
    expect(ops.map(({ origin }) => origin)).toEqual(['a:1', 'b:1']);
    sendTo(ops.slice(1));
    expect(elements(stage, 'c')).toEqual([]);
    sendTo(ops.slice(0, 1));
    expect(elements(stage, 'c')).toEqual(expected);
  });

  test('a concurrent addition wins over a removal; by value it is gone at one and not at the other', () => {
    const apart = (bug?: string) => {
      const stage = group({ sync: 'op', type: 'or-set' }, bug);
      answer(stage, 'a', { type: 'add', element: 'x' });
      stage.step(500);
      stage.ask('a', { type: 'remove', element: 'x' } as never);
      stage.ask('b', { type: 'add', element: 'x' } as never);
      stage.step(1000);
      return members.map((id) => elements(stage, id).length);
    };
    expect(apart()).toEqual([1, 1, 1]);
    expect(new Set(apart('remove-by-value')).size).toBe(2);
  });
});

test('a delta is sent until it is acknowledged, and then no more', () => {
  const stage = group({ sync: 'delta' });
  const levers = stage.levers();
  const heal = levers.cut('a', 'b');
  answer(stage, 'a', add(1));
  stage.step(600);
  const to = (node: string) =>
    stage.sent.filter(
      ({ from, to, message }) => from === 'a' && to === node && message.type === 'deltas',
    );
  expect(to('c')).toHaveLength(1);
  expect(to('b').length).toBeGreaterThan(3);
  heal();
  stage.step(400);
  const before = to('b').length;
  expect(to('b').length).toBe(before);
  expect(stage.step(1000) && to('b').length).toBe(before);
  expect(values(stage)).toEqual([1, 1, 1]);
});

test('a replica that is too far behind gets the whole state', () => {
  const stage = group({ sync: 'delta', 'deltas-max': 3 });
  stage.crash('c');
  for (let i = 0; i < 8; i++) answer(stage, 'a', add(1));
  stage.boot('c').step(1000);
  expect(stage.sent.some(({ to, message }) => to === 'c' && message.type === 'state')).toBe(true);
  expect(values(stage)).toEqual([8, 8, 8]);
});

describe('types', () => {
  test('an OR-set: an addition that the remover has not seen stays', () => {
    const stage = group({ type: 'or-set' });
    answer(stage, 'a', { type: 'add', element: 'x' });
    stage.step(500);
    stage.ask('a', { type: 'remove', element: 'x' });
    stage.ask('b', { type: 'add', element: 'x' });
    stage.step(1000);
    for (const id of members) expect(answer(stage, id, read)).toMatchObject({ elements: ['x'] });
    expect(answer(stage, 'c', { type: 'contains', element: 'y' })).toMatchObject({ found: false });
  });

  test('a 2P-set never takes an element again, a G-set removes none', () => {
    const stage = group({ type: '2p-set' });
    for (const type of ['add', 'remove', 'add']) answer(stage, 'a', { type, element: 1 });
    expect(answer(stage, 'a', read)).toMatchObject({ elements: [] });
    const grows = group({ type: 'g-set' });
    expect(answer(grows, 'a', { type: 'remove', element: 1 })).toMatchObject({
      code: 'not-supported',
    });
  });

  test('a register: the later write stays everywhere', () => {
    const stage = group({ type: 'lww-register' });
    stage.ask('a', { type: 'write', key: 'x', value: 1 });
    stage.step(10).ask('b', { type: 'write', key: 'x', value: 2 });
    stage.step(1000);
    for (const id of members) expect(answer(stage, id, { ...read, key: 'x' }).value).toBe(2);
  });

  test('a register of several values: both stay until somebody has seen both', () => {
    const stage = group({ type: 'mv-register' });
    stage.ask('a', { type: 'put', key: 'x', value: 1 });
    stage.ask('b', { type: 'put', key: 'x', value: 2 });
    stage.step(1000);
    const got = answer(stage, 'c', { type: 'get', key: 'x' }) as unknown as { values: number[] };
    expect(got.values.toSorted((a, b) => a - b)).toEqual([1, 2]);
    const { context } = got as unknown as { context: object };
    answer(stage, 'c', { type: 'put', key: 'x', value: 3, context });
    stage.step(1000);
    for (const id of members) {
      expect(answer(stage, id, { type: 'get', key: 'x' })).toMatchObject({ values: [3] });
    }
    answer(stage, 'a', { type: 'delete', key: 'x', context });
    expect(answer(stage, 'a', { type: 'get', key: 'x' })).toMatchObject({ values: [3] });
  });

  test('a text: insertions apart come together, and deletions stay', () => {
    const stage = group({ type: 'rga' });
    const first = answer(stage, 'a', { type: 'insert', after: null, value: 'ad' });
    const [a = '', d = ''] = (first as unknown as { characters: readonly string[] }).characters;
    stage.step(500);
    stage.ask('b', { type: 'insert', after: a, value: 'bc' });
    stage.ask('c', { type: 'delete', character: d });
    stage.step(1000);
    for (const id of members) expect(answer(stage, id, read).value).toBe('abc');
    expect(answer(stage, 'a', { type: 'delete', character: 'none' })).toMatchObject({
      code: 'key-does-not-exist',
    });
  });
});

describe('mistakes', () => {
  const file = 'src/nodes/data/crdt-store/example.yaml';
  const lost = 'faults=[{ at: 4s, restart: { nodes: c-2, disk: lost, after: 100ms } }]';
  const stages: { readonly [B in Bug]: readonly string[] } = {
    'pn-as-g': [],
    'reset-id': [lost],
    // Later counts make up for earlier ones; elements of a set do not.
    'clear-delta-early': [
      'nodes.c.type=or-set',
      'clients.load={ workload: set, target: c, per-node: 1, rate: 60/s, stop: 9s }',
    ],
    'merge-by-sum': [],
    'apply-twice': ['nodes.c.sync=op', 'nodes.c.gossip-every=20ms'],
    'apply-out-of-order': [
      ...['nodes.c.sync=op', 'nodes.c.type=or-set', 'network.latency=1ms..300ms'],
      'clients.load={ workload: set, target: c, per-node: 1, rate: 60/s, removes: 40%, stop: 8s }',
    ],
    // Two replicas take the same elements, and one removes some that the other adds meanwhile.
    'remove-by-value': [
      ...['nodes.c.type=or-set', 'nodes.c.sync=op'],
      'clients.load={ workload: set, target: c, pin: [c-1], rate: 30/s, stop: 9s }',
      'clients.more={ workload: set, target: c, pin: [c-2], rate: 30/s, removes: 40%, stop: 9s }',
    ],
    'tombstone-gc': [
      'nodes.c.type=2p-set',
      'clients.load={ workload: set, target: c, per-node: 1, rate: 60/s, removes: 40%, stop: 9s }',
    ],
  };

  test.each(Object.entries(stages))('%s', { timeout: 30_000 }, async (bug, more) => {
    const { caughtBy } = bugs[bug as Bug];
    const sets = [`expect=[${caughtBy}]`, ...more];
    expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
    const wrong = await runLaidOver({ file, sets: [...sets, `nodes.c.bug=${bug}`] });
    expect(violatedIn(wrong).filter((text) => text.includes(caughtBy))).not.toEqual([]);
  });
});
