/** Rate limiters around calls: by themselves, and with a store that several share. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { answering, ok } from '../../../../test/support/services.ts';
import { fastLink, Stage } from '../../../../test/support/stage.ts';
import { constant } from '../../../sim/distribution.ts';
import type { Message } from '../../../sim/node.ts';
import { limiterBugs } from '../../parts/limiter.ts';
import { RATE_LIMITS } from '../../parts/rate-limit.ts';
import store from '../quota-store/index.ts';
import system, { policy as limiter } from './index.ts';

function gate(params: object): Stage {
  return new Stage()
    .addSystem('gate', system, { params: { target: ['web'], ...params } })
    .addSystem('store', store, { params: { algorithm: 'fixed-window', rate: 3, ...params } })
    .add('web', () => answering(1, ok));
}

const answersOf = (stage: Stage) =>
  stage.sent
    .filter(({ from, to }) => from === 'gate' && to === 'client')
    .map(({ atMs, message }) => {
      const { inReplyTo, code } = message as unknown as { inReplyTo: number; code?: string };
      return `${inReplyTo} ${code ?? 'ok'} at ${atMs}`;
    });

describe('a call over the limit', () => {
  const few = { rate: 10, burst: 1 };

  test('is refused, and hears when to come again', () => {
    const stage = gate(few);
    stage.ask('gate', { type: 'request' });
    stage.ask('gate', { type: 'request' });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(['2 rate-limited at 0', '1 ok at 3']);
    expect(stage.answers().get(2)).toMatchObject({ retryAfterMs: 100 });
  });

  test('waits for its turn, if that comes in time', () => {
    const stage = gate({ ...few, 'on-limit': 'wait', 'wait-max': 150 });
    for (let i = 0; i < 3; i++) stage.ask('gate', { type: 'request' });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(['3 rate-limited at 0', '1 ok at 3', '2 ok at 103']);
  });

  test('is dropped without a word', () => {
    const stage = gate({ ...few, 'on-limit': 'drop' });
    stage.ask('gate', { type: 'request' }, 500);
    stage.ask('gate', { type: 'request' }, 500);
    stage.until(400);
    expect(answersOf(stage)).toEqual(['1 ok at 3']);
  });

  test.each([
    ['session', ['a/1', 'a/2', 'b/1']],
    // A node that has booted again is the same one.
    ['client', ['a/1', 'b/1', 'a#2', 'a']],
  ] as const)('by %s: who is behind a request has a limit of its own', (by, sessions) => {
    const stage = gate({ ...few, by });
    const transport = { type: 'request', serial: 1, attempt: 1, timeoutMs: null };
    sessions.forEach((session, i) => {
      stage.inject('client', 'gate', { ...transport, id: i + 1, session } as Message);
      stage.inject('client', 'gate', { ...transport, id: i + 10, session } as Message);
    });
    stage.untilQuiet();
    const through = answersOf(stage).filter((answer) => answer.includes(' ok '));
    expect(through.map((answer) => Number.parseInt(answer, 10))).toEqual(
      by === 'session' ? [1, 2, 3] : [1, 2],
    );
  });

  test('counts by its cost, and each tenant for itself', () => {
    const stage = gate({ rate: 10, burst: 3, by: 'tenant' });
    stage.ask('gate', { type: 'request', tenant: 'a', cost: 2 });
    stage.ask('gate', { type: 'request', tenant: 'a', cost: 2 });
    stage.ask('gate', { type: 'request', tenant: 'b', cost: 2 });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(['2 rate-limited at 0', '1 ok at 3', '3 ok at 3']);
  });
});

describe('with a store', () => {
  const shared = { store: ['store'] };

  test('the store counts, in one round trip', () => {
    const stage = gate(shared);
    for (let i = 0; i < 4; i++) stage.ask('gate', { type: 'request' });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual([
      '4 rate-limited at 2',
      '1 ok at 5',
      '2 ok at 5',
      '3 ok at 5',
    ]);
    expect(stage.answers().get(4)).toMatchObject({ retryAfterMs: 999 });
  });

  test('a batch is taken at once, and used up', () => {
    const stage = gate({ ...shared, batch: 3, rate: 6 });
    for (let i = 0; i < 4; i++) {
      stage.ask('gate', { type: 'request' });
      stage.step(10);
    }
    expect(stage.measured().filter((row) => row === 'gate store-calls 1')).toHaveLength(2);
    expect(answersOf(stage)).toHaveLength(4);
  });

  test.each([
    ['open', ['1 ok at 13']],
    ['closed', ['1 rate-limited at 10']],
  ])('that is down it fails %s', (fail, answers) => {
    const stage = gate({ ...shared, fail, 'store-timeout': 10 });
    stage.crash('store');
    stage.ask('gate', { type: 'request' });
    stage.untilQuiet();
    expect(answersOf(stage)).toEqual(answers);
  });

  test('a batch without a store is refused', () => {
    expect(limiter.refuse?.({ batch: 2 } as never)).toContain('without a `store`');
    expect(limiter.refuse?.({ batch: 2, store: ['s'] } as never)).toBeNull();
  });
});

test('policy and node decide alike', () => {
  for (const algorithm of RATE_LIMITS) {
    for (const params of [{}, { 'on-limit': 'wait', 'wait-max': 40 }, { by: 'tenant' }]) {
      const [policy, node] = bothPlaces({
        policy: limiter,
        system,
        params: { algorithm, rate: 50, burst: 3, window: 200, ...params },
        trace: Array.from({ length: 120 }, (_, i) => ({
          atMs: i * 7,
          body: { type: 'request', tenant: `t${i % 3}` },
          timeoutMs: 100,
        })),
        answer: ok,
      });
      const through = policy.answers.filter((answer) => answer.includes('request_ok')).length;
      expect(through).toBeGreaterThan(10);
      expect(through).toBeLessThan(121);
      expect(node).toEqual(policy);
    }
  }
});

const shared = 'scenarios/shared-limit.yaml';
const settings: { readonly [B in keyof typeof limiterBugs]: readonly string[] } = {
  'read-set': [],
  'check-then-add': [],
  'incr-then-expire': [
    'nodes.gate.count=1',
    'clients.load.count=1',
    'clients.load.rate=50/s',
    'network.latency=20ms',
    // Now and then it falls between the two steps.
    'faults=[{ at: 3s, every: 100ms, until: 10s, for: 5ms, crash: gate }]',
    'expect=[availability(load) >= 90% after faults]',
  ],
};

test.each(Object.entries(limiterBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  const sets = settings[bug as keyof typeof limiterBugs];
  await expectCaught(bug, { file: shared, node: 'gate', caughtBy, sets });
});

/** 1000 calls a second, evenly; the first whole window of the store. */
function overshoot(bug: string | undefined): number {
  const stage = new Stage({ link: { ...fastLink, latency: constant(5) } })
    .addSystem('gate', system, {
      params: { target: ['web'], store: ['store'], rate: 100 },
      ...(bug === undefined ? {} : { bug }),
    })
    .addSystem('store', store, { params: { algorithm: 'fixed-window', rate: 100 } })
    .add('web', () => answering(1, ok));
  for (let ms = 0; ms < 900; ms++) stage.at(ms, () => void stage.ask('gate', { type: 'request' }));
  stage.until(950);
  return stage.measured().filter((row) => row === 'gate admitted 1').length;
}

test('what gets through with a round trip of 10 ms, of a limit of 100', () => {
  expect(overshoot(undefined)).toBe(100);
  // Rate times round trip more.
  expect(Math.abs(overshoot('check-then-add') - 110)).toBeLessThanOrEqual(1);
  expect(overshoot('read-set')).toBeGreaterThan(800);
});
