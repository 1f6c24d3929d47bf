/** How often each key comes, against the law that its choice names. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import type { KeyChoice, KeySpec } from '../../sim/params.ts';
import { Keys } from './keys.ts';
import { ZipfLaw } from './zipf-law.ts';

function keysOf(choose: KeyChoice, count: number, given: Partial<KeySpec> = {}): Keys {
  return new Keys({ count, choose, missing: 0, fresh: 0, ...given });
}

function counts(keys: Keys, draws: number, heat?: string): Map<string, number> {
  const random = fixedRandom(7);
  const seen = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const key = keys.next(random, heat);
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  return seen;
}

/** Within five standard deviations of a binomial count. */
function expectShare(count: number, draws: number, share: number): void {
  const deviation = Math.sqrt(draws * share * (1 - share));
  expect(Math.abs(count - draws * share)).toBeLessThanOrEqual(5 * deviation + 1e-9);
}

/** The sum of squared differences over what was expected, for so many classes. */
function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, i) => {
    const mean = expected[i] ?? 0;
    return sum + (count - mean) ** 2 / mean;
  }, 0);
}

const weights = (count: number, exponent: number): number[] => {
  const all = Array.from({ length: count }, (_, i) => (i + 1) ** -exponent);
  const total = all.reduce((sum, weight) => sum + weight, 0);
  return all.map((weight) => weight / total);
};

const DRAWS = 40_000;

test('a bare number is uniform, drawn as one integer', () => {
  const keys = new Keys(5);
  const [drawn, plain] = [fixedRandom(3), fixedRandom(3)];
  for (let i = 0; i < 200; i++) expect(keys.next(drawn)).toBe(`k${plain.int(1, 5)}`);
  for (const count of counts(keys, DRAWS).values()) expectShare(count, DRAWS, 1 / 5);
});

describe('zipf', () => {
  test.each([
    [10, 1],
    [100, 1],
    [50, 0.5],
    [50, 2],
  ])('%i keys, exponent %f: each rank as often as its weight says', (count, exponent) => {
    const seen = counts(keysOf({ kind: 'zipf', exponent }, count), DRAWS);
    for (const [i, share] of weights(count, exponent).entries()) {
      expectShare(seen.get(`k${i + 1}`) ?? 0, DRAWS, share);
    }
  });

  test.each([
    [40, 1],
    [40, 0.6],
    [40, 1.5],
    [40, 3],
  ])('rejection-inversion draws the same law: %i ranks, exponent %f', (count, exponent) => {
    const law = new ZipfLaw(count, exponent, 0);
    const random = fixedRandom(11);
    const seen = new Array<number>(count).fill(0);
    for (let i = 0; i < DRAWS; i++) {
      const rank = law.draw(random);
      seen[rank - 1] = (seen[rank - 1] ?? 0) + 1;
    }
    // Classes with few draws are taken together, so that chi-square is near its limit law.
    const expected = weights(count, exponent).map((share) => share * DRAWS);
    const cut = expected.findIndex((mean) => mean < 10);
    const end = cut < 0 ? count : cut;
    const rest = (list: readonly number[]) => list.slice(end).reduce((sum, n) => sum + n, 0);
    const tail = rest(expected) >= 10;
    const observed = [...seen.slice(0, end), ...(tail ? [rest(seen)] : [])];
    const means = [...expected.slice(0, end), ...(tail ? [rest(expected)] : [])];
    const freedom = means.length - 1;
    // Mean and variance of chi-square are f and 2f: five deviations.
    expect(chiSquare(observed, means)).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
  });

  test('of ten million keys the head is as the integral of the law says', () => {
    const count = 10_000_000;
    const law = new ZipfLaw(count, 1);
    const random = fixedRandom(5);
    let head = 0;
    for (let i = 0; i < DRAWS; i++) if (law.draw(random) <= 1000) head++;
    // Harmonic numbers, by Euler's constant: H(1000) / H(10^7).
    const harmonic = (n: number) => Math.log(n) + 0.5772156649015329 + 1 / (2 * n);
    expectShare(head, DRAWS, harmonic(1000) / harmonic(count));
  });
});

