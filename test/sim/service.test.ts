/** Services driven by hand: requests in, calls out, answers, deadlines and crashes. */

import { describe, expect, test } from 'vitest';
import {
  bodyOf,
  type CallError,
  type CallOptions,
  type Flow,
  type FlowContext,
  Signal,
} from '../../src/sim/call.ts';
import type { Message, Node } from '../../src/sim/node.ts';
import type { Request } from '../../src/sim/rpc.ts';
import { answering, echo, type Handle, ok, serving, tiers } from '../support/services.ts';
import { Stage } from '../support/stage.ts';

describe('a request', () => {
  test('is answered with the body that the flow returns, and its id', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.sleep(3);
      return { type: 'read_ok', value: 7 };
    });
    world.ask('api', { type: 'read', key: 'x' });
    world.untilQuiet();
    expect(world.transcript()).toMatchInlineSnapshot(
      `"3ms api→client read_ok inReplyTo=1 value=7"`,
    );
  });

  test('may be answered without a flow', () => {
    const world = tiers(() => ({ type: 'read_ok', value: 8 }));
    world.ask('api', { type: 'read' });
    expect(world.answers().get(1)).toMatchObject({ type: 'read_ok', value: 8 });
  });

  test('waits with its answer until what it wrote is durable', () => {
    const handle: Handle = function* (ctx) {
      ctx.storage.set('x', 1);
      yield* ctx.sleep(1);
      return { type: 'write_ok' };
    };
    const world = tiers(handle, {}, { diskMs: 10 });
    world.ask('api', { type: 'write' });
    world.untilQuiet();
    expect(world.transcript()).toBe('10ms api→client write_ok inReplyTo=1');
  });

  test('that is answered by nothing is a mistake, and stops the run', () => {
    const world = tiers((() => undefined) as unknown as Handle);
    expect(() => world.ask('api', { type: 'read' })).toThrow(
      'read was answered by undefined, not by a reply',
    );
  });

  test('whose flow throws stops the run, as a handler does', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.sleep(1);
      throw new TypeError('a mistake');
    });
    world.ask('api', { type: 'read' });
    expect(() => world.untilQuiet()).toThrow(new TypeError('a mistake'));
  });
});

