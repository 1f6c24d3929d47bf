/** Nines, and the downtime that they allow. */
import { expect, test } from 'vitest';
import { allowed, ninesOf } from './nines.ts';

test.each([
  [1, 0],
  [0.2, 0],
  [0.1, 1],
  [0.011, 1],
  [0.01, 2],
  [1 - 0.999, 3],
  [0.0001, 4],
  [3 / 1000, 2],
])('unavailable for %f: %i nines', (down, nines) => {
  expect(ninesOf(down)).toBe(nines);
});

test('three nines allow 8.77 h a year, 43.8 min a month, 10.1 min a week, 86.4 s a day', () => {
  expect(allowed(0.001)).toBe('down for 8.77h a year, 43m50s a month, 10m5s a week, 86.4s a day');
  expect(allowed(0.0001)).toContain('8.64s a day');
});
