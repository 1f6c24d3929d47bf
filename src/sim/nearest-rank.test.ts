// Quantiles against the definition, and the two ways to them against each other.
import { expect, test } from 'vitest';
import { randomOf } from '../../test/support/simulated-register.ts';
import { nearestRank, nearestRankOfSorted } from './nearest-rank.ts';

/** The smallest value that at least this share of the values does not exceed, in whole numbers. */
function defined(sorted: readonly number[], perMille: number): number | undefined {
  return sorted.find((_, i) => (i + 1) * 1000 >= perMille * sorted.length);
}

test('is the smallest value that the share does not exceed', () => {
  const random = randomOf(5);
  for (const count of [1, 2, 3, 7, 10, 20, 100, 999, 1000]) {
    const values = Array.from({ length: count }, () => Math.floor(random() * count));
    const sorted = values.toSorted((a, b) => a - b);
    for (const perMille of [0, 1, 250, 500, 900, 950, 990, 999, 1000]) {
      const expected = defined(sorted, perMille);
      expect([count, perMille, nearestRankOfSorted(sorted, perMille / 1000)]).toEqual([
        count,
        perMille,
        expected,
      ]);
      expect(nearestRank(Float64Array.from(values), perMille / 1000)).toBe(expected);
    }
  }
});

test('of nothing there is none', () => {
  expect(nearestRank(new Float64Array(), 0.5)).toBeNaN();
  expect(nearestRankOfSorted([], 0.5)).toBeNaN();
});
