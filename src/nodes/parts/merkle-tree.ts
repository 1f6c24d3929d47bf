/**
 * A hash tree over ranges of keys (Merkle 1987; DeCandia et al. 2007, Dynamo, section 4.7): two
 * replicas that walk it side by side, from the root down where hashes differ, find the ranges in
 * which they differ, and compare nothing else.
 *
 * A tree of depth D and fan-out f has f^D leaves, each a range of the hashes of keys. The hash of a
 * leaf is the sum of those of its entries, so that one entry changes without reading the others; an
 * inner node hashes its children. Both are 32 bits here; a real one has 16 bytes, and counts so in
 * messages.
 */
import { assert } from '../../sim/assert.ts';
import { textHash } from './text-hash.ts';

const TWO_TO_32 = 4294967296;

export class MerkleTree {
  readonly depth: number;
  readonly fanOut: number;
  readonly leaves: number;
  /** Hashes by level, the root first. */
  readonly #levels: readonly Uint32Array[];

  constructor(depth: number, fanOut: number) {
    this.depth = depth;
    this.fanOut = fanOut;
    const levels: Uint32Array[] = [];
    let nodes = 1;
    for (let level = 0; level <= depth; level++) {
      levels.push(new Uint32Array(nodes));
      if (level < depth) nodes *= fanOut;
    }
    this.leaves = nodes;
    this.#levels = levels;
    for (let level = depth - 1; level >= 0; level--) {
      for (let node = 0; node < this.#at(level).length; node++) this.#hash(level, node);
    }
  }

  /** The leaf whose range a key falls into. */
  leafOf(key: string): number {
    return Math.floor((textHash(key) / TWO_TO_32) * this.leaves);
  }

  /** An entry of a key was added, changed or taken away; null: there was none, or is none. */
  update(key: string, before: string | null, after: string | null): void {
    const leaf = this.leafOf(key);
    const hashes = this.#at(this.depth);
    let sum = hashes[leaf] as number;
    if (before !== null) sum -= entryHash(key, before);
    if (after !== null) sum += entryHash(key, after);
    hashes[leaf] = sum >>> 0;
    let node = leaf;
    for (let level = this.depth - 1; level >= 0; level--) {
      node = Math.floor(node / this.fanOut);
      this.#hash(level, node);
    }
  }

  hashOf(level: number, node: number): number {
    const hash = this.#at(level)[node];
    assert(hash !== undefined, 'a level has the node that is asked for');
    return hash;
  }

  get root(): number {
    return this.hashOf(0, 0);
  }

  /** The nodes below one, by number within their level. */
  childrenOf(node: number): readonly number[] {
    return Array.from({ length: this.fanOut }, (_, i) => node * this.fanOut + i);
  }

  /** The leaves below a node of a level: the first, and the one after the last. */
  leavesBelow(level: number, node: number): readonly [first: number, end: number] {
    const each = this.leaves / this.#at(level).length;
    return [node * each, (node + 1) * each];
  }

  /** Of these nodes of a level with the other's hashes, those that differ here. */
  differing(level: number, theirs: readonly NodeHash[]): readonly number[] {
    return theirs.filter(([node, hash]) => this.hashOf(level, node) !== hash).map(([node]) => node);
  }

  /** The hashes of nodes of a level, as a message has them. */
  hashesOf(level: number, nodes: readonly number[]): readonly NodeHash[] {
    return nodes.map((node) => [node, this.hashOf(level, node)]);
  }

  #hash(level: number, node: number): void {
    const below = this.#at(level + 1);
    // FNV over the children's hashes, whose order matters.
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.fanOut; i++) {
      hash = Math.imul(hash ^ (below[node * this.fanOut + i] as number), 0x01000193);
      hash ^= hash >>> 15;
    }
    this.#at(level)[node] = hash >>> 0;
  }

  #at(level: number): Uint32Array {
    return this.#levels[level] as Uint32Array;
  }
}

/** A node of a level, by number, with its hash. */
export type NodeHash = readonly [node: number, hash: number];

function entryHash(key: string, digest: string): number {
  return textHash(`${key} ${digest}`);
}
