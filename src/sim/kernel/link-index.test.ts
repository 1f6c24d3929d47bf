/** The table of links against a map. */
import { expect, test } from 'vitest';
import { LinkIndex } from './link-index.ts';
import { Stream } from './random.ts';

test('it finds what was added, and nothing else, however far it grows', () => {
  const random = new Stream(1, 2, 3, 4);
  const index = new LinkIndex();
  const known = new Map<string, number>();
  const last = 999_999;
  // One `expect` for all: a hundred thousand of them take seconds.
  const wrong: string[] = [];
  const compare = (from: number, to: number, number: number) => {
    const found = index.get(from, to);
    if (found !== number) wrong.push(`${from} ${to}: ${found} and not ${number}`);
  };
  for (let number = 1; number <= 20_000; number++) {
    // Neighbours, the same pair the other way round, and the ends of a million nodes.
    const from = number % 3 === 0 ? number : random.int(0, last);
    const to = number % 5 === 0 ? last - from : random.int(0, 50);
    if (known.has(`${from} ${to}`)) continue;
    compare(from, to, 0);
    index.add(from, to, number);
    known.set(`${from} ${to}`, number);
  }
  for (const [pair, number] of known) {
    const [from, to] = pair.split(' ').map(Number) as [number, number];
    compare(from, to, number);
    compare(to, from, known.get(`${to} ${from}`) ?? 0);
  }
  expect(known.size).toBeGreaterThan(10_000);
  expect(wrong).toEqual([]);
});
