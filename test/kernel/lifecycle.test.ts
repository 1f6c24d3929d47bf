// Pause, crash, boot, cuts and copies, where they meet.
import { expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { type Body, worldOf } from '../support/stage.ts';

const ping = { type: 'ping' };
const silent = (): Body => ({});
const every =
  (to: string, ms: number): (() => Body) =>
  () => ({
    start: (ctx) => ctx.setTimer('t', ms),
    timeout(ctx) {
      ctx.send(to, ping);
      ctx.setTimer('t', ms);
    },
  });

test('a node with cpu cost hears again after crash and boot', () => {
  const at: number[] = [];
  const world = worldOf(
    {
      a: every('b', 5),
      c: every('b', 5),
      b: () => ({ receive: (ctx) => void at.push(ctx.now()) }),
    },
    { cpuMessageUs: 20 },
  );
  world.at(10_000, () => world.lives.crash(world.hosts[2]!));
  world.at(30_000, () => world.lives.boot(world.hosts[2]!));
  world.run(60_000);
  expect(at.filter((t) => t > 30)).not.toEqual([]);
});
test('messages to a crashed and paused node do not reach its next life', () => {
  const at: string[] = [];
  let lives = 0;
  const world = worldOf({
    a: () => ({ start: (c) => c.setTimer('x', 12), timeout: (c) => c.send('b', ping) }),
    b: () => {
      const life = ++lives;
      return { receive: (ctx) => void at.push(`${life}@${ctx.now()}`) };
    },
  });
  const b = world.hosts[1]!;
  const tally = newTally();
  world.at(5000, () => world.lives.pause(b, tally));
  world.at(10_000, () => world.lives.crash(b));
  world.at(20_000, () => world.lives.boot(b));
  world.at(30_000, () => world.lives.resume(b, tally));
  world.run(60_000);
  expect(at).toEqual([]);
});
test('a node that was paused, crashed, resumed and booted hears again, in its new life only', () => {
  const at: string[] = [];
  let lives = 0;
  const world = worldOf(
    {
      a: every('b', 8),
      b: () => {
        const life = ++lives;
        return { receive: (ctx) => void at.push(`${life}@${ctx.now()}`) };
      },
    },
    { cpuMessageUs: 10 },
  );
  const b = world.hosts[1]!;
  const tally = newTally();
  world.at(5000, () => world.lives.pause(b, tally));
  world.at(10_000, () => world.lives.crash(b));
  world.at(20_000, () => world.lives.resume(b, tally));
  world.at(30_000, () => world.lives.boot(b));
  world.run(60_000);
  expect(at).toEqual(['2@33', '2@41', '2@49', '2@57']);
});
test('a node that boots while paused starts when it resumes', () => {
  const at: string[] = [];
  const world = worldOf({
    a: silent,
    b: () => ({ start: (ctx) => void at.push(`start@${ctx.now()}`) }),
  });
  const b = world.hosts[1]!;
  const tally = newTally();
  world.at(5000, () => world.lives.pause(b, tally));
  world.at(10_000, () => world.lives.crash(b));
  world.at(20_000, () => world.lives.boot(b));
  world.at(30_000, () => world.lives.resume(b, tally));
  world.run(60_000);
  expect(at).toEqual(['start@0', 'start@30']);
});
test('a paused node sends nothing when its flush ends', () => {
  const heard: string[] = [];
  const world = worldOf(
    {
      a: () => ({
        start(ctx) {
          ctx.storage.set('x', 1);
          ctx.send('b', ping);
        },
      }),
      b: () => ({ receive: (ctx) => void heard.push(`${ctx.now()}`) }),
    },
    { sync: constant(10) },
  );
  const tally = newTally();
  world.at(5000, () => world.lives.pause(world.hosts[0]!, tally));
  world.at(50_000, () => world.lives.resume(world.hosts[0]!, tally));
  world.run(100_000);
  expect(heard).toEqual(['51']);
});
test('what reaches a paused node over a cut link is dropped, though the cut heals before it resumes', () => {
  const heard: string[] = [];
  const world = worldOf(
    {
      a: () => ({ start: (ctx) => ctx.send('b', ping) }),
      b: () => ({ receive: (ctx) => void heard.push(`${ctx.now()}`) }),
    },
    { link: { latency: constant(10), loss: 0, duplicate: 0, reorder: 0 } },
  );
  const tally = newTally();
  let heal = () => {};
  world.at(2000, () => {
    heal = world.network.cut(0, 1, tally);
  });
  world.at(5000, () => world.lives.pause(world.hosts[1]!, newTally()));
  world.at(20_000, () => heal());
  world.at(50_000, () => {
    const h = world.hosts[1]!;
    world.lives.resume(h, h.pausedBy[0]!);
  });
  world.run(100_000);
  expect({ heard, dropped: tally.messagesDropped }).toEqual({ heard: [], dropped: 1 });
});
test('what had arrived before the cut is not dropped by it', () => {
  const heard: string[] = [];
  const world = worldOf({
    a: () => ({ start: (ctx) => ctx.send('b', ping) }),
    b: () => ({ receive: (ctx) => void heard.push(`${ctx.now()}`) }),
  });
  const tally = newTally();
  const p = newTally();
  world.at(500, () => world.lives.pause(world.hosts[1]!, p));
  world.at(2000, () => {
    world.network.cut(0, 1, tally);
  });
  world.at(5000, () => world.lives.resume(world.hosts[1]!, p));
  world.run(100_000);
  expect(heard).toEqual(['5']);
});
test('a loss fault of 100% lets nothing through, copies neither', () => {
  const heard: string[] = [];
  const world = worldOf(
    {
      a: every('b', 1),
      b: () => ({ receive: (ctx) => void heard.push(`${ctx.now()}`) }),
    },
    { link: { latency: constant(1), loss: 0, duplicate: 0.5, reorder: 0 } },
  );
  world.network.shape(0, 1, { loss: 1 }, 'x', newTally());
  world.run(100_000);
  expect(heard).toEqual([]);
});
test('a latency fault delays copies too', () => {
  const heard: number[] = [];
  const world = worldOf(
    {
      a: every('b', 1),
      b: () => ({ receive: (ctx) => void heard.push(ctx.now()) }),
    },
    { link: { latency: constant(1), loss: 0, duplicate: 0.5, reorder: 0 } },
  );
  world.network.shape(0, 1, { extraLatency: constant(500) }, 'x', newTally());
  world.run(400_000);
  expect(heard).toEqual([]);
});
test('a loss fault takes the copies of a duplicate fault too', () => {
  const heard: number[] = [];
  const world = worldOf({
    a: every('b', 1),
    b: () => ({ receive: (ctx) => void heard.push(ctx.now()) }),
  });
  world.network.shape(0, 1, { duplicate: 1 }, 'd', newTally());
  world.network.shape(0, 1, { loss: 1 }, 'x', newTally());
  world.run(100_000);
  expect(heard).toEqual([]);
});
test('a factory that throws names its node', () => {
  const world = worldOf({
    a: () => {
      throw new Error('no');
    },
    b: silent,
  });
  world.run(1000);
  expect(world.error?.node).toBe('a');
});
test('a message of the instant of the resume does not overtake', () => {
  const heard: string[] = [];
  const world = worldOf({
    a: () => ({
      start: (c) => {
        c.send('b', { type: 'one' });
        c.setTimer('x', 4);
      },
      timeout: (c) => c.send('b', { type: 'two' }),
    }),
    b: () => ({ receive: (_c, _f, m) => void heard.push(m.type) }),
  });
  const p = newTally();
  world.at(500, () => world.lives.pause(world.hosts[1]!, p));
  world.at(5000, () => world.lives.resume(world.hosts[1]!, p));
  world.run(10000);
  expect(heard).toEqual(['one', 'two']);
});
