/**
 * The launcher and the build: that the bundle is found, fresh, fast to load and cached, and that
 * each thing that can be wrong is answered in one line. The launcher runs on small bundles written
 * here, so that these tests speak of it alone.
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Plan, partOptions, planParts, program } from '../scripts/parts.mjs';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'dsim-launcher-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const HASH = '0123456789abcdef';
const ECHO = 'exports.main = async (argv) => console.log(...argv);';

let count = 0;
/** A package that holds the launcher and these files; returns its folder. */
function install(files: { readonly [path: string]: string }): string {
  const folder = join(scratch, String(count++));
  mkdirSync(folder);
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  write(folder, { 'package.json': '{ "version": "1.2.3", "type": "module" }', ...files });
  return folder;
}

function write(folder: string, files: { readonly [path: string]: string }): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function bundle(code: string, hash = HASH): { readonly [path: string]: string } {
  return { 'dist/dsim.cjs': `/* dsim 1.2.3 ${hash} */\n${code}` };
}

interface Options {
  readonly env?: { readonly [name: string]: string };
  readonly node?: readonly string[];
}

function run(folder: string, argv: readonly string[] = [], options: Options = {}) {
  const { PATH } = process.env;
  return spawnSync(process.execPath, [...(options.node ?? []), 'bin/dsim.js', ...argv], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH, HOME: join(folder, 'home'), ...options.env },
    maxBuffer: 1 << 24,
  });
}

function shown({ status, stdout, stderr }: SpawnSyncReturns<string>) {
  return { status, stdout, stderr };
}

test('hands the arguments over, and keeps the exit code that main decided', () => {
  const folder = install(bundle(`${ECHO} process.exitCode = 3;`));
  expect(shown(run(folder, ['run', 'a b.yaml']))).toEqual({
    status: 3,
    stdout: 'run a b.yaml\n',
    stderr: '',
  });
});

test('tells its version, built or not', () => {
  const folder = install({});
  expect(shown(run(folder, ['--version']))).toEqual({ status: 0, stdout: '1.2.3\n', stderr: '' });
});

test('a bundle can import modules, by path and by name', () => {
  const code = `exports.main = async () => {
    const { here } = await import('./other.mjs');
    const { join } = await import('node:path');
    console.log(join(here, typeof require, __filename === module.filename ? '?' : 'own'));
  };`;
  const folder = install({ ...bundle(code), 'dist/other.mjs': "export const here = 'dist';" });
  expect(shown(run(folder))).toEqual({ status: 0, stdout: 'dist/function/own\n', stderr: '' });
});

describe('what can be wrong before anything runs', () => {
  test('not built', () => {
    expect(shown(run(install({}), ['list']))).toEqual({
      status: 2,
      stdout: '',
      stderr: 'dsim is not built (dist/ is missing). Cure: npm ci --include=dev\n',
    });
  });

  test.each(['18.20.4', '20.17.9'])('Node %s', (version) => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });`;
    const folder = install({ ...bundle(ECHO), 'pretend.cjs': pretend });
    expect(shown(run(folder, ['list'], { node: ['-r', './pretend.cjs'] }))).toEqual({
      status: 2,
      stdout: '',
      stderr: `dsim needs Node 20.18 or newer; this is ${version}.\n`,
    });
  });

  test('frozen intrinsics, which no guard can be put around', () => {
    const folder = install(bundle(ECHO));
    const { status, stderr } = run(folder, ['list'], { node: ['--frozen-intrinsics'] });
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('Cure: leave --frozen-intrinsics away'),
    ]);
  });

  test('a clone without a stamp', () => {
    const folder = install({ ...bundle(ECHO), 'src/cli/main.ts': '' });
    expect(run(folder).stderr).toBe(
      'dist/ is older than src/ (the bundle bears no stamp). Cure: npm run build\n',
    );
  });
});

describe('a rejected promise that nothing waits for', () => {
  const rejected = (reason: string) => `exports.main = async () => {
    globalThis[Symbol.for('dsim.own-files')] = new Set(['a.ts']);
    Promise.reject(${reason});
    await new Promise((done) => setTimeout(done, 50));
  };`;

  test.each([
    ["new Error('oops')", 'oops'],
    ['undefined', 'undefined'],
    ['{ a: 1 }', '#<Object>'],
    ['Object.assign(new Error(), { message: { toString: 1 } })', 'something that has no text'],
  ])('%s is the own file’s mistake', (reason, words) => {
    expect(shown(run(install(bundle(rejected(reason)))))).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: the code of a.ts has rejected a promise that nothing waits for: ${words}\n`,
    });
  });

  test('is dsim’s own where there is no other code', () => {
    const code = rejected("new Error('oops')").replace(/globalThis.*\n/, '\n');
    expect(run(install(bundle(code))).status).toBe(70);
  });
});

