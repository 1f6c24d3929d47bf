/** What counts as a configuration known: exact, whatever the hash, and by the open calls used. */
import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../test/support/simulated-register.ts';
import { Visited } from './visited.ts';

const words = (...bits: number[]) => Int32Array.from(bits);
const plenty = () => ({ wordsLeft: 1 << 20 });

describe('configurations', () => {
  it('differ by level, state, or any bit of what is done, though their hashes are equal', () => {
    const visited = new Visited(2, 0, plenty());
    const add = (level: number, state: number, ...done: number[]) =>
      visited.add(99, level, state, words(...done), words());
    expect(add(3, 1, 0b101, 0)).toBe(1);
    expect(add(4, 1, 0b101, 0)).toBe(1);
    expect(add(3, 2, 0b101, 0)).toBe(1);
    expect(add(3, 1, 0b001, 0)).toBe(1);
    expect(add(3, 1, 0b101, 1 << 31)).toBe(1);
    expect(visited.size).toBe(5);
    expect(add(3, 1, 0b101, 0)).toBe(0);
    expect(add(3, 1, 0b101, 1 << 31)).toBe(0);
    expect(visited.size).toBe(5);
  });

  it('are known if one that used fewer open calls is', () => {
    const visited = new Visited(1, 2, plenty());
    const add = (...used: number[]) => visited.add(7, 0, 0, words(1), words(...used));
    expect(add(0b011, 1)).toBe(1);
    expect(add(0b111, 1)).toBe(0);
    expect(add(0b011, 3)).toBe(0);
    expect(add(0b011, 0)).toBe(1);
    expect(add(0b101, 0)).toBe(1);
    expect(add(0b001, 0)).toBe(1);
    expect(add(0b110, 0)).toBe(1);
    expect(add(0b111, 1)).toBe(0);
    expect(visited.size).toBe(5);
  });

  it('are all kept while the table grows, and memory is counted and given back', () => {
    const memory = plenty();
    const before = memory.wordsLeft;
    const visited = new Visited(1, 1, memory);
    const random = randomOf(5);
    const added = Array.from({ length: 5000 }, (_, i) => [
      i % 7,
      Math.floor(random() * 2 ** 31),
      i,
    ]);
    for (const [state = 0, hash = 0, done = 0] of added) {
      expect(visited.add(hash, 1, state, words(done), words(0))).toBe(1);
    }
    for (const [state = 0, hash = 0, done = 0] of added) {
      expect(visited.add(hash, 1, state, words(done), words(1))).toBe(0);
    }
    expect(before - memory.wordsLeft).toBeGreaterThan(5000 * 6);
    visited.release();
    expect(memory.wordsLeft).toBe(before);
  });

  it('are refused when there is no memory left', () => {
    const visited = new Visited(1, 0, { wordsLeft: 500 });
    const results = Array.from({ length: 300 }, (_, i) => visited.add(i, 0, 0, words(i), words()));
    const end = results.indexOf(-1);
    expect(end).toBeGreaterThan(60);
    expect(results.slice(0, end)).not.toContain(0);
  });
});
