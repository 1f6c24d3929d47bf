/** `dsim run --vary` on dsim itself: one knob, a run with each value, and what came of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestCli } from '../support/cli-host.ts';
import { dsimIn } from './dsim-in.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  // Good for ten a second: below that the tail is short, above it the queue has no end.
  writeFileSync(
    join(cli.folder, 'web.yaml'),
    `
duration: 20s
settle: 1s
nodes:
  web: { kind: server, service-time: 100ms }
network: { latency: 0.5ms }
clients:
  load: { workload: request, target: web, rate: 5/s, arrivals: constant, timeout: 1s }
expect:
  - p50 <= 300ms
  - availability >= 99%
`,
  );
});
afterEach(() => cli.close());

function run(...argv: readonly string[]) {
  return dsimIn(cli.folder, ['run', 'web.yaml', '--no-keep', ...argv]);
}

test('with several seeds: a band for each value, a line of the file for each run', async () => {
  const random = ['--set', 'clients.load.arrivals=poisson'];
  const argv = ['--vary', 'load.rate=2/s,20/s', '--seeds', '1..3', '-o', 'x.csv', '-q', ...random];
  const found = await run(...argv);
  expect(found.code).toBe(1);
  expect(found.out).toContain('VARY  clients.load.rate, 3 seeds each');
  expect(found.out).toMatch(/ 2\/s {2}✓ {2}✓ 3\/3 10\dms/);
  expect(found.out).toMatch(/20\/s {2}✗ {2}✗ 0\/3 ∞/);
  const rows = readFileSync(join(cli.folder, 'x.csv'), 'utf8').trim().split('\n');
  expect(rows).toHaveLength(1 + 2 * 3 * 2);
  const seeds = rows
    .filter((row) => /,20\/s,.*availability/.test(row))
    .map((row) => row.split(','));
  expect(seeds.map((fields) => fields[2])).toEqual(['1', '2', '3']);
  expect(new Set(seeds.map((fields) => fields.at(-1))).size).toBe(3);
});

test('a table on the screen, rows in a file, and the worst exit code', async () => {
  const found = await run('--vary', 'load.rate=4/s..20/s', '--steps', '3', '-o', 'x.csv', '-q');
  expect(found.code).toBe(1);
  expect(found.out).toMatch(/VARY {2}clients\.load\.rate/);
  expect(found.out).toMatch(/ 4\/s {2}✓ {2}✓ 101ms/);
  expect(found.out).toMatch(/20\/s {2}✗ {2}✗ ∞/);
  const rows = readFileSync(join(cli.folder, 'x.csv'), 'utf8').trim().split('\n');
  expect(rows).toHaveLength(1 + 3 * 2);
  expect(rows[1]).toBe('clients.load.rate,4/s,p50 <= 300ms,held,ms,101');
  expect(rows[5]).toBe('clients.load.rate,20/s,p50 <= 300ms,violated,ms,inf');
});

test('as JSON: a brief run for each value', async () => {
  const { out } = await run('--vary', 'web.service-time=50ms,100ms', '--json');
  const { runs, summary } = JSON.parse(out) as {
    runs: { varied: unknown; seed: string; expectations: { value: unknown }[] }[];
    summary: { held: number };
  };
  expect(runs.map(({ varied }) => varied)).toEqual([
    { path: 'nodes.web.service-time', value: '50ms' },
    { path: 'nodes.web.service-time', value: '100ms' },
  ]);
  expect(runs.map(({ expectations }) => expectations[0]?.value)).toEqual([51, 101]);
  expect(summary.held).toBe(2);
});

test('what is no knob, or no value of it, is refused with its place', async () => {
  const refused = async (...argv: readonly string[]) => (await run(...argv)).err;
  expect(await refused('--vary', 'load.raet=1/s,2/s')).toContain('did you mean `rate`?');
  expect(await refused('--vary', 'laod.rate=1/s,2/s')).toContain('did you mean `load.rate`?');
  expect(await refused('--vary', 'load.rate=1..2')).toContain('DS104');
  expect(await refused('--vary', 'load.rate=1/s')).toContain('neither a range');
  expect(await refused('--steps', '3')).toContain('--steps divides the range of --vary');
  writeFileSync(join(cli.folder, 'other.yaml'), readFileSync(join(cli.folder, 'web.yaml')));
  expect(await refused('other.yaml', '--vary', 'load.rate=1/s,2/s')).toContain('name only one');
  expect(await refused('--vary', 'load.rate=1/s,2/s', '-o', 'x.md')).toContain(
    '.json, .csv or .txt',
  );
  expect(await refused('--vary', 'load.rate=1/s,2/s', '--twin')).toContain('neither --twin');
});
