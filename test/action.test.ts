/** The composite action: its inputs reach `dsim test` as they are, and its exit code comes back. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly env?: { readonly [name: string]: string };
}

const root = resolve(import.meta.dirname, '..');
const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as {
  readonly inputs: { readonly [name: string]: { readonly default: string } };
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-action-'));
  const npx = '#!/bin/sh\nprintf "<%s>" "$@"\nexit "${CODE:-0}"\n';
  writeFileSync(join(folder, 'npx'), npx, { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the step runs with these inputs, and what it leaves. */
function step(inputs: { readonly [name: string]: string }, code = 0) {
  const [{ run = '', env = {} } = {}] = action.runs.steps;
  const output = join(folder, 'output');
  writeFileSync(output, '');
  const given = Object.entries(env).map(([name, value]) => {
    const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value)?.[1] ?? '';
    return [name, inputs[input] ?? action.inputs[input]?.default];
  });
  const { status, stdout, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', run], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ...Object.fromEntries(given),
      PATH: `${folder}${delimiter}${process.env['PATH']}`,
      GITHUB_OUTPUT: output,
      CODE: String(code),
    },
  });
  expect(stderr).toBe('');
  return { status, stdout, output: readFileSync(output, 'utf8') };
}

test('it is a composite action, whose inputs are no part of its script', () => {
  expect(action.runs.using).toBe('composite');
  for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{');
});

test('without inputs it tests the project', () => {
  expect(step({})).toEqual({
    status: 0,
    stdout: '<--no-install><dsim><test>',
    output: 'exit-code=0\n',
  });
});

test('inputs are words, whatever is in them', () => {
  const { stdout } = step({
    paths: 'scenarios\nmore scenarios/a.yaml\n',
    seeds: '1..50',
    shard: '2/5',
    junit: 'out.xml',
    arguments: '--set\nname="$(rm -rf /)"',
  });
  expect(stdout).toBe(
    '<--no-install><dsim><test><scenarios><more scenarios/a.yaml><--seeds><1..50><--shard><2/5>' +
      '<--reporter><dot><--reporter><junit=out.xml><--set><name="$(rm -rf /)">',
  );
});

test('the exit code is that of dsim', () => {
  expect(step({}, 3)).toMatchObject({ status: 3, output: 'exit-code=3\n' });
});
