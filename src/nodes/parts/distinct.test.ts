import { expect, test } from 'vitest';
import { Distinct } from './distinct.ts';

test('a member counts once, however often it answers', () => {
  const heard = new Distinct();
  expect([heard.add('b'), heard.add('a'), heard.add('b')]).toEqual([true, true, false]);
  expect([heard.size, heard.has('a'), heard.has('c')]).toEqual([2, true, false]);
  expect(heard.members).toEqual(['b', 'a']);
});
