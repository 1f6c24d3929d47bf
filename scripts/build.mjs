/**
 * Builds `dist/`: the command line as CommonJS bundles with V8's code cache beside each, the
 * library with its types, and the legal notices of what is bundled.
 *
 *     dist/dsim.cjs                   the command line: what prints help, and no more
 *     dist/engine.cjs                 what commands do; heavy parts are evaluated on first use
 *     dist/kinds/<family>/<kind>.cjs  each kind of node, read when a scenario names it
 *     dist/page.cjs                   the code and style of pages, as texts: read to write one
 *     dist/….cjs.cache                V8's compiled code, made by running it here (not packed)
 *     dist/….json                     the sources that a file was built from, for the launcher (not
 *                                     packed)
 *     dist/index.js  index.cjs        the library, on Node: the engine's, and not another copy
 *     dist/host.js   host.cjs         the same with what needs Node: files, users' own nodes
 *     dist/test.js   test.cjs         matchers and assertions for tests
 *     dist/vitest.js                  the matchers for vitest
 *     dist/library.cjs                loads the engine for these
 *     dist/portable.js                the library for other platforms, as one module
 *     dist/types/                     its declarations
 *     dist/THIRD_PARTY_LICENSES.txt
 *
 * Runs as npm's `prepare` too. There, packages that an install left out on purpose are no failure:
 * it says in one line what to install, and the launcher repeats it.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
/**
 * Everything is built here and put in place at the end, so that nobody sees half a build. Beside
 * the kept runs, where git does not look and a rename does not leave the file system.
 */
const draft = join(root, '.dsim', `build-${process.pid}`);
const HASH_LENGTH = 16;
/** Modules that exist only in the build. */
const ENTRY = 'dsim:entry';
const ENGINE = 'dsim:engine';
const VIRTUAL = /^[\w-]+:/;
/** By what name the command line asks for a file of the engine. */
const APART = 'dsim:engine/';
/** The code and style of pages. */
const PAGE = 'dsim:page';
const PAGE_SOURCE = 'src/report/page/app';
/** What kinds share with the engine: the source files of these folders. */
const SHARED = ['src/sim', 'src/sim/flows', 'src/interfaces'];
/** What programs import: by entry, the source file that has its exports. */
const ENTRIES = { index: 'src/index.ts', host: 'src/host.ts', test: 'src/test.ts' };
const WARM_TIMEOUT_MS = 60_000;

/** @type {(target: string) => import('esbuild').BuildOptions} */
const common = (target) => ({
  absWorkingDir: root,
  bundle: true,
  target,
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'silent',
  metafile: true,
  write: false,
});

/**
 * The command line's bundle. Names are kept: they cost nothing measurable, and a stack that can be
 * read is worth much.
 */
export const cliOptions = /** @type {import('esbuild').BuildOptions} */ ({
  ...program(),
  entryPoints: [ENTRY],
  outfile: 'dist/dsim.cjs',
  plugins: [
    virtual(ENTRY, () => "export { main } from './src/cli/main.ts';"),
    commandsApart(),
    lateChildProcess(),
  ],
});

/**
 * What the command line loads once it knows what to do: the source files that it imports on use.
 *
 * @type {(files: readonly string[]) => import('esbuild').BuildOptions}
 */
export const engineOptions = (files) => ({
  ...program(),
  entryPoints: [ENGINE],
  outfile: 'dist/engine.cjs',
  external: ['esbuild'],
  plugins: [
    virtual(ENGINE, () => engineText(files)),
    kindsApart(),
    pageApart(),
    blindChalk(),
    seededOnly(),
  ],
});

/**
 * What runs in a page, for browsers that can unpack what it carries: Chrome 80, Firefox 113, Safari
 * 16.4 and later ones.
 */
export const pageOptions = /** @type {import('esbuild').BuildOptions} */ ({
  ...common('es2022'),
  entryPoints: [`${PAGE_SOURCE}/main.ts`, `${PAGE_SOURCE}/page.css`],
  outdir: 'dist/page',
  format: 'iife',
  platform: 'browser',
  minify: true,
});

/**
 * The files that a bundle of the command line leaves to the engine.
 *
 * @type {(metafile: import('esbuild').Metafile | undefined) => string[]}
 */
export function filesApart(metafile) {
  const imports = Object.values(metafile?.inputs ?? {}).flatMap((input) => input.imports);
  const apart = imports.filter(({ path }) => path.startsWith(APART));
  return [...new Set(apart.map(({ path }) => path.slice(APART.length)))].sort();
}

