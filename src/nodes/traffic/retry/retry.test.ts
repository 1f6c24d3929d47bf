/** Retries as a policy around the calls of a service, and as a proxy. */

import { describe, expect, test } from 'vitest';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { answering, bind, type Handle, ok, serving } from '../../../../test/support/services.ts';
import { placeOf, Stage } from '../../../../test/support/stage.ts';
import register from '../../../interfaces/register.ts';
import request from '../../../interfaces/request.ts';
import { bodyOf, type CallLayer, type ReplyBody } from '../../../sim/call.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { BoundPolicy } from '../../../sim/policy.ts';
import type { Request } from '../../../sim/rpc.ts';
import { policy as timeout } from '../timeout/index.ts';
import system, { policy as retry } from './index.ts';
import { presetNames } from './presets.ts';

const answered = [register, request];

type Answer = (request: Request, self: string) => ReplyBody | null;

const relay: Handle = function* (ctx, request) {
  const reply = yield* ctx.call('db', bodyOf(request));
  return { type: `${request.type}_ok`, by: (reply as unknown as { by: string }).by };
};

/** `api` with these policies around its calls to `db`, three nodes that answer so after 1 ms. */
function world(policies: readonly BoundPolicy[], answer: Answer, handle = relay): Stage {
  const stage = new Stage().add('api', () => serving(handle, {}, {}, { db: policies }));
  for (const id of ['db-1', 'db-2', 'db-3']) stage.add(id, () => answering(1, answer));
  return stage;
}

/** When, to which target and as which attempt the calls went. */
const callsOf = (stage: Stage) =>
  stage.sent
    .filter(({ to, message }) => to.startsWith('db') && 'session' in message)
    .map(({ atMs, to, message }) => `${atMs} ${to} #${(message as Request).attempt}`);

const plain = { jitter: 'none', wait: 10 };
const overloaded: Answer = () => ({ type: 'error', code: 'overloaded' });

