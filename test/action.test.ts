/**
 * The composite action: its inputs reach `dsim test` as they are, and its exit code comes back.
 * `package.test.ts` runs it on what people install.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAction, runAction } from './support/composite-action.ts';

const action = readAction(resolve(import.meta.dirname, '../action.yml'));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-action-'));
  const npx = `#!/bin/sh
if [ "$3" = --version ]; then exit "\${ABSENT:-0}"; fi
printf "<%s>" "$@"
exit "\${CODE:-0}"
`;
  writeFileSync(join(folder, 'npx'), npx, { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs it with an `npx` that prints its words. */
function run(inputs: { readonly [name: string]: string }, env: { [name: string]: string } = {}) {
  const PATH = `${folder}${delimiter}${process.env['PATH']}`;
  return runAction(action, inputs, folder, { ...process.env, ...env, PATH });
}

test('it is a composite action, whose inputs are no part of its script', () => {
  expect(action.runs.using).toBe('composite');
  for (const { run: script = '' } of action.runs.steps) expect(script).not.toContain('${{');
});

test('without inputs it tests the project', () => {
  expect(run({})).toEqual({
    failed: false,
    out: '<--no-install><dsim><test>',
    err: '',
    outputs: { 'exit-code': '0' },
    summary: '',
    used: [],
  });
});

test('inputs are words, whatever is in them', () => {
  const { out } = run({
    paths: 'scenarios\nmore scenarios/a.yaml\n',
    seeds: '1..50',
    shard: '2/5',
    junit: 'out.xml',
    arguments: '--set\nname="$(rm -rf /)"',
  });
  expect(out).toBe(
    '<--no-install><dsim><test><scenarios><more scenarios/a.yaml><--seeds><1..50><--shard><2/5>' +
      '<--reporter><dot><--reporter><junit=out.xml><--set><name="$(rm -rf /)">',
  );
});

test('the exit code is that of dsim, and the failing runs are kept', () => {
  const kept = {
    name: 'dsim',
    path: './.dsim/runs',
    'include-hidden-files': 'true',
    'if-no-files-found': 'ignore',
  };
  expect(run({}, { CODE: '3' })).toMatchObject({
    failed: true,
    outputs: { 'exit-code': '3' },
    used: [['actions/upload-artifact@v4', kept]],
  });
  expect(run({ artifact: '' }, { CODE: '1' })).toMatchObject({ failed: true, used: [] });
});

test('where dsim is not installed it says so, and nothing counts as violated', () => {
  const { failed, out, outputs } = run({}, { ABSENT: '1' });
  expect([failed, outputs]).toEqual([true, { 'exit-code': '2' }]);
  expect(out).toBe('::error title=dsim::dsim is not installed in this folder: run npm ci before\n');
});
