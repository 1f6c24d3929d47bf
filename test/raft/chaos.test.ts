/**
 * Raft under random hostility, hundreds of seeds of it: nothing may break, and each known mistake
 * must break something. What is drawn, and what is watched, is in `chaos.ts`.
 */
import { expect, test } from 'vitest';
import { type ChaosOptions, type ChaosResult, chaos } from './chaos.ts';

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

test('120 seeds: the safety properties hold, operations happen once, errors tell the truth', () => {
  const results = seeds(120);
  expect(violations(results)).toEqual([]);
  // And it was no calm sea: else the silence would prove nothing.
  expect(new Set(results.map(({ style }) => style)).size).toBe(12);
  expect(sum(results, 'terms')).toBeGreaterThan(700);
  expect(sum(results, 'crashes')).toBeGreaterThan(1500);
  expect(sum(results, 'answered')).toBeGreaterThan(1200);
  expect(sum(results, 'failed')).toBeGreaterThan(2000);
  expect(sum(results, 'retried')).toBeGreaterThan(4000);
  expect(sum(results, 'repeated')).toBeGreaterThan(200);
  expect(sum(results, 'aborted')).toBeGreaterThan(30);
  expect(sum(results, 'changed')).toBeGreaterThan(50);
  expect(sum(results, 'installed')).toBeGreaterThan(500);
  expect(sum(results, 'transferred')).toBeGreaterThan(20);
});

test('the same seed is the same run', () => {
  expect(seeds(5)).toEqual(seeds(5));
  expect(new Set(seeds(5).map((result) => JSON.stringify(result))).size).toBe(5);
});
