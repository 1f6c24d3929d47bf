/** What the two transactional workloads ask. */
import { expect, test } from 'vitest';
import { Streams } from '../sim/kernel/random.ts';
import listAppend from './list-append.ts';
import rwRegister from './rw-register.ts';

test.each([
  [listAppend, 'append'],
  [rwRegister, 'w'],
])('$name never writes a value to a key twice, and lets keys rest', (workload, change) => {
  const given = { keys: 2, steps: 4, 'writes-per-key': 5, reads: 0.5 };
  const generator = workload.generator(given);
  const random = new Streams('1').get('load');
  const written = new Map<string, number[]>();
  let reads = 0;
  for (let i = 0; i < 200; i++) {
    const { f, request } = generator.next(0, random) ?? { f: '', request: { txn: [] } };
    expect(f).toBe('txn');
    const steps = request['txn'] as unknown as [string, string, number][];
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.length).toBeLessThanOrEqual(4);
    for (const [what, key, value] of steps) {
      if (what === 'r') reads++;
      else {
        expect(what).toBe(change);
        written.set(key, [...(written.get(key) ?? []), value]);
      }
    }
  }
  expect(reads).toBeGreaterThan(150);
  const rested = [...written.values()].slice(0, -3);
  expect(rested.length).toBeGreaterThan(20);
  for (const values of rested) expect(values).toEqual([1, 2, 3, 4, 5]);
  // At the end a process reads the keys in use, once.
  const last = generator.last(0, random)?.request['txn'] as unknown as [string, string][];
  expect(last.map(([what]) => what)).toEqual(['r', 'r']);
  expect(generator.last(0, random)).toBeNull();
});

test('steps are written in words', () => {
  const input = [
    ['append', 'k1', 3],
    ['r', 'k2', null],
  ];
  expect(listAppend.tell?.('txn', input, undefined)).toBe('append k1 3, read k2');
  const output = [
    ['w', 'k1', 3],
    ['r', 'k2', [1, 2]],
  ];
  expect(rwRegister.tell?.('txn', input, output)).toBe('write k1 3, read k2 → [1 2]');
});
