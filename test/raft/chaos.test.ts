/**
 * Raft under random hostility, hundreds of seeds of it: nothing may break, and each known mistake
 * must break something. What is drawn, and what is watched, is in `chaos.ts`.
 */
import { describe, expect, test } from 'vitest';
import { isLong, times } from '../support/long.ts';
import { type ChaosOptions, type ChaosResult, chaos } from './chaos.ts';
import { hunt, kept, unsafe } from './hostile.ts';

function seeds(count: number, options: Omit<ChaosOptions, 'seed'> = {}): ChaosResult[] {
  return Array.from({ length: count }, (_, i) => chaos({ ...options, seed: i + 1 }));
}

function violations(results: readonly ChaosResult[]): string[] {
  return results.flatMap(({ violation }, i) =>
    violation === null ? [] : [`${i + 1} ${violation}`],
  );
}

type Count = Exclude<keyof ChaosResult, 'violation' | 'style'>;

function sum(results: readonly ChaosResult[], field: Count): number {
  return results.reduce((total, result) => total + result[field], 0);
}

test('the safety properties hold, operations happen once, errors tell the truth', () => {
  const count = times(36, 5000);
  const results = seeds(count);
  expect(violations(results)).toEqual([]);
  // And it was no calm sea: else the silence would prove nothing.
  expect(new Set(results.map(({ style }) => style)).size).toBe(12);
  expect(sum(results, 'terms')).toBeGreaterThan(5.83 * count);
  expect(sum(results, 'crashes')).toBeGreaterThan(12.5 * count);
  expect(sum(results, 'answered')).toBeGreaterThan(10 * count);
  expect(sum(results, 'failed')).toBeGreaterThan(16.67 * count);
  expect(sum(results, 'retried')).toBeGreaterThan(33.33 * count);
  expect(sum(results, 'repeated')).toBeGreaterThan(1.67 * count);
  expect(sum(results, 'aborted')).toBeGreaterThan(0.25 * count);
  expect(sum(results, 'changed')).toBeGreaterThan(0.42 * count);
  expect(sum(results, 'installed')).toBeGreaterThan(4.17 * count);
  expect(sum(results, 'transferred')).toBeGreaterThan(0.17 * count);
});

test('the same seed is the same run', () => {
  expect(seeds(5)).toEqual(seeds(5));
  expect(new Set(seeds(5).map((result) => JSON.stringify(result))).size).toBe(5);
});

describe('each known mistake breaks what must never happen', () => {
  test('there is a seed for each', () => {
    expect(Object.keys(kept).sort()).toEqual([...unsafe].sort());
  });

  test.each(unsafe)('%s', (bug) => {
    const [seed, breaks] = kept[bug] ?? [0, ''];
    expect(chaos({ seed, bug }).violation).toMatch(new RegExp(`^${breaks}: `));
    expect(chaos({ seed }).violation).toBe(null);
  });
});

describe.runIf(isLong)('each is found within 500 seeds', () => {
  test.each(unsafe)('%s', (bug) => {
    expect(hunt(bug, 500).first).toBe(kept[bug]?.[0]);
  });
});
