// Calls that are given up tell their target, if the caller wants that, and the target drops them.
import { describe, expect, test } from 'vitest';
import { policy as timeout } from '../../src/nodes/traffic/timeout/index.ts';
import type { CallOptions } from '../../src/sim/call.ts';
import type { Request } from '../../src/sim/rpc.ts';
import type { ServeOptions, Service } from '../../src/sim/service.ts';
import { answering, bind, type Handle, ok, serving } from '../support/services.ts';
import { Stage } from '../support/stage.ts';

const cancels = (stage: Stage) =>
  stage.sent
    .filter(({ message }) => message.type === 'cancel')
    .map(({ atMs, from, to }) => `${atMs} ${from}→${to}`);

const cancelled = { cancel: true } satisfies CallOptions;

/** A caller that gives each call up after `afterMs`. */
function impatient(afterMs: number, options: CallOptions = cancelled): Handle {
  return function* (ctx, request) {
    yield* ctx.race([ctx.sleep(afterMs), ctx.call('db-1', { type: 'put' }, options)]);
    return ok(request);
  };
}

/** `api` in front of `db-1`, a service with this handler. */
function world(
  caller: Handle,
  handle: Handle,
  options: ServeOptions = {},
  more: Partial<Service> = {},
): Stage {
  return new Stage({ outside: ['other'] })
    .add('api', () => serving(caller))
    .add('db-1', () => serving(handle, options, more));
}

describe('the caller', () => {
  test('says nothing unless it declares it', () => {
    const stage = world(impatient(3, {}), function* (ctx, request) {
      yield* ctx.sleep(100);
      return ok(request);
    });
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(cancels(stage)).toEqual([]);
  });

  test('names the request when a race is lost, its time is over, or its flow is dropped', () => {
    const handles: Handle[] = [
      impatient(3),
      function* (ctx, request) {
        yield* ctx.attempt('db-1', { type: 'put' }, { cancel: true, timeoutMs: 3 });
        return ok(request);
      },
      function* (ctx, request) {
        const fork = ctx.fork(ctx.call('db-1', { type: 'put' }, cancelled));
        yield* ctx.sleep(3);
        fork.cancel();
        return ok(request);
      },
    ];
    for (const handle of handles) {
      const stage = new Stage()
        .add('api', () => serving(handle))
        .add('db-1', () => answering(50, ok));
      stage.ask('api', { type: 'write' });
      stage.untilQuiet();
      expect(cancels(stage)).toEqual(['3 api→db-1']);
      const sent = stage.sent.filter(({ from }) => from === 'api').map(({ message }) => message);
      expect(sent[1]).toEqual({ type: 'cancel', of: (sent[0] as Request).id });
    }
  });

  test('says nothing of a call that was answered', () => {
    const stage = world(impatient(30), (_ctx, request) => ok(request));
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(cancels(stage)).toEqual([]);
  });

  test('may be the timeout policy', () => {
    const policies = { 'db-1': [bind(timeout, { after: 4, cancel: true })] };
    const handle: Handle = function* (ctx, request) {
      yield* ctx.attempt('db-1', { type: 'put' });
      return ok(request);
    };
    const stage = new Stage()
      .add('api', () => serving(handle, {}, {}, policies))
      .add('db-1', () => answering(50, ok));
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(cancels(stage)).toEqual(['4 api→db-1']);
  });
});

