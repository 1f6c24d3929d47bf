// `dsim compare` as a process: kinds and presets in one table, and in files.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dsimIn } from './dsim-in.ts';

const bin = join(resolve(import.meta.dirname, '../..'), 'bin', 'dsim.js');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-compare-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function compare(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'compare', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', LANG: 'C.UTF-8' },
  });
  return { status, stdout, stderr };
}

test('kinds and presets in one table, a plot, and files', () => {
  const kinds = 'quorum-store,cassandra:one';
  const files = ['-o', 'all.md', '-o', 'all.csv', '-o', 'all.json'];
  const { status, stdout, stderr } = compare(
    '--kinds',
    kinds,
    '--runs',
    '1',
    '--jobs',
    '1',
    ...files,
  );
  expect([status, stderr]).toEqual([0, '']);
  const first = stdout.split('\n');
  expect(first.some((line) => /^ {2}quorum-store +0% +100%/.test(line))).toBe(true);
  expect(first.some((line) => /^ {2}cassandra:one +100% +100%/.test(line))).toBe(true);
  expect(stdout).toContain('PA/EL (the defaults)');
  expect(stdout).toContain('LATENCY AGAINST CONSISTENCY');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  expect(read('all.md').trim().split('\n')).toHaveLength(4);
  const [titles = '', strict = '', one = ''] = read('all.csv').split('\n');
  const at = titles.split(',').indexOf('read_b');
  // A strict quorum waits for one more copy, a level of one for none.
  expect(Number(strict.split(',')[at])).toBeGreaterThan(1);
  expect(Math.abs(Number(one.split(',')[at]))).toBeLessThan(0.3);
  const { stores } = JSON.parse(read('all.json'));
  expect(stores.map(({ name }: { name: string }) => name)).toEqual(kinds.split(','));
  expect(stores[0].tradeoff.mixture).toEqual([['PC/EC', 1]]);
});

test('a kind is asked what it answers; a cut that never struck has no share', async () => {
  const args = ['compare', '--kinds', 'crdt-store,two-phase-commit', '--runs', '1', '--jobs', '1'];
  const { code, out } = await dsimIn(folder, [...args, '-o', 'kinds.csv']);
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}crdt-store +100% +100% +pn-counter/m);
  expect(out).toMatch(/^ {2}two-phase-commit +- +- +bank/m);
  const rows = readFileSync(join(folder, 'kinds.csv'), 'utf8').split('\n');
  expect(rows[1]).toContain('PA/EL');
  expect(rows[2]).toContain('not exercised/EC');
});

test('refuses one store, and kinds that there are not', async () => {
  const refused = (...args: string[]) => dsimIn(folder, ['compare', '--kinds', ...args]);
  expect((await refused('raft')).code).toBe(2);
  expect((await refused('raft,} {')).code).toBe(2);
  const unknown = await refused('no-such-kind,nor-this', '--runs', '1', '--jobs', '1');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('no-such-kind')]);
});
