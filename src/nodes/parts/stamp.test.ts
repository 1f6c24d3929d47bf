import { expect, test } from 'vitest';
import { compareStamps, NO_STAMP, sameStamp, showStamp } from './stamp.ts';

const stamp = (number: number, by: string) => ({ number, by });

test('stamps are ordered by number, and by name where numbers are equal', () => {
  const ordered = [NO_STAMP, stamp(1, 'a'), stamp(1, 'b'), stamp(2, 'a'), stamp(10, 'a')];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) {
      expect(Math.sign(compareStamps(a, b))).toBe(Math.sign(i - j));
      expect(sameStamp(a, { ...b })).toBe(i === j);
    }
  }
});

test('a stamp for people', () => {
  expect(showStamp(stamp(7, 'kv-2'))).toBe('7.kv-2');
});
