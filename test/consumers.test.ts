/**
 * The packed package in the tools of those who use it: compilers, editors, and what looks for wrong
 * types. `.ci/run package` installs them into a folder and names that by `DSIM_TOOLS`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openInEditor } from './support/language-server.ts';

const root = resolve(import.meta.dirname, '..');
const tools = process.env['DSIM_TOOLS'] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'dsim-consumers-'));
/** Of dsim's own `node_modules`: a second compiler, and what `dsim/vitest` adds to. */
const OURS = ['vitest', '@vitest', '@types', 'esbuild'];

function run(...argv: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
  return [status, stdout];
}

/** Everything that the entries export, by a strict program. */
const PROGRAM = `
import * as dsim from 'dsim';
import * as host from 'dsim/host';
import * as test from 'dsim/test';
import { type Context, isRequest, type Message, type Node } from 'dsim';
export type Register = dsim.RequestOf<typeof dsim.interfaces.register>;
export class Counter implements Node {
  start(ctx: Context): void {
    ctx.broadcast({ type: 'hello', n: 1 });
  }
  receive(ctx: Context, from: string, message: Message): void {
    if (isRequest(message)) ctx.send(from, { type: 'add_ok', inReplyTo: message.id, n: 1 });
  }
}
export const all = [dsim.simulate, host.loadScenario, test.assertHolds, test.matchers] as const;
`;
const MATCHER = `
import 'dsim/vitest';
import { expect } from 'vitest';
expect({}).toHold();
`;
const REQUIRE = `
import dsim = require('dsim');
import host = require('dsim/host');
import test = require('dsim/test');
export const result: dsim.Result | null = null;
export const all = [dsim.simulate, host.loadScenario, test.assertHolds] as const;
`;

const SCENARIO = `# yaml-language-server: $schema=./node_modules/dsim/schema/scenario.schema.json
duration: 30s
nodes:
  kv: { kind: raft, count: 3, election-timeout: 150ms..300ms }
  et: { kind: etcd, heartbeat: 50ms }
network:
  latency: { lognormal: { median: 2ms, p99: 12ms } }
  loss: 0.1%
faults:
  - { at: 1s, partition: { isolate: leader } }
expect:
  - linearizable
`;

describe.skipIf(tools === '')('the package in the tools of its users', () => {
  beforeAll(() => {
    const tarball = join(folder, 'dsim.tgz');
    const pack = `npm pack --silent --ignore-scripts --pack-destination '${folder}' '${root}'`;
    const unpack = `mv '${folder}'/dsim-*.tgz ${tarball} && mkdir -p node_modules/dsim`;
    const place = `tar -xzf ${tarball} -C node_modules/dsim --strip-components 1`;
    const { status, stderr } = spawnSync('bash', ['-c', `${pack} && ${unpack} && ${place}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    for (const name of OURS)
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    writeFileSync(join(folder, 'matcher.ts'), MATCHER);
    writeFileSync(join(folder, 'require.cts'), REQUIRE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['5.9', tools, 'nodenext', 'nodenext', ['program.ts', 'matcher.ts', 'require.cts']],
    ['5.9', tools, 'esnext', 'bundler', ['program.ts', 'matcher.ts']],
    ['7', root, 'nodenext', 'nodenext', ['program.ts', 'matcher.ts', 'require.cts']],
    ['7', root, 'esnext', 'bundler', ['program.ts', 'matcher.ts']],
  ])(
    'TypeScript %s checks every declaration: %s, %s',
    (version, where, module, resolution, files) => {
      const tsc = join(where, 'node_modules/typescript/bin/tsc');
      expect(run(tsc, '--version')).toEqual([0, expect.stringContaining(`Version ${version}`)]);
      const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
      const how = ['--target', 'es2022', '--module', module, '--moduleResolution', resolution];
      expect(run(tsc, '--noEmit', ...strict, ...how, '--types', 'node', ...files)).toEqual([0, '']);
    },
  );

  test('no entry has wrong types', () => {
    const attw = join(tools, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    // vitest is an ES module only, and so is the entry for it.
    const [status, out] = run(
      attw,
      'dsim.tgz',
      '--no-color',
      '--ignore-rules',
      'cjs-resolves-to-esm',
    );
    expect([status, out]).toEqual([0, expect.stringContaining('No problems found')]);
  });

  test('npm has no script to run when it is installed', () => {
    const { scripts } = JSON.parse(
      readFileSync(join(folder, 'node_modules/dsim/package.json'), 'utf8'),
    );
    const known = ['preinstall', 'install', 'postinstall', 'prepare'];
    expect(known.filter((name) => name in scripts)).toEqual([]);
  });

  test('an editor says of a property what it means, and of its value how it is written', async () => {
    writeFileSync(join(folder, 'right.yaml'), SCENARIO);
    const editor = await openInEditor(
      join(tools, 'node_modules/yaml-language-server/bin/yaml-language-server'),
      join(folder, 'right.yaml'),
    );
    const duration = '#### A duration: `10us`, `1.5ms`, `2s`, `1m30s`, `1h`; or a latency by name.';
    try {
      expect(await editor.mistakes()).toEqual([]);
      expect(await editor.hover('duration:')).toMatch(
        `${duration}\n\nHow long faults and load last.`,
      );
      expect(await editor.hover('count:')).toMatch(/^How many nodes/);
      expect(await editor.hover('election-timeout:')).toMatch(
        /^#### A range of durations.*\n\nA follower that hears no leader/,
      );
      expect(await editor.hover('heartbeat:')).toMatch(
        `${duration}\n\nHow often a leader shows that it is alive`,
      );
      expect(await editor.hover('median:')).toMatch(
        /^#### A duration.*\n\nHalf of the values are below\.$/,
      );
      expect(await editor.hover('loss:')).toMatch(/^#### A ratio: .*\n\nChance of each message/);
      expect(await editor.hover('isolate:')).toMatch(/^#### Nodes: a name/);
      expect(await editor.hover('linearizable')).toBe(
        'Every operation takes effect at one moment between its call and its answer.',
      );
    } finally {
      editor.close();
    }
  });

  test.each([
    ['{ at: 1s, crahs: one }', ['Property crahs is not allowed.']],
    ['{ at: 1s }', ['no key names the fault: `crash`, `partition`, `loss` ...']],
  ])('an editor has one complaint about one mistake: %s', async (fault, complaints) => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, SCENARIO.replace(/\{ at: .*/, fault));
    const server = join(tools, 'node_modules/yaml-language-server/bin/yaml-language-server');
    const editor = await openInEditor(server, file);
    try {
      expect(await editor.mistakes()).toEqual(complaints);
    } finally {
      editor.close();
    }
  });
});