describe('a retried call', () => {
  test('goes to another member each time, with growing waits and its own attempt number', () => {
    const stage = world([bind(retry, { ...plain, attempts: 5 }, answered)], overloaded);
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(callsOf(stage)).toEqual([
      '0 db-1 #1',
      '13 db-2 #2',
      '36 db-3 #3',
      '79 db-1 #4',
      '162 db-2 #5',
    ]);
    expect(stage.answers().get(1)).toMatchObject({ type: 'error', code: 'overloaded' });
  });

  test('ends with the first success', () => {
    const stage = world([bind(retry, plain, answered)], (request) =>
      request.attempt < 2 ? { type: 'error', code: 'abort' } : ok(request),
    );
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(callsOf(stage)).toHaveLength(2);
    expect(stage.answers().get(1)).toMatchObject({ type: 'write_ok', by: 'db' });
  });

  test('that timed out is sent again only if it is idempotent', () => {
    const silent: Answer = (request) => (request.attempt === 1 ? null : ok(request));
    for (const [type, tries] of [
      ['write', 1],
      ['read', 2],
      ['request', 2],
    ] as const) {
      const stage = world([bind(retry, plain, answered), bind(timeout, { after: 20 })], silent);
      stage.ask('api', { type });
      stage.untilQuiet();
      expect(callsOf(stage)).toHaveLength(tries);
      expect(stage.answers().get(1)?.type).toBe(tries === 2 ? `${type}_ok` : 'error');
    }
  });

  test.each([
    [true, ['*'], 2],
    [undefined, ['*'], 2],
    [true, [], 2],
    [undefined, [], 1],
    [false, ['*'], 1],
  ])('idempotent: the call says %s, the policy %j: %i tries', (idempotent, types, tries) => {
    const handle: Handle = function* (ctx) {
      yield* ctx.attempt('db', { type: 'put' }, idempotent === undefined ? {} : { idempotent });
      return { type: 'write_ok' };
    };
    const policies = [
      bind(retry, { idempotent: types, attempts: 2 }, answered),
      bind(timeout, { after: 9 }),
    ];
    const stage = world(policies, () => null, handle);
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(callsOf(stage)).toHaveLength(tries);
  });

  test('is in doubt if one of its tries was, whatever the last one said', () => {
    const answer: Answer = ({ attempt }) =>
      attempt === 1 ? null : { type: 'error', code: 'overloaded' };
    const policies = [bind(retry, { idempotent: ['*'] }, answered), bind(timeout, { after: 5 })];
    const stage = world(policies, answer);
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(callsOf(stage)).toHaveLength(3);
    expect(stage.answers().get(1)).toMatchObject({ type: 'error', code: 'timeout' });
  });

  test('never begins a try at or beyond the deadline', () => {
    const stage = world([bind(retry, { ...plain, attempts: 9 }, answered)], overloaded);
    stage.ask('api', { type: 'write' }, 36);
    stage.untilQuiet();
    // The third would begin at 36 ms.
    expect(callsOf(stage)).toEqual(['0 db-1 #1', '13 db-2 #2']);
    expect(stage.sent.at(-1)).toMatchObject({ atMs: 16, to: 'client' });
  });

  test('keeps within the timeout that the service gave the call', () => {
    const handle: Handle = function* (ctx) {
      const outcome = yield* ctx.attempt('db', { type: 'read' }, { timeoutMs: 50 });
      return { type: 'read_ok', outcome, atMs: ctx.now() };
    };
    const policies = [
      bind(retry, { ...plain, attempts: 9 }, answered),
      bind(timeout, { after: 20 }),
    ];
    const stage = world(policies, () => null, handle);
    stage.ask('api', { type: 'read' }, 1000);
    stage.untilQuiet();
    // 20 ms, a wait of 10, 20 ms; the next wait of 20 ms would end too late.
    expect(callsOf(stage)).toEqual(['0 db-1 #1', '30 db-2 #2']);
    const left = stage.sent.map(({ message }) => (message as Request).timeoutMs);
    expect(left.slice(0, 2)).toEqual([20, 20]);
    expect(stage.answers().get(1)).toMatchObject({ atMs: 50 });
  });

  test('counts on from the attempt of the request', () => {
    const stage = world([bind(retry, { ...plain, attempts: 2 }, answered)], overloaded);
    const request = { type: 'write', id: 1, session: 's', serial: 1, attempt: 3, timeoutMs: null };
    stage.inject('client', 'api', request as Request);
    stage.untilQuiet();
    expect(callsOf(stage)).toEqual(['0 db-1 #3', '13 db-2 #4']);
  });

  test('keeps one serial, also when the node itself calls', () => {
    const stage = new Stage({ outside: ['db-1', 'db-2', 'db-3'] }).add('api', () =>
      serving(
        relay,
        {},
        {
          *start(ctx) {
            yield* ctx.attempt('db', { type: 'read' });
            yield* ctx.attempt('db', { type: 'read' });
          },
        },
        { db: [bind(retry, { ...plain, attempts: 2 }, answered), bind(timeout, { after: 5 })] },
      ),
    );
    stage.untilQuiet();
    const serials = stage.sent.map(({ message }) => (message as Request).serial);
    expect(serials).toEqual([1, 1, 2, 2]);
  });
});

