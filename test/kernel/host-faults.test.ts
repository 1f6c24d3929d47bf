// Slow processors, requests in trouble, nodes that are told to leave or kept out.
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import type { RequestTrouble } from '../../src/sim/fault.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import type { Context, Message } from '../../src/sim/node.ts';
import type { Request } from '../../src/sim/rpc.ts';
import { type Body, worldOf } from '../support/stage.ts';

const MS = 1000;
const ping = { type: 'ping' };
const stream = () => new Streams('1').get('x');

test('a crash that is over at once is felt by the timers that it kept from firing', () => {
  const crashed = (timers: number) => {
    const world = worldOf({
      a: () => ({
        start(ctx) {
          for (let key = 1; key <= timers; key++) ctx.setTimer('t', 50, key);
          ctx.setTimer('cancelled', 50);
          ctx.cancelTimer('cancelled');
        },
      }),
    });
    const tally = newTally();
    const host = world.hosts[0]!;
    world.at(10 * MS, () => {
      host.downBy.push(tally);
      world.lives.crash(host);
      world.lives.letBoot(host, tally);
    });
    world.run(100 * MS);
    return tally.eventsSuppressed;
  };
  expect(crashed(3)).toBe(3);
  expect(crashed(0)).toBe(0);
});

describe('a slow processor', () => {
  /** Three messages that arrive at 1 ms, and one at 10 ms. */
  const listening = (cpuMessageUs: number, change: (world: World) => void) => {
    const at: number[] = [];
    const world = worldOf(
      {
        a: () => ({
          start(ctx) {
            for (let i = 0; i < 3; i++) ctx.send('b', ping);
            ctx.setTimer('t', 9);
          },
          timeout: (ctx) => ctx.send('b', ping),
        }),
        b: () => ({ receive: (ctx) => void at.push(ctx.now()) }),
      },
      { cpuMessageUs },
    );
    world.at(0, () => change(world));
    world.run(100 * MS);
    return at;
  };

  test('multiplies the time of a message; one that takes none is given some first', () => {
    const slow = (factor: number) => (world: World) =>
      void world.hosts[1]!.slow({ factor, messageMs: 0.5 }, newTally());
    expect(listening(0, slow(4))).toEqual([1, 3, 5, 10]);
    expect(listening(100, slow(4))).toEqual([1, 1.4, 1.8, 10]);
  });

  test('of two the factors multiply, and each goes by itself', () => {
    const world = worldOf({ a: () => ({}) }, { cpuMessageUs: 100 });
    const host = world.hosts[0]!;
    const one = host.slow({ factor: 2, messageMs: 0 }, newTally());
    const two = host.slow({ factor: 5, messageMs: 0 }, newTally());
    expect(host.pace.messageUs).toBe(1000);
    one();
    expect(host.pace.messageUs).toBe(500);
    two();
    expect(host.pace.messageUs).toBe(100);
  });

  test('what waits when it is over is handled in order, and nothing overtakes it', () => {
    const heard: string[] = [];
    const world = worldOf({
      a: () => ({
        start(ctx) {
          for (const type of ['1', '2', '3']) ctx.send('b', { type });
          ctx.setTimer('t', 2);
        },
        timeout: (ctx) => ctx.send('b', { type: '4' }),
      }),
      b: () => ({ receive: (ctx, _from, { type }) => void heard.push(`${type} at ${ctx.now()}`) }),
    });
    const host = world.hosts[1]!;
    const tally = newTally();
    world.at(0, () => {
      const release = host.slow({ factor: 1, messageMs: 5 }, tally);
      world.at(2 * MS, () => release());
    });
    world.run(100 * MS);
    expect(heard).toEqual(['1 at 1', '2 at 6', '3 at 6', '4 at 6']);
    expect(tally.handlersSlowed).toBe(1);
    expect(host.unready).toBe(false);
  });

  test('nor does a timer of the very instant at which the processor is free', () => {
    const order: string[] = [];
    const world = worldOf({
      a: () => ({
        start(ctx) {
          for (const type of ['1', '2']) ctx.send('b', { type });
        },
      }),
      b: () => ({
        start: (ctx) => ctx.setTimer('timer', 6),
        receive: (_ctx, _from, { type }) => void order.push(type),
        timeout: (_ctx, tag) => void order.push(tag),
      }),
    });
    let release = () => {};
    world.at(0, () => {
      release = world.hosts[1]!.slow({ factor: 1, messageMs: 5 }, newTally());
    });
    world.at(6 * MS, () => release());
    world.run(100 * MS);
    expect(order).toEqual(['1', '2', 'timer']);
  });
});