/**
 * The kinds of node, each in a file of its own: ninety of them would slow every start. What a kind
 * needs of the rim and of the interfaces it gets from the engine, so that a class is
 * one class; parts that it shares with other kinds are bundled with each.
 */
export const kindOptions = /** @type {import('esbuild').BuildOptions} */ ({
  ...program(),
  entryPoints: kinds().map((kind) => ({ in: `src/nodes/${kind}/index.ts`, out: kind })),
  outdir: 'dist/kinds',
  outExtension: { '.js': '.cjs' },
  plugins: [sharedWithEngine()],
});

/** @returns {import('esbuild').BuildOptions} */
function program() {
  return {
    ...common('node20.18'),
    format: 'cjs',
    platform: 'node',
    // A script from V8's code cache has lost its way to `import()`; `require` it has.
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    minifySyntax: true,
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  };
}

/** `consensus/raft`: every folder of a family that has an index. */
function kinds() {
  return folders('src/nodes')
    .flatMap((family) => folders(`src/nodes/${family}`).map((kind) => `${family}/${kind}`))
    .filter((kind) => existsSync(join(root, 'src/nodes', kind, 'index.ts')));
}

/** Names of the folders in a folder, in the order of code units. */
function folders(/** @type {string} */ path) {
  if (!existsSync(join(root, path))) return [];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => (a < b ? -1 : 1));
}

/**
 * The engine's entry: the files that the command line imports on use, and the modules that kinds
 * share with it, each evaluated when it is first asked for. Kinds get them as plain objects: the
 * getters that a bundle exports by would cost a call at each use.
 */
function engineText(/** @type {readonly string[]} */ files) {
  const shared = SHARED.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts')
      .map((name) => `${folder}/${name}`),
  );
  const entries = Object.values(ENTRIES).filter((entry) => existsSync(join(root, entry)));
  const table = (/** @type {readonly string[]} */ paths) =>
    paths.map((path) => `  '${path}': () => require('./${path}'),`);
  return [
    'const modules = {',
    ...table(shared),
    '};',
    'const shared = new Map();',
    'export function sharedModule(path) {',
    '  if (!shared.has(path)) shared.set(path, Object.freeze({ ...modules[path]() }));',
    '  return shared.get(path);',
    '}',
    'const files = {',
    ...table([...files, ...entries]),
    '};',
    'export function moduleOf(path) {',
    '  return files[path]();',
    '}',
  ].join('\n');
}

/**
 * A module that stands in no file.
 *
 * @type {(name: string, text: () => string) => import('esbuild').Plugin}
 */
function virtual(name, text) {
  return {
    name: `virtual ${name}`,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({
        path: 'main',
        namespace: 'dsim-entry',
      }));
      build.onLoad({ filter: /.*/, namespace: 'dsim-entry' }, () => ({
        contents: text(),
        resolveDir: root,
      }));
    },
  };
}

/**
 * Leaves out of the command line what it imports on use.
 *
 * @returns {import('esbuild').Plugin}
 */
function commandsApart() {
  return {
    name: 'commands-apart',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, kind }) => {
        if (kind !== 'dynamic-import') return null;
        const file = relative(root, join(resolveDir, path)).split(sep).join('/');
        return { path: `${APART}${file}`, external: true };
      });
    },
  };
}

/**
 * Leaves the kinds of `src/nodes/index.ts` out of the engine: the launcher finds them by name.
 *
 * @returns {import('esbuild').Plugin}
 */
function kindsApart() {
  return {
    name: 'kinds-apart',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/]nodes[\\/]index\.ts$/ }, ({ path }) => {
        // Not `import()` of something external: its `default` would be the whole of the exports.
        const contents = readFileSync(path, 'utf8').replace(
          /import\('\.\/([\w-]+\/[\w-]+)\/index\.ts'\)/g,
          "Promise.resolve().then(() => require('dsim:kinds/$1'))",
        );
        return { contents, loader: 'ts' };
      });
      build.onResolve({ filter: /^dsim:kinds\// }, ({ path }) => ({ path, external: true }));
    },
  };
}

/**
 * Leaves out of a kind what it shares with the engine.
 *
 * @returns {import('esbuild').Plugin}
 */
