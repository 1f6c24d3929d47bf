import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Plain } from '../../sim/node.ts';
import { samePlain } from './same-plain.ts';

test('compares by content, whatever the order of fields', () => {
  expect(samePlain({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] })).toBe(true);
});

test('distinguishes what only looks alike', () => {
  const different: readonly (readonly [Plain, Plain])[] = [
    [1, '1'],
    [0, null],
    [null, {}],
    [[], {}],
    [[1], [1, 1]],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: null }],
    [{ toString: 1 }, { a: 1 }],
    [[null], []],
  ];
  for (const [a, b] of different) {
    expect(samePlain(a, b), JSON.stringify([a, b])).toBe(false);
    expect(samePlain(b, a), JSON.stringify([b, a])).toBe(false);
  }
});

test('agrees with structural equality on any two plain values', () => {
  const plain = fc.jsonValue({ maxDepth: 3, noUnicodeString: true } as fc.JsonSharedConstraints);
  const pair = fc.oneof(
    fc.tuple(plain, plain),
    plain.map((value) => [value, structuredClone(value)] as const),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      // JSON has one zero.
      const [left, right] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
      expect(samePlain(left, right)).toBe(isDeepStrictEqual(left, right));
    }),
    { seed: 2, numRuns: 1000 },
  );
});