describe('what escapes', () => {
  const cases: readonly (readonly [name: string, code: string])[] = [
    ['from main', "exports.main = async () => { throw new Error('oops'); };"],
    ['while loading', "throw new Error('oops');"],
    [
      'later',
      "exports.main = async () => { setInterval(() => {}, 9); setTimeout(() => { throw new Error('oops'); }, 1); };",
    ],
    [
      'from a promise nobody waits for',
      "exports.main = async () => { Promise.reject(new Error('oops')); };",
    ],
  ];
  test.each(cases)('%s: exit code 70, the stack, and what to do', (_name, code) => {
    const { status, stdout, stderr } = run(install(bundle(code)), ['run', 'x.yaml']);
    expect({ status, stdout }).toEqual({ status: 70, stdout: '' });
    expect(stderr).toMatch(/^dsim met an error it did not expect\. This is a bug in dsim/);
    expect(stderr).toMatch(/\n\nError: oops\n {4}at .*dist\/dsim\.cjs:2/);
    expect(stderr).toMatch(/\ndsim 1\.2\.3, Node [\d.]+, \w+-\w+\n.*\n {2}dsim run x\.yaml\n$/);
  });

  test('what was printed before it arrives whole', () => {
    const code =
      "exports.main = async () => { process.stdout.write('x'.repeat(1 << 20)); throw new Error('oops'); };";
    const { status, stdout } = run(install(bundle(code)));
    expect({ status, length: stdout.length }).toEqual({ status: 70, length: 1 << 20 });
  });

  test.each([
    ['', 141],
    ['process.exitCode = 1;', 1],
  ])('a reader that leaves early ends it quietly (%s)', (decided, status) => {
    const code = `exports.main = async () => { ${decided}
      for (;;) { console.log('line'); await new Promise((go) => setImmediate(go)); } };`;
    const command = 'node bin/dsim.js | head -n 1; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', command.replace('node', process.execPath)],
      {
        cwd: install(bundle(code)),
        encoding: 'utf8',
      },
    );
    expect({ stdout, stderr }).toEqual({ stdout: `line\n${status}\n`, stderr: '' });
  });
});

