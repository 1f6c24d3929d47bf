/** Limits of calls under way: their rules, and what they make of an overloaded pool. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { type ConcurrencyLimit, concurrencyLimit, type LimitSpec } from './concurrency-limit.ts';

const spec = (kind: LimitSpec['kind'], more: Partial<LimitSpec> = {}): LimitSpec => ({
  kind,
  ...{
    fixed: { initial: 20, min: 1, max: Infinity },
    aimd: { initial: 10, min: 1, max: Infinity },
    vegas: { initial: 20, min: 1, max: 1000 },
    gradient2: { initial: 20, min: 20, max: 200 },
    gradient: { initial: 3, min: 3, max: 1000 },
  }[kind],
  slowAfterMs: 5000,
  tolerance: 1,
  measureEveryMs: 60_000,
  measureCalls: 50,
  buffer: 0.25,
  ...more,
});

const random = fixedRandom(1);
const fed = (limit: ConcurrencyLimit, rttMs: number, inFlight: number, dropped = false) => {
  limit.sample(rttMs, inFlight, dropped, random, 0);
  return limit.limit;
};

describe('the rules', () => {
  test('AIMD: one more while half of it is used, a tenth less when dropped or slow', () => {
    const limit = concurrencyLimit(spec('aimd'));
    expect(fed(limit, 10, 4)).toBe(10);
    expect(fed(limit, 10, 5)).toBe(11);
    expect(fed(limit, 10, 11, true)).toBe(9);
    expect(fed(limit, 5001, 9)).toBe(8);
  });

  test('Vegas: it keeps a few calls waiting', () => {
    const limit = concurrencyLimit(spec('vegas'));
    expect(fed(limit, 10, 20)).toBe(20);
    // Of 20 none wait: six more. Of 26 ceil(26 / 11) = 3: it stays.
    expect(fed(limit, 10, 20)).toBe(26);
    expect(fed(limit, 11, 26)).toBe(26);
    // ceil(26 (1 - 10 / 10.3)) = 1: six more; 8 of 32 are too many.
    expect(fed(limit, 10.3, 26)).toBe(32);
    expect(fed(limit, 13, 32)).toBe(31);
    expect(fed(limit, 13, 15)).toBe(31);
    expect(fed(limit, 10, 31, true)).toBe(30);
  });

  test('Vegas measures the time without a queue anew now and then', () => {
    const limit = concurrencyLimit(spec('vegas', { max: 100 }));
    for (let i = 0; i < 10_000; i++) fed(limit, 10, limit.limit);
    const high = limit.limit;
    expect(high).toBe(100);
    // Three times slower for good: at first it takes that for a queue, in the end for the time itself.
    let least = high;
    for (let i = 0; i < 60_000; i++) least = Math.min(least, fed(limit, 30, limit.limit));
    expect(least).toBeLessThan(high / 2);
    expect(limit.limit).toBeGreaterThan(least * 2);
  });

  test('Gradient2: a fifth of the way to the ratio of the average to the sample, and four', () => {
    const limit = concurrencyLimit(spec('gradient2', { initial: 100 }));
    // The first sample is the average: 100 * .8 + (100 + 4) * .2.
    expect(fed(limit, 10, 100)).toBe(100);
    expect(fed(limit, 10, 100)).toBe(101);
    // No more than half less: 101.6 * .8 + (50.8 + 4) * .2.
    expect(fed(limit, 1000, 101)).toBe(92);
    expect(fed(limit, 1000, 40)).toBe(92);
  });
});

describe('Gradient, as in Envoy', () => {
  /** Feeds calls of one time, one a millisecond, from a time on; gives the limits seen. */
  const feed = (limit: ConcurrencyLimit, fromMs: number, toMs: number, rttMs: number) => {
    const seen: number[] = [];
    for (let nowMs = fromMs; nowMs < toMs; nowMs++) {
      limit.sample(rttMs, limit.limit, false, random, nowMs);
      if (limit.limit !== seen.at(-1)) seen.push(limit.limit);
    }
    return seen;
  };
  const measured = (more: Partial<LimitSpec> = {}) => {
    const limit = concurrencyLimit(spec('gradient', { initial: 100, ...more }));
    expect(limit.limit).toBe(more.min ?? 3);
    feed(limit, 10, 60, 10);
    return limit;
  };

  test('it begins with a measurement of 50 calls at the least limit', () => {
    const limit = concurrencyLimit(spec('gradient', { initial: 100 }));
    expect(feed(limit, 10, 59, 10)).toEqual([3]);
    expect(feed(limit, 59, 60, 10)).toEqual([100]);
  });

  test('each window of 100 ms: times the gradient, and its square root, whole', () => {
    // 100 * 12.5 / 10 = 125, and 11.18; then 136 * 1.25 = 170, and 13.04.
    expect(feed(measured(), 60, 300, 10)).toEqual([100, 136, 183]);
    // 100 * 12.5 / 25 = 50, and 7.07; no less than half: 57 * .5 = 28.5, and 5.34.
    expect(feed(measured(), 60, 200, 25)).toEqual([100, 57]);
    expect(feed(measured({ initial: 57 }), 60, 200, 1000)).toEqual([57, 33]);
  });

  test('every minute, up to 15 % later, it measures again: a target that has changed is known', () => {
    const limit = measured({ max: 200 });
    expect(feed(limit, 60, 50_000, 10).at(-1)).toBe(200);
    // Half slower for good: the gradient is 12.5 / 15, and the limit falls to .83 / .17^2 = 30.
    const fallen = feed(limit, 50_000, 60_000, 15).at(-1);
    expect(fallen).toBeGreaterThan(20);
    expect(fallen).toBeLessThan(35);
    expect(feed(limit, 60_000, 80_000, 15)).toContain(3);
    expect(limit.limit).toBe(200);
  });

  test('after five windows at the least limit it measures at once', () => {
    const limit = measured({ min: 10, initial: 10 });
    feed(limit, 60, 600, 1000);
    // The calls that began before do not count, however quick.
    feed(limit, 600, 610, 100);
    feed(limit, 2000, 3000, 20);
    expect(limit.limit).toBeGreaterThan(10);
  });

  test('a refusal is quick, and says nothing', () => {
    const limit = concurrencyLimit(spec('gradient', { initial: 100 }));
    for (let nowMs = 0; nowMs < 100; nowMs++) limit.sample(0.1, 3, true, random, nowMs);
    expect(limit.limit).toBe(3);
  });
});

