/** Hash trees against their definition and the numbers of a walk. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Streams } from '../../sim/kernel/random.ts';
import { MerkleTree } from './merkle-tree.ts';

function treeOf(entries: ReadonlyMap<string, string>, depth = 4, fanOut = 2) {
  const tree = new MerkleTree(depth, fanOut);
  for (const [key, digest] of entries) tree.update(key, null, digest);
  return tree;
}

/** What a walk sends: hashes, and keys of the leaves that differ. */
function walk(a: MerkleTree, b: MerkleTree, keysOf: (leaf: number) => number) {
  let hashes = 1;
  let differing = b.differing(0, a.hashesOf(0, [0]));
  let [from, to] = [b, a];
  for (let level = 1; level <= a.depth; level++) {
    const sent = from.hashesOf(
      level,
      differing.flatMap((node) => from.childrenOf(node)),
    );
    hashes += sent.length;
    differing = to.differing(level, sent);
    [from, to] = [to, from];
  }
  return {
    hashes,
    keys: differing.reduce((sum, leaf) => sum + keysOf(leaf), 0),
    leaves: differing,
  };
}

describe('a tree', () => {
  const entries = fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), fc.string());

  test('is a function of its entries, however they came', () => {
    fc.assert(
      fc.property(entries, entries, (wanted, earlier) => {
        const straight = treeOf(new Map(Object.entries(wanted)));
        const tree = treeOf(new Map(Object.entries(earlier)));
        for (const [key, digest] of Object.entries(earlier)) tree.update(key, digest, null);
        for (const [key, digest] of Object.entries(wanted)) tree.update(key, null, digest);
        expect(tree.root).toBe(straight.root);
      }),
    );
  });

  test('finds every leaf in which two differ, and no other', () => {
    fc.assert(
      fc.property(entries, entries, (one, two) => {
        const [a, b] = [one, two].map((all) => treeOf(new Map(Object.entries(all)))) as [
          MerkleTree,
          MerkleTree,
        ];
        const found = walk(a, b, () => 0).leaves;
        const keys = new Set([...Object.keys(one), ...Object.keys(two)]);
        const changed = [...keys]
          .filter((key) => one[key] !== two[key])
          .map((key) => a.leafOf(key));
        expect([...new Set(found)].sort()).toEqual([...new Set(changed)].sort());
      }),
    );
  });

  test('of equal replicas costs one hash', () => {
    const tree = treeOf(new Map([['x', '1']]));
    expect(walk(tree, treeOf(new Map([['x', '1']])), () => 0)).toMatchObject({
      hashes: 1,
      keys: 0,
    });
  });
});

// m_i = f^i (1 - (1 - f^-i)^d) nodes differ at level i: hashes 1 + f * sum of m_i below D, keys
// m_D K / L.
describe('a walk over 100,000 keys', () => {
  const K = 100_000;
  const random = new Streams(1).get('walk');

  test.each([
    [2, 10, 10, 136.4, 972],
    [2, 10, 1, 21, 97.7],
    [16, 3, 10, 296, 244],
  ])(
    'fan-out %i, depth %i, %i differences: %f hashes, %f keys',
    (fanOut, depth, d, hashes, keys) => {
      const base = new MerkleTree(depth, fanOut);
      const perLeaf = new Int32Array(base.leaves);
      for (let k = 0; k < K; k++) perLeaf[base.leafOf(`key ${k}`)]!++;
      const runs = d === 1 ? 100 : 60;
      let [sumHashes, sumKeys] = [0, 0];
      for (let run = 0; run < runs; run++) {
        const other = new MerkleTree(depth, fanOut);
        // Keys that one of the two lacks: they fall into a leaf like any other, where a key that both
        // have is likelier to be in a full one.
        for (let i = 0; i < d; i++) other.update(`new ${random.int(0, 1e9)}`, null, 'x');
        const found = walk(base, other, (leaf) => perLeaf[leaf] as number);
        sumHashes += found.hashes;
        sumKeys += found.keys;
      }
      expect(Math.abs(sumHashes / runs / hashes - 1)).toBeLessThan(0.03);
      expect(Math.abs(sumKeys / runs / keys - 1)).toBeLessThan(0.03);
    },
  );
});
