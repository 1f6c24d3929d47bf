/** The circuit breaker around calls of a service, and as a node. */
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bothPlaces } from '../../../../test/support/policy-and-node.ts';
import { answering, bind, type Handle, ok, serving } from '../../../../test/support/services.ts';
import { placeOf, Stage } from '../../../../test/support/stage.ts';
import request from '../../../interfaces/request.ts';
import { loadScenario } from '../../../scenarios/host/load.ts';
import { simulate } from '../../../scenarios/simulate.ts';
import { bodyOf } from '../../../sim/call.ts';
import type { Message } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { BoundPolicy } from '../../../sim/policy.ts';
import { policy as retry } from '../retry/index.ts';
import { policy as timeout } from '../timeout/index.ts';
import system, { policy as breaker } from './index.ts';
import { presetNames } from './presets.ts';

const relay: Handle = function* (ctx, asked) {
  const outcome = yield* ctx.attempt('db', bodyOf(asked));
  return outcome.ok ? outcome.reply : { type: 'error', code: outcome.code };
};

/** `api` with these policies around its calls to `db`, which is well or not. */
function world(policies: readonly BoundPolicy[], isWell: () => boolean | null): Stage {
  const stage = new Stage().add('api', () => serving(relay, {}, {}, { db: policies }));
  for (const id of ['db-1', 'db-2', 'db-3']) {
    stage.add(id, () =>
      answering(1, (asked) => {
        const well = isWell();
        if (well === null) return null;
        return well ? ok(asked) : { type: 'error', code: 'crash' };
      }),
    );
  }
  return stage;
}

const few = { window: { count: 4, buckets: 10 }, 'open-for': 100, probes: 2 };
const callsTo = (stage: Stage) =>
  stage.sent.filter(({ to, message }) => to.startsWith('db') && 'session' in message).length;
const codeOf = (stage: Stage, id: number) =>
  (stage.answers().get(id) as { code?: string } | undefined)?.code ?? 'ok';

/** Asks every 10 ms, and gives the codes. */
function ask(stage: Stage, count: number): string[] {
  const ids = Array.from({ length: count }, () => {
    const id = stage.ask('api', { type: 'request' });
    stage.step(10);
    return id;
  });
  return ids.map((id) => codeOf(stage, id));
}

describe('as a policy', () => {
  test('every change of state is in the trace, with what decided it', () => {
    let well = false;
    const stage = world([bind(breaker, few)], () => well);
    expect(ask(stage, 6)).toEqual([
      'crash',
      'crash',
      'crash',
      'crash',
      'circuit-open',
      'circuit-open',
    ]);
    expect(callsTo(stage)).toBe(4);
    well = true;
    stage.step(100);
    expect(ask(stage, 3)).toEqual(['ok', 'ok', 'ok']);
    expect(stage.notes).toEqual([
      'api opened {"target":"db","calls":4,"failures":4,"slow":0}',
      'api half-open {"target":"db","calls":0,"failures":0,"slow":0}',
      'api closed {"target":"db","calls":2,"failures":0,"slow":0}',
    ]);
    expect(stage.measured()).toEqual([
      'api circuit-open 0',
      'api circuit-open 1',
      'api circuit-open 0',
      'api circuit-open 0',
      'api opens 1',
      'api short-circuited 1',
      'api short-circuited 1',
      'api probes 1',
      'api probes 1',
    ]);
  });

  test('it counts no refusal of its own caller, and a retry does not ask it again', () => {
    const stage = world(
      [
        bind(breaker, few),
        bind(retry, { attempts: 3, jitter: 'none', wait: 1, idempotent: ['*'] }),
      ],
      () => false,
    );
    ask(stage, 2);
    // Three attempts, then one more that opens it: the next attempt is refused and ends the call.
    expect(callsTo(stage)).toBe(4);
    ask(stage, 5);
    expect(callsTo(stage)).toBe(4);
    expect(stage.measured().filter((row) => row === 'api short-circuited 1')).toHaveLength(6);
  });

  test('a refusal says when the open state ends', () => {
    const stage = world([], () => false).addSystem('proxy', system, {
      params: { ...few, target: ['db-1'] },
    });
    for (let i = 0; i < 5; i++) {
      stage.ask('proxy', { type: 'request' });
      stage.step(10);
    }
    // Opened at 33 ms, for 100; asked at 40.
    expect(stage.answers().get(5)).toMatchObject({ code: 'circuit-open', retryAfterMs: 93 });
  });

  test('a hang counts when its timeout ends it', () => {
    const stage = world([bind(breaker, few), bind(timeout, { after: 35 })], () => null);
    ask(stage, 8);
    // The fourth times out at 65 ms: until then seven calls have left.
    expect(callsTo(stage)).toBe(7);
    expect(stage.notes[0]).toBe('api opened {"target":"db","calls":4,"failures":4,"slow":0}');
  });

  test('a call that the target answers is a success, whatever it answers', () => {
    const stage = new Stage().add('api', () =>
      serving(relay, {}, {}, { db: [bind(breaker, few)] }),
    );
    const codes = ['key-does-not-exist', 'txn-conflict', 'malformed-request', 'rate-limited'];
    for (const id of ['db-1', 'db-2', 'db-3']) {
      stage.add(id, () =>
        answering(1, ({ serial }) => ({ type: 'error', code: codes[serial % 4] })),
      );
    }
    ask(stage, 40);
    expect(stage.notes).toEqual([]);
    expect(callsTo(stage)).toBe(40);
  });

  test('codes to ignore count neither way', () => {
    const stage = world([bind(breaker, { ...few, ignore: ['crash'] })], () => false);
    ask(stage, 20);
    expect(callsTo(stage)).toBe(20);
  });

  test('by a timer it is half-open at its time, though nobody calls', () => {
    const by = (how: string) => {
      const stage = world([bind(breaker, { ...few, 'half-open-by': how })], () => false);
      ask(stage, 4);
      stage.step(1000);
      return stage.notes.length;
    };
    expect(by('call')).toBe(1);
    expect(by('timer')).toBe(2);
  });

  test.each([
    [null, ['ok']],
    ['leaky-probe', ['circuit-open']],
  ])('a probe that the caller cancels gives its permit back; bug %s', (bug, codes) => {
    let well: boolean | null = false;
    const stage = world([], () => well);
    const params = defaultsOf(system.params, { ...few, probes: 1, target: ['db-1'] } as never);
    stage.add('proxy', () => system.create(params, placeOf('proxy', { answers: [request] }), bug));
    for (let i = 0; i < 4; i++) {
      stage.ask('proxy', { type: 'request' });
      stage.step(10);
    }
    stage.step(100);
    well = null;
    const probe = stage.ask('proxy', { type: 'request' });
    stage.step(2);
    stage.inject('client', 'proxy', { type: 'cancel', of: probe } as Message);
    well = true;
    const id = stage.ask('proxy', { type: 'request' });
    stage.step(10);
    expect([codeOf(stage, id)]).toEqual(codes);
  });

  test('a circuit for a group is one: a bad member of three opens it for all', () => {
    const stage = new Stage().add('api', () =>
      serving(relay, {}, {}, { db: [bind(breaker, { ...few, threshold: 0.25 })] }),
    );
    for (const id of ['db-1', 'db-2', 'db-3']) {
      stage.add(id, () =>
        answering(1, (asked, self) =>
          self === 'db-1' ? { type: 'error', code: 'crash' } : ok(asked),
        ),
      );
    }
    expect(ask(stage, 5)).toEqual(['crash', 'ok', 'ok', 'crash', 'circuit-open']);
  });
});

