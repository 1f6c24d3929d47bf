/**
 * What people install: from the packed tarball in an empty folder to a red test and its cure. It
 * takes a while: `.ci/run package` runs it, or `DSIM_PACKAGE=1`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAction, runAction } from './support/composite-action.ts';
import { junitProblems } from './support/junit-schema.ts';

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-package-'));

/** A line of a shell, as a user types it. */
function shell(line: string) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    // Without the commands that npm adds for its own scripts.
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', CI: '', PATH: usersPath() },
  });
  return { status, out: stdout, err: stderr };
}

function usersPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((each) => !each.includes('node_modules')).join(delimiter);
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

describe.skipIf(process.env['DSIM_PACKAGE'] !== '1')('the package', () => {
  beforeAll(() => {
    // The build is there; esbuild, the only dependency, is that of the clone: no registry is asked.
    const packed = shell(`npm pack --silent --ignore-scripts --pack-destination . '${root}'`);
    expect(packed).toMatchObject({ status: 0, err: '' });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const parts = `./${packed.out.trim()} '${root}/node_modules/esbuild'`;
    const installed = shell(`npm install --offline --no-audit --no-fund --silent ${parts}`);
    expect(installed).toMatchObject({ status: 0, err: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('init writes a project that is green, with schemas that everybody has', () => {
    expect(shell('npx --no-install dsim init')).toMatchObject({ status: 0, err: '' });
    const [first = ''] = read('scenarios/partition.yaml').split('\n');
    const schema = /\$schema=(\S+)$/.exec(first)?.[1] ?? '';
    expect(schema).toMatch(/^\.\.\/node_modules\/dsim\//);
    expect(existsSync(join(folder, 'scenarios', schema))).toBe(true);
    const { status, out } = shell('node_modules/.bin/dsim test --seeds 1..2');
    expect([status, out]).toEqual([0, expect.stringContaining('✓ partition  2 seeds')]);
  });

  test('a broken expectation is red, and the line that it prints runs as printed', () => {
    const file = join(folder, 'scenarios/partition.yaml');
    writeFileSync(file, read('scenarios/partition.yaml').replace('<= 10%', '>= 80%'));
    const red = shell('node_modules/.bin/dsim test --seed 1');
    expect(red.status).toBe(1);
    const line = /^repro: (.+)$/m.exec(red.out)?.[1] ?? '';
    expect(line).toMatch(
      /^npx --no-install dsim replay scenarios\/partition.yaml --seed 1 --digest/,
    );
    const again = shell(line);
    expect([again.status, again.out]).toEqual([1, expect.stringContaining('✗ availability')]);
  });

  test('a node of your own in TypeScript runs', () => {
    expect(shell('node_modules/.bin/dsim new node my-store')).toMatchObject({ status: 0, err: '' });
    expect(shell('node_modules/.bin/dsim run my-store.yaml -q')).toMatchObject({
      status: 0,
      err: '',
    });
    const tsc = `'${root}/node_modules/typescript/bin/tsc' --ignoreConfig --noEmit --strict`;
    const typed = shell(`node ${tsc} --module nodenext --target es2022 my-store.ts`);
    expect(typed).toEqual({ status: 0, out: '', err: '' });
  });

  test('the action tests the project, with annotations, a summary and what to keep', () => {
    const action = readAction(join(root, 'action.yml'));
    const env = { PATH: usersPath(), HOME: process.env['HOME'] };
    const run = (inputs: { [name: string]: string }) => runAction(action, inputs, folder, env);
    rmSync(join(folder, '.dsim'), { recursive: true, force: true });
    const green = run({ paths: 'my-store.yaml', seeds: '1..2' });
    expect(green).toMatchObject({ failed: false, outputs: { 'exit-code': '0' }, used: [] });
    expect(green.summary).toContain('## dsim: all 2 runs held');
    const red = run({ paths: 'scenarios', seeds: '1..1', junit: 'dsim.xml', shard: '1/1' });
    expect(red).toMatchObject({ failed: true, err: '', outputs: { 'exit-code': '1' } });
    expect(red.out).toMatch(/^::error file=scenarios\/partition\.yaml,line=\d+,title=partition/m);
    expect(red.summary).toContain('## dsim: 1 of 1 runs did not hold');
    expect(junitProblems(read('dsim.xml'))).toEqual([]);
    const [[, { path = '' }] = ['', {}]] = red.used;
    expect(existsSync(join(folder, path, 'latest'))).toBe(true);
    // The project may be in a folder of the repository, in which nothing is installed.
    const other = join(folder, '..', `${basename(folder)}-other`);
    mkdirSync(join(other, 'app'), { recursive: true });
    const absent = runAction(action, { 'working-directory': 'app' }, other, env);
    rmSync(other, { recursive: true, force: true });
    expect(absent).toMatchObject({ failed: true, outputs: { 'exit-code': '2' } });
    expect(absent.used[0]?.[1]['path']).toBe('app/.dsim/runs');
  });

  test('the library is there for a program', () => {
    writeFileSync(
      join(folder, 'program.mjs'),
      `import { explore } from 'dsim';
       import { loadScenario } from 'dsim/host';
       import { assertHolds } from 'dsim/test';
       assertHolds(explore(await loadScenario('my-store.yaml'), { seeds: '1..2' }));`,
    );
    expect(shell('node program.mjs')).toEqual({ status: 0, out: '', err: '' });
  });
});
