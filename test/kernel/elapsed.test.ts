// ctx.elapsed(): a clock that is never set. The oracle integrates the pace of the clock in slices of
// 1 ms, from the changes as they were made, and knows nothing of offsets.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClockChange } from '../../src/sim/fault.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import type { Context } from '../../src/sim/node.ts';
import { worldOf } from '../support/stage.ts';

const MS = 1000;

function watched(driftPpm = 0, offsetUs = 0) {
  let ctx: Context | null = null;
  const world = worldOf(
    {
      a: () => ({
        start(own) {
          ctx = own;
        },
      }),
    },
    { clock: { driftPpm, offsetUs } },
  );
  return {
    world,
    host: world.hosts[0]!,
    elapsed: (): number => (ctx === null ? Number.NaN : (ctx as Context).elapsed()),
  };
}

test('it starts at 0 with each boot, whatever the clock shows', () => {
  const { world, host, elapsed } = watched(0, 5_000_000);
  world.run(40 * MS);
  expect(elapsed()).toBe(40);
  world.at(50 * MS, () => world.lives.crash(host));
  world.at(70 * MS, () => world.lives.boot(host));
  world.run(71.5 * MS);
  expect(elapsed()).toBe(1.5);
});

test('no offset, jump or step moves it, and it feels drift', () => {
  const { world, host, elapsed } = watched();
  const tally = newTally();
  world.run(100 * MS);
  const back = host.changeClock({ offsetMs: -90 }, newTally());
  expect([host.now(), elapsed()]).toEqual([10, 100]);
  world.run(200 * MS);
  back();
  expect(elapsed()).toBe(200);
  const slower = host.changeClock({ driftPpm: -500_000, stays: true }, tally);
  world.run(300 * MS);
  expect(elapsed()).toBe(250);
  slower();
  world.run(400 * MS);
  expect(elapsed()).toBe(350);
  expect(tally.clockReadings).toBe(1);
});

test('it goes on while the node is paused', () => {
  const { world, host, elapsed } = watched();
  const tally = newTally();
  world.at(10 * MS, () => world.lives.pause(host, tally));
  world.at(60 * MS, () => world.lives.resume(host, tally));
  world.run(80 * MS);
  expect(elapsed()).toBe(80);
});

test('under any clock faults it is the integral of the pace, to the µs', () => {
  const change = fc.record({
    offsetMs: fc.integer({ min: -500, max: 500 }),
    driftPpm: fc.integer({ min: -150_000, max: 150_000 }),
    stays: fc.boolean(),
    fromMs: fc.integer({ min: 1, max: 900 }),
    forMs: fc.integer({ min: 1, max: 900 }),
  });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 5 }),
      fc.integer({ min: -99, max: 99 }),
      (all, own) => {
        const { world, host, elapsed } = watched(own, own * MS);
        for (const { fromMs, forMs, ...made } of all) {
          let undo = () => {};
          world.at(fromMs * MS, () => {
            undo = host.changeClock(made satisfies ClockChange, newTally());
          });
          world.at((fromMs + forMs) * MS, () => undo());
        }
        let countedUs = 0;
        let before = 0;
        let farthestUs = 0;
        let falls = 0;
        const look = (ms: number) => {
          const inForce = all.filter(({ fromMs, forMs }) => fromMs < ms && ms <= fromMs + forMs);
          const ppm = inForce.reduce((sum, { driftPpm }) => sum + driftPpm, own);
          countedUs += 1000 * (1 + ppm / 1e6);
          const shown = elapsed();
          // `expect` at each millisecond took a hundred times as long as the clock.
          farthestUs = Math.max(farthestUs, Math.abs(shown * 1000 - countedUs));
          if (shown < before) falls++;
          before = shown;
        };
        // One stretch of the world: the guard goes up and comes down with each.
        for (let ms = 1; ms <= 2000; ms++) world.at(ms * MS, () => look(ms));
        world.run(2000 * MS);
        expect(farthestUs).toBeLessThan(1.01);
        expect(falls).toBe(0);
      },
    ),
    { seed: 11, numRuns: 40 },
  );
});
