/** How long entries live, and what a write drops; hit ratios of a ttl against the formulas. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { ZipfLaw } from '../../workloads/parts/zipf-law.ts';
import { CacheStore, type StoreSpec } from './cache-store.ts';

const random = fixedRandom(7);
const outcome = { ok: true, reply: { type: 'read_ok', inReplyTo: 0 }, from: 'db' } as const;
const plain: StoreSpec = {
  capacity: 100_000,
  evict: 'lru',
  ttlMs: Infinity,
  jitter: 0,
  sliding: false,
  negativeTtlMs: 0,
  keptMs: 0,
};

const storeOf = (spec: Partial<StoreSpec>) => new CacheStore({ ...plain, ...spec });

function put(store: CacheStore, name: string, object: string | null, negative = false, nowMs = 0) {
  store.put(name, { outcome, object, negative, loadMs: 1 }, nowMs, random);
}

const names = (store: CacheStore, all: string) =>
  [...all].filter((name) => store.look(name, 0) !== null).join('');

describe('a write drops', () => {
  const filled = () => {
    const store = storeOf({ negativeTtlMs: 1000 });
    put(store, 'a', 'x');
    put(store, 'b', 'x', true);
    put(store, 'c', 'y');
    put(store, 'd', null);
    return store;
  };

  test.each([
    ['x', true, 'c'],
    ['y', true, 'ab'],
    [null, true, ''],
    ['x', false, 'bc'],
  ])('to %s, negatives %s: all but %s', (object, negatives, left) => {
    const store = filled();
    store.invalidate(object, negatives);
    expect(names(store, 'abcd')).toBe(left);
    expect(store.size).toBe(left.length);
  });
});

test('a new outcome takes the place of the old one, and of no other', () => {
  const store = storeOf({ capacity: 2 });
  put(store, 'a', 'x');
  put(store, 'b', 'y');
  put(store, 'a', 'x');
  expect([store.size, store.evicted]).toEqual([2, 0]);
  put(store, 'c', 'z');
  expect([names(store, 'abc'), store.evicted]).toEqual(['ac', 1]);
});

test('what says that there is nothing is not held for 0, and takes what was there along', () => {
  const store = storeOf({});
  put(store, 'a', 'x');
  put(store, 'a', 'x', true);
  expect(store.size).toBe(0);
});

test('an entry is kept beyond its time for those that take it', () => {
  const store = storeOf({ ttlMs: 100, keptMs: 50 });
  put(store, 'a', 'x');
  expect(store.look('a', 99)?.freshUntilMs).toBe(100);
  expect(store.look('a', 149)).not.toBeNull();
  expect(store.look('a', 150)).toBeNull();
  expect(store.size).toBe(0);
});

test('jitter spreads the ends evenly over the last part', () => {
  const store = storeOf({ ttlMs: 100, jitter: 0.4 });
  const ends = Array.from({ length: 2000 }, () => {
    put(store, 'a', 'x');
    return store.look('a', 0)?.freshUntilMs ?? 0;
  });
  expect(Math.min(...ends)).toBeGreaterThanOrEqual(60);
  expect(Math.max(...ends)).toBeLessThanOrEqual(100);
  // 80 on average; the mean of 2000 strays by 0.26.
  expect(Math.abs(ends.reduce((sum, end) => sum + end, 0) / 2000 - 80)).toBeLessThan(1);
});

// Poisson arrivals at rate l for a key: lT/(1 + lT) with a fixed ttl T, 1 - exp(-lT) with a sliding
// one; summed over Zipf(1.0), 1000 keys, 1000 requests a second, T = 1 s.
test.each([
  [false, 0.715],
  [true, 0.791],
])('the hit ratio with a ttl, sliding %s: %f', (sliding, expected) => {
  const store = storeOf({ ttlMs: 1000, sliding });
  const law = new ZipfLaw(1000, 1);
  const draws = fixedRandom(20_261_129);
  let nowMs = 0;
  let hits = 0;
  const requests = 300_000;
  for (let i = 0; i < requests; i++) {
    nowMs += draws.exponential(1);
    const name = `k${law.draw(draws)}`;
    if (store.look(name, nowMs) !== null) hits++;
    else put(store, name, name, false, nowMs);
  }
  expect(Math.abs(hits / requests - expected), `${hits / requests}`).toBeLessThan(0.005);
});
