import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distributionDocument, distributionsOf, renderDistributions } from './distribution.ts';
import { createInk } from './ink.ts';
import { textWidth } from './layout.ts';

const ink = createInk({ color: false, ascii: false, width: 80 });

const seedsOf = (values: readonly (number | null)[]) =>
  values.map((value) => ({ numbers: [{ text: 'p99 < 1s', unit: 'ms' as const, value }] }));

test('nearest ranks by hand, with what never came and what was not measured', () => {
  const values = [5, 1, 4, 2, 3, 6, 7, 8, 9, 10, Infinity, null];
  const [one] = distributionsOf(seedsOf(values));
  // Of eleven values the median is the 6th; 95% of 11 is 10.45, so p95 is the 11th.
  expect(one).toMatchObject({ min: 1, median: 6, p95: Infinity, max: Infinity, seeds: 11 });
  expect(one?.unmeasured).toBe(1);
  expect(one && distributionDocument(one)).toEqual({
    text: 'p99 < 1s',
    unit: 'ms',
    seeds: 11,
    unmeasured: 1,
    min: 1,
    median: 6,
    p95: '∞',
    max: '∞',
  });
});

test('a table, and a histogram from the smallest to the largest', () => {
  const values = [...new Array<number>(8).fill(10), 20, 30, 34];
  expect(renderDistributions(distributionsOf(seedsOf(values)), ink)).toEqual([
    'MEASURED',
    '  p99 < 1s',
    '     min  median   p95   max  from min to max',
    '    10ms    10ms  34ms  34ms  █         ▁         ▁  ▁',
    '',
  ]);
  const equal = distributionsOf(seedsOf([7, 7, 7, 7, 7, null]));
  expect(renderDistributions(equal, ink)[3]).toBe(
    '    7ms     7ms  7ms  7ms    (nothing measured in 1)',
  );
});

test('four seeds are no distribution', () => {
  expect(distributionsOf(seedsOf([1, 2, 3, 4]))).toEqual([]);
  expect(renderDistributions([], ink)).toEqual([]);
});

test('whatever the values: in order, and no line wider than the screen', () => {
  const value = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(Infinity));
  fc.assert(
    fc.property(fc.array(value, { minLength: 5, maxLength: 60 }), (values) => {
      const all = distributionsOf(seedsOf(values));
      const [{ min, median, p95, max } = { min: 1, median: 0, p95: 0, max: 0 }] = all;
      expect(min <= median && median <= p95 && p95 <= max).toBe(true);
      for (const line of renderDistributions(all, ink)) {
        expect(textWidth(line)).toBeLessThanOrEqual(80);
      }
    }),
    { numRuns: 50 },
  );
});
