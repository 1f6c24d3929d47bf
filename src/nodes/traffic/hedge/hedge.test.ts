/** Hedged calls: when a second attempt begins, who wins, and what becomes of the loser. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { ok } from '../../../../test/support/services.ts';
import { fastLink, placeOf, Stage } from '../../../../test/support/stage.ts';
import request from '../../../interfaces/request.ts';
import { constant } from '../../../sim/distribution.ts';
import type { Message } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import { serve } from '../../../sim/service.ts';
import { hedgeBugs } from '../../parts/hedge.ts';
import { LatencyQuantile } from '../../parts/latency-quantile.ts';
import system, { policy as hedge } from './index.ts';

const targets = ['db-1', 'db-2', 'db-3'];

interface Answer {
  readonly afterMs: number;
  readonly code?: string;
}

/** A hedging proxy before three members, each of which answers as the function says. */
function hedging(params: object, answer: (self: string, serial: number) => Answer | null): Stage {
  const values = defaultsOf(system.params, { target: targets, ...params } as never);
  const stage = new Stage({ link: { ...fastLink, latency: constant(0) } });
  stage.add('front', () => system.create(values, placeOf('front', { answers: [request] }), null));
  for (const id of targets) {
    stage.add(id, () =>
      serve(
        {
          *handle(ctx, asked: Request) {
            const said = answer(id, asked.serial);
            yield* ctx.sleep(said?.afterMs ?? 1e5);
            return said?.code === undefined ? ok(asked) : { type: 'error', code: said.code };
          },
          inspect: () => ({}),
        },
        placeOf(id),
      ),
    );
  }
  return stage;
}

const wire = (stage: Stage) =>
  stage.sent
    .filter(({ from }) => from === 'front')
    .map(({ atMs, to, message }) => {
      const { type, code } = message as Message & { code?: string };
      return `${atMs} ${to} ${code ?? type}`;
    });

function ask(stage: Stage, body = { type: 'request' }, timeoutMs: number | null = 500): string[] {
  stage.ask('front', body, timeoutMs);
  stage.until(stage.nowMs + 1000);
  return wire(stage);
}

describe('an attempt that takes long', () => {
  test('gets a second one elsewhere; the first answer wins, and the loser is cancelled', () => {
    const stage = hedging({}, (id) => ({ afterMs: id === 'db-1' ? 100 : 3 }));
    expect(ask(stage)).toEqual([
      '0 db-1 request',
      '10 db-2 request',
      '13 db-1 cancel',
      '13 client request_ok',
    ]);
    expect(stage.node('db-1').inspect?.()).toMatchObject({ active: 0 });
    expect(stage.measured()).toContain('front hedge-wins 1');
  });

  test('may win all the same', () => {
    const stage = hedging({}, (id) => ({ afterMs: id === 'db-1' ? 12 : 3 + 50 }));
    expect(ask(stage)).toEqual([
      '0 db-1 request',
      '10 db-2 request',
      '12 db-2 cancel',
      '12 client request_ok',
    ]);
  });

  test('without cancelling, the loser works on', () => {
    const stage = hedging({ cancel: false }, (id) => ({ afterMs: id === 'db-1' ? 100 : 3 }));
    stage.ask('front', { type: 'request' });
    stage.until(50);
    expect(wire(stage)).not.toContain('13 db-1 cancel');
    expect(stage.node('db-1').inspect?.()).toMatchObject({ active: 1 });
  });

  test('has as many as allowed, each at another member after the same delay again', () => {
    const stage = hedging({ most: 3 }, () => ({ afterMs: 100 }));
    expect(ask(stage).slice(0, 3)).toEqual([
      '0 db-1 request',
      '10 db-2 request',
      '20 db-3 request',
    ]);
  });

  test('is left alone if it may not be done twice', () => {
    const stage = hedging({}, () => ({ afterMs: 100 }));
    expect(ask(stage, { type: 'write' })).toEqual(['0 db-1 write', '100 client write_ok']);
  });
});

test('after a quantile: the delay is that of the latencies seen, once 64 were', () => {
  let slow = false;
  const stage = hedging({ 'after-quantile': 0.95 }, (id) => ({
    afterMs: slow && id === 'db-2' ? 100 : 3,
  }));
  for (let i = 0; i < 64; i++) {
    stage.ask('front', { type: 'request' });
    stage.step(5);
  }
  slow = true;
  expect(ask(stage).slice(-4)).toEqual([
    '320 db-2 request',
    '323 db-3 request',
    '326 db-2 cancel',
    '326 client request_ok',
  ]);
});