describe('a call', () => {
  test('carries session, serial, attempt and the time left', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.sleep(30);
      yield* ctx.call('db-1', { type: 'get', key: 'x' });
      return { type: 'read_ok' };
    });
    const request = { type: 'read', id: 9, session: 'load/4', serial: 17, attempt: 2 };
    world.inject('client', 'api', { ...request, timeoutMs: 100 } as Message);
    world.until(31);
    expect(world.transcript().replace(/id=\d+/, 'id=…')).toBe(
      '30ms api→db-1 get key=x id=… session=load/4 serial=17 attempt=2 timeoutMs=70',
    );
  });

  test('to a group goes to its members in turn', () => {
    const world = tiers(function* (ctx, request) {
      yield* ctx.call('db', bodyOf(request));
      return { type: 'read_ok' };
    });
    for (let i = 0; i < 4; i++) world.ask('api', { type: 'read' });
    expect(world.sent.map(({ to }) => to)).toEqual(['db-1', 'db-2', 'db-3', 'db-1']);
  });

  test('can name the member, or those to avoid, or who chooses', () => {
    const ended: string[] = [];
    const options: CallOptions[] = [
      { to: 'db-3' },
      { avoid: ['db-1'] },
      { avoid: ['db-1', 'db-2', 'db-3'] },
      { chooser: { choose: (ids) => ids.at(-1) ?? '', ended: (id, how) => ended.push(id, how) } },
    ];
    const world = tiers(function* (ctx, request) {
      yield* ctx.call('db', { type: 'get' }, options[request.serial - 1]);
      return { type: 'read_ok' };
    });
    for (let i = 0; i < 4; i++) world.ask('api', { type: 'read' });
    expect(world.sent.map(({ to }) => to)).toEqual(['db-3', 'db-2', 'db-3', 'db-3']);
    world.untilQuiet();
    expect(ended).toEqual(['db-3', 'ok']);
  });

  test('that is cancelled has ended for who chose, however late its answer comes', () => {
    const ended: string[] = [];
    const chooser = {
      choose: () => 'db-1',
      ended: (id: string, how: string) => ended.push(id, how),
    };
    const world = tiers(function* (ctx) {
      yield* ctx.race([ctx.sleep(1), ctx.call('db', { type: 'get' }, { chooser })]);
      return { type: 'read_ok' };
    });
    world.ask('api', { type: 'read' });
    world.untilQuiet();
    expect(world.sent.map(({ from }) => from)).toContain('db-1');
    expect(ended).toEqual(['db-1', 'cancelled']);
  });

  test('to a group without members fails, and certainly did nothing', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.call('none', { type: 'get' });
      return { type: 'read_ok' };
    });
    world.ask('api', { type: 'read' });
    expect(world.answers().get(1)).toMatchObject({ type: 'error', code: 'node-not-found' });
  });

  test('throws the error of the answer into the flow, where it can be caught', () => {
    const handle: Handle = function* (ctx) {
      try {
        yield* ctx.call('db-1', { type: 'get' });
        return { type: 'read_ok' };
      } catch (error) {
        const { code, definite, target, from } = error as CallError;
        return { type: 'caught', code, definite, target, from };
      }
    };
    const world = new Stage()
      .add('api', () => serving(handle))
      .add('db-1', () => answering(1, () => ({ type: 'error', code: 'txn-conflict' })));
    world.ask('api', { type: 'read' });
    world.untilQuiet();
    expect(world.answers().get(1)).toMatchObject({
      type: 'caught',
      code: 'txn-conflict',
      definite: true,
      target: 'db-1',
      from: 'db-1',
    });
  });

  test('as an attempt gives errors as values', () => {
    const world = tiers(function* (ctx) {
      const good = yield* ctx.attempt('db-1', { type: 'get' });
      const late = yield* ctx.attempt('db-1', { type: 'get' }, { timeoutMs: 2 });
      const nobody = yield* ctx.attempt('none', { type: 'get' });
      return { type: 'read_ok', outcomes: [good.ok, late, nobody] };
    });
    world.ask('api', { type: 'read' });
    world.untilQuiet();
    expect(world.answers().get(1)).toMatchObject({
      outcomes: [
        true,
        { ok: false, code: 'timeout', from: 'db-1' },
        { ok: false, code: 'node-not-found', from: null },
      ],
    });
  });

  test('ignores answers that come late or twice', () => {
    const world = tiers(function* (ctx) {
      const late = yield* ctx.attempt('db-1', { type: 'slow' }, { timeoutMs: 2 });
      const next = yield* ctx.call('db-1', { type: 'get' });
      return { type: 'read_ok', late: late.ok, next: next.type };
    });
    world.ask('api', { type: 'read' });
    world.until(8);
    const second = world.sent.filter(({ to }) => to === 'db-1')[1]!.message as Request;
    const reply = { type: 'get_ok', inReplyTo: second.id };
    world.inject('db-1', 'api', reply as Message);
    world.inject('db-1', 'api', reply as Message);
    world.untilQuiet();
    expect([...world.answers()]).toHaveLength(1);
    expect(world.answers().get(1)).toMatchObject({ late: false, next: 'get_ok' });
  });

  test('cancels its timer once answered', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.call('db-1', { type: 'get' }, { timeoutMs: 1000 });
      return { type: 'read_ok' };
    });
    world.ask('api', { type: 'read' });
    world.until(500);
    expect(world.answers().size).toBe(1);
    expect(world.timersOf('api')).toEqual([]);
  });

  test('of the node itself belongs to its own session, one serial a call', () => {
    const start = function* (ctx: FlowContext): Flow {
      yield* ctx.attempt('db-1', { type: 'hello' }, { timeoutMs: 5 });
      yield* ctx.attempt('db-1', { type: 'hello' }, { timeoutMs: 5 });
    };
    const world = new Stage({ outside: ['db-1'] }).add('api', () => serving(echo, {}, { start }));
    world.untilQuiet();
    expect(world.transcript().replaceAll(/ id=\d+/g, '')).toMatchInlineSnapshot(`
      "0ms api→db-1 hello session=api serial=1 attempt=1 timeoutMs=5
      5ms api→db-1 hello session=api serial=2 attempt=1 timeoutMs=5"
    `);
  });

  test('may leave the session of its request, for a store that drops repeats', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.call('db-1', { type: 'put' });
      yield* ctx.call('db-1', { type: 'put' }, { session: 'own' });
      return { type: 'write_ok' };
    });
    world.ask('api', { type: 'write' });
    world.untilQuiet();
    const calls = world.sent.filter(({ to }) => to === 'db-1');
    expect(calls.map(({ message }) => (message as Request).session)).toEqual(['s', 'api']);
  });
});

