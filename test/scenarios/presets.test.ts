/** Presets: data on kinds, each value with its source, and groups that name them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systems } from '../../src/nodes/index.ts';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import { presets } from '../../src/scenarios/host/preset-list.ts';
import {
  measuredAs,
  partsOf,
  systemOf,
  valuesOf,
  withDefaults,
} from '../../src/scenarios/presets/preset.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { renderDiagnostics } from '../../src/scenarios/text/diagnostic.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import type { AnySystem } from '../../src/sim/system.ts';
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
    const { count = 3 } = measuredAs(preset, variant);
    expect(derived.refuse?.(values as never, count, {}) ?? null).toBeNull();
  });

  test.each(Object.keys(preset.variants))('%s: its parts take their values', async (variant) => {
    for (const part of Object.values(partsOf(preset, variant))) {
      const kind = (await systems.get(part.kind)?.load())?.default as AnySystem;
      const { params, refuse } = withDefaults(kind, part.values);
      const { [part.names]: named, ...others } = params;
      expect(named).toMatchObject({ type: 'nodes' });
      const values: { [param: string]: unknown } = {
        ...defaultsOf(others),
        [part.names]: ['db-1', 'db-2', 'db-3'],
      };
      for (const [param, { value }] of Object.entries(part.values)) {
        expect([param, values[param]]).toEqual([param, value]);
      }
      expect(refuse?.(values as never, part.count, {}) ?? null).toBeNull();
    }
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

  const groupsOf = async (nodes: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'dsim-presets-'));
    try {
      const clients = 'load: { workload: register, target: db, rate: 5/s }';
      const text = `name: p\nnodes:\n${nodes}\nclients:\n  ${clients}\nexpect: [availability >= 1%]\n`;
      writeFileSync(join(folder, 'p.yaml'), text);
      const { scenario, diagnostics } = await loadScenario('p.yaml', { cwd: folder });
      return { scenario, said: renderDiagnostics(diagnostics) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test('a preset of several kinds brings its other groups along', async () => {
    const { scenario, said } = await groupsOf('  db: { kind: redis, count: 3 }');
    expect(said).toBe('');
    expect(scenario?.groups.map(({ name, kind, nodes }) => [name, kind, nodes.length])).toEqual([
      ['db', 'redis', 3],
      ['db-sentinel', 'watchdog', 3],
    ]);
    const [store, sentinel] = scenario?.groups ?? [];
    expect(sentinel?.params).toMatchObject({ watch: store?.nodes, fall: 30, quorum: 2 });
    // Variants have parts of their own, or none.
    const bare = await groupsOf('  db: { kind: postgresql, count: 3 }');
    expect(bare.scenario?.groups).toHaveLength(1);
    const led = await groupsOf('  db: { kind: postgresql, variant: patroni, count: 3 }');
    expect(led.scenario?.groups.map(({ name }) => name)).toEqual(['db', 'db-patroni']);
  });

  test('a group of that name in the scenario takes the place of the part', async () => {
    const own = 'db-sentinel: { kind: watchdog, count: 5, quorum: 3, watch: db }';
    const { scenario, said } = await groupsOf(`  db: { kind: redis, count: 3 }\n  ${own}`);
    expect(said).toBe('');
    const [, sentinel, ...more] = scenario?.groups ?? [];
    expect(more).toEqual([]);
    expect([sentinel?.nodes.length, sentinel?.params]).toMatchObject([5, { quorum: 3, fall: 3 }]);
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
