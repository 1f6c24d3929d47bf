/** Presets: data on kinds, each value with its source, and groups that name them. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systems } from '../../src/nodes/index.ts';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import { presets } from '../../src/scenarios/host/preset-list.ts';
import { systemOf, valuesOf } from '../../src/scenarios/presets/preset.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { renderDiagnostics } from '../../src/scenarios/text/diagnostic.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { brokenIn } from '../support/laid-over.ts';

const cwd = resolve(import.meta.dirname, '../..');

const all = await Promise.all(
  [...presets].map(async ([name, listed]) => {
    const { preset } = await listed.load();
    const system = (await systems.get(preset.kind)?.load())?.default;
    if (system === undefined) throw new Error(`there is no kind ${preset.kind}`);
    return { name, listed, preset, system };
  }),
);

describe.each(all)('$name', ({ name, listed, preset, system }) => {
  test('is listed as it is', () => {
    expect([preset.name, preset.kind, preset.summary]).toEqual([
      ...[name, listed.kind, listed.summary],
    ]);
    expect(systems.has(name)).toBe(false);
    expect(Object.keys(preset.variants)).toContain(preset.usual);
    expect(preset.claims.length).toBeGreaterThan(0);
  });

  test.each(Object.keys(preset.variants))('%s: its kind takes the values', (variant) => {
    const derived = systemOf(preset, variant, system);
    const values = defaultsOf(derived.params);
    for (const [param, { value, real, source }] of Object.entries(valuesOf(preset, variant))) {
      expect([param, values[param]]).toEqual([param, value]);
      expect([real, source]).not.toContain('');
    }
    expect(derived.refuse?.(values as never, 3, {}) ?? null).toBeNull();
  });
});

describe('in a scenario', () => {
  const paramsOf = async (file: string, sets: readonly string[]) => {
    const { scenario, diagnostics } = await loadScenario(file, { cwd, sets });
    expect(diagnostics).toEqual([]);
    return scenario?.groups[0];
  };
  const file = join('scenarios', 'cassandra-clocks.yaml');

  test('the values of the variant are defaults, and what the group sets goes before', async () => {
    const group = await paramsOf(file, ['nodes.db.r=3']);
    expect(group).toMatchObject({ kind: 'cassandra', params: { n: 3, r: 3, w: 2, vnodes: 16 } });
    const usual = await paramsOf(file, ['nodes.db.variant=one']);
    expect(usual?.params).toMatchObject({ r: 1, w: 1 });
  });

  test.each([
    ['nodes.db.variant=qorum', /has no variant `qorum`[\s\S]*did you mean `quorum`/],
    [
      'nodes.db.kind=casandra',
      /there is no kind of node `casandra`[\s\S]*did you mean `cassandra`/,
    ],
    ['nodes.db.kind=quorum-store', /unknown key `variant`/],
  ])('%s is refused', async (set, said) => {
    const { scenario, diagnostics } = await loadScenario(file, { cwd, sets: [set] });
    expect(scenario).toBeNull();
    expect(renderDiagnostics(diagnostics)).toMatch(said);
  });

  test('two variants are two scenarios', async () => {
    const hashOf = async (sets: readonly string[]) => {
      const { scenario } = await loadScenario(file, { cwd, sets });
      if (scenario === null) throw new Error('it does not load');
      return simulate(scenario).digests;
    };
    expect(await hashOf([])).not.toEqual(await hashOf(['nodes.db.variant=all']));
  });

  test('the gallery scenario holds, and its clocks are what breaks it', async () => {
    expect(await brokenIn({ file })).toEqual([]);
  });
});

test('docs/PRESETS.md has a row for each variant', () => {
  const page = readFileSync(join(cwd, 'docs', 'PRESETS.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w-]+)` `([\w-]+)` \|/gm)].map(
    ([, name, of]) => `${name} ${of}`,
  );
  // Cure: `node scripts/run.mjs presets-page`.
  expect(rows).toEqual(
    all.flatMap(({ name, preset }) => Object.keys(preset.variants).map((of) => `${name} ${of}`)),
  );
});