function sharedWithEngine() {
  /** Throws if it exports more than a default and types: a kind would not get that. */
  const hasDefault = (/** @type {string} */ file) => {
    const text = readFileSync(join(root, file), 'utf8');
    if (!/^export default /m.test(text)) return false;
    const more = /^export (?:const|let|function\*?|class) (\w+)/m.exec(text);
    if (more !== null) throw new Error(`${file} exports ${more[1]} besides its default`);
    return true;
  };
  return {
    name: 'shared-with-engine',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
        const file = relative(root, join(resolveDir, path)).split(sep).join('/');
        if (!SHARED.includes(dirname(file))) return null;
        return hasDefault(file)
          ? { path: file, namespace: 'shared' }
          : { path: `dsim:${file}`, external: true };
      });
      // The default of a CommonJS module is all of it, to a module of this package. So what has a
      // default of its own is handed on by a module that says which it is.
      build.onLoad({ filter: /./, namespace: 'shared' }, ({ path }) => ({
        contents: `const shared = require('dsim:${path}'); export default shared.default;`,
      }));
      build.onResolve({ filter: /^dsim:/ }, ({ path }) => ({ path, external: true }));
    },
  };
}

/**
 * Leaves the code of pages to a file of its own, which is read when a page is written.
 *
 * @returns {import('esbuild').Plugin}
 */
function pageApart() {
  return {
    name: 'page-apart',
    setup(build) {
      build.onLoad({ filter: /[\\/]cli[\\/]page-code\.ts$/ }, () => ({
        contents: `export const pageCode = () => require('${PAGE}');`,
      }));
      build.onResolve({ filter: new RegExp(`^${PAGE}$`) }, ({ path }) => ({
        path,
        external: true,
      }));
    },
  };
}

/**
 * commander loads `child_process`, which costs three hundredths of a Node start, for commands kept
 * in files of their own. There are none here, so it is loaded when it is first asked for.
 *
 * @returns {import('esbuild').Plugin}
 */
function lateChildProcess() {
  const eager = "const childProcess = require('node:child_process');";
  const late =
    "const childProcess = { get spawn() { return require('node:child_process').spawn; } };";
  return {
    name: 'late-child-process',
    setup(build) {
      build.onLoad({ filter: /[\\/]commander[\\/]lib[\\/]command\.js$/ }, ({ path }) => {
        const contents = readFileSync(path, 'utf8');
        if (!contents.includes(eager)) throw new Error(`${path} no longer has: ${eager}`);
        return { contents: contents.replace(eager, late), loader: 'js' };
      });
    },
  };
}

/**
 * chalk looks at the terminal when it is loaded, and loads `os` and `tty` for it. What colours
 * there are is decided here (`terminal.ts`) and handed to it.
 *
 * @returns {import('esbuild').Plugin}
 */
function blindChalk() {
  return {
    name: 'blind-chalk',
    setup(build) {
      build.onResolve({ filter: /^#supports-color$/ }, ({ path }) => ({
        path,
        namespace: 'blind-chalk',
      }));
      build.onLoad({ filter: /.*/, namespace: 'blind-chalk' }, () => ({
        contents: 'export default { stdout: false, stderr: false };',
      }));
    },
  };
}

/**
 * seedrandom loads `crypto`, a twentieth of a Node start, to seed itself. Here it is always given a
 * seed. (The library is built for any platform, so it is without `crypto` anyway.)
 *
 * @returns {import('esbuild').Plugin}
 */
