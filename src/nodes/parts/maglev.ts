/**
 * Maglev's table: which node a key belongs to, by one look-up (Eisenbud et al. 2016, "Maglev: A
 * Fast and Reliable Software Network Load Balancer", NSDI, section 3.4).
 *
 * Each node prefers the places of the table in an order of its own, made of its name. The nodes
 * take turns, and each takes the place that it prefers most of those that are left. So no node has
 * more than one place more than another. When a node goes, its places are shared out, and a few
 * others change hands as well: a ring moves fewer keys and spreads them less evenly.
 */
import { assert } from '../../sim/assert.ts';
import type { NodeId } from '../../sim/node.ts';
import { textHash } from './text-hash.ts';

/** The order in which a node prefers places: the i-th is (offset + i * skip) mod size. */
export interface Preference {
  readonly offset: number;
  readonly skip: number;
}

/** The prime of the paper's small table. */
export const TABLE_SIZE = 65537;

/**
 * The index of the node at each place. The size must be a prime, so that a node prefers them all.
 */
export function fillTable(preferences: readonly Preference[], size: number): Uint16Array {
  const free = 0xffff;
  const table = new Uint16Array(size).fill(free);
  const next = preferences.map(({ offset }) => offset);
  for (let filled = 0; filled < size; ) {
    for (let i = 0; i < preferences.length && filled < size; i++) {
      const { skip } = preferences[i] as Preference;
      let place = next[i] as number;
      while (table[place] !== free) place = (place + skip) % size;
      table[place] = i;
      next[i] = (place + skip) % size;
      filled++;
    }
  }
  return table;
}

export class MaglevTable {
  private readonly nodes: readonly NodeId[];
  private readonly table: Uint16Array;

  /** `byIndex`: preferences are made of the position in the list, in place of the name. */
  constructor(nodes: readonly NodeId[], size: number, byIndex = false) {
    assert(nodes.length > 0 && nodes.length <= size, 'each node has a place in the table');
    // In one order for all: tables of balancers that learned of the nodes in different orders
    // agree.
    this.nodes = [...nodes].sort((a, b) => (a < b ? -1 : 1));
    const names = byIndex ? nodes.map((_, i) => `${i}`) : this.nodes;
    const preferences = names.map((name) => ({
      offset: textHash(`${name} offset`) % size,
      skip: (textHash(`${name} skip`) % (size - 1)) + 1,
    }));
    this.table = fillTable(preferences, size);
  }

  /** The node of a key; if it is not `open`, that of the next place whose node is. */
  nodeOf(key: string, open: (node: NodeId) => boolean): NodeId | null {
    const { table, nodes } = this;
    const first = textHash(key) % table.length;
    for (let i = 0; i < table.length; i++) {
      const node = nodes[table[(first + i) % table.length] as number] as NodeId;
      if (open(node)) return node;
    }
    return null;
  }
}

export function isPrime(value: number): boolean {
  for (let i = 2; i * i <= value; i++) if (value % i === 0) return false;
  return value > 1;
}
