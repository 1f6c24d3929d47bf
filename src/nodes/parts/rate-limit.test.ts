/** Rate limits as state machines: what each admits, at most and in the long run. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { RATE_LIMITS, type RateLimitSpec, rateLimit } from './rate-limit.ts';

const spec = (change: Partial<RateLimitSpec>): RateLimitSpec => ({
  algorithm: 'token-bucket',
  perMs: 0.1,
  burst: 1,
  windowMs: 1000,
  align: 'epoch',
  grainMs: 0,
  ...change,
});

/** The moments at which calls are admitted, of those that come. */
function admitted(of: RateLimitSpec, moments: readonly number[]): number[] {
  const limit = rateLimit(of);
  return moments.filter((ms) => limit.take(ms, 1, 0) >= 0);
}

/** The most in any window of time, its end left out. */
function peak(moments: readonly number[], windowMs = 1000): number {
  return moments.reduce((most, from, i) => {
    const inside = moments.slice(i).filter((ms) => ms < from + windowMs).length;
    return Math.max(most, inside);
  }, 0);
}

const every = (ms: number, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => from + i * ms);

describe('the boundary burst of a limit of 100 a second', () => {
  const windowed = (algorithm: RateLimitSpec['algorithm']) => spec({ algorithm, perMs: 0.1 });
  /** All in the last ms of a window, and greedy at the fraction of the next. */
  const around = (fraction: number) => [
    ...every(0.001, 200, 999),
    ...every(0.001, 200, 1000 + fraction * 1000),
  ];

  test('a fixed window admits twice the limit', () => {
    expect(peak(admitted(windowed('fixed-window'), around(0)))).toBe(200);
  });

  test.each([
    [0.01, 101],
    [0.5, 150],
    [0.99, 199],
  ])('a sliding counter admits L (1 + f): at %f %i', (fraction, most) => {
    expect(peak(admitted(windowed('sliding-counter'), around(fraction)))).toBe(most);
  });

  test.each([0, 0.01, 0.5, 0.99])('a sliding log admits the limit, and no more: %f', (fraction) => {
    expect(peak(admitted(windowed('sliding-log'), around(fraction)))).toBe(100);
  });

  test('a window that begins with the first call has another edge', () => {
    const first = spec({ algorithm: 'fixed-window', align: 'first' });
    expect(peak(admitted(first, around(0)))).toBe(100);
    expect(
      peak(admitted(first, [500, ...every(0.001, 200, 1499), ...every(0.001, 200, 1500)])),
    ).toBe(199);
  });
});

const moments = fc
  .array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 })
  .map((gaps) => gaps.map((_, i) => gaps.slice(0, i + 1).reduce((sum, gap) => sum + gap, 0)));

describe('buckets', () => {
  test('a token bucket admits at most burst + rate T in any T', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 5 }), (calls, burst) => {
        const through = admitted(spec({ perMs: 1 / 128, burst }), calls);
        return through.every((from, i) =>
          through.slice(i).every((to, k) => k + 1 <= burst + (to - from) / 128 + 1e-9),
        );
      }),
    );
  });

  test('GCRA with T = 1 / rate and tau = (burst - 1) T is the token bucket', () => {
    // A rate that binary numbers hold: else the two differ where a call conforms exactly.
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 5 }), (calls, burst) => {
        const bucket = admitted(spec({ perMs: 1 / 128, burst }), calls);
        const gcra = admitted(spec({ algorithm: 'gcra', perMs: 1 / 128, burst }), calls);
        expect(gcra).toEqual(bucket);
      }),
    );
  });

  test('GCRA conforms exactly at TAT - tau, and a refused call moves nothing', () => {
    const gcra = spec({ algorithm: 'gcra', perMs: 0.01 });
    expect(admitted(gcra, every(100, 10))).toHaveLength(10);
    expect(admitted(gcra, every(99, 10))).toEqual([0, 198, 396, 594, 792]);
  });

  test('as nginx counts, whole ms: burst 5 lets six through at once', () => {
    const nginx = spec({ algorithm: 'gcra', perMs: 0.01, burst: 6, grainMs: 1 });
    expect(admitted(nginx, [...every(0.1, 9), 100.9])).toEqual([...every(0.1, 6), 100.9]);
  });

  test('cut to whole ms, 99.2 ms between two calls are the 100 of the rate', () => {
    const taken = (grainMs: number) =>
      admitted(spec({ algorithm: 'gcra', perMs: 0.01, grainMs }), [0.9, 100.1]).length;
    expect([taken(0), taken(1)]).toEqual([1, 2]);
  });

  test('a leaky bucket spaces calls, and adds at most burst / rate', () => {
    const limit = rateLimit(spec({ algorithm: 'leaky-bucket', perMs: 0.01, burst: 3 }));
    expect([0, 0, 0, 0, 0].map((ms) => limit.take(ms, 1, 0))).toEqual([0, 100, 200, 300, -100]);
    expect(limit.take(100, 1, 0)).toBe(300);
  });

  test('calls that may wait have their turn reserved', () => {
    for (const algorithm of ['token-bucket', 'gcra'] as const) {
      const limit = rateLimit(spec({ algorithm, perMs: 0.01, burst: 2 }));
      expect([0, 0, 0, 0].map((ms) => limit.take(ms, 1, 150))).toEqual([0, 0, 100, -200]);
      expect(limit.take(100, 1, 150)).toBe(100);
    }
  });

  test('a call that costs more than there can be never goes', () => {
    for (const algorithm of RATE_LIMITS) {
      if (algorithm === 'leaky-bucket') continue;
      expect(rateLimit(spec({ algorithm, burst: 5 })).take(0, 101, 1e9)).toBe(-Infinity);
    }
  });
});

describe('when to come again', () => {
  test.each(RATE_LIMITS)('%s: not before, and surely then', (algorithm) => {
    const random = fixedRandom(4);
    const limit = rateLimit(spec({ algorithm, perMs: 0.02, burst: 4 }));
    let refused = 0;
    for (let ms = 0; ms < 20_000; ms += random.int(1, 60)) {
      const answer = limit.take(ms, 1, 0);
      if (answer >= 0) continue;
      refused++;
      // Just before it is refused again.
      if (-answer > 0.02) expect(limit.take(ms - answer - 0.01, 1, 0)).toBeLessThan(0);
      ms = ms - answer + 0.01;
      expect(limit.take(ms, 1, 0)).toBeGreaterThanOrEqual(0);
    }
    expect(refused).toBeGreaterThan(15);
  });
});

/** Poisson calls at rho times the rate; each bucket of 1 refuses rho / (1 + rho). */
test.each([
  [1, 0.5, 0.333],
  [1, 1, 0.5],
  [1, 2, 0.667],
  [5, 0.5, 0.0022],
  [5, 1, 0.1031],
  [5, 2, 0.4999],
])('random calls: a bucket of %i at a load of %f refuses %f', (burst, load, share) => {
  const random = fixedRandom(burst);
  const limit = rateLimit(spec({ perMs: 1, burst }));
  const calls = 200_000;
  let refused = 0;
  let ms = 0;
  for (let i = 0; i < calls; i++) {
    ms += random.exponential(1 / load);
    if (limit.take(ms, 1, 0) < 0) refused++;
  }
  expect(Math.abs(refused / calls - share)).toBeLessThan(0.005);
});