describe('the code cache', () => {
  const cacheOf = (folder: string) => join(folder, 'caches', 'dsim');
  const start = (folder: string, env: { readonly [name: string]: string } = {}) =>
    shown(run(folder, ['hi'], { env: { XDG_CACHE_HOME: join(folder, 'caches'), ...env } }));
  const hello = { status: 0, stdout: 'hi\n', stderr: '' };
  const name = `1.2.3-${process.versions.node}-${HASH}.cache`;

  test('is kept in the cache folder of the user, and used from then on', () => {
    const folder = install(bundle(ECHO));
    expect(start(folder)).toEqual(hello);
    expect(readdirSync(cacheOf(folder))).toEqual([name]);
    const file = join(cacheOf(folder), name);
    utimesSync(file, 1, 1);
    expect(start(folder)).toEqual(hello);
    // Accepted: else it would have been written anew.
    expect(statSync(file).mtimeMs).toBe(1000);
  });

  test('is the one of the build, where this Node made it', () => {
    const folder = install(bundle(ECHO));
    start(folder);
    cpSync(join(cacheOf(folder), name), join(folder, 'dist/dsim.cjs.cache'));
    rmSync(join(folder, 'caches'), { recursive: true });
    expect(start(folder)).toEqual(hello);
    expect(existsSync(cacheOf(folder))).toBe(false);
  });

  test.each([
    ['a torn one', (content: Buffer) => content.subarray(0, content.length - 64)],
    ['one of another bundle of the same length', (content: Buffer) => content.fill('f', 0, 16)],
    ['one of another V8', (content: Buffer) => content.fill('9', 17, 19)],
    ['an empty one', () => Buffer.alloc(0)],
  ])('%s is replaced', (_name, damage) => {
    const folder = install(bundle(ECHO));
    start(folder);
    const file = join(cacheOf(folder), name);
    const damaged = damage(readFileSync(file));
    writeFileSync(file, damaged);
    expect(start(folder)).toEqual(hello);
    expect(readFileSync(file).equals(damaged)).toBe(false);
    expect(readFileSync(file).toString('latin1', 0, 16)).toBe(HASH);
  });

  test('is done without, where it cannot be written', () => {
    const folder = install({ ...bundle(ECHO), file: '' });
    expect(start(folder, { XDG_CACHE_HOME: join(folder, 'file') })).toEqual(hello);
    expect(start(folder, { XDG_CACHE_HOME: '/dev/null' })).toEqual(hello);
  });

  test('is in ~/.cache by default', () => {
    const folder = install(bundle(ECHO));
    expect(start(folder, { XDG_CACHE_HOME: 'relative, which the standard forbids' })).toEqual(
      hello,
    );
    expect(readdirSync(join(folder, 'home/.cache/dsim'))).toEqual([name]);
  });

  test('the last 256 are kept', () => {
    const old = Array.from({ length: 262 }, (_, i) => [`caches/dsim/${i}.cache`, ''] as const);
    const folder = install({ ...bundle(ECHO), ...Object.fromEntries(old) });
    for (const [i, [path]] of old.entries()) utimesSync(join(folder, path), i, i);
    expect(start(folder)).toEqual(hello);
    const kept = Array.from({ length: 255 }, (_, i) => `${i + 7}.cache`);
    expect(readdirSync(cacheOf(folder)).sort()).toEqual([name, ...kept].sort());
  });
});

