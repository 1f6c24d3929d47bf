// The loop and the hosts, by hand-written nodes: delivery, timers, crash, pause, processor, faults
// of the node itself.
import { expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import type { Context, Message, NodeId } from '../../src/sim/node.ts';
import { type Body, lines, worldOf } from '../support/stage.ts';

const ping: Message = { type: 'ping' };
const silent = (): Body => ({});

/** Starts by sending to a peer, and notes what it hears. */
function caller(to: NodeId, times = 1): () => Body {
  return () => ({
    start(ctx) {
      for (let i = 0; i < times; i++) ctx.send(to, ping);
    },
  });
}

function listener(heard: string[]): () => Body {
  return () => ({
    receive(ctx, from, message) {
      heard.push(`${ctx.now()} ${from} ${message.type}`);
    },
  });
}

test('a message takes the latency of its link', () => {
  const heard: string[] = [];
  worldOf({ a: caller('b'), b: listener(heard) }).run(10_000);
  expect(heard).toEqual(['1 a ping']);
});

test('events of one instant fire in the order they were queued', () => {
  const heard: string[] = [];
  const order = (tag: string) => ({
    start: (ctx: Context) => ctx.setTimer(tag, 2),
    timeout: () => void heard.push(tag),
  });
  worldOf({ a: () => order('first'), b: () => order('second'), c: () => order('third') }).run(5000);
  expect(heard).toEqual(['first', 'second', 'third']);
});

test('a message to a name that does not exist stops the run and says so', () => {
  const world = worldOf({ a: caller('nobody') });
  world.run(1000);
  expect(world.error).toMatchObject({
    kind: 'handler',
    node: 'a',
    message: 'there is no node nobody',
  });
});

test('a message to oneself arrives, in an event of its own', () => {
  const heard: string[] = [];
  worldOf({
    a: () => ({
      start(ctx) {
        ctx.send('a', ping);
        heard.push('sent');
      },
      receive: () => void heard.push('received'),
    }),
  }).run(1000);
  expect(heard).toEqual(['sent', 'received']);
});

test('resetting a timer a thousand times leaves one event in the queue', () => {
  let fired = 0;
  const world = worldOf({
    a: () => ({
      start(ctx) {
        for (let i = 0; i < 1000; i++) ctx.setTimer('election', 100 + i);
      },
      timeout: () => void fired++,
    }),
  });
  world.run(2_000_000);
  expect(fired).toBe(1);
  // Boot, the one event that comes early and arms itself again, and the one that fires.
  expect(world.events).toBe(3);
});

test('a timer set to an earlier time fires then, and once', () => {
  const at: number[] = [];
  worldOf({
    a: () => ({
      start(ctx) {
        ctx.setTimer('t', 50);
        ctx.setTimer('t', 20);
      },
      timeout: (ctx) => void at.push(ctx.now()),
    }),
  }).run(100_000);
  expect(at).toEqual([20]);
});

test('cancelled timers do not fire; keys are timers of their own', () => {
  const fired: string[] = [];
  worldOf({
    a: () => ({
      start(ctx) {
        for (const key of [0, 1, 2, 3]) ctx.setTimer('t', 10 + key, key);
        ctx.cancelTimer('t', 2);
        ctx.cancelTimer('t');
        ctx.cancelTimer('never set');
      },
      timeout: (_ctx, tag, key) => void fired.push(`${tag}${key}`),
    }),
  }).run(100_000);
  expect(fired).toEqual(['t1', 't3']);
});

test('a timer without a finite time is refused where it is set', () => {
  const world = worldOf({ a: () => ({ start: (ctx) => ctx.setTimer('t', Number.NaN) }) });
  world.run(1000);
  expect(world.error?.message).toContain("setTimer('t', NaN)");
});

test('a crash drops volatile state, timers and messages on arrival; a boot starts anew', () => {
  const log: string[] = [];
  let lives = 0;
  const world = worldOf({
    a: () => {
      const life = ++lives;
      return {
        start(ctx) {
          log.push(`life ${life} at ${ctx.now()}`);
          ctx.setTimer('t', 15);
        },
        receive: (ctx) => void log.push(`life ${life} heard at ${ctx.now()}`),
        timeout: (ctx) => void log.push(`life ${life} timer at ${ctx.now()}`),
      };
    },
    b: () => ({
      start: (ctx) => ctx.setTimer('again', 4),
      timeout(ctx) {
        ctx.send('a', ping);
        ctx.setTimer('again', 4);
      },
    }),
  });
  const host = world.hosts[0]!;
  world.at(10_000, () => world.lives.crash(host));
  world.at(20_000, () => world.lives.boot(host));
  world.run(30_000);
  expect(log).toEqual([
    'life 1 at 0',
    'life 1 heard at 5',
    'life 1 heard at 9',
    'life 2 at 20',
    'life 2 heard at 21',
    'life 2 heard at 25',
    'life 2 heard at 29',
  ]);
  expect(world.lives.down).toMatchObject([{ node: 'a', fromUs: 10_000, untilUs: 20_000 }]);
  expect(lines(world, (event) => event.type === 'drop')).toHaveLength(2);
});

test('a paused node handles late what came meanwhile, in order', () => {
  const log: string[] = [];
  const world = worldOf({
    a: () => ({
      start: (ctx) => ctx.setTimer('t', 12),
      receive: (ctx) => void log.push(`message at ${ctx.now()}`),
      timeout: (ctx) => void log.push(`timer at ${ctx.now()}`),
    }),
    b: () => ({
      start: (ctx) => ctx.setTimer('once', 10),
      timeout: (ctx) => ctx.send('a', ping),
    }),
  });
  const tally = newTally();
  world.at(5000, () => world.lives.pause(world.hosts[0]!, tally));
  world.at(50_000, () => world.lives.resume(world.hosts[0]!, tally));
  world.run(100_000);
  expect(log).toEqual(['message at 50', 'timer at 50']);
  expect(tally.eventsSuppressed).toBe(2);
});

test('a busy processor takes messages one after another', () => {
  const at: number[] = [];
  const world = worldOf(
    { a: caller('b', 3), b: () => ({ receive: (ctx) => void at.push(ctx.now()) }) },
    { cpuMessageUs: 20 },
  );
  world.run(10_000);
  expect(at).toEqual([1, 1.02, 1.04]);
});

test('a clock with an offset and a drift shows its own time, and runs its own timers', () => {
  const at: string[] = [];
  const world = worldOf(
    {
      a: () => ({
        start: (ctx) => ctx.setTimer('t', 1000),
        timeout: (ctx) => void at.push(`own ${ctx.now()}`),
      }),
    },
    { clock: { offsetUs: 5000, driftPpm: 1_000_000 } },
  );
  world.run(499_999);
  expect(at).toEqual([]);
  world.run(500_000);
  expect(at).toEqual(['own 1005']);
});

test('time that stands still is an error that names node and timer', () => {
  const world = worldOf({
    a: () => ({
      start: (ctx) => ctx.setTimer('spin', 0),
      timeout: (ctx) => ctx.setTimer('spin', 0),
    }),
    b: silent,
  });
  world.run(1000);
  expect(world.error).toMatchObject({ kind: 'livelock', node: 'a', atUs: 0 });
  expect(world.error?.message).toContain("timer 'spin'");
});

test('host globals are out of bounds while handlers run, and back afterwards', () => {
  const world = worldOf({ a: () => ({ start: () => void Math.random() }) });
  world.run(1000);
  expect(world.error).toMatchObject({ kind: 'host-global', node: 'a' });
  expect(world.error?.message).toContain('use ctx.random');
  expect(Math.random()).toBeLessThan(1);
  expect(new Date().getFullYear()).toBeGreaterThan(0);
  const other = worldOf({ a: () => ({ start: () => void new Date() }) });
  other.run(1000);
  expect(other.error?.message).toContain('use ctx.now()');
});

test("so are the host's other sources of chance and time, and they are back afterwards", () => {
  const temptations: [name: string, use: () => unknown][] = [
    ['crypto.randomUUID()', () => globalThis.crypto.randomUUID()],
    ['crypto.getRandomValues()', () => globalThis.crypto.getRandomValues(new Uint8Array(1))],
    ['process.hrtime()', () => process.hrtime()],
    ['process.hrtime()', () => process.hrtime.bigint()],
    ['performance.now()', () => performance.now()],
    ['Date.now()', () => Date.now()],
  ];
  for (const [name, use] of temptations) {
    const world = worldOf({ a: () => ({ start: () => void use() }) });
    world.run(1000);
    expect(world.error).toMatchObject({ kind: 'host-global', node: 'a' });
    expect(world.error?.message).toContain(name);
    expect(use).not.toThrow();
  }
});

test('a node cannot end the process, which would look like success', () => {
  const { exit, abort } = process;
  for (const use of [() => process.exit(0), () => process.abort()]) {
    const world = worldOf({ a: () => ({ start: () => use() }) });
    world.run(1000);
    expect(world.error).toMatchObject({ kind: 'host-global', node: 'a' });
    expect(world.error?.message).toContain('throw an error to stop it');
  }
  expect([process.exit, process.abort]).toEqual([exit, abort]);
});

test('a global that is made when it is first read is guarded without being made', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'performance');
  const made = { now: () => 1 };
  let reads = 0;
  const get = () => {
    reads++;
    return made;
  };
  Object.defineProperty(globalThis, 'performance', { configurable: true, get });
  try {
    worldOf({ a: () => ({ start: () => {} }) }).run(1000);
    expect(reads).toBe(0);
    const tempted = worldOf({ a: () => ({ start: () => void performance.now() }) });
    tempted.run(1000);
    expect(tempted.error?.message).toContain('performance.now()');
    expect(performance.now()).toBe(1);
    expect(Object.getOwnPropertyDescriptor(globalThis, 'performance')?.get).toBe(get);
  } finally {
    if (before !== undefined) Object.defineProperty(globalThis, 'performance', before);
  }
});