/** A caller that asks twice, at 0 and 10 ms, and a server that answers 2 ms later. */
function asked(trouble: RequestTrouble | null, untilMs = 1000) {
  const log: string[] = [];
  const requests = new Map<number, string>();
  const caller = (): Body => ({
    start(ctx) {
      ask(ctx, 1);
      ctx.setTimer('again', 10);
    },
    timeout: (ctx) => ask(ctx, 2),
    receive(ctx, _from, message) {
      const { type, inReplyTo, code } = message as Message & { inReplyTo: number; code?: string };
      log.push(`${ctx.now()} ${inReplyTo} ${code ?? type}`);
    },
  });
  const server = (): Body => ({
    receive(ctx, from, message) {
      const { id } = message as Request;
      log.push(`${ctx.now()} works on ${id}`);
      requests.set(id, from);
      ctx.setTimer('answer', 2, id);
    },
    timeout(ctx, _tag, id) {
      ctx.send(requests.get(id) ?? '', { type: 'do_ok', inReplyTo: id } as Message);
    },
  });
  const world = worldOf({ a: caller, s: server });
  const host = world.hosts[1]!;
  const tally = newTally();
  let release = () => {};
  if (trouble !== null) {
    world.at(0, () => {
      release = host.trouble(trouble, tally, stream());
    });
  }
  world.at(untilMs * MS, () => release());
  const runTo = (untilUs: number) => {
    world.run(untilUs);
    expect(world.error).toBeNull();
  };
  return { world, host, log, tally, runTo };
}

function ask(ctx: Context, id: number): void {
  const request = { id, session: 'a/1', serial: id, attempt: 1, timeoutMs: null };
  ctx.send('s', { type: 'do', ...request } as Message);
}

const failing = { errors: 1, code: 'crash' } as const;

