// Writes that stay in the page cache: who waits for them, and what a crash and a power cut leave.
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { worldOf } from '../support/stage.ts';

interface Plan {
  /** When it calls for a flush, in ms; the write is at 0. */
  readonly syncAtMs?: number;
  readonly writeBackMs?: number | null;
  readonly crashAtMs: number;
  readonly power: boolean;
  readonly sync?: number;
}

/** `a` writes at boot and sends at once; it tells what it finds on its disk in its next life. */
function run({ syncAtMs, writeBackMs = 1000, crashAtMs, power, sync = 2 }: Plan) {
  const told: string[] = [];
  const world = worldOf(
    {
      a: () => ({
        start(ctx) {
          const log = ctx.storage.log('l');
          if (ctx.now() > 0) {
            told.push(`${ctx.now()} finds ${ctx.storage.get('x') ?? '-'} and ${log.end}`);
            return;
          }
          ctx.storage.set('x', 1);
          log.append('y');
          ctx.send('b', { type: 'written' });
          if (syncAtMs !== undefined) ctx.setTimer('sync', syncAtMs);
        },
        timeout(ctx, tag) {
          if (tag === 'sync') ctx.storage.sync('synced');
          else told.push(`${ctx.now()} ${tag}`);
        },
      }),
      b: () => ({ receive: (ctx) => void told.push(`${ctx.now()} b hears`) }),
    },
    { sync: constant(sync), ...(writeBackMs === null ? {} : { writeBackUs: writeBackMs * 1000 }) },
  );
  const tally = newTally();
  const host = world.hosts[0]!;
  world.at(crashAtMs * 1000, () => {
    host.downBy.push(tally);
    world.lives.crash(host, power);
  });
  world.at((crashAtMs + 10) * 1000, () => world.lives.letBoot(host, tally));
  world.run(20_000_000);
  expect(world.error).toBeNull();
  return { told, lost: tally.writesLost };
}

describe('a page cache', () => {
  test('holds up no message, and a crash of the process keeps what it has', () => {
    expect(run({ crashAtMs: 100, power: false })).toEqual({
      told: ['1 b hears', '110 finds 1 and 1'],
      lost: 0,
    });
  });

  test('loses in a power cut what was acknowledged before it was flushed', () => {
    expect(run({ crashAtMs: 100, power: true })).toEqual({
      told: ['1 b hears', '110 finds - and 0'],
      lost: 2,
    });
  });

  test('is flushed when the node asks for it, and no sooner', () => {
    expect(run({ syncAtMs: 50, crashAtMs: 100, power: true }).told).toEqual([
      '1 b hears',
      '52 synced',
      '110 finds 1 and 1',
    ]);
    expect(run({ syncAtMs: 99, crashAtMs: 100, power: true }).told).toEqual([
      '1 b hears',
      '110 finds - and 0',
    ]);
  });

  test('is written back after its time, even if the process has died meanwhile', () => {
    const at = (crashAtMs: number) => run({ writeBackMs: 60, crashAtMs, power: true }).told.at(-1);
    expect(at(61)).toBe('71 finds - and 0');
    expect(at(63)).toBe('73 finds 1 and 1');
  });

  test('of a disk whose flushes take no time loses as much', () => {
    const plan = { crashAtMs: 100, power: true, sync: 0 };
    expect(run(plan).told.at(-1)).toBe('110 finds - and 0');
    expect(run({ ...plan, syncAtMs: 50 }).told.slice(1)).toEqual([
      '50 synced',
      '110 finds 1 and 1',
    ]);
  });

  test('is not there unless asked for: a message waits for the disk, and any crash loses', () => {
    const plan = { writeBackMs: null, crashAtMs: 1, power: false };
    expect(run(plan).told).toEqual(['11 finds - and 0']);
    expect(run({ ...plan, crashAtMs: 100 }).told).toEqual(['3 b hears', '110 finds 1 and 1']);
  });
});
