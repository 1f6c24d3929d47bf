import { expect, test } from 'vitest';
import { wilson } from './proportion.ts';

test.each([
  // 17 of 1,000 and 0 of 1,000: worked by hand from the formula.
  [17, 1000, 0.01064, 0.02706],
  [0, 1000, 0, 0.00383],
  [1000, 1000, 0.99617, 1],
  [5, 10, 0.23659, 0.76341],
  [0, 0, 0, 1],
])('%i of %i', (hits, of, low, high) => {
  const interval = wilson(hits, of);
  expect(interval.low).toBeCloseTo(low, 5);
  expect(interval.high).toBeCloseTo(high, 5);
});