describe('layers', () => {
  test('stand in the order of their numbers, whatever the order given', () => {
    const passed: string[] = [];
    const marking = (name: string, layer: number): BoundPolicy => ({
      name,
      layer,
      create: () => ({
        *around(_ctx, call, next) {
          passed.push(`> ${name}`);
          const outcome = yield* next(call);
          passed.push(`< ${name}`);
          return outcome;
        },
      }),
    });
    const policies = [
      marking('b', 50),
      marking('inner', 80),
      marking('a', 50),
      marking('outer', 1),
    ];
    const stage = world(policies, ok);
    stage.ask('api', { type: 'read' });
    stage.untilQuiet();
    expect(passed.join(' ')).toBe('> outer > a > b > inner < inner < b < a < outer');
  });

  test('hide from nobody that something was done', () => {
    const handle: Handle = function* (ctx) {
      yield* ctx.call('db', { type: 'put' });
      yield* ctx.call('none', { type: 'put' });
      return { type: 'write_ok' };
    };
    const stage = world([bind(retry, plain, answered)], ok, handle);
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    // Without the first call it would be node-not-found.
    expect(stage.answers().get(1)).toMatchObject({ type: 'error', code: 'crash' });
  });

  test('are made once for each node and target, so a budget is shared by all its calls', () => {
    const policies = [
      bind(retry, { ...plain, attempts: 2, budget: 0.01, 'budget-burst': 3 }, answered),
    ];
    const stage = world(policies, overloaded);
    for (let i = 0; i < 10; i++) stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(callsOf(stage)).toHaveLength(13);
    expect(stage.node('api').inspect?.()).toMatchObject({ calls: { db: { retries: 3 } } });
  });

  test('are anew after a crash', () => {
    const policies = [
      bind(retry, { ...plain, attempts: 2, budget: 0.01, 'budget-burst': 1 }, answered),
    ];
    const stage = world(policies, overloaded);
    for (let life = 0; life < 3; life++) {
      stage.ask('api', { type: 'write' });
      stage.untilQuiet();
      stage.crash('api');
      stage.boot('api');
    }
    expect(callsOf(stage)).toHaveLength(6);
  });

  test('a cancelled call ends inside them: no retry, no timer', () => {
    const handle: Handle = function* (ctx) {
      yield* ctx.race([ctx.sleep(15), ctx.call('db', { type: 'read' })]);
      return { type: 'read_ok' };
    };
    const policies = [bind(retry, { ...plain, wait: 30 }, answered), bind(timeout, { after: 20 })];
    for (const answer of [overloaded, () => null]) {
      const stage = world(policies, answer, handle);
      stage.ask('api', { type: 'read' });
      stage.until(15);
      expect(stage.timersOf('api')).toEqual([]);
      stage.untilQuiet();
      expect(callsOf(stage)).toHaveLength(1);
    }
  });
});

test('attempts per request are (1 - f^a) / (1 - f) when a share f of them fails', () => {
  const random = { state: 1 };
  const fails = () => {
    random.state = (Math.imul(random.state, 1103515245) + 12345) & 0x7fffffff;
    return random.state / 0x7fffffff < 0.5;
  };
  const policies = [bind(retry, { attempts: 4, jitter: 'none', wait: 1 }, answered)];
  const stage = world(policies, (request) => (fails() ? overloaded(request, '') : ok(request)));
  const requests = 8000;
  for (let i = 0; i < requests; i++) stage.ask('api', { type: 'write' });
  stage.untilQuiet();
  // 1.875 with f = 1/2 and 4 attempts; one request strays by 1.05, so the mean by 0.012.
  expect(Math.abs(callsOf(stage).length / requests - 1.875)).toBeLessThan(0.036);
});

test('as a proxy it passes requests on, answers back, and retries in between', () => {
  const params = defaultsOf(system.params, { target: ['db-1', 'db-2'], jitter: 'none' });
  const stage = new Stage()
    .add('proxy', () => system.create(params, placeOf('proxy'), null))
    .add('db-1', () => answering(1, overloaded))
    .add('db-2', () => answering(1, (request) => ({ ...bodyOf(request), type: 'write_ok' })));
  const request = { type: 'write', key: 'x', value: 5, id: 1, session: 's', serial: 1, attempt: 3 };
  stage.inject('client', 'proxy', { ...request, timeoutMs: 100 } as Request);
  stage.untilQuiet();
  expect(stage.transcript().replaceAll(/(id|inReplyTo)=\d{3,}/g, '$1=…')).toMatchInlineSnapshot(`
    "0ms proxy→db-1 write key=x value=5 id=… session=s serial=1 attempt=3 timeoutMs=100
    2ms db-1→proxy error code=overloaded inReplyTo=…
    13ms proxy→db-2 write key=x value=5 id=… session=s serial=1 attempt=4 timeoutMs=87
    15ms db-2→proxy write_ok key=x value=5 inReplyTo=…
    16ms proxy→client write_ok inReplyTo=1 key=x value=5"
  `);
  expect(stage.node('proxy').inspect?.()).toEqual({ active: 0, queued: 0, retries: 1 });
});

