/**
 * A tree of hashes over keys, by which two replicas find out cheaply where they differ (Merkle
 * 1987; Dynamo, section 4.7): equal roots mean equal contents, and below a difference only some of
 * the keys need to be compared.
 *
 * A leaf holds the keys whose hash begins with its number, and its hash is the sum of those of its
 * entries, so an entry can be changed without reading its neighbours. Two levels are enough for
 * what a simulated replica holds.
 */
import { textHash } from './text-hash.ts';

export const LEAVES = 64;

export function leafOf(key: string): number {
  return textHash(key) % LEAVES;
}

/** Leaf hashes of entries, by number; `digest` is any text that differs where contents differ. */
export function leafHashes(entries: Iterable<readonly [key: string, digest: string]>): number[] {
  const leaves = Array.from({ length: LEAVES }, () => 0);
  for (const [key, digest] of entries) {
    const leaf = leafOf(key);
    leaves[leaf] = ((leaves[leaf] ?? 0) + textHash(`${key}\u0000${digest}`)) >>> 0;
  }
  return leaves;
}

export function rootHash(leaves: readonly number[]): number {
  return textHash(leaves.join(','));
}

/** The leaves whose hashes differ. */
export function differing(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.flatMap((hash, leaf) => (hash === b[leaf] ? [] : [leaf]));
}
