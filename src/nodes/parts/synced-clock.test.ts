/** A clock kept by servers: its bound holds whatever the network and the oscillator do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostAgreed, SyncedClock, type SyncedClockSpec, type SyncMistake } from './synced-clock.ts';

const DRIFT = 0.0002;
const spec = (more: Partial<SyncedClockSpec> = {}): SyncedClockSpec => ({
  drift: DRIFT,
  stepMs: 128,
  slew: 0.0005,
  ...more,
});

/** An exchange with a true server, of an oscillator that is exact and `behindMs` behind it. */
const exchange = (askedMs: number, outMs: number, backMs: number, behindMs = 0, errorMs = 0) => ({
  askedMs,
  receivedMs: askedMs + outMs + behindMs,
  sentMs: askedMs + outMs + behindMs,
  heardMs: askedMs + outMs + backMs,
  errorMs,
});

test('a path that is slower in one direction errs by half of the difference, within the bound', () => {
  const clock = new SyncedClock(spec());
  clock.heard('s', exchange(0, 40, 10));
  const { earliest, latest } = clock.interval(50) ?? { earliest: 0, latest: 0 };
  expect((earliest + latest) / 2 - 50).toBeCloseTo(15, 9);
  expect([earliest <= 50, latest >= 50]).toEqual([true, true]);
  const unaware = new SyncedClock(spec({ mistake: 'ignores-delay' }));
  unaware.heard('s', exchange(0, 40, 10));
  expect(unaware.interval(50)?.earliest).toBeGreaterThan(50);
});

test('between two answers the error grows from 1 to 7 ms: 200 millionths of 30 s', () => {
  const clock = new SyncedClock(spec());
  clock.heard('s', exchange(0, 0, 0, 0, 1));
  const halfAt = (ms: number) => {
    const { earliest, latest } = clock.interval(ms) ?? { earliest: 0, latest: 0 };
    return (latest - earliest) / 2;
  };
  expect([0, 15_000, 30_000].map((ms) => halfAt(ms).toFixed(2))).toEqual(['1.00', '4.00', '7.00']);
});

test('of eight exchanges the one with the shortest trip counts, until it is too old', () => {
  const clock = new SyncedClock(spec({ drift: 0 }));
  clock.heard('s', exchange(0, 1, 1));
  for (let i = 1; i < 8; i++) clock.heard('s', exchange(1000 * i, 30, 5));
  const width = (ms: number) => {
    const { earliest, latest } = clock.interval(ms) ?? { earliest: 0, latest: 0 };
    return latest - earliest;
  };
  expect(width(8000)).toBeCloseTo(2, 9);
  clock.heard('s', exchange(9000, 30, 5));
  expect(width(10_000)).toBeCloseTo(35, 9);
  const aging = new SyncedClock(spec({ drift: 0.01 }));
  aging.heard('s', exchange(0, 1, 1));
  aging.heard('s', exchange(1000, 2, 2));
  // 1 ms and a second of drift are worse than 2 ms.
  expect(aging.interval(1004)?.latest).toBeCloseTo(1004 + 2 + 0.04, 2);
});

describe('what the clock shows', () => {
  const behindBy = (ms: number) => {
    const clock = new SyncedClock(spec());
    clock.start(0, 0);
    const steppedMs = clock.heard('s', exchange(0, 0, 0, ms));
    return { clock, steppedMs };
  };

  test('128 ms are slewed in 256 s, and more is stepped', () => {
    const { clock, steppedMs } = behindBy(128);
    expect(steppedMs).toBe(0);
    expect(clock.time(128_000) - 128_000).toBeCloseTo(64, 6);
    expect(clock.time(255_998) - 255_998).toBeLessThan(128);
    expect(clock.time(256_000) - 256_000).toBeCloseTo(128, 6);
    const leap = behindBy(128.001);
    expect(leap.steppedMs).toBeCloseTo(128.001, 6);
    expect(leap.clock.time(0)).toBeCloseTo(128.001, 6);
  });

  test('goes on while it is slewed back', () => {
    const { clock } = behindBy(-100);
    let last = -Infinity;
    for (let ms = 0; ms < 300_000; ms += 1000) {
      expect(clock.time(ms)).toBeGreaterThan(last);
      last = clock.time(ms);
    }
    expect(last - 299_000).toBeCloseTo(-100, 6);
  });
});

test('the true time is in the interval, whatever paths, drift and ages are', () => {
  // A microsecond at least: what is less is rounding.
  const ms = (max: number) => fc.double({ min: 0.001, max, noNaN: true });
  const poll = fc.record({ server: fc.nat(2), out: ms(50), back: ms(50), pause: ms(40_000) });
  fc.assert(
    fc.property(
      fc.double({ min: -DRIFT, max: DRIFT, noNaN: true }),
      fc.tuple(ms(2), ms(2), ms(2)),
      fc.array(poll, { minLength: 1, maxLength: 25 }),
      (drift, wrong, polls) => {
        const clock = new SyncedClock(spec());
        let trueMs = 0;
        const own = () => trueMs * (1 + drift);
        for (const { server, out, back, pause } of polls) {
          const askedMs = own();
          trueMs += out;
          const shownMs = trueMs + (wrong[server] as number);
          trueMs += back;
          const errorMs = wrong[server] as number;
          const heardMs = own();
          const at = { askedMs, receivedMs: shownMs, sentMs: shownMs, heardMs, errorMs };
          clock.heard(String(server), at);
          for (const laterMs of [0, pause]) {
            trueMs += laterMs;
            const { earliest, latest } = clock.interval(own()) ?? { earliest: 1, latest: 0 };
            expect(earliest).toBeLessThanOrEqual(trueMs);
            expect(latest).toBeGreaterThanOrEqual(trueMs);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

describe('several servers', () => {
  const at = (...pairs: readonly (readonly [number, number])[]) =>
    mostAgreed(pairs.map(([earliest, latest]) => ({ earliest, latest })));

  test('agree where most intervals meet', () => {
    expect(at([8, 12], [11, 13], [14, 15])).toEqual({
      interval: { earliest: 11, latest: 12 },
      count: 2,
    });
    expect(at([8, 12], [11, 13], [10, 12])).toEqual({
      interval: { earliest: 11, latest: 12 },
      count: 3,
    });
    expect(at([0, 1], [1, 2]).count).toBe(2);
  });

  test('that contradict each other leave no time, and one that is alone is not believed', () => {
    const story = (mistake: SyncMistake | null) => {
      const clock = new SyncedClock(spec({ mistake }));
      clock.heard('wrong', exchange(0, 1, 1, 600_000));
      clock.heard('right', exchange(0, 1, 1));
      const split = clock.interval(2);
      clock.heard('other', exchange(0, 1, 1));
      return [split, clock.interval(2)?.latest];
    };
    const [split, latest] = story(null);
    expect(split).toBeNull();
    expect(latest).toBeCloseTo(3, 2);
    expect(story('trusts-any-server')[1]).toBeGreaterThan(600_000);
  });
});