describe('parts of the program', () => {
  /** A command line that loads a kind, and a kind that uses what it shares with others. */
  const parts = {
    'dist/core.js': `/* dsim 1.2.3 0011223344556677 */
var core = (() => ({ moduleOf: (path) => ({ path }) }))();
export const { path } = core.moduleOf('src/index.ts');
`,
    'dist/dsim.cjs': `/* dsim 1.2.3 ${HASH} */
      exports.main = async (argv) => {
        for (const name of argv) console.log(require('dsim:kinds/data/' + name));
        console.log(require('dsim:kinds/data/' + argv[0]) === require('dsim:kinds/data/' + argv[0]));
      };`,
    'dist/kinds/data/store.cjs': `/* dsim 1.2.3 fedcba9876543210 */
      exports.shared = require('dsim:core:src/sim/rpc.ts').path; exports.tick = require('node:os') !== undefined;`,
  };

  test('of a first run, as many as there are, are kept without a warning of Node', () => {
    const kinds = Array.from({ length: 12 }, (_, i) => `kind-${i}`);
    const files = kinds.map((kind, i) => [
      `dist/kinds/data/${kind}.cjs`,
      `/* dsim 1.2.3 ${String(i).padStart(16, '0')} */\nexports.one = 1;`,
    ]);
    const folder = install({ ...parts, ...Object.fromEntries(files) });
    const { status, stderr } = shown(run(folder, kinds));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(join(folder, 'home/.cache/dsim'))).toHaveLength(13);
  });

  test('are read when they are asked for, once, and share modules', () => {
    const folder = install({ ...parts, 'dist/kinds/data/unused.cjs': 'not even JavaScript' });
    expect(shown(run(folder, ['store']))).toEqual({
      status: 0,
      stdout: "{ shared: 'src/sim/rpc.ts', tick: true }\ntrue\n",
      stderr: '',
    });
    // Each has a code cache of its own, which the next run accepts.
    const caches = join(folder, 'home/.cache/dsim');
    const kept = readdirSync(caches).sort();
    expect(kept).toHaveLength(3);
    const before = kept.map((name) => statSync(join(caches, name)).mtimeMs);
    expect(run(folder, ['store']).status).toBe(0);
    expect(kept.map((name) => statSync(join(caches, name)).mtimeMs)).toEqual(before);
  });

  test('are read out of the archive where a package has one', () => {
    const { 'dist/kinds/data/store.cjs': store, ...others } = parts;
    const folder = install(others);
    const archive = `\0kinds/data/queue\nnot even JavaScript\0kinds/data/store\n${store}\0`;
    writeFileSync(join(folder, 'dist/parts.br'), brotliCompressSync(archive));
    const printed = "{ shared: 'src/sim/rpc.ts', tick: true }\ntrue\n";
    expect(shown(run(folder, ['store']))).toEqual({ status: 0, stdout: printed, stderr: '' });
    expect(run(folder, ['cache']).stderr).toBe(
      'dist/kinds/data/cache.cjs is missing. Cure: npm run build\n',
    );
  });

  test('one that is missing, or older than its source, is refused with the cure', () => {
    const folder = install(parts);
    expect(shown(run(folder, ['queue']))).toEqual({
      status: 2,
      stdout: '',
      stderr: 'dist/kinds/data/queue.cjs is missing. Cure: npm run build\n',
    });
    write(folder, {
      'src/nodes/data/store/store.ts': 'new',
      'dist/dsim.json': '{ "sources": [] }',
      'dist/kinds/data/store.json': JSON.stringify({
        sources: [['src/nodes/data/store/store.ts', 1, 3, HASH]],
      }),
    });
    expect(shown(run(folder, ['store']))).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'dist/ is older than src/ (src/nodes/data/store/store.ts has changed). Cure: npm run build\n',
    });
  });

  describe('as the build divides the sources', () => {
    let plan: Plan;
    const filesOf = (part: string) =>
      [...plan.partOf].filter(([, of]) => of === part).map(([file]) => file);
    beforeAll(async () => {
      plan = await planParts();
    });

    test('files have words of their own, and what is imported as a whole keeps its names', () => {
      const { names } = plan;
      expect(new Set([...names.values()].map(({ word }) => word)).size).toBe(names.size);
      expect(names.get('src/sim/kernel/guard.ts')?.word).toBe('Guard');
      for (const whole of ['src/index.ts', 'src/cli/run.ts', 'src/nodes/consensus/raft/index.ts']) {
        expect(names.get(whole)?.exports.size).toBe(0);
      }
      const { exports } = names.get('src/sim/system.ts') ?? {};
      const exported = plan.exports.get('src/sim/system.ts') ?? [];
      expect([...(exports?.keys() ?? [])]).toEqual(exported);
      expect(new Set(exports?.values()).size).toBe(exported.length);
    });

    test('a run reads no other command, and of kinds and items the lists alone', () => {
      const read = [...filesOf('dsim'), ...filesOf('core'), ...filesOf('engine')];
      expect(read).toEqual(expect.arrayContaining(['src/cli/run.ts', 'src/nodes/index.ts']));
      const kindsAndItems = /^src\/(nodes\/[\w-]+\/[\w-]+|faults\/[\w-]+|workloads\/[\w-]+)\.ts$/;
      const others =
        /^src\/(cli\/(check|tradeoff|test|grade)|report\/(check|page)[\w-]*|course\/.*)\.ts$/;
      expect(read.filter((file) => others.test(file))).toEqual([]);
      expect(read.filter((file) => kindsAndItems.test(file)).sort()).toEqual([
        'src/faults/index.ts',
        'src/workloads/index.ts',
        'src/workloads/workload.ts',
      ]);
    });

    test('a kind has its own folder, and what several need is read once', () => {
      expect(filesOf('kinds/consensus/raft')).toContain('src/nodes/consensus/raft/log.ts');
      expect(filesOf('kinds/parts')).toContain('src/nodes/parts/proxy.ts');
      const strangers = [...plan.partOf].filter(
        ([file, part]) => part.startsWith('kinds/') && !file.startsWith('src/nodes/'),
      );
      expect(strangers).toEqual([]);
    });

    test('no module is in two of them, but for what prints help', async () => {
      const seen = new Map<string, string>();
      for (const part of [
        'dsim',
        'core',
        'engine',
        'kinds/parts',
        'kinds/consensus/lock-service',
      ]) {
        const { metafile } = await build(partOptions(plan, part));
        const sources = Object.keys(metafile?.inputs ?? {}).filter((file) =>
          /^src\/.*ts$/.test(file),
        );
        expect(sources.length).toBeGreaterThan(1);
        for (const file of sources.filter((file) => !plan.copied.has(file))) {
          expect([file, seen.get(file) ?? part]).toEqual([file, part]);
          seen.set(file, part);
        }
      }
      expect([...plan.copied]).toEqual(['src/sim/visible-text.ts']);
    });
  });
});