describe('the deadline', () => {
  test('is the time of arrival plus what the caller had left, and bounds calls', () => {
    let deadline: number | null = null;
    const world = tiers(function* (ctx) {
      deadline = ctx.deadline;
      yield* ctx.call('db-1', { type: 'get' }, { timeoutMs: 500 });
      return { type: 'read_ok' };
    });
    world.until(100);
    world.ask('api', { type: 'read' }, 4);
    expect(deadline).toBe(104);
    expect(world.sent[0]?.message).toMatchObject({ timeoutMs: 4 });
    world.untilQuiet();
    // The database needs 7 ms in all.
    expect(world.answers().get(1)).toMatchObject({ type: 'error', code: 'timeout' });
    expect(world.sent.find(({ to }) => to === 'client')?.atMs).toBe(104);
  });

  test('is never lengthened on the way through several services', () => {
    const relay: Handle = function* (ctx, request) {
      yield* ctx.sleep(10);
      const next = ctx.self === 'api' ? 'mid' : 'db-1';
      yield* ctx.call(next, bodyOf(request), { timeoutMs: 60 });
      return { type: 'read_ok' };
    };
    const world = tiers(relay).add('mid', () => serving(relay));
    world.ask('api', { type: 'read' }, 100);
    world.untilQuiet();
    const left = world.sent
      .filter(({ message }) => 'session' in message)
      .map(({ to, message }) => [to, (message as Request).timeoutMs]);
    // 60 ms at most for the first hop; of these the second has 50 left after its own 10 ms.
    expect(left).toEqual([
      ['mid', 60],
      ['db-1', 50],
    ]);
  });

  test('once passed, nothing more is sent', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.sleep(20);
      const outcome = yield* ctx.attempt('db-1', { type: 'get' });
      return { type: 'read_ok', outcome };
    });
    world.ask('api', { type: 'read' }, 15);
    world.untilQuiet();
    expect(world.sent.filter(({ to }) => to === 'db-1')).toEqual([]);
    expect(world.answers().get(1)).toMatchObject({ outcome: { ok: false, code: 'timeout' } });
  });

  test('is absent without a timeout', () => {
    const world = tiers((ctx) => ({ type: 'read_ok', deadline: ctx.deadline }));
    world.ask('api', { type: 'read' });
    expect(world.answers().get(1)).toMatchObject({ deadline: null });
  });
});

describe('an error that escapes', () => {
  /** What the client hears when the flow fails so. */
  function heard(handle: Handle, code: string): unknown {
    const world = new Stage({ outside: ['lost', 'slow'] })
      .add('api', () => serving(handle))
      .add('good', () => answering(1, ok))
      .add('bad', () => answering(1, () => ({ type: 'error', code })));
    world.ask('api', { type: 'write' });
    world.untilQuiet();
    const reply = world.answers().get(1) as unknown as { type: string; code: string };
    expect(reply.type).toBe('error');
    return reply.code;
  }

  const onlyBad: Handle = function* (ctx) {
    yield* ctx.call('bad', { type: 'put' });
    return { type: 'write_ok' };
  };

  test('stays what it was: definite if definite, in doubt if in doubt', () => {
    expect(heard(onlyBad, 'overloaded')).toBe('overloaded');
    expect(heard(onlyBad, 'timeout')).toBe('timeout');
    expect(heard(onlyBad, 'no-such-code')).toBe('no-such-code');
  });

  /** Does something at once, within a flow. */
  const acting = (act: (ctx: FlowContext) => void) => (ctx: FlowContext) => {
    act(ctx);
    return ctx.sleep(0);
  };
  const acts: readonly [string, (ctx: FlowContext) => Flow<unknown>][] = [
    ['a call that succeeded', (ctx) => ctx.call('good', { type: 'put' })],
    ['a call in doubt', (ctx) => ctx.attempt('lost', { type: 'put' }, { timeoutMs: 1 })],
    ['a write to disk', acting((ctx) => ctx.storage.set('x', 1))],
    ['a message', acting((ctx) => ctx.send('good', { type: 'notice' }))],
    ['a background flow', acting((ctx) => ctx.fork(ctx.sleep(1)))],
  ];
  test.each(acts)('is not definite any more after %s', (_what, act) => {
    const handle: Handle = function* (ctx) {
      yield* act(ctx);
      yield* ctx.call('bad', { type: 'put' });
      return { type: 'write_ok' };
    };
    expect(heard(handle, 'overloaded')).toBe('crash');
    expect(heard(handle, 'timeout')).toBe('timeout');
  });

  test('a call that failed before, and did nothing, leaves it definite', () => {
    const handle: Handle = function* (ctx) {
      yield* ctx.attempt('bad', { type: 'put' });
      yield* ctx.call('bad', { type: 'put' });
      return { type: 'write_ok' };
    };
    expect(heard(handle, 'overloaded')).toBe('overloaded');
  });

  test('a sibling that was cut off in flight leaves it in doubt', () => {
    const handle: Handle = function* (ctx) {
      yield* ctx.all([ctx.call('bad', { type: 'put' }), ctx.call('slow', { type: 'put' })]);
      return { type: 'write_ok' };
    };
    expect(heard(handle, 'overloaded')).toBe('crash');
  });
});

