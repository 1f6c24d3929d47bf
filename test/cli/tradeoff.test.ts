// `dsim tradeoff`: the screen, JSON, several processes, wrong use.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBattery } from '../../src/cli/battery-runs.ts';
import type { Host, Respawn } from '../../src/cli/host.ts';
import { measureTask } from '../../src/scenarios/tradeoff/measure.ts';
import { batteryOf, storeText } from '../support/tradeoff.ts';
import { dsimIn } from './dsim-in.ts';

const bin = join(resolve(import.meta.dirname, '../..'), 'bin', 'dsim.js');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-tradeoff-'));
  writeFileSync(
    join(folder, 'copies.yaml'),
    `name: copies
seed: 7
duration: 5s
nodes: { kv: { kind: multi-primary, count: 2 } }
network: { latency: 2ms }
clients:
  load: { workload: register, target: kv, per-node: 1, rate: 20/s, timeout: 100ms }
expect: ['availability >= 1%']
`,
  );
  writeFileSync(
    join(folder, 'pages.yaml'),
    `name: pages
duration: 5s
nodes: { web: { kind: server, count: 2 } }
clients: { visits: { workload: request, target: web, rate: 20/s } }
expect: ['availability >= 1%']
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function dsim(...args: string[]) {
  return run('tradeoff', ...args);
}

async function run(...args: string[]) {
  const { code, out, err } = await dsimIn(folder, args);
  return { status: code, stdout: out, stderr: err };
}

function asProcess(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'tradeoff', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
  return { status, stdout, stderr };
}

describe('dsim tradeoff', () => {
  test('numbers first, letters last', async () => {
    const { status, stdout, stderr } = await dsim('copies.yaml', '--runs', '2', '--jobs', '1');
    // Two seeds are too few for a label.
    expect([status, stderr]).toEqual([3, '']);
    const parts = [
      'TRADEOFF',
      'WHEN THE NETWORK IS CUT',
      'WITHOUT A CUT',
      'WITNESSES',
      '\nPA/EL 2 of 2',
    ];
    const at = parts.map((part) => stdout.indexOf(part));
    expect(at.every((place) => place >= 0)).toBe(true);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
  });

  test('the number of processes changes nothing', async () => {
    const words = ['copies.yaml', '--runs', '2', '--json'];
    const one = await dsim(...words, '--jobs', '1', '-o', '1.txt');
    expect(asProcess(...words, '--jobs', '3')).toEqual(one);
    const found = JSON.parse(one.stdout);
    expect(found).toMatchObject({ format: 'dsim-tradeoff', seed: '7', seeds: 2, seedsWanted: 30 });
    expect(found.mixture).toEqual([['PA/EL', 2]]);
    expect(readFileSync(join(folder, '1.txt'), 'utf8')).toContain('PA/EL 2 of 2 (2 of 30 seeds)');
  });

  test('divides the times of the store, and says so', async () => {
    const { stdout } = await dsim('copies.yaml', '--runs', '1', '--jobs', '1', '--time-scale', '4');
    expect(stdout.replace(/\s+/g, ' ')).toContain('times of the store divided by 4 (time-scale)');
  });

  test('says what cannot be measured, and refuses wrong use', async () => {
    const nothing = await dsim('pages.yaml');
    expect([nothing.status, nothing.stderr]).toEqual([
      4,
      expect.stringContaining('no load of the scenario writes what a check can judge'),
    ]);
    expect((await dsim('copies.yaml', '-o', 'x.csv')).status).toBe(2);
    expect((await dsim('absent.yaml')).status).toBe(2);
  });
});

describe('the runs of several processes', () => {
  const text = storeText('kv: { kind: naive-store, count: 2 }');
  const stopped = (signal?: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('stopped')));
    });

  async function batteryWith(respawn: Respawn | null) {
    const battery = await batteryOf(text, { seeds: 1 });
    const { scenario } = battery;
    const run = { scenario, context: { file: 'store.yaml', sets: [], without: false } };
    let made = 0;
    const flags = { runs: 1, jobs: 2 };
    const ending = await runBattery(
      run as never,
      flags,
      { respawn, env: {} } as never as Host,
      () => {
        made++;
      },
    );
    if (ending.kind !== 'done') throw new Error(ending.kind);
    return { tradeoff: ending.tradeoff, made, tasks: battery.tasks.length };
  }

  test('what another process has made is not made again, and it is stopped at the end', async () => {
    const battery = await batteryOf(text, { seeds: 1 });
    const last = battery.tasks.slice(-3).map((task) => ({
      ...measureTask(battery, task),
      error: 'made elsewhere',
    }));
    const { tradeoff, made, tasks } = await batteryWith((argv, _env, options) => {
      expect(argv.slice(-2)).toEqual(['--part', '1/1']);
      for (const sample of last) options?.heard?.(JSON.stringify(sample));
      return stopped(options?.signal);
    });
    expect(tradeoff.errors.map(({ error }) => error)).toEqual(last.map(({ error }) => error));
    expect(made).toBe(tasks);
  });

  test('what another process does not give is made here', async () => {
    const alone = await batteryWith(null);
    const failing = await batteryWith((_argv, _env, options) => {
      for (const line of [
        'a warning of some preload',
        '{ of another',
        '{"level":30}',
        'null',
        '',
      ]) {
        options?.heard?.(line);
      }
      return Promise.reject(new Error('spawn EAGAIN'));
    });
    expect(failing).toEqual(alone);
    expect(failing.made).toBe(failing.tasks);
  });
});

test('`dsim test` judges the label of a scenario once, whatever seeds it runs', async () => {
  writeFileSync(
    join(folder, 'labelled.yaml'),
    `name: labelled
duration: 2s
nodes: { kv: { kind: naive-store, count: 2 } }
network: { latency: 2ms }
clients:
  load: { workload: register, target: kv, per-node: 1, rate: 20/s, timeout: 20ms }
expect: [{ tradeoff: PC/EC }]
`,
  );
  const { status, stdout, stderr } = await run(
    ...['test', 'labelled.yaml', '--seeds', '1..2', '--jobs', '1', '--reporter', 'ndjson'],
  );
  expect([status, stderr]).toEqual([1, '']);
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const runs = records.filter(({ event }) => event === 'run');
  const measured = 'PA/EL 30 of 30';
  expect(runs.map(({ expectations }) => expectations)).toEqual([
    [expect.objectContaining({ text: 'tradeoff: PC/EC', state: 'violated', measured })],
    [],
  ]);
});
