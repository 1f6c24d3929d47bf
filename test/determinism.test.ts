// One seed, one run: nine runs of three seeds give exactly three digests, in whatever order and surroundings.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadScenario } from '../src/scenarios/host/load.ts';
import type { Scenario } from '../src/scenarios/scenario.ts';
import { simulate } from '../src/scenarios/simulate.ts';
import { isLong } from './support/long.ts';
import { raftUnderNemesis } from './support/nemesis.ts';

const root = resolve(import.meta.dirname, '..');

function digest(scenario: Scenario, options = {}): string {
  return JSON.stringify(simulate(scenario, options).digests);
}

test('nine runs of three seeds give three digests', () => {
  const runs = [1, 2, 3, 3, 1, 2, 2, 3, 1].map(
    (seed) => [seed, digest(raftUnderNemesis({ seed: String(seed), seconds: 4 }))] as const,
  );
  const bySeed = new Map<number, Set<string>>();
  for (const [seed, found] of runs) bySeed.set(seed, (bySeed.get(seed) ?? new Set()).add(found));
  expect([...bySeed.values()].map((found) => found.size)).toEqual([1, 1, 1]);
  expect(new Set(runs.map(([, found]) => found)).size).toBe(3);
});

test('looking on changes nothing: trace sink, kept rows, freezing, invariants', () => {
  const scenario = raftUnderNemesis({ seed: '5', seconds: 4 });
  const plain = digest(scenario);
  let events = 0;
  expect(digest(scenario, { sink: { event: () => void events++ } })).toBe(plain);
  expect(events).toBeGreaterThan(1000);
  expect(digest(scenario, { keepRows: true })).toBe(plain);
  expect(digest(scenario, { checkInvariants: true })).toBe(plain);
  expect(digest(scenario, { strict: true, payloadDigest: false })).toBe(plain);
});

test('the digest of messages sees payloads under strict, and the other digests do not change', async () => {
  const { scenario } = await loadScenario('scenarios/partition.yaml', { cwd: root });
  if (scenario === null) throw new Error('partition.yaml does not load');
  const short = { ...scenario, durationUs: 2_000_000 };
  const plain = simulate(short).digests;
  const strict = simulate(short, { strict: true }).digests;
  expect(strict.messages).not.toBe(plain.messages);
  expect({ ...strict, messages: '' }).toEqual({ ...plain, messages: '' });
});

/**
 * Each of another kind of system or fault: more of them would show no more, and cost a run each.
 * Three are in the long suite.
 */
const shown = [
  'fast-clock',
  'message-queue',
  'nemesis',
  'partition',
  'power-cut',
  'two-phase-commit',
  ...(isLong ? ['brown-out', 'cache', 'leader-crash'] : []),
];

test('another zone, another language, another process: the same bytes', () => {
  const files = shown.map((name) => `scenarios/${name}.yaml`);
  const run = (env: { [name: string]: string }) => {
    const args = ['bin/dsim.js', 'run', ...files, '--json', '--no-keep'];
    const { stdout, status, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    expect([status, stderr]).toEqual([0, '']);
    return stdout;
  };
  const here = run({ TZ: 'UTC', LANG: 'C.UTF-8' });
  expect(JSON.parse(here).runs).toHaveLength(files.length);
  expect(run({ TZ: 'Asia/Kolkata', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' })).toEqual(here);
});
