/** The ring: who keeps what, what moves when a node leaves, zones. */
import { describe, expect, test } from 'vitest';
import { HashRing } from './hash-ring.ts';

const nodes = (count: number) => Array.from({ length: count }, (_, i) => `n-${i + 1}`);
const keys = Array.from({ length: 4000 }, (_, i) => `k${i}`);

describe('the ring', () => {
  test('gives each node once, all of them, whatever the number of tokens', () => {
    for (const tokens of [1, 16]) {
      const walk = new HashRing(nodes(7), tokens).walk('x');
      expect([...walk].sort()).toEqual(nodes(7));
    }
  });

  test('does not depend on the order in which nodes are named', () => {
    const a = new HashRing(nodes(5), 16);
    const b = new HashRing([...nodes(5)].reverse(), 16);
    for (const key of keys.slice(0, 50)) expect(a.walk(key)).toEqual(b.walk(key));
  });

  test('of ten nodes with three copies, a tenth of the copies moves when one leaves', () => {
    const before = new HashRing(nodes(10), 128);
    const after = new HashRing(nodes(9), 128);
    let changed = 0;
    let moved = 0;
    for (const key of keys) {
      const old = before.replicas(key, 3);
      const now = after.replicas(key, 3);
      const fresh = now.filter((node) => !old.includes(node)).length;
      // Only what the node held moves: one copy of each of its keys.
      expect(fresh).toBe(old.includes('n-10') ? 1 : 0);
      changed += fresh > 0 ? 1 : 0;
      moved += fresh / 3;
    }
    // Expected .30 and .10; the share of a node with 128 tokens varies by about a tenth.
    expect(Math.abs(changed / keys.length - 0.3)).toBeLessThan(0.08);
    expect(Math.abs(moved / keys.length - 0.1)).toBeLessThan(0.027);
  });

  test('spreads copies over zones first', () => {
    const zoneOf = (node: string) => (Number(node.slice(2)) <= 4 ? 'a' : 'b');
    const ring = new HashRing(nodes(6), 16);
    for (const key of keys.slice(0, 200)) {
      const zones = ring.replicas(key, 4, zoneOf).map(zoneOf);
      expect(zones.filter((zone) => zone === 'b')).toHaveLength(2);
      expect(new Set(ring.replicas(key, 4, zoneOf)).size).toBe(4);
    }
  });
});
