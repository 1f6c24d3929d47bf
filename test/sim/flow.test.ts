/** Flows side by side: all, race, cancellation; and the mistakes that are told. */

import { describe, expect, test } from 'vitest';
import { type Flow, type FlowContext, FlowError, Signal } from '../../src/sim/call.ts';
import type { Request } from '../../src/sim/rpc.ts';
import { answering, echo, type Handle, ok, serving, tiers } from '../support/services.ts';
import { Stage } from '../support/stage.ts';

/** Runs one flow in a node of its own; what it writes down, with the time. */
function run(flow: (ctx: FlowContext, log: (text: string) => void) => Flow, ms = 1000): string[] {
  const lines: string[] = [];
  const world = new Stage();
  const start = (ctx: FlowContext) => flow(ctx, (text) => lines.push(`${ctx.now()} ${text}`));
  for (const id of ['db-1', 'db-2', 'db-3']) world.add(id, () => answering(5, ok));
  world.add('api', () => serving(echo, {}, { start }));
  world.until(ms);
  return lines;
}

/** Sleeps, then gives its name; writes down how it ended. */
function* napping(
  ctx: FlowContext,
  log: (text: string) => void,
  name: string,
  ms: number,
): Flow<string> {
  let how = 'cancelled';
  try {
    yield* ctx.sleep(ms);
    how = 'done';
    return name;
  } finally {
    log(`${name} ${how}`);
  }
}

function* failing(ctx: FlowContext, ms: number): Flow<never> {
  yield* ctx.sleep(ms);
  throw new Error('failed');
}

describe('nested flows', () => {
  test('run as if written in place, and give their value', () => {
    const add = function* (ctx: FlowContext, a: number, b: number): Flow<number> {
      yield* ctx.sleep(1);
      return a + b;
    };
    const lines = run(function* (ctx, log) {
      log(`${yield* add(ctx, yield* add(ctx, 1, 2), 3)}`);
    });
    expect(lines).toEqual(['2 6']);
  });

  test('throw to the one that called them', () => {
    const lines = run(function* (ctx, log) {
      try {
        yield* failing(ctx, 2);
      } catch (error) {
        log((error as Error).message);
      }
    });
    expect(lines).toEqual(['2 failed']);
  });
});

describe('all', () => {
  test('waits for the slowest and gives the values in the order given', () => {
    const lines = run(function* (ctx, log) {
      const [a, b, c] = yield* ctx.all([
        napping(ctx, log, 'a', 3),
        napping(ctx, log, 'b', 1),
        ctx.sleep(2),
      ]);
      log(`${a} ${b} ${c}`);
    });
    expect(lines).toEqual(['1 b done', '3 a done', '3 a b undefined']);
  });

  test('cancels the others when one fails, and throws its error', () => {
    const lines = run(function* (ctx, log) {
      try {
        yield* ctx.all([
          napping(ctx, log, 'a', 1),
          napping(ctx, log, 'b', 9),
          failing(ctx, 4),
          napping(ctx, log, 'c', 9),
        ]);
      } catch (error) {
        log((error as Error).message);
      }
    });
    expect(lines).toEqual(['1 a done', '4 b cancelled', '4 c cancelled', '4 failed']);
  });

  test('of calls sends them all at once', () => {
    const handle: Handle = function* (ctx) {
      const replies = yield* ctx.all([
        ctx.call('db-1', { type: 'get' }),
        ctx.call('db-2', { type: 'get' }),
      ]);
      return { type: 'read_ok', types: replies.map(({ type }) => type) };
    };
    const world = tiers(handle);
    world.ask('api', { type: 'read' });
    expect(world.sent.map(({ to }) => to)).toEqual(['db-1', 'db-2']);
    world.untilQuiet();
    expect(world.answers().get(1)).toMatchObject({ types: ['get_ok', 'get_ok'] });
    expect(world.sent.at(-1)?.atMs).toBe(7);
  });

  test('of none, and of those that need not wait, does not wait', () => {
    // biome-ignore lint/correctness/useYield: that is the case.
    const at = function* (value: number): Flow<number> {
      return value;
    };
    const lines = run(function* (ctx, log) {
      log(JSON.stringify(yield* ctx.all([])));
      log(JSON.stringify(yield* ctx.all([at(1), at(2)])));
    });
    expect(lines).toEqual(['0 []', '0 [1,2]']);
  });
});

