// Clocks under faults: each adds its own part, timers feel the pace and not the offset.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClockChange } from '../../src/sim/fault.ts';
import { Clock } from '../../src/sim/kernel/clock.ts';
import { newTally } from '../../src/sim/kernel/network.ts';
import { type Body, worldOf } from '../support/stage.ts';

const MS = 1000;

test('an offset is added while it holds, and counted when somebody looks', () => {
  const clock = new Clock(0, 0);
  const tally = newTally();
  const release = clock.change({ offsetMs: -250 }, tally, 1000 * MS);
  expect(clock.read(1000 * MS)).toBe(750);
  expect(clock.spanUs(10)).toBe(10 * MS);
  release(2000 * MS);
  expect(clock.read(2000 * MS)).toBe(2000);
  expect(tally).toMatchObject({ clockReadings: 1, timersMoved: 0 });
});

test('a drift adds up while it holds; then it is taken back, or stays', () => {
  const shown = (stays: boolean) => {
    const clock = new Clock(0, 0);
    const release = clock.change({ driftPpm: 100_000, stays }, newTally(), 1000 * MS);
    const during = [clock.read(1000 * MS), clock.read(2000 * MS)];
    release(3000 * MS);
    return [...during, clock.read(3000 * MS), clock.read(4000 * MS), clock.pace];
  };
  expect(shown(false)).toEqual([1000, 2100, 3000, 4000, 1]);
  expect(shown(true)).toEqual([1000, 2100, 3200, 4200, 1]);
});

test('a fast clock makes timers short, and a slow one long', () => {
  const clock = new Clock(0, 0);
  const tally = newTally();
  const release = clock.change({ driftPpm: 250_000 }, tally, 0);
  expect(clock.spanUs(10)).toBe(8 * MS);
  release(0);
  clock.change({ driftPpm: -200_000 }, tally, 0);
  expect(clock.spanUs(10)).toBe(12.5 * MS);
  expect(tally.timersMoved).toBe(2);
});

test('whoever waits for less than half a microsecond waits for one, or would wait for ever', () => {
  const clock = new Clock(0, 0);
  clock.change({ driftPpm: 100_000 }, newTally(), 0);
  expect([clock.spanUs(0), clock.spanUs(0.0004), clock.spanUs(0.001)]).toEqual([0, 1, 1]);
  expect([0, 0.0004].map((ms) => new Clock(0, 0).spanUs(ms))).toEqual([0, 1]);
});

test('however many slow it down, a clock goes on', () => {
  const clock = new Clock(0, 0);
  for (let i = 0; i < 8; i++) clock.change({ driftPpm: -200_000 }, newTally(), 0);
  expect(clock.pace).toBeGreaterThan(0);
  expect(clock.read(1e9)).toBeLessThan(clock.read(2e9));
  expect(Number.isFinite(clock.spanUs(10))).toBe(true);
});

test('in any order of strikes and heals a clock never goes back between them, and ends true', () => {
  const change = fc.record({
    offsetMs: fc.integer({ min: -500, max: 500 }),
    driftPpm: fc.integer({ min: -100_000, max: 100_000 }),
    fromMs: fc.integer({ min: 0, max: 900 }),
    forMs: fc.integer({ min: 1, max: 900 }),
  });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 5 }),
      fc.integer({ min: -99, max: 99 }),
      (all, own) => {
        const clock = new Clock(own * MS, own);
        const alone = new Clock(own * MS, own);
        const releases = new Map<number, (nowUs: number) => void>();
        let before = -Infinity;
        // `expect` at each reading took most of the time of this test.
        const back: (readonly [t: number, shown: number, before: number])[] = [];
        for (let t = 0; t <= 2000; t += 10) {
          all.forEach(({ fromMs, forMs, ...made }, i) => {
            if (Math.ceil(fromMs / 10) * 10 === t) {
              releases.set(i, clock.change(made satisfies ClockChange, newTally(), t * MS));
              before = -Infinity;
            }
            if (Math.ceil((fromMs + forMs) / 10) * 10 === t && releases.has(i)) {
              releases.get(i)?.(t * MS);
              before = -Infinity;
            }
          });
          const shown = clock.read(t * MS);
          if (!(shown >= before)) back.push([t, shown, before]);
          before = shown;
        }
        expect(back).toEqual([]);
        expect(clock.read(3000 * MS)).toBe(alone.read(3000 * MS));
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});

test('what overlaps adds up, and each takes its own part away', () => {
  const clock = new Clock(0, 0);
  const one = clock.change({ offsetMs: 100 }, newTally(), 0);
  const two = clock.change({ offsetMs: -30 }, newTally(), 0);
  const three = clock.change({ driftPpm: 50_000 }, newTally(), 1000 * MS);
  expect(clock.read(2000 * MS)).toBe(2120);
  one(2000 * MS);
  expect(clock.read(2000 * MS)).toBe(2020);
  three(2000 * MS);
  expect(clock.read(2000 * MS)).toBe(1970);
  two(2000 * MS);
  expect(clock.read(2000 * MS)).toBe(2000);
});

test('drifts that would turn it back hold it nearly still, and it leaps neither way', () => {
  const clock = new Clock(0, 0);
  const shown: number[] = [];
  const S = 1000 * MS;
  const undo = Array.from({ length: 6 }, (_, i) => {
    return clock.change({ driftPpm: -200_000 }, newTally(), S + i);
  });
  for (const at of [S + 5, S + 6, 2 * S, 3 * S]) shown.push(clock.read(at));
  expect(shown[1]! - shown[0]!).toBeLessThan(0.01);
  // 1 ms in 1 s: a thousandth of the pace.
  expect(shown[2]! - shown[1]!).toBeCloseTo(1, 1);
  expect(shown[3]! - shown[2]!).toBeCloseTo(1, 1);
  // One lets go, and takes along what it has made wrong: 200 ms in each of two seconds. Five hold
  // on, and would still make the clock stand.
  const [first, ...others] = undo;
  first?.(3 * S);
  expect(clock.read(3 * S) - shown[3]!).toBeCloseTo(400, 0);
  expect(clock.read(4 * S) - clock.read(3 * S)).toBeCloseTo(1, 1);
  // All have let go: it shows what it would have shown without them.
  for (const release of others) release(4 * S);
  expect(clock.read(4 * S)).toBe(4000);
});

test('timers under way run on at the new pace, and are not moved by a jump', () => {
  const log: string[] = [];
  const body = (): Body => ({
    start(ctx) {
      ctx.setTimer('plain', 100);
      ctx.setTimer('keyed', 200, 7);
    },
    timeout: (_ctx, tag) => void log.push(`${tag} at ${world.now / MS}`),
  });
  const world = worldOf({ a: body, b: () => ({}) });
  const host = world.hosts[0]!;
  const tally = newTally();
  let release = () => {};
  world.at(50 * MS, () => void host.changeClock({ offsetMs: 10_000 }, newTally()));
  // At half the pace the 50 ms that are left of the first take 100, and of the second 50 of 150 pass.
  world.at(50 * MS, () => {
    release = host.changeClock({ driftPpm: -500_000 }, tally);
  });
  world.at(150 * MS, () => release());
  world.run(1000 * MS);
  expect(log).toEqual(['plain at 150', 'keyed at 250']);
  expect(tally.timersMoved).toBe(3);
});
