/**
 * A ring of hashes: which nodes keep the copies of a key (Karger et al. 1997, "Consistent Hashing
 * and Random Trees"; DeCandia et al. 2007, "Dynamo", sections 4.2 and 4.3).
 *
 * Each node has several tokens on the ring, made of its name. A key belongs to the first token at
 * or after its hash, clockwise, and round the end. Its copies are on the next nodes, each node
 * once, however many tokens it has. When a node leaves, only what it held moves.
 */
import { assert } from '../../sim/assert.ts';
import type { NodeId } from '../../sim/node.ts';
import { textHash } from './text-hash.ts';

interface Token {
  readonly at: number;
  readonly node: NodeId;
}

export class HashRing {
  readonly #tokens: readonly Token[];
  readonly #nodeCount: number;
  /** By key: all nodes, in the order in which the ring meets them. */
  readonly #walks = new Map<string, readonly NodeId[]>();

  /** `tokens`: how many each node has; more of them spread the keys more evenly. */
  constructor(nodes: readonly NodeId[], tokens: number) {
    this.#nodeCount = new Set(nodes).size;
    this.#tokens = nodes
      .flatMap((node) => Array.from({ length: tokens }, (_, i) => tokenOf(node, i)))
      .sort((a, b) => a.at - b.at || (a.node < b.node ? -1 : Number(a.node > b.node)));
  }

  /** All nodes in the order of the ring, from the key's place on: the first is its primary. */
  walk(key: string): readonly NodeId[] {
    let walk = this.#walks.get(key);
    if (walk === undefined) {
      walk = this.#walkFrom(textHash(key));
      this.#walks.set(key, walk);
    }
    return walk;
  }

  /**
   * The nodes that keep copies of a key: the first `count` of its walk. With `zoneOf` as many zones
   * as possible come first, one node of each, then a second node of each, and so on: a zone that
   * fails takes as few copies as can be.
   */
  replicas(
    key: string,
    count: number,
    zoneOf?: (node: NodeId) => string | null,
  ): readonly NodeId[] {
    const walk = this.walk(key);
    if (zoneOf === undefined) return walk.slice(0, count);
    const chosen: NodeId[] = [];
    const perZone = new Map<string | null, number>();
    for (let round = 0; chosen.length < count && round < walk.length; round++) {
      for (const node of walk) {
        if (chosen.length === count) break;
        const zone = zoneOf(node);
        const taken = perZone.get(zone) ?? 0;
        if (taken !== round || chosen.includes(node)) continue;
        perZone.set(zone, taken + 1);
        chosen.push(node);
      }
    }
    return chosen;
  }

  #walkFrom(place: number): readonly NodeId[] {
    const tokens = this.#tokens;
    const first = firstAtOrAfter(tokens, place);
    const seen = new Set<NodeId>();
    for (let i = 0; i < tokens.length && seen.size < this.#nodeCount; i++) {
      seen.add((tokens[(first + i) % tokens.length] as Token).node);
    }
    assert(seen.size === this.#nodeCount, 'a walk of the ring meets each node');
    return [...seen];
  }
}

function tokenOf(node: NodeId, i: number): Token {
  return { at: textHash(`${node}#${i}`), node };
}

/** The index of the first token at or after a place; past the last one it is the first of all. */
function firstAtOrAfter(tokens: readonly Token[], place: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as Token).at < place) low = middle + 1;
    else high = middle;
  }
  return low === tokens.length ? 0 : low;
}
