/** Which entry goes, by hand; and hit ratios under Zipf's law, against published numbers. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../test/support/fixed-random.ts';
import { ZipfLaw } from '../../workloads/parts/zipf-law.ts';
import { EVICTIONS, type Eviction, evictions } from './evictions.ts';

/** Asks for names in turn in a cache of so many; which names it gave up, and how often it hit. */
function play(order: Eviction, capacity: number, asked: Iterable<string>, seed = 1) {
  const random = fixedRandom(seed);
  const held = new Set<string>();
  const kept = evictions(order);
  const given: string[] = [];
  let hits = 0;
  for (const name of asked) {
    if (held.has(name)) {
      hits++;
      kept.hit(name);
      continue;
    }
    if (held.size === capacity) {
      const victim = kept.victim(random);
      // Not by `expect`: it takes as long as a thousand requests.
      if (!held.delete(victim)) throw new Error(`${victim} is not held`);
      kept.remove(victim);
      given.push(victim);
    }
    held.add(name);
    kept.add(name);
  }
  return { given: given.join(''), hits };
}

describe('the entry to go', () => {
  test.each([
    // a is used twice, b once, c last.
    ['lru', 'abacd', 'b'],
    ['fifo', 'abacd', 'a'],
    ['mru', 'abacd', 'c'],
    ['mru', 'abcad', 'a'],
    ['lifo', 'abcad', 'c'],
    ['lfu', 'abacd', 'b'],
    ['lfu', 'aabbcd', 'c'],
    // d comes in with one use, so it goes before a and b.
    ['lfu', 'aabbcdec', 'cde'],
    // a was used since it came, so b goes, and a has lost its chance.
    ['clock', 'abacd', 'b'],
    ['clock', 'abacdef', 'bca'],
  ] as const)('%s, asked for %s: %s', (order, asked, given) => {
    expect(play(order, 3, asked).given).toBe(given);
  });

  test('any of them goes as often, by random', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const { given } = play('random', 3, 'abcd', seed * 7919);
      counts.set(given, (counts.get(given) ?? 0) + 1);
    }
    // 1000 each; a standard deviation is 26.
    for (const name of 'abc') expect(Math.abs((counts.get(name) ?? 0) - 1000)).toBeLessThan(104);
  });

  test.each(EVICTIONS)('%s: a name that was removed goes no more', (order) => {
    const kept = evictions(order);
    for (const name of 'abcd') kept.add(name);
    for (const name of 'adb') kept.hit(name);
    for (const name of 'dab') kept.remove(name);
    kept.remove('d');
    expect(kept.victim(fixedRandom(1))).toBe('c');
    kept.remove('c');
    kept.add('a');
    expect(kept.victim(fixedRandom(1))).toBe('a');
  });

  test.each(EVICTIONS)('%s: there is none of nothing', (order) => {
    expect(() => evictions(order).victim(fixedRandom(1))).toThrow();
  });
});

function* zipf(count: number, exponent: number, requests: number): Generator<string> {
  const law = new ZipfLaw(count, exponent);
  const random = fixedRandom(20261129);
  for (let i = 0; i < requests; i++) yield `${law.draw(random)}`;
}

/** The share of hits once the cache is full. */
function hitRatio(order: Eviction, count: number, exponent: number, capacity: number): number {
  const warmUp = 10 * capacity;
  const requests = 300_000;
  const all = [...zipf(count, exponent, warmUp + requests)];
  const { hits } = play(order, capacity, all);
  return (hits - play(order, capacity, all.slice(0, warmUp)).hits) / requests;
}

// Che's approximation for LRU, FIFO and random (Che et al. 2002; Fricker, Robert and Roberts 2012,
// A Versatile and Accurate Approximation for LRU Cache Performance), evaluated with Zipf's law;
// the others from 10^6 simulated requests of another implementation.
describe('hit ratios under Zipf, within .006', () => {
  test.each([
    ['lru', 10_000, 1.0, 1000, 0.6756],
    ['fifo', 10_000, 1.0, 1000, 0.6309],
    ['random', 10_000, 1.0, 1000, 0.6309],
    ['lru', 10_000, 0.8, 1000, 0.4367],
    ['fifo', 10_000, 0.8, 1000, 0.3942],
    ['random', 10_000, 0.8, 1000, 0.3942],
    ['lru', 1000, 0.8, 100, 0.3778],
    ['clock', 10_000, 1.0, 1000, 0.687],
    ['lfu', 10_000, 1.0, 1000, 0.736],
    ['lfu', 10_000, 0.8, 1000, 0.52],
    ['clock', 10_000, 0.8, 1000, 0.45],
  ] as const)('%s, N = %i, a = %f, C = %i: %f', (order, count, exponent, capacity, expected) => {
    const ratio = hitRatio(order, count, exponent, capacity);
    expect(Math.abs(ratio - expected), `${ratio}`).toBeLessThan(0.006);
  });

  test('a loop over one key too many: none for lru, nearly all for mru', () => {
    const loop = Array.from({ length: 101 * 200 }, (_, i) => `${i % 101}`);
    const ratio = (order: Eviction) => play(order, 100, loop).hits / loop.length;
    for (const order of ['lru', 'fifo', 'clock', 'lfu'] as const) expect(ratio(order)).toBe(0);
    expect(Math.abs(ratio('mru') - 99 / 100)).toBeLessThan(0.01);
    expect(Math.abs(ratio('lifo') - 99 / 101)).toBeLessThan(0.01);
    expect(Math.abs(ratio('random') - 0.98)).toBeLessThan(0.015);
  });
});