describe('a crash', () => {
  test('drops flows, queue and calls; the next life starts empty', () => {
    let finished = 0;
    const world = tiers(
      function* (ctx) {
        yield* ctx.call('db-1', { type: 'get' });
        finished++;
        return { type: 'read_ok' };
      },
      { concurrency: 1 },
    );
    for (let i = 0; i < 3; i++) world.ask('api', { type: 'read' });
    world.until(2);
    world.crash('api');
    world.until(3);
    world.boot('api');
    expect(world.node('api').inspect?.()).toEqual({ active: 0, queued: 0 });
    world.untilQuiet();
    expect(finished).toBe(0);
    expect(world.answers().size).toBe(0);
  });

  test('leaves late answers that the next life does not take for its own', () => {
    let replies = 0;
    const world = tiers(function* (ctx) {
      const reply = yield* ctx.call('db-1', { type: 'get' });
      replies++;
      return { type: 'read_ok', got: reply.type };
    });
    world.ask('api', { type: 'read' });
    world.until(2);
    world.crash('api');
    world.boot('api');
    world.ask('api', { type: 'read' });
    // The answer to the first life's call comes at 7 ms, that to the second's at 9 ms.
    world.until(8);
    expect(replies).toBe(0);
    world.untilQuiet();
    expect(replies).toBe(1);
  });

  test('calls of many lives never share a number', () => {
    const start = function* (ctx: FlowContext): Flow {
      yield* ctx.all([1, 2, 3, 4].map(() => ctx.call('db-1', { type: 'get' })));
    };
    const world = new Stage({ outside: ['db-1'] }).add('api', () => serving(echo, {}, { start }));
    for (let life = 1; life < 500; life++) {
      world.crash('api');
      world.boot('api');
    }
    const ids = world.sent.map(({ message }) => (message as Request).id);
    expect(ids).toHaveLength(2000);
    expect(new Set(ids).size).toBe(2000);
    for (const id of ids) expect(Number.isSafeInteger(id)).toBe(true);
  });
});