interface Answered {
  readonly endMs: number;
  readonly rttMs: number;
}

/** A pool of ten workers of 10 ms each, asked 2000 times a second for 20 s, behind a limit. */
function overloaded(limit: ConcurrencyLimit | null, seed: number): readonly Answered[] {
  const draws = fixedRandom(seed);
  const answered: Answered[] = [];
  const freeAt: number[] = Array.from({ length: 10 }, () => 0);
  const underWay: {
    readonly sinceMs: number;
    readonly endMs: number;
    readonly inFlight: number;
  }[] = [];
  let first = 0;
  for (let nowMs = draws.exponential(0.5); nowMs < 20_000; nowMs += draws.exponential(0.5)) {
    // First come, first served at constant times: calls end in the order in which they came.
    for (
      let call = underWay[first];
      call !== undefined && call.endMs <= nowMs;
      call = underWay[first]
    ) {
      first++;
      const rttMs = call.endMs - call.sinceMs;
      limit?.sample(rttMs, call.inFlight, false, draws, call.endMs);
      answered.push({ endMs: call.endMs, rttMs });
    }
    const inFlight = underWay.length - first;
    if (limit !== null && inFlight >= limit.limit) continue;
    freeAt.sort((a, b) => a - b);
    const endMs = Math.max(nowMs, freeAt[0] as number) + 10;
    freeAt[0] = endMs;
    underWay.push({ sinceMs: nowMs, endMs, inFlight: inFlight + 1 });
  }
  return answered;
}

/** Of those answered from 10 s on, over three seeds. */
function settled(of: LimitSpec | null) {
  const late = [1, 2, 3].flatMap((seed) =>
    overloaded(of === null ? null : concurrencyLimit(of), seed).filter(
      ({ endMs }) => endMs > 10_000,
    ),
  );
  const times = late.map(({ rttMs }) => rttMs).sort((a, b) => a - b);
  return { perSecond: late.length / 30, p50: times[Math.floor(times.length / 2)] as number };
}

describe('ten workers of 10 ms, 2000 calls a second, after 10 s', () => {
  test('without a limit calls wait for seconds, and longer and longer', () => {
    expect(Math.abs(settled(null).p50 / 7500 - 1)).toBeLessThan(0.1);
  });

  /**
   * Within a tenth. Vegas keeps six of 16 calls waiting (Little: 16 under way at 1000/s is 16 ms).
   */
  test.each([
    ['fixed', spec('fixed'), 1000, 19],
    ['AIMD that fears 50 ms', spec('aimd', { slowAfterMs: 50 }), 850, 43],
    ['Vegas', spec('vegas'), 957, 16],
    ['Gradient2', spec('gradient2'), 1000, 35],
  ] as const)('%s', (_name, of, perSecond, p50) => {
    const seen = settled(of);
    expect(Math.abs(seen.perSecond / perSecond - 1)).toBeLessThan(0.1);
    expect(Math.abs(seen.p50 / p50 - 1)).toBeLessThan(0.1);
  });

  test('AIMD as it is set fears only 5 s, and lets calls wait that long', () => {
    expect(settled(spec('aimd')).p50).toBeGreaterThan(5000);
  });

  test('Vegas takes the luckiest time for the time without a queue: it starves when times vary', () => {
    const draws = fixedRandom(5);
    const limitAfter = (rtt: () => number) => {
      const limit = concurrencyLimit(spec('vegas', { initial: 100 }));
      let sum = 0;
      for (let i = 0; i < 20_000; i++) {
        limit.sample(rtt(), limit.limit, false, draws, 0);
        sum += limit.limit;
      }
      return sum / 20_000;
    };
    // Nothing waits in either; the times of one vary.
    expect(limitAfter(() => 10)).toBeGreaterThan(500);
    expect(limitAfter(() => draws.exponential(10))).toBeLessThan(20);
  });
});
