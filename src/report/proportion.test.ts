import { expect, test } from 'vitest';
import { wilsonInterval } from './proportion.ts';

test.each([
  // 17 of 1 000 and 0 of 1 000: worked by hand from the formula.
  [17, 1000, 0.01064, 0.02706],
  [0, 1000, 0, 0.00383],
  [1000, 1000, 0.99617, 1],
  [5, 10, 0.23659, 0.76341],
])('%i of %i', (count, of, low, high) => {
  const interval = wilsonInterval(count, of);
  expect(interval.low).toBeCloseTo(low, 5);
  expect(interval.high).toBeCloseTo(high, 5);
});

test('refuses what is no proportion', () => {
  expect(() => wilsonInterval(0, 0)).toThrow(RangeError);
  expect(() => wilsonInterval(3, 2)).toThrow(RangeError);
  expect(() => wilsonInterval(-1, 2)).toThrow(RangeError);
});