describe('the build', () => {
  /** A clone of a dsim that knows little. */
  function clone(options: { readonly packages: 'all' | 'none' | 'no binary' }): string {
    const main = `/** Entry. */
      export async function main(argv: string[]): Promise<void> {
        console.log('argv', argv.join(' '), (await import('./heavy.ts')).heavy);
      }`;
    const folder = install({
      'src/cli/main.ts': main,
      'src/cli/heavy.ts': '/** Heavy. */ export const heavy: number = 1;',
    });
    cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    if (options.packages === 'all') {
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    }
    if (options.packages === 'no binary') {
      mkdirSync(join(folder, 'node_modules'));
      for (const name of readdirSync(join(root, 'node_modules'))) {
        if (/^(\.|@esbuild$|esbuild$)/.test(name)) continue;
        symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
      }
      for (const part of ['package.json', 'lib']) {
        const path = join('node_modules/esbuild', part);
        cpSync(join(root, path), join(folder, path), { recursive: true });
      }
    }
    return folder;
  }

  function make(folder: string, env: { readonly [name: string]: string } = {}) {
    const { PATH } = process.env;
    return spawnSync(process.execPath, ['scripts/build.mjs'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH, ...env },
    });
  }

  test('makes a bundle with its cache, its stamp and its notices', () => {
    const folder = clone({ packages: 'all' });
    const { status, stdout, stderr } = make(folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^built dist\/ in [\d.]+ s\n$/);
    expect(readdirSync(join(folder, 'dist')).sort()).toEqual([
      'THIRD_PARTY_LICENSES.txt',
      'dsim.cjs',
      'dsim.cjs.cache',
      'dsim.json',
      'more.cjs',
      'more.cjs.cache',
      'more.json',
    ]);
    expect(run(folder, ['a']).stdout).toBe('argv a 1\n');
    // The cache was accepted: no other was made.
    expect(existsSync(join(folder, 'home'))).toBe(false);

    // Newer but equal is no change; a change is one, and so is a loss.
    utimesSync(join(folder, 'src/cli/heavy.ts'), 1e9, 1e9);
    expect(run(folder, ['a']).stdout).toBe('argv a 1\n');
    write(folder, { 'src/cli/heavy.ts': '/** Heavy. */ export const heavy: number = 2;' });
    expect(shown(run(folder, ['a']))).toEqual({
      status: 2,
      stdout: '',
      stderr: 'dist/ is older than src/ (src/cli/heavy.ts has changed). Cure: npm run build\n',
    });
    rmSync(join(folder, 'src/cli/heavy.ts'));
    expect(run(folder, ['a']).stderr).toMatch(/src\/cli\/heavy\.ts is gone/);
  });

  const dev = 'Cure: npm ci --include=dev';
  test.each([
    ['none', `dsim is not built: the package esbuild is not installed. ${dev}\n`],
    [
      'no binary',
      `dsim is not built: esbuild's part for this machine, @esbuild/${process.platform}-${process.arch}, is missing. ${dev} --include=optional\n`,
    ],
  ] as const)(
    'with packages missing (%s) says what to do; under prepare that is no failure',
    (packages, text) => {
      const folder = clone({ packages });
      expect(shown(make(folder))).toEqual({ status: 1, stdout: '', stderr: text });
      expect(shown(make(folder, { npm_lifecycle_event: 'preprepare' }))).toEqual({
        status: 0,
        stdout: '',
        stderr: text,
      });
      expect(readdirSync(folder).filter((name) => name.startsWith('dist'))).toEqual([]);
    },
  );

  test('code that does not compile fails it, with the place, and leaves the last build', () => {
    const folder = clone({ packages: 'all' });
    write(folder, { 'dist/dsim.cjs': 'old', 'src/cli/main.ts': '/** Entry. */\nconst = 1;' });
    const { status, stderr } = make(folder, { npm_lifecycle_event: 'preprepare' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^src\/cli\/main\.ts:2:7: .*\ndsim is not built\.\n$/);
    expect(readFileSync(join(folder, 'dist/dsim.cjs'), 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  });
});

describe('a start evaluates little', () => {
  /** What a start must not pay for: it is imported where it is used, by `import()`. */
  const heavy =
    /node_modules\/(yaml|zod|cli-table3|edn-data|seedrandom)\/|^src\/(sim\/kernel|nodes\/[\w-]+\/[\w-]+|checks\/[\w-]+|report)\//;

  /** The shortest way of static imports from the entry to each module, as text. */
  function startUp({ inputs }: Metafile, entry: string): Map<string, string> {
    const ways = new Map([[entry, entry]]);
    for (const [path, way] of ways) {
      for (const { path: next, kind } of inputs[path]?.imports ?? []) {
        const now = kind === 'import-statement' || kind === 'require-call';
        if (now && !ways.has(next)) ways.set(next, `${way} → ${next}`);
      }
    }
    return ways;
  }

  test('nothing heavy is imported statically', async () => {
    const { metafile } = await build(partOptions(await planParts(), 'dsim'));
    const ways = startUp(metafile as Metafile, 'src/cli/main.ts');
    expect(ways.size).toBeGreaterThan(1);
    const paid = [...ways].filter(([path]) => heavy.test(path)).map(([, way]) => way);
    expect(paid).toEqual([]);
  });

  test('and the rule bites', () => {
    const at = (
      ...imports: readonly (readonly [string, 'import-statement' | 'dynamic-import'])[]
    ) => ({
      bytes: 1,
      imports: imports.map(([path, kind]) => ({ path, kind })),
    });
    const inputs = {
      'a.ts': at(['b.ts', 'import-statement'], ['c.ts', 'dynamic-import']),
      'b.ts': at(['node_modules/yaml/index.js', 'import-statement']),
      'c.ts': at(['node_modules/zod/index.js', 'import-statement']),
      'node_modules/yaml/index.js': at(),
    };
    const paid = [...startUp({ inputs, outputs: {} }, 'a.ts')].filter(([path]) => heavy.test(path));
    expect(paid.map(([, way]) => way)).toEqual(['a.ts → b.ts → node_modules/yaml/index.js']);
  });

  test('what is imported on use waits for its use', async () => {
    const folder = install({
      'main.ts': `export const main = async (): Promise<void> => { console.log('one'); await import('./late.ts'); };`,
      'late.ts': `console.log('two'); export {};`,
    });
    const { outputFiles } = await build({
      ...program(),
      absWorkingDir: folder,
      entryPoints: ['main.ts'],
    });
    write(folder, bundle(outputFiles?.[0]?.text ?? ''));
    expect(run(folder).stdout).toBe('one\ntwo\n');
  });
});