function seededOnly() {
  return {
    name: 'seeded-only',
    setup(build) {
      build.onResolve({ filter: /^crypto$/ }, ({ path, importer }) =>
        /[\\/]seedrandom[\\/]/.test(importer) ? { path, namespace: 'seeded-only' } : null,
      );
      build.onLoad({ filter: /.*/, namespace: 'seeded-only' }, () => ({
        contents: 'module.exports = {};',
      }));
    },
  };
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();

async function main() {
  const missing = missingPackage();
  if (missing !== null) return notBuilt(missing);
  const startedAt = performance.now();
  try {
    mkdirSync(draft, { recursive: true });
    const inputs = await bundle();
    declareTypes();
    writeFileSync(join(draft, 'THIRD_PARTY_LICENSES.txt'), notices(inputs));
    putInPlace();
    warm();
    process.stdout.write(
      `built dist/ in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
    );
    return 0;
  } catch (error) {
    return report(error);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

// --- What may be missing -----------------------------------------------------------------------

/** The first package that the build needs and this install lacks, or null. */
function missingPackage() {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const builtIn = ['chalk', 'cli-table3', 'commander', 'edn-data', 'seedrandom', 'yaml', 'zod'];
  const needed = [...Object.keys(dependencies), 'typescript', ...builtIn];
  const known = new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)]);
  return (
    needed.find((name) => known.has(name) && !existsSync(join(root, 'node_modules', name))) ?? null
  );
}

/** @param {string} missing */
function notBuilt(missing) {
  return say(`dsim is not built: the package ${missing} is not installed.`, 'npm ci --include=dev');
}

/** @param {any} error */
function report(error) {
  const platform = /The package "(@esbuild\/[\w-]+)" could not be found/.exec(error.message ?? '');
  if (platform !== null) {
    const cure = 'npm ci --include=dev --include=optional';
    return say(
      `dsim is not built: esbuild's part for this machine, ${platform[1]}, is missing.`,
      cure,
    );
  }
  for (const { text, location } of error.errors ?? []) {
    const place =
      location === null ? '' : `${location.file}:${location.line}:${location.column + 1}: `;
    process.stderr.write(`${place}${text}\n`);
  }
  process.stderr.write(error.errors === undefined ? `${error.stack}\n` : 'dsim is not built.\n');
  return 1;
}

/** Under `prepare` a lacking package is the installer's choice, and the install goes on. */
function say(/** @type {string} */ complaint, /** @type {string} */ cure) {
  process.stderr.write(`${complaint} Cure: ${cure}\n`);
  return process.env['npm_lifecycle_event'] === 'prepare' ? 0 : 1;
}

// --- Bundles -----------------------------------------------------------------------------------

/**
 * Writes what the launcher runs into a folder: the bundle, the kinds, and their stamps. Returns
 * every file that went into any of them.
 */
export async function buildProgram(/** @type {string} */ folder) {
  const esbuild = await import('esbuild');
  const entry = await esbuild.build(cliOptions);
  const results = [entry, await esbuild.build(engineOptions(filesApart(entry.metafile)))];
  if (kinds().length > 0) results.push(await esbuild.build(kindOptions));
  for (const result of results) writeParts(result, folder);
  if (existsSync(join(root, PAGE_SOURCE))) results.push(await buildPage(folder));
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
  return new Set(inputs.filter((input) => !VIRTUAL.test(input)));
}

/** Writes the code and the style of pages as one module of two texts, with its stamp. */
async function buildPage(/** @type {string} */ folder) {
  const esbuild = await import('esbuild');
  const result = await esbuild.build(pageOptions);
  const textOf = (/** @type {string} */ ending) =>
    (result.outputFiles ?? []).find(({ path }) => path.endsWith(ending))?.text.trimEnd() ?? '';
  const parts = { script: textOf('.js'), style: textOf('.css') };
  const text = `module.exports = ${JSON.stringify(parts)};\n`;
  const sources = Object.keys(result.metafile?.inputs ?? {});
  writePart(join(folder, 'page.cjs'), text, join(folder, 'page.json'), sources);
  return result;
}

/** Writes all bundles and returns every file that went into any of them. */
async function bundle() {
  const esbuild = await import('esbuild');
  const inputs = await buildProgram(draft);
  if (!existsSync(join(root, 'src/index.ts'))) return inputs;
  const portable = await esbuild.build(portableOptions());
  for (const { contents } of portable.outputFiles ?? []) {
    writeFileSync(join(draft, 'portable.js'), contents);
  }
  for (const input of Object.keys(portable.metafile?.inputs ?? {})) inputs.add(input);
  writeFileSync(join(draft, 'library.cjs'), readFileSync(join(root, 'scripts/library.cjs')));
  for (const [name, entry] of Object.entries(ENTRIES)) await writeEntry(name, entry);
  writeFileSync(join(draft, 'vitest.js'), readFileSync(join(root, 'scripts/vitest.mjs')));
  return inputs;
}

/**
 * An entry of the library, as CommonJS and as ES module: the same objects, and so the same classes.
 */
async function writeEntry(/** @type {string} */ name, /** @type {string} */ entry) {
  const esbuild = await import('esbuild');
  const { metafile } = await esbuild.build({
    ...common('node20.18'),
    entryPoints: [entry],
    outdir: 'dist',
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const names = Object.values(metafile?.outputs ?? {}).flatMap((output) => output.exports);
  writeFileSync(
    join(draft, `${name}.cjs`),
    `'use strict';\nmodule.exports = require('./library.cjs')('${entry}');\n`,
  );
  writeFileSync(
    join(draft, `${name}.js`),
    `import library from './${name}.cjs';\nexport const { ${names.sort().join(', ')} } = library;\n`,
  );
}

/**
 * The library where there is no Node: one module that asks for nothing.
 *
 * @returns {import('esbuild').BuildOptions}
 */
function portableOptions() {
  return {
    ...common('es2023'),
    entryPoints: ['src/index.ts'],
    outfile: 'dist/portable.js',
    format: 'esm',
    // Not `neutral`: packages say under `browser` what to leave out where there is no Node.
    platform: 'browser',
    minify: true,
    keepNames: true,
  };
}

/**
 * Each file opens with its own hash, by which the launcher knows a code cache as its own, and has a
 * stamp beside it that names the sources it was built from.
 */
function writeParts(
  /** @type {import('esbuild').BuildResult} */ { outputFiles, metafile },
  /** @type {string} */ folder,
) {
  for (const { path, text } of outputFiles ?? []) {
    const part = relative(dist, path);
    const output = metafile?.outputs[relative(root, path).split(sep).join('/')];
    const stamp = part === 'dsim.cjs' ? 'stamp.json' : part.replace(/\.cjs$/, '.json');
    writePart(join(folder, part), text, join(folder, stamp), Object.keys(output?.inputs ?? {}));
  }
}

function writePart(
  /** @type {string} */ file,
  /** @type {string} */ text,
  /** @type {string} */ stamp,
  /** @type {readonly string[]} */ inputs,
) {
  const { version } = JSON.parse(read('package.json'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `/* dsim ${version} ${hashOf(text)} */\n${text}`);
  const sources = inputs
    .filter((input) => !input.includes('node_modules/') && !VIRTUAL.test(input))
    .map((input) => {
      const { mtimeMs, size } = statSync(join(root, input));
      return [input, mtimeMs, size, hashOf(read(input))];
    });
  writeFileSync(stamp, JSON.stringify({ sources }));
}

function declareTypes() {
  if (!existsSync(join(root, 'src/index.ts'))) return;
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(
    process.execPath,
    [tsc, '-p', 'scripts/tsconfig.types.json', '--outDir', join(draft, 'types')],
    { cwd: root, encoding: 'utf8' },
  );
  if (run.status === 0) return pruneTypes(join(draft, 'types'));
  throw Object.assign(new Error('types'), {
    errors: [{ text: run.stdout.trim(), location: null }],
  });
}

/** Keeps only the declarations that the entries lead to: no program can reach the others. */
function pruneTypes(/** @type {string} */ folder) {
  const reached = new Set();
  const follow = (/** @type {string} */ file) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, path = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.[jt]s['"]/g)) {
      follow(join(dirname(file), `${path}.d.ts`));
    }
  };
  for (const name of Object.keys(ENTRIES)) follow(join(folder, `${name}.d.ts`));
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, entry);
    if (statSync(file).isFile() && !reached.has(file)) rmSync(file);
  }
  // An ES module only, as vitest is.
  writeFileSync(join(folder, 'vitest.d.mts'), readFileSync(join(root, 'scripts/vitest.d.mts')));
  // Programs of both kinds read them, and a CommonJS one may not import what an ES module declares.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}

function putInPlace() {
  const old = `${draft}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(draft, dist);
  rmSync(old, { recursive: true, force: true });
}

// --- Code cache --------------------------------------------------------------------------------

/** Runs the bundle in a process of its own, which leaves behind what V8 compiled. */
function warm() {
  const script = join(root, 'scripts/warm.cjs');
  const run = spawnSync(process.execPath, [script, join(dist, 'dsim.cjs')], {
    encoding: 'utf8',
    timeout: WARM_TIMEOUT_MS,
  });
  if (run.status !== 0) process.stderr.write(`built without a code cache: ${run.stderr.trim()}\n`);
}

// --- Legal notices -----------------------------------------------------------------------------

/** The licence text of every package that gave a file to a bundle. */
function notices(/** @type {Set<string>} */ inputs) {
  const require = createRequire(import.meta.url);
  const packages = new Map();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    const folder = match?.[1];
    if (folder !== undefined) packages.set(folder, require(join(root, folder, 'package.json')));
  }
  const sections = [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, { name, version, license }]) => {
      return `${name} ${version} (${license})\n\n${licenceText(join(root, folder))}`;
    });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `dsim contains the following packages.${rule}${sections.join(rule)}\n`;
}

function licenceText(/** @type {string} */ folder) {
  const names = [
    'LICENSE',
    'LICENSE.md',
    'LICENSE.txt',
    'LICENCE',
    'license',
    'license.md',
    'README.md',
  ];
  const found = names.find((name) => existsSync(join(folder, name)));
  if (found === undefined) throw new Error(`${relative(root, folder)} bears no licence`);
  const text = readFileSync(join(folder, found), 'utf8').trim();
  // A few packages keep their licence at the end of the README.
  return found === 'README.md' ? text.slice(text.search(/^#+ .*licen[cs]e/im)) : text;
}

function hashOf(/** @type {string} */ content) {
  return createHash('sha256').update(content).digest('hex').slice(0, HASH_LENGTH);
}

function read(/** @type {string} */ path) {
  return readFileSync(join(root, path.split('/').join(sep)), 'utf8');
}
