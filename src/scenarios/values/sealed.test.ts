/** Names that are not to be read. */
import { expect, test } from 'vitest';
import { seal, unsealed } from './sealed.ts';

test('what was sealed is opened, under any salt, and cannot be read before', () => {
  const seals = [1, 2, 513, 65_535].map((salt) => seal('vote-twice', salt));
  expect(new Set(seals).size).toBe(4);
  expect(seals.map(unsealed)).toEqual(Array(4).fill('vote-twice'));
  expect(seals.join()).not.toContain('vote');
});

test.each(['vote-twice', 'sealed:', 'sealed:zz00ff', 'sealed:0102', 'sealed:0102f'])(
  '%s stays as it is',
  (text) => {
    expect(unsealed(text)).toBe(text);
  },
);