describe('hotspot', () => {
  test('the first fifth of the keys gets four fifths of the operations, evenly', () => {
    const seen = counts(keysOf({ kind: 'hotspot', keys: 0.2, operations: 0.8 }, 50), DRAWS);
    for (let i = 1; i <= 10; i++) expectShare(seen.get(`k${i}`) ?? 0, DRAWS, 0.08);
    for (let i = 11; i <= 50; i++) expectShare(seen.get(`k${i}`) ?? 0, DRAWS, 0.2 / 40);
  });

  test('of all keys is uniform', () => {
    const seen = counts(keysOf({ kind: 'hotspot', keys: 1, operations: 0.5 }, 4), DRAWS);
    for (const count of seen.values()) expectShare(count, DRAWS, 1 / 4);
  });
});

test('loop goes round and round', () => {
  const keys = keysOf({ kind: 'loop' }, 3);
  const random = fixedRandom(1);
  expect(Array.from({ length: 7 }, () => keys.next(random)).join(' ')).toBe('k1 k2 k3 k1 k2 k3 k1');
});

describe('latest', () => {
  test('the share of new keys is as given, and the others prefer those that came last', () => {
    const keys = keysOf({ kind: 'latest', fresh: 0.1 }, 20);
    const random = fixedRandom(2);
    const byAge = new Map<number, number>();
    let born = 0;
    let newest = 20;
    for (let i = 0; i < DRAWS; i++) {
      const number = Number(keys.next(random).slice(1));
      if (number > newest) {
        born++;
        newest = number;
      } else byAge.set(newest - number, (byAge.get(newest - number) ?? 0) + 1);
    }
    expectShare(born, DRAWS, 0.1);
    for (const [age, share] of weights(20, 1).entries()) {
      expectShare(byAge.get(age) ?? 0, DRAWS - born, share);
    }
  });

  test('there are always as many keys; the oldest is gone', () => {
    const keys = keysOf({ kind: 'latest', fresh: 1 }, 3);
    expect(keys.next(fixedRandom(1))).toBe('k4');
    expect([0, 1, 2].map((i) => keys.at(i))).toEqual(['k2', 'k3', 'k4']);
    expect(['k1', 'k2', 'k4', 'k5', 'k04', 'x4'].map((key) => keys.has(key))).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('heat', () => {
  test.each<KeyChoice>([
    { kind: 'uniform' },
    { kind: 'zipf', exponent: 1 },
    { kind: 'hotspot', keys: 0.5, operations: 0.9 },
    { kind: 'latest', fresh: 0.2 },
    { kind: 'loop' },
  ])('takes the key, and leaves all later draws of %j as they were', (choose) => {
    const [calm, hot] = [keysOf(choose, 6), keysOf(choose, 6)];
    const [a, b] = [fixedRandom(9), fixedRandom(9)];
    for (let i = 0; i < 50; i++) {
      const plain = calm.next(a);
      const newest = hot.at(5);
      const heated = hot.next(b, i % 2 === 0 ? newest : undefined);
      if (i % 2 === 0 && hot.has(newest)) expect(heated).toBe(newest);
      else expect(heated).toBe(plain);
    }
  });

  test('of a key that there is not changes nothing', () => {
    expect(counts(new Keys(3), 100, 'k9')).toEqual(counts(new Keys(3), 100));
  });
});

describe('missing and fresh', () => {
  test('shares of reads and of all; no key is fresh twice', () => {
    const keys = keysOf({ kind: 'uniform' }, 100, { missing: 0.3, fresh: 0.2 });
    const random = fixedRandom(4);
    const fresh = new Set<string>();
    let missing = 0;
    let freshDraws = 0;
    for (let i = 0; i < DRAWS; i++) {
      const key = keys.instead(random, true);
      if (key?.startsWith('missing-') === true) missing++;
      if (key?.startsWith('fresh-') === true) {
        freshDraws++;
        fresh.add(key);
      }
    }
    expectShare(missing, DRAWS, 0.3);
    expectShare(freshDraws, DRAWS, 0.2);
    expect(fresh.size).toBe(freshDraws);
  });

  test('a key that is missing is never written', () => {
    const keys = keysOf({ kind: 'uniform' }, 100, { missing: 1 });
    const random = fixedRandom(4);
    for (let i = 0; i < 100; i++) {
      expect(keys.instead(random, false)).toBeNull();
      expect(keys.instead(random, true)).toMatch(/^missing-\d+$/);
    }
  });

  test('without them nothing is drawn', () => {
    const [a, b] = [fixedRandom(1), fixedRandom(1)];
    expect(new Keys(3).instead(a, true)).toBeNull();
    expect(a.int(0, 1000)).toBe(b.int(0, 1000));
  });
});