describe('a service', () => {
  test('drops the flow of the request, whose finally blocks run, and answers nothing', () => {
    const log: string[] = [];
    const stage = world(impatient(3), function* (ctx, request) {
      try {
        yield* ctx.sleep(100);
        log.push('done');
      } finally {
        log.push(`finally at ${ctx.now()}`);
      }
      return ok(request);
    });
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(log).toEqual(['finally at 4']);
    expect(stage.sent.filter(({ from }) => from === 'db-1')).toEqual([]);
    expect(stage.node('db-1').inspect?.()).toMatchObject({ active: 0, queued: 0 });
  });

  test('gives its place to the next, whether it was handled or in its service time', () => {
    const slow: Handle = function* (ctx, request) {
      yield* ctx.sleep(100);
      return ok(request);
    };
    const serviceTime = { kind: 'constant', value: 100 } as const;
    const cases: [Handle, ServeOptions][] = [
      [slow, { concurrency: 1 }],
      [(_ctx, request) => ok(request), { concurrency: 1, serviceTime }],
    ];
    for (const [handle, options] of cases) {
      const caller: Handle = function* (ctx, request) {
        if (request.serial === 1)
          yield* ctx.race([ctx.sleep(3), ctx.call('db-1', { type: 'put' }, cancelled)]);
        else yield* ctx.call('db-1', { type: 'put' });
        return ok(request);
      };
      const stage = world(caller, handle, options);
      stage.ask('api', { type: 'write' });
      stage.ask('api', { type: 'write' });
      stage.untilQuiet();
      const answered = stage.sent.filter(({ from }) => from === 'db-1').map(({ atMs }) => atMs);
      // The second began at 4, when the first was cancelled, and takes 100.
      expect(answered).toEqual([104]);
      expect(stage.timersOf('db-1')).toEqual([]);
    }
  });

  test('takes it out of the queue, where its place is free again', () => {
    let handled = 0;
    const stage = new Stage()
      .add('api', () => serving(impatient(3)))
      .add('db-1', () =>
        serving(
          function* (ctx, request) {
            handled++;
            yield* ctx.sleep(50);
            return ok(request);
          },
          { concurrency: 1, queue: 1 },
        ),
      );
    stage.ask('db-1', { type: 'write' });
    stage.ask('api', { type: 'write' });
    stage.until(2);
    expect(stage.node('db-1').inspect?.()).toMatchObject({ active: 1, queued: 1 });
    stage.until(5);
    expect(stage.node('db-1').inspect?.()).toMatchObject({ active: 1, queued: 0 });
    stage.ask('db-1', { type: 'write' });
    stage.untilQuiet();
    // The one that was cancelled never had its turn.
    expect(handled).toBe(2);
    const codes = [...stage.answers().values()].map(({ type }) => type);
    expect(codes.sort((a, b) => (a < b ? -1 : 1))).toEqual(['write_ok', 'write_ok', 'write_ok']);
  });

  test('may undo what the request did', () => {
    const undone: string[] = [];
    const stage = world(
      impatient(3),
      function* (ctx, request) {
        yield* ctx.sleep(100);
        return ok(request);
      },
      {},
      { cancelled: (ctx, request) => undone.push(`${request.type} at ${ctx.now()}`) },
    );
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(undone).toEqual(['put at 4']);
  });

  test('cancels the calls made for it, all the way down', () => {
    const relay: Handle = function* (ctx, request) {
      yield* ctx.call('db-2', { type: 'put' });
      return ok(request);
    };
    const stage = world(impatient(3), relay).add('db-2', () => answering(100, ok));
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(cancels(stage)).toEqual(['3 api→db-1', '4 db-1→db-2']);
  });

  test('handles a request that comes after its cancel: it may happen all the same', () => {
    const stage = new Stage()
      .add('api', () => serving(impatient(3)))
      .add('db-1', () => serving((_ctx, request) => ok(request)));
    // The request overtakes nothing: it takes 10 ms, its cancel 1.
    const slow = { type: 'put', first: 1, last: 1, action: 'delay', byMs: 9 } as const;
    stage.levers().script('api', 'db-1', slow);
    stage.ask('api', { type: 'write' });
    stage.untilQuiet();
    expect(stage.sent.filter(({ message }) => message.type === 'put_ok')).toHaveLength(1);
  });

  test('tells requests of the same number apart by who sent them', () => {
    const stage = world(
      (_ctx, request) => ok(request),
      function* (ctx, request) {
        yield* ctx.sleep(20);
        return ok(request);
      },
    );
    stage.ask('db-1', { type: 'write' });
    stage.inject('other', 'db-1', { type: 'cancel', of: 1 } as never);
    stage.untilQuiet();
    expect(stage.answers().get(1)).toMatchObject({ type: 'write_ok' });
  });
});
