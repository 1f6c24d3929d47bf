import { expect, test } from 'vitest';
import { Interner } from './interner.ts';

test('a name that was not added has no number, the empty one neither', () => {
  const names = new Interner();
  names.add('kv-1');
  expect([names.find('kv-1'), names.find('kv-2'), names.find('')]).toEqual([0, -1, -1]);
});

test('names keep their numbers, whatever shares their place in the small table', () => {
  const names = new Interner();
  const all = ['', 'a', 'b', ...Array.from({ length: 2000 }, (_, i) => `node-${i}`)];
  const numbers = all.map((name) => names.add(name));
  for (let round = 0; round < 2; round++) {
    expect(all.map((name) => names.find(name))).toEqual(numbers);
  }
});
