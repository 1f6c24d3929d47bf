// What happens past the size that tables begin with, and at the edges that a small change would
// move: many timers, many buckets, a paused node with work waiting, sizes and bursts of nothing.
import { describe, expect, test } from 'vitest';
import { DiskFaults } from '../../src/sim/kernel/disk-faults.ts';
import { sizeOf } from '../../src/sim/kernel/link-effects.ts';
import { Mail } from '../../src/sim/kernel/mail.ts';
import { MessageColumns } from '../../src/sim/kernel/message-columns.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { EventQueue } from '../../src/sim/kernel/queue.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import { refuseBursts } from '../../src/sim/link.ts';
import type { Message } from '../../src/sim/node.ts';
import { worldOf } from '../support/stage.ts';

test('a timer that was cancelled stays so when 300 others are set', () => {
  const fired: string[] = [];
  const world = worldOf({
    a: () => ({
      start(ctx) {
        ctx.setTimer('x', 10);
        ctx.cancelTimer('x');
        ctx.setTimer('later', 20);
        ctx.setTimer('later', 500);
        for (let i = 0; i < 300; i++) ctx.setTimer('k', 1000, i);
      },
      timeout: (ctx, tag, key) => void fired.push(`${ctx.now()} ${tag} ${key}`),
    }),
  });
  world.run(2_000_000);
  expect(fired.slice(0, 2)).toEqual(['500 later 0', '1000 k 0']);
  expect(fired).toHaveLength(301);
});

test.each([129, 177, 257, 513])('%i times in a row come out as they went in', (count) => {
  for (const step of [1, 2, 3]) {
    const queue = new EventQueue();
    for (let at = 0; at < count; at++) queue.push(at * step, 1, at, 0, 0);
    const times: number[] = [];
    while (queue.pop()) times.push(queue.at);
    expect(times).toEqual(Array.from({ length: count }, (_, at) => at * step));
  }
});

test('of a thousand messages under way each keeps its labels; slots are used again', () => {
  const mail = new Mail();
  const message = (id: number) => ({ type: `t${id}` });
  const put = (id: number) => mail.put(id % 7, id, message(id));
  const slots = Array.from({ length: 1000 }, (_, i) => put(i + 1));
  const seen = (slot: number) => [
    ...mail.labels.subarray(2 * slot, 2 * slot + 2),
    mail.look(slot).type,
  ];
  expect(slots.map(seen)).toEqual(slots.map((_, i) => [(i + 1) % 7, i + 1, `t${i + 1}`]));
  expect(mail.take(300)).toEqual(message(301));
  expect(mail.take(900)).toEqual(message(901));
  expect([put(2001), put(2002), put(2003)]).toEqual([900, 300, 1000]);
  expect([900, 300, 1000, 999].map((slot) => seen(slot)[1])).toEqual([2001, 2002, 2003, 1000]);
});

test('of thousands of messages the rows keep time, type and bytes', () => {
  const rows = new MessageColumns(true);
  const count = 5000;
  for (let i = 0; i < count; i++) rows.add(i * 10, i % 11, { type: 'x', bytes: i } as Message);
  const all = Array.from({ length: count }, (_, i) => i);
  expect(rows.length).toBe(count);
  expect([...rows.timesUs.subarray(0, count)]).toEqual(all.map((i) => i * 10));
  expect([...rows.types.subarray(0, count)]).toEqual(all.map((i) => i % 11));
  expect([...(rows.bytes?.subarray(0, count) ?? [])]).toEqual(
    all.map((i) => sizeOf({ type: 'x', bytes: i } as Message)),
  );
});

test('of more events than are kept, the last ones are kept, oldest first', () => {
  const world = worldOf({
    a: () => ({
      start: (ctx) => ctx.setTimer('t', 1),
      timeout: (ctx) => ctx.setTimer('t', 1),
    }),
  });
  world.run(50_000_000);
  const times = [...world.recorder.rows()].map(({ atUs }) => atUs);
  expect(times.length).toBe(2 ** 13);
  expect(times.at(-1)).toBe(50_000_000);
  expect(times.every((at, i) => i === 0 || at >= (times[i - 1] ?? 0))).toBe(true);
});

test('a paused node does none of the work that waits for its processor', () => {
  const handled: number[] = [];
  const world = worldOf(
    {
      a: () => ({ receive: (ctx) => void handled.push(ctx.now()) }),
      b: () => ({
        start(ctx) {
          for (let i = 0; i < 4; i++) ctx.send('a', { type: 'ping' });
        },
      }),
    },
    { cpuMessageUs: 1000 },
  );
  const host = world.hosts[0]!;
  const tally = newTally();
  world.at(2500, () => world.lives.pause(host, tally));
  world.at(20_000, () => world.lives.resume(host, tally));
  world.run(100_000);
  expect(handled).toEqual([1, 2, 20, 21]);
});

test('the last words of a crash name who got what', () => {
  const world = worldOf({
    a: () => ({
      receive() {
        throw new Error('no idea what this is');
      },
    }),
    b: () => ({}),
    c: () => ({
      start(ctx) {
        ctx.send('b', { type: 'hello' });
        ctx.send('a', { type: 'ping' });
      },
    }),
  });
  world.run(10_000);
  const tail = world.error?.tail ?? [];
  expect(tail).toContain('0.000ms c→a ping');
  expect(tail.some((line) => line.includes('c→b ping'))).toBe(false);
});

test('a message that says it has no bytes has its headers only', () => {
  expect(sizeOf({ type: 'x', bytes: 0 } as Message)).toBe(64);
  expect(sizeOf({ type: 'x', bytes: 10 } as Message)).toBe(74);
  expect(sizeOf({ type: 'x', bytes: -1 } as Message)).toBeGreaterThan(64);
});

test('a slow disk that slows nothing is not felt', () => {
  const tally = newTally();
  const faults = new DiskFaults();
  faults.add({ flushFactor: 5 }, tally, new Streams('1').get('x'));
  expect([faults.flushUs(0), tally.flushesDelayed]).toEqual([0, 0]);
  expect([faults.flushUs(100), tally.flushesDelayed]).toEqual([500, 1]);
});

describe('bursts are refused', () => {
  const none = {
    burst: undefined,
    gap: undefined,
    'burst-messages': undefined,
    'gap-messages': undefined,
    inside: 0.5,
    outside: 0,
  };
  const both = 'bursts need burst and gap, or burst-messages and gap-messages';

  test.each([
    [{}, both],
    [{ burst: 50, gap: 200, 'burst-messages': 3 }, both],
    [{ burst: 50, gap: 200, 'gap-messages': 3 }, both],
    [{ burst: 50, 'gap-messages': 3 }, both],
    [{ burst: 50 }, 'burst and gap go together'],
    [{ gap: 50 }, 'burst and gap go together'],
    [{ 'burst-messages': 5 }, 'burst-messages and gap-messages go together'],
    [{ 'gap-messages': 5 }, 'burst-messages and gap-messages go together'],
    [{ burst: 5, gap: 5, outside: 0.5 }, 'inside a burst more is lost than outside'],
    [{ burst: 5, gap: 5 }, null],
    [{ 'burst-messages': 5, 'gap-messages': 9 }, null],
  ])('%o: %s', (given, why) => {
    expect(refuseBursts({ ...none, ...given })).toBe(why);
  });
});