describe('a hint', () => {
  const hinting = (retryAfterMs: number) => (): ReplyBody => ({
    type: 'error',
    code: 'overloaded',
    retryAfterMs,
  });
  const callsAfter = (retryAfterMs: number, params = {}) => {
    const stage = world([bind(retry, { ...plain, ...params })], hinting(retryAfterMs));
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    return callsOf(stage);
  };

  test('lengthens the wait, and never shortens it', () => {
    expect(callsAfter(100)).toEqual(['0 db-1 #1', '103 db-2 #2', '206 db-3 #3']);
    expect(callsAfter(3)).toEqual(['0 db-1 #1', '13 db-2 #2', '36 db-3 #3']);
  });

  test('is followed by a random part of the first wait, lest all return at once', () => {
    const at = Array.from({ length: 20 }, (_, i) => {
      const stage = new Stage({ seed: `${i}` });
      const policies = { db: [bind(retry, { wait: 10, attempts: 2 })] };
      stage.add('api', () => serving(relay, {}, {}, policies));
      for (const id of ['db-1', 'db-2']) stage.add(id, () => answering(1, hinting(100)));
      stage.ask('api', { type: 'write' });
      stage.untilQuiet();
      return stage.sent.find(({ to }) => to === 'db-2')?.atMs ?? 0;
    });
    expect(Math.min(...at)).toBeGreaterThanOrEqual(103);
    expect(Math.max(...at)).toBeLessThan(113);
    expect(new Set(at).size).toBeGreaterThan(10);
  });

  test('that is negative ends the tries, and reaches the client', () => {
    const stage = world([bind(retry, plain)], hinting(-1));
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(callsOf(stage)).toEqual(['0 db-1 #1']);
    expect(stage.answers().get(1)).toMatchObject({ code: 'overloaded', retryAfterMs: -1 });
  });
});

describe('a budget hears how calls end', () => {
  /** The tokens after each of these answers, in turn. */
  function tokens(params: object, answers: readonly (string | null)[]): unknown[] {
    let code: string | null = '';
    const policies = [
      bind(retry, { jitter: 'none', wait: 1, ...params }, answered),
      bind(timeout, { after: 20 }),
    ];
    const stage = world(policies, (request) => {
      if (code === null && request.attempt === 1) return null;
      return code === 'ok' || request.attempt > 1 ? ok(request) : { type: 'error', code };
    });
    return answers.map((next) => {
      code = next;
      stage.ask('api', { type: 'request' });
      stage.untilQuiet();
      const view = stage.node('api').inspect?.() ?? {};
      return (view['calls'] as { readonly db: { readonly retryTokens: number } }).db.retryTokens;
    });
  }

  test('of gRPC: what may be repeated takes a token, a success gives a tenth back', () => {
    expect(
      tokens({ preset: 'grpc' }, ['overloaded', 'overloaded', 'ok', 'malformed-request']),
    ).toEqual([9.1, 8.2, 8.299999999999999, 8.299999999999999]);
  });

  test('of AWS: a retry costs five, after a timeout ten, and a success gives five back', () => {
    expect(tokens({ preset: 'aws' }, ['overloaded', null, null, 'ok'])).toEqual([
      500, 495, 490, 491,
    ]);
  });

  test('that gains with time has gained while the call was under way', () => {
    const made = (perSecond: number) => {
      const budget = { budget: 0, 'budget-burst': 1, 'budget-min': perSecond };
      const policy = bind(retry, { ...plain, attempts: 3, ...budget }, answered);
      const stage = new Stage().add('api', () => serving(relay, {}, {}, { db: [policy] }));
      for (const id of ['db-1', 'db-2', 'db-3']) stage.add(id, () => answering(150, overloaded));
      stage.ask('api', { type: 'request' });
      stage.untilQuiet();
      return callsOf(stage).length;
    };
    expect([made(0), made(10)]).toEqual([2, 3]);
  });
});