test('in a strict run, changing a message that was sent throws where it is changed', () => {
  const careless = () => ({
    start(ctx: Context) {
      const message = { type: 'ping', list: [1] };
      ctx.send('b', message);
      message.list.push(2);
    },
  });
  const strict = worldOf({ a: careless, b: silent }, { strict: true });
  strict.run(1000);
  expect(strict.error).toMatchObject({ kind: 'handler', node: 'a' });
  const plain = worldOf({ a: careless, b: silent });
  plain.run(1000);
  expect(plain.error).toBeNull();
});

test('a bound on events stops the run there', () => {
  const world = worldOf(
    { a: () => ({ start: (c) => c.setTimer('t', 1), timeout: (c) => c.setTimer('t', 1) }) },
    { eventsMax: 50 },
  );
  world.run(1_000_000);
  expect(world.events).toBe(50);
  expect(world.error?.kind).toBe('max-events');
});

test('the last words of a node are in the error', () => {
  const world = worldOf({
    a: caller('b'),
    b: () => ({
      receive() {
        throw new Error('no idea what this is');
      },
    }),
  });
  world.run(10_000);
  expect(world.error).toMatchObject({ kind: 'handler', node: 'b', atUs: 1000 });
  expect(world.error?.tail).toEqual(
    ['0.000ms b boot', '0.000ms a→b ping', '1.000ms a⇒b ping'].toSorted((x, y) =>
      x.includes('a→b') ? -1 : y.includes('a→b') ? 1 : 0,
    ),
  );
});

test('a write is durable only after the flush, and send waits for it', () => {
  const heard: string[] = [];
  const world = worldOf(
    {
      a: () => ({
        start(ctx) {
          ctx.storage.set('vote', 'b');
          ctx.send('b', { type: 'late' });
          ctx.sendNow('b', { type: 'early' });
          ctx.storage.sync('synced');
        },
        timeout: (ctx, tag) => void heard.push(`${ctx.now()} ${tag}`),
      }),
      b: listener(heard),
    },
    { sync: constant(5) },
  );
  world.run(20_000);
  expect(heard).toEqual(['1 a early', '5 synced', '6 a late']);
});

test('what a client only took down is marked in the history, and nothing else is', () => {
  const { recorder } = worldOf({ a: silent });
  const start = { process: 0, load: 'l', f: 'deliver', key: null, input: null, node: null };
  recorder.complete(recorder.invoke('a', { ...start, recorded: true }), 'ok', 1, null);
  recorder.complete(recorder.invoke('a', start), 'ok', 1, null);
  expect(recorder.operations.map((one) => 'recorded' in one)).toEqual([true, false]);
});