describe('besides requests', () => {
  test('messages without an answer go to receive, which may start flows', () => {
    const node: Node = serving(
      echo,
      {},
      {
        receive(ctx, from, message) {
          ctx.fork(function* (background) {
            yield* background.sleep(2);
            background.send(from, { type: `${message.type}-echo` });
          });
        },
      },
    );
    const world = new Stage({ outside: ['peer'] }).add('api', () => node);
    world.inject('peer', 'api', { type: 'gossip' });
    world.untilQuiet();
    expect(world.transcript()).toBe('2ms api→peer gossip-echo');
  });

  test('and are ignored without it', () => {
    const world = new Stage({ outside: ['peer'] }).add('api', () => serving(echo));
    world.inject('peer', 'api', { type: 'gossip' });
    expect(world.sent).toEqual([]);
  });

  test('a forked flow outlives its request, and its deadline too if it is a function', () => {
    const seen: (number | null)[] = [];
    const world = tiers((ctx) => {
      ctx.fork(function* (background) {
        yield* background.sleep(50);
        seen.push(ctx.deadline, background.deadline);
        yield* background.call('db-1', { type: 'later' });
        seen.push(background.now());
      });
      return { type: 'request_ok' };
    });
    world.ask('api', { type: 'request' }, 10);
    expect(world.answers().size).toBe(1);
    world.untilQuiet();
    expect(seen).toEqual([10, null, 57]);
    const call = world.sent.find(({ to }) => to === 'db-1')?.message;
    expect(call).toMatchObject({ session: 's', serial: 1, timeoutMs: null });
  });

  test('a call that fails in a forked flow is noted, nothing more', () => {
    const world = tiers((ctx) => {
      ctx.fork(ctx.call('none', { type: 'later' }));
      return { type: 'request_ok' };
    });
    world.ask('api', { type: 'request' });
    expect(world.notes).toEqual([
      'api background flow failed {"code":"node-not-found","target":"none"}',
    ]);
    expect(world.answers().size).toBe(1);
  });

  test('a mistake in a forked flow stops the run, whatever its starter catches', () => {
    const world = tiers((ctx) => {
      try {
        // biome-ignore lint/correctness/useYield: it fails before it could.
        ctx.fork(function* () {
          throw new TypeError('a mistake');
        });
      } catch {}
      return { type: 'request_ok' };
    });
    expect(() => world.ask('api', { type: 'request' })).toThrow(new TypeError('a mistake'));
  });

  test('a forked flow can be cancelled', () => {
    const world = tiers(function* (ctx) {
      const renewal = ctx.fork(function* (background) {
        for (;;) {
          background.note('renewed');
          yield* background.sleep(10);
        }
      });
      yield* ctx.sleep(25);
      renewal.cancel();
      renewal.cancel();
      return { type: 'request_ok' };
    });
    world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(world.notes).toHaveLength(3);
  });

  test('sync waits for the disk', () => {
    const done: number[] = [];
    const handle: Handle = function* (ctx) {
      ctx.storage.log('log').append(1);
      yield* ctx.sync();
      done.push(ctx.now());
      yield* ctx.sync();
      done.push(ctx.now());
      return { type: 'request_ok' };
    };
    const world = tiers(handle, {}, { diskMs: 6 });
    world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(done).toEqual([6, 6]);
  });
});

describe('a signal', () => {
  /** A lock that each request holds for 5 ms. */
  function lock(): Handle {
    const freed = new Signal();
    let held = false;
    return function* (ctx, request) {
      while (held) yield* ctx.wait(freed);
      held = true;
      try {
        yield* ctx.sleep(5);
      } finally {
        held = false;
        freed.wakeOne();
      }
      return { type: `${request.type}_ok` };
    };
  }

  test('wakes those who wait, first come first served', () => {
    const world = new Stage().add('api', () => serving(lock()));
    for (let i = 0; i < 3; i++) world.ask('api', { type: 'request' });
    world.untilQuiet();
    expect(world.transcript()).toMatchInlineSnapshot(`
      "5ms api→client request_ok inReplyTo=1
      10ms api→client request_ok inReplyTo=2
      15ms api→client request_ok inReplyTo=3"
    `);
  });

  test('given to a flow that is cancelled goes to the next', () => {
    const order: string[] = [];
    const signal = new Signal();
    const start = function* (ctx: FlowContext): Flow {
      const waiting = (name: string) =>
        function* (background: FlowContext): Flow {
          yield* background.wait(signal);
          order.push(name);
        };
      const first = ctx.fork(waiting('first'));
      ctx.fork(waiting('second'));
      yield* ctx.sleep(1);
      expect(signal.wakeOne()).toBe(true);
      first.cancel();
      yield* ctx.sleep(1);
      expect(signal.wakeOne()).toBe(false);
    };
    new Stage().add('api', () => serving(echo, {}, { start })).untilQuiet();
    expect(order).toEqual(['second']);
  });

  test('wakes all at once if told so', () => {
    const woken: number[] = [];
    const signal = new Signal();
    const start = function* (ctx: FlowContext): Flow {
      for (const i of [1, 2, 3]) {
        ctx.fork(function* (background) {
          yield* background.wait(signal);
          woken.push(i);
        });
      }
      yield* ctx.sleep(1);
      signal.wakeAll();
      // They run when this flow waits, never in the middle of it.
      expect(woken).toEqual([]);
      yield* ctx.sleep(0);
      expect(woken).toEqual([1, 2, 3]);
      signal.wakeAll();
    };
    new Stage().add('api', () => serving(echo, {}, { start })).untilQuiet();
    expect(woken).toEqual([1, 2, 3]);
  });
});
