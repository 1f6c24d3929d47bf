/** The hash tree of two levels: what it shows of two replicas. */
import { expect, test } from 'vitest';
import { differing, LEAVES, leafHashes, leafOf, rootHash } from './hash-tree.ts';

const entries = Array.from({ length: 300 }, (_, i) => [`k${i}`, 'v1'] as const);

test('is the same for the same entries in any order', () => {
  expect(leafHashes([...entries].reverse())).toEqual(leafHashes(entries));
});

test('shows the one leaf in which an entry differs', () => {
  const other = entries.map(([key, value]) => [key, key === 'k77' ? 'v2' : value] as const);
  const [a, b] = [leafHashes(entries), leafHashes(other)];
  expect(a).toHaveLength(LEAVES);
  expect(rootHash(a)).not.toBe(rootHash(b));
  expect(differing(a, b)).toEqual([leafOf('k77')]);
  expect(differing(a, a)).toEqual([]);
});