describe('an attempt that fails', () => {
  test('is followed by the next at once if another member may do better', () => {
    const stage = hedging({}, (id) =>
      id === 'db-1' ? { afterMs: 2, code: 'overloaded' } : { afterMs: 3 },
    );
    expect(ask(stage)).toEqual(['0 db-1 request', '2 db-2 request', '5 client request_ok']);
  });

  test('ends the call, and the other attempts, if all members would say the same', () => {
    const stage = hedging({}, (id) =>
      id === 'db-2' ? { afterMs: 2, code: 'malformed-request' } : { afterMs: 100 },
    );
    expect(ask(stage)).toEqual([
      '0 db-1 request',
      '10 db-2 request',
      '12 db-1 cancel',
      '12 client malformed-request',
    ]);
  });

  test('when all fail the error is the one in doubt', () => {
    const stage = hedging({}, (id) => ({
      afterMs: 2,
      code: id === 'db-1' ? 'crash' : 'overloaded',
    }));
    expect(ask(stage).at(-1)).toBe('4 client crash');
  });
});

describe('a hedge that the budget forbids', () => {
  test('is no attempt: the call ends with those that there are', () => {
    const stage = hedging({ budget: 0, 'budget-burst': 1 }, (id) => ({
      afterMs: id === 'db-2' ? 2 : 100,
      ...(id === 'db-3' ? { code: 'crash' } : {}),
    }));
    expect(ask(stage).filter((line) => !line.includes('client'))).toHaveLength(3);
    // The token is spent: the third member fails after 100 ms, and that is the answer.
    expect(ask(stage).slice(-2)).toEqual(['1000 db-3 request', '1100 client crash']);
  });
});

test('the quantile is by nearest rank over the last latencies', () => {
  const quantile = new LatencyQuantile(0.95);
  for (let i = 1; i <= 63; i++) quantile.add(i);
  expect(quantile.value()).toBeNull();
  quantile.add(64);
  expect(quantile.value()).toBe(Math.ceil(64 * 0.95));
  for (let i = 0; i < 1024; i++) quantile.add(i % 100);
  expect(Math.abs((quantile.value() as number) - 94)).toBeLessThanOrEqual(2);
});

/** 95% of 5 ms and 5% of 100 ms, no queue: the mean by hand, 9.75 without and 5.7125 with. */
test('hedging after 10 ms cuts the tail for one more request in twenty', () => {
  const random = fixedRandom(9);
  const run = (most: number) => {
    const stage = hedging({ most, cancel: true }, () => ({
      afterMs: random.chance(0.05) ? 100 : 5,
    }));
    const calls = 6000;
    const askedAt = new Map<number, number>();
    const times: number[] = [];
    let attempts = 0;
    stage.onSent = ({ atMs, to, message }) => {
      if (to.startsWith('db') && message.type === 'request') attempts++;
      if (to !== 'client') return;
      times.push(
        atMs - (askedAt.get((message as unknown as { inReplyTo: number }).inReplyTo) ?? 0),
      );
    };
    for (let i = 0; i < calls; i++) {
      stage.at(
        i,
        () => void askedAt.set(stage.ask('front', { type: 'request' }, 1000), stage.nowMs),
      );
    }
    stage.untilQuiet();
    times.sort((a, b) => a - b);
    const mean = times.reduce((sum, ms) => sum + ms, 0) / calls;
    return { mean, p99: times[Math.ceil(calls * 0.99) - 1], load: attempts / calls };
  };
  const plain = run(1);
  // The spread of one call is 20.7 ms: .27 of the mean of 6000.
  expect(Math.abs(plain.mean - 9.75)).toBeLessThan(0.8);
  expect([plain.p99, plain.load]).toEqual([100, 1]);
  const hedged = run(2);
  expect(Math.abs(hedged.mean - 5.7125)).toBeLessThan(0.25);
  expect(hedged.p99).toBe(15);
  expect(Math.abs(hedged.load - 1.05)).toBeLessThan(0.0085);
});

test('policy and node decide alike', () => {
  const [policy, node] = bothPlaces({
    policy: hedge,
    system,
    params: { after: 3, idempotent: ['*'], budget: 0.2 },
    trace: Array.from({ length: 200 }, (_, i) => ({ atMs: i * 2, body: { type: 'get', n: i } })),
    answer: (asked, self) => {
      if (self === 'db-2' && asked.serial % 7 === 0) return null;
      return asked.serial % 5 === 0 ? { type: 'error', code: 'crash' } : ok(asked);
    },
  });
  expect(policy.calls.length).toBeGreaterThan(220);
  expect(node).toEqual(policy);
});

test.each(Object.entries(hedgeBugs))('%s', { timeout: 30_000 }, async (bug, { caughtBy }) => {
  await expectCaught(bug, {
    file: 'src/nodes/traffic/hedge/example.yaml',
    node: 'front',
    caughtBy,
    sets: [
      'nodes.front.budget=1%',
      'faults=[{ at: 10s, for: 5s, brown-out: { nodes: web, delay: 1ms, errors: 50% } }]',
      'expect=[errors(timeout) <= 0]',
    ],
  });
});
