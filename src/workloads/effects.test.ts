/** What people read of effects: a long list by what is in it more than once. */
import { expect, test } from 'vitest';
import effects from './effects.ts';

const tell = (output?: readonly string[]) => effects.tell?.('read', null, output);
const many = Array.from({ length: 200 }, (_none, i) => `e${i + 1}`);

test('a request, and lists', () => {
  expect(effects.tell?.('apply', 'e3', null)).toBe('apply e3');
  expect(tell()).toBe('read');
  expect(tell([])).toBe('read nothing');
  expect(tell(['e1', 'e2', 'e1'])).toBe('read e1, e2, e1');
  expect(tell(many)).toBe('read 200 effects');
});

test('of a long list only the repeated effects are shown', () => {
  expect(tell([...many, 'e7', 'e9', 'e9'])).toBe('read 200 effects, e7 2 times, e9 3 times');
  expect(tell([...many, ...many])).toBe(
    'read 200 effects, e1 2 times, e2 2 times, e3 2 times, e4 2 times and 196 more',
  );
});