describe('in a scenario', () => {
  const load = async (breakerText: string) => {
    const { scenario, diagnostics } = await loadScenario('scenarios/retry-storm.yaml', {
      cwd: resolve(import.meta.dirname, '../../../..'),
      sets: [
        `nodes.app.calls={ db: { timeout: 200ms, breaker: ${breakerText} } }`,
        "expect=[sometimes 'opened']",
        'duration=40s',
      ],
    });
    return { scenario, errors: diagnostics.map(({ code, message }) => `${code} ${message}`) };
  };

  test('a policy notes what it declares, at the node that calls', async () => {
    const { scenario, errors } = await load('{ window: { count: 50 }, open-for: 1s }');
    expect(errors).toEqual([]);
    const { judged } = simulate(scenario as NonNullable<typeof scenario>);
    expect(judged.map(({ state }) => state)).toEqual(['held']);
  });

  test('values that make no sense together are refused, with their place', async () => {
    const { errors } = await load('{ window: { count: 50, time: 1s } }');
    expect(errors).toEqual([
      'DS130 `breaker` makes no sense: `window` needs either `count` or `time`',
    ]);
  });
});

test('window takes either count or time', () => {
  const refused = (window: object) =>
    breaker.refuse?.(defaultsOf(breaker.params, { window: { buckets: 10, ...window } } as never));
  expect(refused({ count: 1 })).toBeNull();
  expect(refused({ time: 1 })).toBeNull();
  expect(refused({ time: 1, count: 1 })).toContain('either');
  expect(refused({})).toContain('either');
});

describe('policy and node decide alike', () => {
  const trace = Array.from({ length: 600 }, (_, i) => ({
    atMs: i * 9,
    body: { type: 'request', n: i },
    timeoutMs: 200,
  }));
  const short = { minimum: 5, 'open-for': 500 };

  test.each(presetNames.map((preset) => [preset]))('%s', (preset) => {
    const [policy, node] = bothPlaces({
      policy: breaker,
      system,
      params: { preset, ...short },
      trace,
      answer: (asked) => {
        const n = asked['n' as never] as number;
        return n % 200 > 60 && n % 20 !== 0 ? { type: 'error', code: 'crash' } : ok(asked);
      },
    });
    expect(policy.notes.length).toBeGreaterThan(2);
    expect(node).toEqual(policy);
  });
});
