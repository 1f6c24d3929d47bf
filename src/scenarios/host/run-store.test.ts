import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  expect(keepRun(folder, 'a-1-00', '{"a":1}')).toEqual({ shown: '.dsim/runs/a-1-00' });
  keepRun(folder, 'b-1-00', '{"b":1}');
  expect(findRun(folder, 'a-1-00')).toEqual({
    id: 'a-1-00',
    shown: '.dsim/runs/a-1-00',
    text: '{"a":1}',
  });
  expect(findRun(folder, 'latest')?.id).toBe('b-1-00');
  expect(readFileSync(join(folder, '.dsim/.gitignore'), 'utf8')).toBe('*\n');
  expect(readFileSync(join(folder, '.dsim/runs/latest/result.json'), 'utf8')).toBe('{"b":1}');
});

test('the same run again replaces itself and is the latest again', () => {
  keepRun(folder, 'a-1-00', 'old');
  keepRun(folder, 'b-1-00', 'other');
  keepRun(folder, 'a-1-00', 'new');
  expect(findRun(folder, 'latest')?.text).toBe('new');
  expect(readdirSync(join(folder, '.dsim/runs')).toSorted()).toEqual([
    'a-1-00',
    'b-1-00',
    'latest',
  ]);
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
  expect(kept).toEqual({ why: expect.stringMatching(/ENOTDIR|EEXIST/) });
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
