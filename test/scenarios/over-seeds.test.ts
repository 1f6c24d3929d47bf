/** `never`, and what is demanded of many seeds, from the text to the judged run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import { planTest } from '../../src/scenarios/host/test-plan.ts';
import { simulate } from '../../src/scenarios/simulate.ts';

const folder = mkdtempSync(join(tmpdir(), 'dsim-never-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(expectations: readonly string[]): void {
  const text = `
duration: 4s
nodes: { kv: { kind: raft, count: 3 } }
clients: { load: { workload: register, target: kv, count: 2, rate: 20/s } }
faults: [{ at: 1s, for: 1s, may-miss: true, crash: leader }]
expect:
${expectations.map((one) => `  - ${JSON.stringify(one)}`).join('\n')}
`;
  writeFileSync(join(folder, 'a.yaml'), text);
}

async function load(...expectations: readonly string[]) {
  write(expectations);
  return loadScenario('a.yaml', { cwd: folder });
}

async function judged(...expectations: readonly string[]) {
  const { scenario, diagnostics } = await load(...expectations);
  if (scenario === null) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return simulate(scenario);
}

describe('never', () => {
  test('holds with what was seen, and is violated with the moment', async () => {
    const result = await judged('never leaders(kv) > 2', 'never down(kv) >= 1');
    expect(result.judged.map(({ state, measured }) => [state, measured])).toEqual([
      ['held', 'leaders(kv) was at most 1'],
      ['violated', 'came true at 1.000s'],
    ]);
    expect(result.state).toBe('violated');
  });

  test('sees what lasts no longer than between two samples of anything', async () => {
    // A vote for itself lasts one round trip.
    const { judged: all } = await judged('never role(kv, candidate) >= 1');
    expect(all[0]).toMatchObject({ state: 'violated' });
  });

  test('by the clock: only what comes later counts', async () => {
    const { judged: all } = await judged(
      'never elapsed >= 3s and leaders(kv) = 0',
      'never elapsed >= 3s and leaders(kv) >= 1',
      'never elapsed >= 3s',
    );
    expect(all[0]).toMatchObject({ state: 'held' });
    for (const one of all.slice(1)) {
      expect(one.state).toBe('violated');
      expect(one.measured).toMatch(/at 3(\.0\d+)?s$/);
    }
  });

  test('watching changes no run', async () => {
    const plain = await judged('linearizable');
    const watched = await judged('linearizable', 'never leaders(kv) > 1');
    expect(watched.digests.order).toBe(plain.digests.order);
  });

  test('a name that stands for nothing is refused at its place', async () => {
    const { diagnostics } = await load('never leaders(kw) > 1 in 10 seeds');
    expect(diagnostics.map(({ severity, place }) => [severity, place?.column])).toEqual([
      ['error', 6 + 'never leaders('.length],
    ]);
  });
});

describe('demands', () => {
  test('of every seed: each run is judged, and the text is whole', async () => {
    const { scenario } = await load(
      'never leaders(kv) > 1 in 1000 seeds',
      'linearizable in 1 seed',
    );
    expect(scenario?.expect.map(({ text, kind, over }) => [text, kind, over])).toEqual([
      ['never leaders(kv) > 1 in 1000 seeds', 'never', { kind: 'all', seeds: 1000 }],
      ['linearizable in 1 seed', 'check', { kind: 'all', seeds: 1 }],
    ]);
  });

  test('of a share: no run by itself breaks it, and it decides only where nothing else does', async () => {
    const impossible = 'p99 < 1ms in 95% of seeds';
    const both = await judged('linearizable', impossible);
    expect(both.judged.map(({ text }) => text)).toEqual(['linearizable']);
    expect(both.shares).toMatchObject([{ text: impossible, state: 'violated' }]);
    expect(both.state).toBe('held');
    expect((await judged(impossible)).state).toBe('violated');
  });

  test('are part of what the scenario is', async () => {
    const canonical = async (text: string) => (await load(text)).scenario?.canonical;
    const plain = await canonical('linearizable');
    const ten = await canonical('linearizable in 10 seeds');
    expect(new Set([plain, ten, await canonical('linearizable in 11 seeds')]).size).toBe(3);
    expect(ten).toBe(await canonical('linearizable  in 10  seeds'));
  });

  test.each([
    ['linearizable in 0 seeds', 'expected a whole number from 1, or a percentage `of seeds`'],
    ['linearizable in some seeds', 'expected a whole number from 1, or a percentage `of seeds`'],
    ['linearizable in 95% seeds', 'expected a whole number from 1, or a percentage `of seeds`'],
    ['linearizable in 0% of seeds', 'expected a percentage above 0% and up to 100%'],
    ['linearizable in 101% of seeds', 'expected a percentage above 0% and up to 100%'],
    ['linearizable in 5 of seeds', 'expected a percentage above 0% and up to 100%'],
  ])('%s is refused', async (text, label) => {
    const { diagnostics } = await load(text);
    expect(diagnostics).toMatchObject([{ code: 'DS140', label }]);
  });

  test.each([
    [['linearizable in 30 seeds', 'p99 < 1s in 95% of seeds'], 30],
    [['p99 < 1s in 95% of seeds'], 20],
    [['p99 < 1s in 99.9% of seeds'], 1000],
    [['linearizable'], null],
  ])('%j asks for %s seeds', (expectations, asked) => {
    write(expectations);
    const options = { cwd: folder, sets: [], without: false, allowOutside: false };
    expect(planTest('a.yaml', options)).toMatchObject({ asked });
  });
});
