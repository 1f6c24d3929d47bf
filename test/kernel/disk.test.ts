// Durability: what a crash takes back, and what it may not.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import { Disk } from '../../src/sim/kernel/disk.ts';
import type { Context, Plain } from '../../src/sim/node.ts';
import { worldOf } from '../support/stage.ts';

function disk(): Disk {
  return new Disk({ needFlush: () => {}, needSync: () => {}, notifySoon: () => {} }, false);
}

function contents(d: Disk): unknown {
  const log = d.log('l');
  const records: Plain[] = [];
  for (let i = log.start; i < log.end; i++) records.push(log.at(i));
  return { keys: d.keys().map((key) => [key, d.get(key)]), start: log.start, records };
}

test('a crash takes back what was not flushed, and keeps what was', () => {
  const d = disk();
  d.set('term', 1);
  d.log('l').append('a');
  d.beginFlush();
  d.set('term', 2);
  d.log('l').append('b');
  d.endFlush(0);
  expect(contents(d)).toEqual({ keys: [['term', 2]], start: 0, records: ['a', 'b'] });
  expect(d.crash(0)).toBe(2);
  expect(contents(d)).toEqual({ keys: [['term', 1]], start: 0, records: ['a'] });
});

test('keys are in the order first written, also when a crash undoes a delete', () => {
  const d = disk();
  for (const key of ['a', 'b', 'c']) d.set(key, 1);
  d.beginFlush();
  d.endFlush(0);
  d.delete('a');
  d.set('c', 2);
  d.delete('b');
  d.set('b', 3);
  expect(d.keys()).toEqual(['c', 'b']);
  d.crash(0);
  expect(contents(d)).toEqual({
    keys: [
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ],
    start: 0,
    records: [],
  });
  d.set('d', 1);
  d.delete('b');
  d.set('b', 1);
  expect(d.keys()).toEqual(['a', 'c', 'd', 'b']);
});

test('a truncated and rewritten tail comes back as it was', () => {
  const d = disk();
  const log = d.log('l');
  for (const r of ['a', 'b', 'c']) log.append(r);
  d.beginFlush();
  d.endFlush(0);
  log.truncate(1);
  log.append('x');
  log.dropBefore(1);
  d.delete('nothing');
  d.crash(0);
  expect(contents(d)).toEqual({ keys: [], start: 0, records: ['a', 'b', 'c'] });
});

test('reading outside the log is an error that says what there is', () => {
  const d = disk();
  d.log('l').append('a');
  expect(() => d.log('l').at(1)).toThrow('the log holds 0..0, not 1');
});

test('after any writes, flushes and a crash, the disk holds what the last flush covered', () => {
  const write = fc.oneof(
    fc.record({
      op: fc.constant('set' as const),
      key: fc.constantFrom('a', 'b'),
      value: fc.nat(9),
    }),
    fc.record({ op: fc.constant('delete' as const), key: fc.constantFrom('a', 'b') }),
    fc.record({ op: fc.constant('append' as const), value: fc.nat(9) }),
    fc.record({ op: fc.constant('truncate' as const), end: fc.nat(6) }),
    fc.record({ op: fc.constant('drop' as const), start: fc.nat(6) }),
    fc.record({ op: fc.constant('begin' as const) }),
    fc.record({ op: fc.constant('end' as const) }),
  );
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), (writes) => {
      const d = disk();
      const log = d.log('l');
      const sorted = () => {
        const { keys, ...rest } = contents(d) as { keys: [string, unknown][] };
        return { ...rest, keys: keys.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
      };
      let covered = sorted();
      let durable = covered;
      for (const w of writes) {
        if (w.op === 'set') d.set(w.key, w.value);
        else if (w.op === 'delete') d.delete(w.key);
        else if (w.op === 'append') log.append(w.value);
        else if (w.op === 'truncate') log.truncate(Math.max(w.end, log.start));
        else if (w.op === 'drop') log.dropBefore(Math.min(w.start, log.end));
        else if (w.op === 'begin' && !d.flushing) {
          d.beginFlush();
          covered = sorted();
        } else if (w.op === 'end' && d.flushing) {
          d.endFlush(0);
          durable = covered;
        }
      }
      d.crash(0);
      expect(sorted()).toEqual(durable);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test('unsynced writes are lost in a crash of a node, synced ones are found at its boot', () => {
  const found: unknown[] = [];
  const world = worldOf(
    {
      a: () => ({
        start(ctx: Context) {
          found.push(ctx.storage.get('n') ?? null);
          ctx.setTimer('write', 10);
        },
        timeout(ctx) {
          ctx.storage.set('n', ((ctx.storage.get('n') as number | undefined) ?? 0) + 1);
          ctx.setTimer('write', 10);
        },
      }),
    },
    { sync: constant(4) },
  );
  const host = world.hosts[0]!;
  // Written at 10 and durable at 14, written at 20 and lost at 22.
  world.at(22_000, () => world.lives.crash(host));
  world.at(30_000, () => world.lives.boot(host));
  world.run(35_000);
  expect(found).toEqual([null, 1]);
});

test('writes made during a flush go together into the next one', () => {
  const synced: string[] = [];
  worldOf(
    {
      a: () => ({
        start(ctx) {
          ctx.storage.set('x', 0);
          ctx.storage.sync('s', 1);
          ctx.setTimer('more', 1);
          ctx.setTimer('yet more', 2);
        },
        timeout(ctx, tag, key) {
          if (tag === 's') {
            synced.push(`${key} at ${ctx.now()}`);
            return;
          }
          ctx.storage.set(tag, 1);
          ctx.storage.sync('s', tag === 'more' ? 2 : 3);
        },
      }),
    },
    { sync: constant(5) },
  ).run(50_000);
  expect(synced).toEqual(['1 at 5', '2 at 10', '3 at 10']);
});
