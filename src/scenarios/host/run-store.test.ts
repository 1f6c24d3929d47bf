import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findRun, keepRun, keptRuns, runId } from './run-store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an id', () => {
  test('says which run it is, and nothing of when', () => {
    expect(runId('partition', '42', '0123456789abcdef')).toBe('partition-42-01234567');
  });

  test.each([
    ['../../etc', '1', '_.._etc-1-01234567'],
    ['.hidden', '1', 'hidden-1-01234567'],
    ['ünï code', 'a b/c', '_n_code-a_b_c-01234567'],
    ['x'.repeat(300), '1', `${'x'.repeat(60)}-01234567`],
  ])('of %j and seed %j is fit for a file', (name, seed, id) => {
    expect(runId(name, seed, '0123456789abcdef')).toBe(id);
  });
});

test('a run is kept, found by its id and as the latest, and git does not see it', () => {
  expect(keepRun(folder, 'a-1-00', '{"a":1}')).toEqual({
    id: 'a-1-00',
    shown: '.dsim/runs/a-1-00',
    notLatest: null,
  });
  keepRun(folder, 'b-1-00', '{"b":1}');
  expect(findRun(folder, 'a-1-00')).toEqual({
    id: 'a-1-00',
    shown: '.dsim/runs/a-1-00',
    text: '{"a":1}',
  });
  expect(findRun(folder, 'latest')?.id).toBe('b-1-00');
  for (const path of [
    '.dsim/runs/a-1-00',
    '.dsim/runs/a-1-00/',
    join(folder, '.dsim/runs/a-1-00'),
  ]) {
    expect(findRun(folder, path)?.id, path).toBe('a-1-00');
  }
  expect(findRun(folder, '.dsim/runs/latest')?.id).toBe('b-1-00');
  expect(readFileSync(join(folder, '.dsim/.gitignore'), 'utf8')).toBe('*\n');
  expect(readFileSync(join(folder, '.dsim/runs/latest/result.json'), 'utf8')).toBe('{"b":1}');
});

test('the same run again is kept once, and is the latest again', () => {
  keepRun(folder, 'a-1-00', 'same');
  keepRun(folder, 'b-1-00', 'other');
  keepRun(folder, 'a-1-00', 'same');
  expect(findRun(folder, 'latest')?.id).toBe('a-1-00');
  expect(readdirSync(join(folder, '.dsim/runs')).toSorted()).toEqual([
    'a-1-00',
    'b-1-00',
    'latest',
  ]);
});

test('another run of the same id does not replace it', () => {
  keepRun(folder, 'a-1-00', 'violated');
  const held = keepRun(folder, 'a-1-00', 'held');
  const again = keepRun(folder, 'a-1-00', 'held');
  expect(again).toEqual(held);
  if (!('id' in held)) throw new Error(held.why);
  expect(held.id).toMatch(/^a-1-00-[0-9a-f]{8}$/);
  expect(findRun(folder, 'a-1-00')?.text).toBe('violated');
  expect(findRun(folder, held.id)?.text).toBe('held');
  expect(findRun(folder, 'latest')?.text).toBe('held');
});

test('a folder that a crash left without its result is filled, and old drafts are gone', () => {
  const runs = join(folder, '.dsim/runs');
  mkdirSync(join(runs, 'a-1-00'), { recursive: true });
  for (const [name, at] of [
    ['.draft-1-a', 1000],
    ['.draft-2-b', Date.now() / 1000],
  ] as const) {
    mkdirSync(join(runs, name));
    utimesSync(join(runs, name), at, at);
  }
  expect(keepRun(folder, 'a-1-00', 'text')).toMatchObject({ id: 'a-1-00' });
  expect(readdirSync(runs).toSorted()).toEqual(['.draft-2-b', 'a-1-00', 'latest']);
  expect(keptRuns(folder)).toEqual(['a-1-00']);
});

test.skipIf(process.getuid?.() === 0)('a read-only store keeps nothing, and leaves nothing', () => {
  keepRun(folder, 'a-1-00', 'text');
  chmodSync(join(folder, '.dsim/runs'), 0o500);
  expect(keepRun(folder, 'b-1-00', 'text')).toEqual({ why: expect.stringContaining('EACCES') });
  chmodSync(join(folder, '.dsim/runs'), 0o700);
  expect(keptRuns(folder)).toEqual(['a-1-00']);
});

test('two processes at the brim: what each keeps is there, and none is told that it is not', async () => {
  const runs = join(folder, '.dsim/runs');
  for (let i = 0; i < 200; i++) {
    keepRun(folder, `old-${i}`, 'text');
    utimesSync(join(runs, `old-${i}/result.json`), 1000 + i, 1000 + i);
  }
  const code = `
    import { keepRun } from ${JSON.stringify(join(import.meta.dirname, 'run-store.ts'))};
    const said = [];
    for (let i = 0; i < 30; i++) said.push(keepRun(process.argv[2], process.argv[3] + '-' + i, 'text ' + i));
    console.log(JSON.stringify(said));`;
  const bundled = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  });
  const script = join(folder, 'keep.cjs');
  writeFileSync(script, bundled.outputFiles[0]?.text ?? '');
  const said = await Promise.all(
    ['x', 'y'].map(async (name) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, folder, name]);
      return JSON.parse(stdout) as { id: string }[];
    }),
  );
  expect(said.map((each) => each.map(({ id }) => id))).toEqual(
    ['x', 'y'].map((name) => Array.from({ length: 30 }, (_, i) => `${name}-${i}`)),
  );
  for (const { id } of said.flat()) expect(findRun(folder, id)?.text, id).toMatch(/^text /);
  expect(keptRuns(folder).length).toBeLessThanOrEqual(202);
});

test('where there are no symbolic links, a file names the latest', () => {
  keepRun(folder, 'a-1-00', 'text');
  rmSync(join(folder, '.dsim/runs/latest'));
  writeFileSync(join(folder, '.dsim/runs/latest.txt'), 'a-1-00\n');
  expect(findRun(folder, 'latest')?.id).toBe('a-1-00');
});

test('nothing is found where nothing is, nor outside the store', () => {
  expect(findRun(folder, 'latest')).toBeNull();
  keepRun(folder, 'a-1-00', 'text');
  writeFileSync(join(folder, 'result.json'), 'secret');
  for (const name of ['b', '..', '../..', '.', '', 'a-1-00/../../..']) {
    expect(findRun(folder, name), name).toBeNull();
  }
});

test('a folder that cannot be written to is no failure, but a reason', () => {
  writeFileSync(join(folder, '.dsim'), 'a file');
  const kept = keepRun(folder, 'a-1-00', 'text');
  expect(kept).toEqual({
    why: expect.stringMatching(/^cannot write \.dsim\/runs\/a-1-00: .*(ENOTDIR|EEXIST)/),
  });
});

test('only so many are kept, the newest', () => {
  for (let i = 0; i < 205; i++) {
    keepRun(folder, `r-${i}-00`, 'text');
    const file = join(folder, `.dsim/runs/r-${i}-00/result.json`);
    utimesSync(file, 1_000_000 + i, 1_000_000 + i);
  }
  const ids = keptRuns(folder);
  expect(ids.length).toBeLessThanOrEqual(201);
  expect(ids).toContain('r-204-00');
  expect(ids).not.toContain('r-0-00');
  expect(existsSync(join(folder, '.dsim/runs/r-0-00'))).toBe(false);
});
