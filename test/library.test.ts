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
  follow(join(root, 'dist', 'index.js'));
  follow(join(root, 'dist', 'index.cjs'));
  expect(seen.size).toBeGreaterThan(3);
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
  const { status, stdout } = spawnSync(process.execPath, ['--test', 'examples/store'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect([status, status === 0 ? '' : stdout]).toEqual([0, '']);
});
