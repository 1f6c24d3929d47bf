import { expect, test } from 'vitest';
import { countedWords, feltWords } from '../../src/sim/fault.ts';

test('one of anything is told as one', () => {
  const full = feltWords.map(({ full: words }) => countedWords('1', words));
  expect(full).toContain('1 write refused');
  expect(full).toContain('1 flush of a disk delayed');
  expect(full).toContain('1 request answered by an error, or not at all');
  expect(countedWords('2', 'writes refused')).toBe('2 writes refused');
  expect(countedWords('1', 'dropped')).toBe('1 dropped');
});