describe('a refusal of its own layers', () => {
  /** Within the retries: refuses the members that it is about, or every call. */
  function refusing(about: readonly string[] | null): {
    policy: BoundPolicy;
    refused: () => number;
  } {
    let refused = 0;
    const layer: CallLayer = {
      *around(_ctx, call, next) {
        const member = about?.find((id) => !(call.options.avoid ?? []).includes(id));
        if (about !== null && member === undefined) return yield* next(call);
        refused++;
        const failure = { ok: false, code: 'circuit-open', from: null } as const;
        return member === undefined ? failure : { ...failure, refused: member };
      },
    };
    return { policy: { name: 'breaker', layer: 60, create: () => layer }, refused: () => refused };
  }

  const budget = { ...plain, attempts: 2, budget: 0.1, 'budget-burst': 1 };

  test('is not tried again when it is about all members', () => {
    const { policy, refused } = refusing(null);
    const stage = world([bind(retry, budget), policy], ok);
    stage.ask('api', { type: 'read' });
    stage.untilQuiet();
    expect(refused()).toBe(1);
    expect(stage.answers().get(1)).toMatchObject({ type: 'error', code: 'circuit-open' });
    expect(stage.node('api').inspect?.()).toMatchObject({
      calls: { db: { retries: 0, retryTokens: 1 } },
    });
  });

  test('sends the same attempt on to another member, at once and at no cost', () => {
    const { policy } = refusing(['db-1', 'db-2']);
    const stage = world([bind(retry, budget), policy], ok);
    stage.ask('api', { type: 'read' });
    stage.untilQuiet();
    expect(callsOf(stage)).toEqual(['0 db-3 #1']);
    expect(stage.node('api').inspect?.()).toMatchObject({
      calls: { db: { retries: 0, retryTokens: 1 } },
    });
  });

  test('ends the call when no member is left', () => {
    const { policy, refused } = refusing(['db-1', 'db-2', 'db-3']);
    const stage = world([bind(retry, budget), policy], ok);
    stage.ask('api', { type: 'read' });
    stage.untilQuiet();
    expect(refused()).toBe(3);
    expect(callsOf(stage)).toEqual([]);
    expect(stage.answers().get(1)).toMatchObject({ code: 'circuit-open' });
  });
});

test('budgets do not add up: three layers of a tenth each make 1.331 attempts', () => {
  const stage = new Stage();
  const layer = (id: string, target: string) => {
    const given = { target: [target], attempts: 4, wait: 0, budget: 0.1, idempotent: ['*'] };
    const params = defaultsOf(system.params, { ...given, jitter: 'none', 'budget-burst': 1 });
    stage.add(id, () => system.create(params, placeOf(id, { answers: answered }), null));
  };
  layer('a', 'b');
  layer('b', 'c');
  layer('c', 'leaf');
  stage.add('leaf', () => answering(0, () => ({ type: 'error', code: 'temporarily-unavailable' })));
  const calls = 1000;
  for (let i = 0; i < calls; i++) stage.at(i * 20, () => void stage.ask('a', { type: 'request' }));
  stage.untilQuiet();
  const attempts = stage.sent.filter(({ to }) => to === 'leaf').length;
  // One retry more of each layer: its burst.
  expect(Math.abs(attempts / calls - 1.331)).toBeLessThan(0.006);
});

/** An outage of a while, in the middle of calls that come every 3 ms. */
describe('policy and node decide alike', () => {
  test.each<[string, { readonly [name: string]: unknown }]>([
    ['without a budget', { attempts: 3 }],
    ['a budget of a tenth', { attempts: 3, budget: 0.1 }],
    ...presetNames.map((preset): [string, object & { [name: string]: unknown }] => [
      preset,
      { preset },
    ]),
  ])('%s', (_name, given) => {
    const [policy, node] = bothPlaces({
      policy: retry,
      system,
      params: { ...given, jitter: 'none', idempotent: ['*'] },
      trace: Array.from({ length: 150 }, (_, i) => ({
        atMs: i * 3,
        body: { type: 'get', n: i },
        timeoutMs: 3000,
      })),
      answer: (asked) => {
        const isDown = asked.serial >= 50 && asked.serial < 100;
        return isDown ? { type: 'error', code: 'temporarily-unavailable' } : ok(asked);
      },
    });
    expect(policy.calls.some((call) => call.endsWith('#2'))).toBe(true);
    expect(node).toEqual(policy);
  });
});

test('a misspelt error code is refused, one of somebody’s own is not', () => {
  const refusal = (...codes: readonly string[]) =>
    retry.refuse?.(defaultsOf(retry.params, { 'retry-on': codes } as never));
  expect(refusal('overlaoded')).toBe('`retry-on` has `overlaoded`: did you mean `overloaded`?');
  expect(refusal('timeout', 'overloaded', 'paper-jam')).toBeNull();
});