describe('race', () => {
  test('gives the first, and cancels the others so that their finally blocks run', () => {
    const lines = run(function* (ctx, log) {
      const winner = yield* ctx.race([
        napping(ctx, log, 'slow', 5),
        napping(ctx, log, 'fast', 2),
        napping(ctx, log, 'slower', 7),
      ]);
      log(`${winner} won`);
      yield* ctx.sleep(100);
    });
    expect(lines).toEqual(['2 fast done', '2 slow cancelled', '2 slower cancelled', '2 fast won']);
  });

  test('of a call and a sleep: the late answer is ignored, the timer gone', () => {
    const handle: Handle = function* (ctx) {
      const reply = yield* ctx.race([
        ctx.call('db-1', { type: 'get' }, { timeoutMs: 50 }),
        ctx.sleep(3),
      ]);
      yield* ctx.sleep(20);
      return { type: 'read_ok', won: reply === undefined ? 'sleep' : 'call' };
    };
    const world = tiers(handle);
    world.ask('api', { type: 'read' });
    world.until(4);
    expect(world.timersOf('api')).toEqual(['sleep 2']);
    world.untilQuiet();
    expect(world.answers().get(1)).toMatchObject({ won: 'sleep' });
  });

  test('throws if the first to end fails', () => {
    const lines = run(function* (ctx, log) {
      try {
        yield* ctx.race([failing(ctx, 1), napping(ctx, log, 'a', 2)]);
      } catch (error) {
        log((error as Error).message);
      }
    });
    expect(lines).toEqual(['1 a cancelled', '1 failed']);
  });

  test('won at once never starts the others', () => {
    const lines = run(function* (ctx, log) {
      // biome-ignore lint/correctness/useYield: that is the case.
      const now = function* (): Flow<string> {
        return 'now';
      };
      const call = ctx.call('db-1', { type: 'get' });
      const both = ctx.all([ctx.sleep(1), ctx.call('db-2', { type: 'get' })]);
      log(`${yield* ctx.race([now(), call, both])}`);
      yield* ctx.sleep(5);
    });
    expect(lines).toEqual(['0 now']);
  });

  test('with a condition gives the first that meets it, else the last', () => {
    const lines = run(function* (ctx, log) {
      const naps = (): Flow<string>[] => [
        napping(ctx, log, 'a', 1),
        napping(ctx, log, 'b', 2),
        napping(ctx, log, 'c', 3),
      ];
      log(`→ ${yield* ctx.race(naps(), (name) => name === 'b')}`);
      log(`→ ${yield* ctx.race(naps(), () => false)}`);
    });
    expect(lines).toEqual([
      '1 a done',
      '2 b done',
      '2 c cancelled',
      '2 → b',
      '3 a done',
      '4 b done',
      '5 c done',
      '5 → c',
    ]);
  });

  test('of races cancels whatever is inside', () => {
    const lines = run(function* (ctx, log) {
      yield* ctx.race([
        ctx.sleep(2),
        ctx.all([
          napping(ctx, log, 'a', 1),
          ctx.race([napping(ctx, log, 'b', 8), napping(ctx, log, 'c', 9)]),
        ]),
      ]);
      log('over');
      yield* ctx.sleep(50);
    });
    expect(lines).toEqual(['1 a done', '2 b cancelled', '2 c cancelled', '2 over']);
  });

  test('of nobody is refused', () => {
    expect(() => run((ctx) => ctx.race([]) as Flow<never>)).toThrow(RangeError);
  });

  test('cancels a call through policies, with the time it had left', () => {
    const world = tiers(function* (ctx) {
      yield* ctx.race([ctx.sleep(2), ctx.call('db-1', { type: 'get' }, { timeoutMs: 50 })]);
      return { type: 'read_ok' };
    });
    world.ask('api', { type: 'read' });
    world.until(2);
    expect(world.timersOf('api')).toEqual([]);
    expect(world.sent.find(({ to }) => to === 'db-1')).toBeDefined();
  });

  test('leaves no trace of what a cancelled sleep or signal waited for', () => {
    const signal = new Signal();
    const lines = run(function* (ctx, log) {
      yield* ctx.race([ctx.sleep(1), ctx.wait(signal), ctx.sleep(9)]);
      log(`wakes somebody: ${signal.wakeOne()}`);
    });
    expect(lines).toEqual(['1 wakes somebody: false']);
  });
});

