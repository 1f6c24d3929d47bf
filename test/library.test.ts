/** The library as programs import it: both entries, as ES module and CommonJS, from `dist/`. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
/** A project that has dsim installed. */
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-library-'));
  spawnSync('mkdir', ['-p', join(folder, 'node_modules')]);
  symlinkSync(root, join(folder, 'node_modules', 'dsim'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(file: string, text: string): string {
  writeFileSync(join(folder, file), text);
  const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

/** Reads a scenario from a text, without any file. */
const pure = `
  const reader = { read: (name) => ({ ok: true, id: name, name, text: yaml }) };
  const yaml = 'nodes: { a: { kind: mine } }\\nclients: { l: { workload: none } }';
  const tree = dsim.readSourceTree('s.yaml', reader);
  const named = dsim.kindsNamed(tree);
  const shelf = { summaries: new Map(), items: new Map() };
  const catalogue = { systems: shelf, policies: shelf, faults: shelf, workloads: shelf,
    checkers: shelf, metrics: shelf, selectorWords: new Map(), own: new Map() };
  const { scenario, diagnostics } = dsim.parseScenario(tree, catalogue, { draw: dsim.drawStream });
  console.log(named.systems.join(), scenario, /no kind of node .mine./.test(dsim.renderDiagnostics(diagnostics)));
`;

test.each([
  ['pure.mjs', "import * as dsim from 'dsim';"],
  ['pure.cjs', "const dsim = require('dsim');"],
])('dsim parses what it is given: %s', (file, head) => {
  expect(node(file, `${head}\n${pure}`)).toBe('mine null true\n');
});

const store = join(root, 'examples', 'store');
const run = `
  const loaded = await dsim.loadScenario('store.yaml', { cwd: ${JSON.stringify(store)} });
  console.log(dsim.simulate(loaded.scenario).state);
`;

test.each([
  ['host.mjs', `import * as dsim from 'dsim/host';\n${run}`],
  ['host.cjs', `const dsim = require('dsim/host');\n(async () => {${run}})();`],
  [
    'both.mjs',
    `import * as dsim from 'dsim/host';\nimport { simulate } from 'dsim';\n${run.replace('dsim.simulate', 'simulate')}`,
  ],
])('dsim/host loads files and runs own nodes: %s', (file, text) => {
  expect(node(file, text)).toBe('held\n');
});

test('the two entries share their classes as ES modules', () => {
  const text = "import * as a from 'dsim'; import * as b from 'dsim/host';";
  expect(node('same.mjs', `${text} console.log(a.CallError === b.CallError);`)).toBe('true\n');
});

test('and as CommonJS', () => {
  const text = "const a = require('dsim'); const b = require('dsim/host');";
  expect(node('same.cjs', `${text} console.log(a.CallError === b.CallError);`)).toBe('true\n');
});

test('the portable library parses too', () => {
  const file = JSON.stringify(join(root, 'dist/core.js'));
  expect(node('portable.mjs', `import * as dsim from ${file};\n${pure}`)).toBe('mine null true\n');
});

/** A node and a test of it, as the manual has them, by somebody who is strict. */
const typed = `
import { type Context, type Flow, type FlowContext, defineParams, defineSystem } from 'dsim';
import { interfaces, isRequest, type Message, type Node, type ReplyBody, type Request } from 'dsim';
import { explore, simulate, type Exploration } from 'dsim';
import { loadScenario, serve } from 'dsim/host';
import { assertHolds, matchers } from 'dsim/test';

export class Counter implements Node {
  private count = 0;
  start(ctx: Context): void {
    ctx.broadcast({ type: 'hello', n: 1 });
  }
  receive(ctx: Context, from: string, message: Message): void {
    if (!isRequest(message)) return;
    this.count += 1;
    ctx.send(from, { type: 'count_ok', inReplyTo: message.id, count: this.count });
  }
}

export const system = defineSystem({
  answers: [interfaces.register],
  params: defineParams({ wait: { type: 'duration', default: 3, doc: 'How long it waits.' } }),
  create: (given, place) => {
    const service = {
      *handle(ctx: FlowContext, request: Request): Flow<ReplyBody> {
        yield* ctx.sleep(given.wait);
        return { type: request.type + '_ok' };
      },
    };
    return serve(service, place);
  },
});

export async function stateOf(file: string): Promise<string> {
  const { scenario } = await loadScenario(file, { cwd: '.' });
  return scenario === null ? 'wrong' : simulate(scenario).state;
}

export async function firstFailure(file: string): Promise<string | undefined> {
  const seen: Exploration = explore(await loadScenario(file), { seeds: '1..9', bail: 1 });
  assertHolds(seen);
  return matchers.toHold(seen).pass ? undefined : seen.failure?.judged[0]?.text;
}
`;

test.each([
  ['nodenext', 'nodenext', ['typed.mts', 'typed.cts']],
  ['esnext', 'bundler', ['typed.mts']],
])('declarations are right for a strict program: %s, %s, %s', (module, resolution, files) => {
  // A copy, as installed: through a link the compiler would see the sources.
  const bare = mkdtempSync(join(tmpdir(), 'dsim-typed-'));
  for (const part of ['dist/types', 'package.json']) {
    cpSync(join(root, part), join(bare, 'node_modules/dsim', part), { recursive: true });
  }
  for (const file of files) writeFileSync(join(bare, file), typed);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
  const where = ['--target', 'esnext', '--module', module, '--moduleResolution', resolution];
  const { stdout } = spawnSync(process.execPath, [tsc, '--noEmit', ...strict, ...where, ...files], {
    cwd: bare,
    encoding: 'utf8',
  });
  rmSync(bare, { recursive: true, force: true });
  expect(stdout).toBe('');
});

test('dsim itself asks for no module of Node', () => {
  const seen = new Set<string>();
  const follow = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(path, 'utf8');
    expect([path, /\bfrom ?["']node:|\brequire\(["']node:/.test(text)]).toEqual([path, false]);
    for (const [, name = ''] of text.matchAll(/(?:from|import\() ?["'](\.[^"']+\.js)["']/g)) {
      const next = join(dirname(path), name);
      if (existsSync(next)) follow(next);
    }
  };
  follow(join(root, 'dist', 'core.js'));
  expect(seen.size).toBe(1);
  // What is not Node gets that one.
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(exports['.'].default.default).toBe('./dist/core.js');
});

test('without esbuild an own kind is refused with the cure', () => {
  const bare = join(folder, 'bare');
  for (const part of ['bin', 'dist', 'examples', 'package.json']) {
    cpSync(join(root, part), join(bare, part), { recursive: true });
  }
  const argv = ['bin/dsim.js', 'run', 'examples/counter/counter.yaml'];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: bare, encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain('esbuild, which bundles such files, is not installed');
  expect(stderr).toMatch(/help: `npm install esbuild@\d/);
});

test("the example's own tests pass", () => {
  const argv = ['--test', 'examples/store'];
  const { status, stdout } = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  expect([status, status === 0 ? '' : stdout]).toEqual([0, '']);
});

test('and with vitest in a project', () => {
  cpSync(store, join(folder, 'store'), { recursive: true });
  symlinkSync(join(root, 'node_modules/vitest'), join(folder, 'node_modules/vitest'));
  const argv = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'store.spec.ts'];
  const options = { cwd: join(folder, 'store'), encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(process.execPath, argv, options);
  expect([status, status === 0 ? '' : stdout]).toEqual([0, '']);
});
