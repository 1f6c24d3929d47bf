/** The rules of Lamport's example by hand, their price, and what order of messages is worth. */
import { describe, expect, test } from 'vitest';
import { brokenIn } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { FifoLinks } from '../../parts/fifo-links.ts';
import system from './index.ts';

function cast(variant: string, count = 5) {
  const members = Array.from({ length: count }, (_, i) => `m${i + 1}`);
  const stage = new Stage();
  for (const id of members) {
    stage.addSystem(id, system, { params: { variant } as never, place: { members, group: 'm' } });
  }
  return stage;
}

let requests = 0;
function ask(stage: Stage, to: string, body: object, timeoutMs: number | null = null): number {
  const id = ++requests;
  const head = { id, session: `s${id}`, serial: 1, attempt: 1, timeoutMs, key: 'x' };
  stage.inject('client', to, { ...head, ...body } as never);
  return id;
}
const acquire = (stage: Stage, to: string, timeoutMs: number | null = null) =>
  ask(stage, to, { type: 'acquire' }, timeoutMs);
const tokenOf = (stage: Stage, id: number) =>
  (stage.answers().get(id) as { token?: number } | undefined)?.token;

describe.each([
  ['lamport', 12],
  ['ricart-agrawala', 8],
])('%s among five', (variant, price) => {
  test(`an entry costs ${price} messages`, () => {
    const stage = cast(variant);
    const id = acquire(stage, 'm1');
    stage.step(10);
    const token = tokenOf(stage, id);
    ask(stage, 'm1', { type: 'release', token });
    stage.step(10);
    expect(stage.sent.filter(({ to }) => to !== 'client')).toHaveLength(price);
  });

  test('enters in the order of times, and by the place of the member where they tie', () => {
    const stage = cast(variant);
    const ids = ['m3', 'm1', 'm2'].map((to) => acquire(stage, to));
    const order: (number | undefined)[] = [];
    for (const _ of ids) {
      stage.step(20);
      const [id] = ids.filter((one) => tokenOf(stage, one) !== undefined && !order.includes(one));
      order.push(id);
      const holder = stage.notes.at(-1)?.slice(0, 2) ?? '';
      ask(stage, holder, { type: 'release', token: tokenOf(stage, id ?? 0) });
    }
    expect(order).toEqual([ids[1], ids[2], ids[0]]);
    const tokens = order.map((id) => tokenOf(stage, id ?? 0) ?? 0);
    expect([...tokens].sort((a, b) => a - b)).toEqual(tokens);
  });

  test('who gave up is passed over, and only the holder of a token releases', () => {
    const stage = cast(variant);
    const first = acquire(stage, 'm1');
    stage.step(10);
    acquire(stage, 'm2', 50);
    const last = acquire(stage, 'm3');
    stage.step(100);
    const wrong = ask(stage, 'm1', { type: 'release', token: 0 });
    expect(stage.answers().get(wrong)).toMatchObject({ code: 'precondition-failed' });
    ask(stage, 'm1', { type: 'release', token: tokenOf(stage, first) });
    stage.step(20);
    expect(tokenOf(stage, last)).toBeGreaterThan(tokenOf(stage, first) ?? Infinity);
  });

  test('one member that is down stops all', () => {
    const stage = cast(variant);
    stage.crash('m4');
    const id = acquire(stage, 'm1');
    stage.step(5000);
    expect(tokenOf(stage, id)).toBe(undefined);
  });
});

test('links hand over in the order sent, once, and a new life begins again', () => {
  const links = new FifoLinks<{ seq: number; life: number }>();
  const arrived = (seq: number, life = 1) => links.arrived('a', { seq, life }).map((m) => m.seq);
  expect([arrived(2), arrived(3), arrived(1), arrived(1), arrived(4)]).toEqual([
    [],
    [],
    [1, 2, 3],
    [],
    [4],
  ]);
  expect([arrived(1, 2), arrived(5, 1), arrived(2, 2)]).toEqual([[1], [], [2]]);
  expect([links.number('a'), links.number('b'), links.number('a')]).toEqual([1, 1, 2]);
});

test.each(['lamport', 'ricart-agrawala'])(
  '%s: one holder at a time on links that reorder and double',
  { timeout: 30_000 },
  async (variant) => {
    const file = 'src/nodes/time/lamport-mutex/example.yaml';
    const sets = [
      `nodes.m.variant=${variant}`,
      'network.latency=1ms..80ms',
      'network.duplicate=5%',
      'faults=[]',
      'expect=[mutual-exclusion, fenced]',
    ];
    for (const seed of ['1', '2']) {
      expect([seed, await brokenIn({ file, sets, seed })]).toEqual([seed, []]);
    }
    if (variant !== 'lamport') return;
    const wrong = [...sets, 'nodes.m.bug=no-order', 'network.duplicate=0%'];
    const [found] = await brokenIn({ file, sets: wrong, seed: '1' });
    expect(found).toContain('one-holder');
  },
);