describe('a call that was created and not yielded', () => {
  const told = (handle: Handle): string => {
    const world = tiers(handle);
    try {
      world.ask('api', { type: 'read' });
      world.untilQuiet();
    } catch (error) {
      expect(error).toBeInstanceOf(FlowError);
      return (error as FlowError).message;
    }
    return 'nothing';
  };

  test('is told at the next step, with its target and the cure', () => {
    expect(
      told(function* (ctx) {
        ctx.call('db', { type: 'put' });
        yield* ctx.sleep(1);
        return { type: 'read_ok' };
      }),
    ).toBe(
      "ctx.call('db', { type: 'put' … }) was created but never yielded: " +
        "write yield* ctx.call('db', { type: 'put' … })",
    );
  });

  test('is told at the end of the flow', () => {
    expect(
      told(function* (ctx) {
        yield* ctx.sleep(1);
        ctx.attempt('db-2', { type: 'put' });
        return { type: 'read_ok' };
      }),
    ).toContain("ctx.attempt('db-2'");
  });

  test('is told though a later call is yielded', () => {
    expect(
      told(function* (ctx) {
        const first = ctx.call('db-1', { type: 'put' });
        yield* ctx.call('db-2', { type: 'put' });
        yield* first;
        return { type: 'read_ok' };
      }),
    ).toContain("ctx.call('db-1'");
  });

  test('is told inside a branch, a fork, and a handler that is no flow', () => {
    const forget = function* (ctx: FlowContext): Flow {
      ctx.sleep(7);
      yield* ctx.sleep(1);
    };
    expect(
      told(function* (ctx) {
        try {
          yield* ctx.all([forget(ctx), ctx.sleep(1)]);
        } catch {}
        return { type: 'read_ok' };
      }),
    ).toContain('ctx.sleep(7)');
    expect(
      told((ctx) => {
        ctx.fork(forget(ctx));
        return { type: 'read_ok' };
      }),
    ).toContain('ctx.sleep(7)');
    expect(
      told((ctx) => {
        ctx.sync();
        return { type: 'read_ok' };
      }),
    ).toContain('ctx.sync()');
  });

  test('is told for all, race and wait too', () => {
    const forgotten: readonly ((ctx: FlowContext) => unknown)[] = [
      (ctx) => ctx.all([]),
      (ctx) => ctx.race([ctx.sleep(1)]),
      (ctx) => ctx.wait(new Signal()),
    ];
    for (const forget of forgotten) {
      expect(
        told(function* (ctx) {
          forget(ctx);
          yield* ctx.sleep(1);
          return { type: 'read_ok' };
        }),
      ).toContain('was created but never yielded');
    }
  });

  test('is fine if it is handed to all, race or fork', () => {
    expect(
      told(function* (ctx) {
        const [a, b] = [ctx.call('db-1', { type: 'put' }), ctx.call('db-2', { type: 'put' })];
        ctx.fork(ctx.call('db-3', { type: 'put' }));
        yield* ctx.all([a, b]);
        return { type: 'read_ok' };
      }),
    ).toBe('nothing');
  });

  test('yield in place of yield* is told too', () => {
    const careless = function* (ctx: FlowContext) {
      yield ctx.call('db-1', { type: 'put' });
      return { type: 'read_ok' };
    } as unknown as Handle;
    expect(told(careless)).toMatch(/never yielded|write yield\* in place of yield/);
    const numbers = function* () {
      yield 5;
      return { type: 'read_ok' };
    } as unknown as Handle;
    expect(told(numbers)).toContain('write yield* in place of yield');
  });
});

describe('other mistakes', () => {
  test('two flows must not wait for the same call', () => {
    const lines = run(function* (ctx, log) {
      const call = ctx.call('db-1', { type: 'get' });
      try {
        yield* ctx.all([call, call]);
      } catch (error) {
        log((error as Error).message);
      }
    });
    expect(lines[0]).toContain('is waited for twice');
  });

  test('a cancelled flow must not wait in its finally block', () => {
    const stubborn = function* (ctx: FlowContext): Flow {
      try {
        yield* ctx.sleep(9);
      } finally {
        yield* ctx.sleep(1);
      }
    };
    expect(() =>
      run(function* (ctx) {
        yield* ctx.race([ctx.sleep(1), stubborn(ctx)]);
      }),
    ).toThrow('waited in a finally block');
  });

  test('but may hand what is left to do to a fork', () => {
    const tidy = function* (ctx: FlowContext, log: (text: string) => void): Flow {
      try {
        yield* ctx.sleep(9);
      } finally {
        ctx.fork(function* (background) {
          const { from } = yield* background.attempt('db-1', { type: 'release' });
          log(`released at ${from}`);
        });
      }
    };
    const lines = run(function* (ctx, log) {
      yield* ctx.race([ctx.sleep(1), tidy(ctx, log)]);
    });
    expect(lines).toEqual(['8 released at db-1']);
  });

  test('a flow runs in its node, not by hand', () => {
    let stray: Flow<unknown> | null = null;
    const world = tiers((ctx) => {
      stray = ctx.sleep(1);
      ctx.fork(ctx.sleep(1));
      return { type: 'read_ok' };
    });
    expect(() => world.ask('api', { type: 'read' })).toThrow('never yielded');
    expect(() => (stray as unknown as Flow<unknown>).next()).toThrow('outside of any flow');
  });
});

test('every flow that ends leaves nothing behind in its node', () => {
  const world = tiers(
    function* (ctx, request: Request) {
      const before = ctx.now();
      yield* ctx.race([
        ctx.all([ctx.attempt('db', { type: 'get' }), ctx.sleep(request.serial % 7)]),
        ctx.attempt('db-1', { type: 'get' }, { timeoutMs: request.serial % 11 }),
        ctx.sleep(request.serial % 13),
      ]);
      return { type: 'read_ok', tookMs: ctx.now() - before };
    },
    { concurrency: 3 },
  );
  for (let i = 0; i < 200; i++) world.ask('api', { type: 'read' }, i % 5 === 0 ? 30 : 500);
  world.untilQuiet();
  expect(world.node('api').inspect?.()).toEqual({ active: 0, queued: 0 });
  expect(world.timersOf('api')).toEqual([]);
});