describe('requests in trouble', () => {
  test('wait before the node gets them', () => {
    const run = asked({ delay: constant(20), errors: 0, when: 'before', code: null });
    run.runTo(100 * MS);
    expect(run.log).toEqual(['21 works on 1', '24 1 do_ok', '31 works on 2', '34 2 do_ok']);
    expect(run.tally.requestsDelayed).toBe(2);
  });

  test('fail before the node has seen them, or after it has done its work', () => {
    const before = asked({ ...failing, when: 'before' });
    before.runTo(100 * MS);
    expect(before.log).toEqual(['2 1 crash', '12 2 crash']);
    const after = asked({ ...failing, when: 'after' });
    after.runTo(100 * MS);
    expect(after.log).toEqual(['1 works on 1', '4 1 crash', '11 works on 2', '14 2 crash']);
    expect([before.tally.requestsFailed, after.tally.requestsFailed]).toEqual([2, 2]);
  });

  test('end in silence without a code', () => {
    const before = asked({ errors: 1, when: 'before', code: null });
    before.runTo(100 * MS);
    const after = asked({ errors: 1, when: 'after', code: null });
    after.runTo(100 * MS);
    expect([before.log, after.log]).toEqual([[], ['1 works on 1', '11 works on 2']]);
  });

  test('fail after their wait', () => {
    const run = asked({ ...failing, delay: constant(20), when: 'before' });
    run.runTo(100 * MS);
    expect(run.log).toEqual(['22 1 crash', '32 2 crash']);
  });

  test('are answered as always once it is over, those under way too', () => {
    const run = asked({ ...failing, when: 'after' }, 2);
    run.runTo(100 * MS);
    expect(run.log).toEqual(['1 works on 1', '4 1 do_ok', '11 works on 2', '14 2 do_ok']);
    expect([run.host.troubles, run.host.unready]).toEqual([null, false]);
  });

  test('of two strikes each lets go of its own', () => {
    const run = asked({ ...failing, when: 'after' }, 2);
    const delay = { delay: constant(5), errors: 0, when: 'before', code: null } as const;
    run.world.at(0, () => void run.host.trouble(delay, newTally(), stream()));
    run.runTo(100 * MS);
    expect(run.log).toEqual(['6 works on 1', '9 1 do_ok', '16 works on 2', '19 2 do_ok']);
  });

  test('that still wait when it is over get their turn', () => {
    const run = asked({ delay: constant(20), errors: 0, when: 'before', code: null }, 5);
    run.runTo(100 * MS);
    expect(run.log).toEqual(['11 works on 2', '14 2 do_ok', '21 works on 1', '24 1 do_ok']);
  });

  test('die with a node that crashes, and do not reach its next life', () => {
    const run = asked({ delay: constant(20), errors: 0, when: 'before', code: null }, 5);
    run.world.at(15 * MS, () => run.world.lives.crash(run.host));
    run.world.at(16 * MS, () => run.world.lives.boot(run.host));
    run.runTo(100 * MS);
    expect(run.log).toEqual(['11 works on 2', '14 2 do_ok']);
  });

  test('wait on while their node is paused', () => {
    const run = asked({ delay: constant(20), errors: 0, when: 'before', code: null });
    const pause = newTally();
    run.world.at(15 * MS, () => run.world.lives.pause(run.host, pause));
    run.world.at(40 * MS, () => run.world.lives.resume(run.host, pause));
    run.runTo(100 * MS);
    expect(run.log).toEqual(['40 works on 1', '40 works on 2', '43 1 do_ok', '43 2 do_ok']);
  });

  test('a copy of a request shares its fate, and the share is what was asked for', () => {
    const host = worldOf({ a: () => ({}) }).hosts[0]!;
    host.trouble({ errors: 0.3, when: 'before', code: null }, newTally(), stream());
    const failed = (id: number) =>
      host.troubles?.fateOf('a', { id, type: 'do' } as unknown as Request).failed !== null;
    const ids = Array.from({ length: 4000 }, (_, id) => id);
    const first = ids.map(failed);
    expect(ids.map(failed)).toEqual(first);
    // Five standard deviations of a binomial share.
    const share = first.filter(Boolean).length / ids.length;
    expect(Math.abs(share - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / ids.length));
  });

  test('messages that are no requests pass', () => {
    const heard: number[] = [];
    const world = worldOf({
      a: () => ({ start: (ctx) => ctx.send('s', ping) }),
      s: () => ({ receive: (ctx) => void heard.push(ctx.now()) }),
    });
    const trouble = { ...failing, delay: constant(20), when: 'before' } as const;
    world.at(0, () => void world.hosts[1]!.trouble(trouble, newTally(), stream()));
    world.run(100 * MS);
    expect(heard).toEqual([1]);
  });
});

describe('a node that is to leave', () => {
  const leaving = (): Body => ({ leave: (ctx) => ctx.send('b', { type: 'farewell' }) });

  test('is told, and may say farewell', () => {
    const heard: string[] = [];
    const world = worldOf({
      a: leaving,
      b: () => ({ receive: (_ctx, from, { type }) => void heard.push(`${from} ${type}`) }),
    });
    const told: boolean[] = [];
    world.at(10 * MS, () => void told.push(world.lives.tellToLeave(world.hosts[0]!)));
    world.at(20 * MS, () => void told.push(world.lives.tellToLeave(world.hosts[1]!)));
    world.run(100 * MS);
    expect([told, heard]).toEqual([[true, false], ['a farewell']]);
  });

  test('hears nothing of it while it is paused or down', () => {
    const world = worldOf({ a: leaving });
    const host = world.hosts[0]!;
    const told: boolean[] = [];
    world.at(10 * MS, () => {
      world.lives.pause(host, newTally());
      told.push(world.lives.tellToLeave(host));
    });
    world.at(20 * MS, () => {
      world.lives.crash(host);
      told.push(world.lives.tellToLeave(host));
    });
    world.run(100 * MS);
    expect(told).toEqual([false, false]);
  });
});

test('a node that is kept out does not boot at the start, and is down from then on', () => {
  const boots: number[] = [];
  const world = worldOf({ a: () => ({ start: (ctx) => void boots.push(ctx.now()) }) });
  const host = world.hosts[0]!;
  const [one, two] = [newTally(), newTally()];
  world.lives.keepOut(host, one);
  world.lives.keepOut(host, two);
  world.at(10 * MS, () => world.lives.letBoot(host, one));
  world.at(20 * MS, () => world.lives.letBoot(host, two));
  world.run(100 * MS);
  expect(boots).toEqual([20]);
  expect(world.lives.down).toEqual([{ node: 'a', fromUs: 0, untilUs: 20 * MS }]);
});
