// Every scenario of the gallery does what it says, and only because of the mechanism that it shows.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../src/scenarios/host/load.ts';
import type { Scenario } from '../src/scenarios/scenario.ts';
import { simulate } from '../src/scenarios/simulate.ts';

const root = resolve(import.meta.dirname, '..');
const files = readdirSync(join(root, 'scenarios')).filter((file) => file.endsWith('.yaml'));

/** Ten seeds that no scenario was tuned to. */
const others = Array.from({ length: 10 }, (_, i) => String(1000 + i));

async function load(file: string, options = {}): Promise<Scenario> {
  const { scenario, diagnostics } = await loadScenario(join('scenarios', file), {
    cwd: root,
    ...options,
  });
  expect(diagnostics).toEqual([]);
  if (scenario === null) throw new Error(`${file} does not load`);
  return scenario;
}

test('there is a gallery', () => {
  expect(files).toEqual(expect.arrayContaining(['partition.yaml', 'load-balancer.yaml']));
  expect(files.length).toBeGreaterThanOrEqual(6);
});

describe.each(files)('%s', (file) => {
  test('holds on its own seed and on ten others, and every fault is felt', {
    timeout: 60_000,
  }, async () => {
    const own = await load(file);
    for (const seed of [own.seed, ...others]) {
      // Loaded anew: what the file leaves to the seed is drawn then.
      const result = simulate(await load(file, { seed }), { checkInvariants: true });
      expect(result.error).toBeNull();
      expect([seed, result.judged.filter(({ state }) => state !== 'held')]).toEqual([seed, []]);
      const touched = new Map<string, number>();
      for (const { name, felt, operationsTouched } of result.facts.faults) {
        const sum = Object.values(felt).reduce((total, count) => total + count, operationsTouched);
        touched.set(name, (touched.get(name) ?? 0) + sum);
      }
      expect([...touched].filter(([, sum]) => sum === 0)).toEqual([]);
    }
  });

  test('without the mechanism that it shows, an expectation is violated, on nearly every seed', {
    timeout: 60_000,
  }, async () => {
    const own = await load(file, { without: true });
    const held: string[] = [];
    for (const seed of [own.seed, ...others]) {
      const { judged } = simulate(await load(file, { without: true, seed }));
      if (!judged.some(({ state }) => state === 'violated')) held.push(seed);
    }
    expect(held).not.toContain(own.seed);
    expect(held.length).toBeLessThanOrEqual(1);
  });
});
