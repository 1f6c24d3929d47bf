import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agreedIndex, majority } from './quorum.ts';

test('a majority is more than half, so that two of them share a member', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map(majority)).toEqual([1, 2, 2, 3, 3, 4, 4]);
});

test('the agreed index is the highest that a majority has reached', () => {
  expect(agreedIndex([])).toBe(0);
  expect(agreedIndex([5])).toBe(5);
  expect(agreedIndex([5, 3])).toBe(3);
  expect(agreedIndex([5, 3, 0])).toBe(3);
  expect(agreedIndex([2, 1, 1, 2])).toBe(1);
  expect(agreedIndex([2, 1, 2, 2])).toBe(2);
});

test('counting gives what sorting gives', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 9 }), (reached) => {
      const highFirst = reached.toSorted((a, b) => b - a);
      expect(agreedIndex(reached)).toBe(highFirst[majority(reached.length) - 1]);
    }),
    { seed: 1, numRuns: 2000 },
  );
});
