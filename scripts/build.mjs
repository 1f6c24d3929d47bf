/**
 * Builds `dist/`: the program in parts with V8's code cache beside each, the library with its
 * types, and the legal notices of what is bundled.
 *
 *     dist/<part>.cjs                 a part of the program, read when it is needed (`parts.mjs`)
 *     dist/core.js                    the part that is the library too: as one ES module, for where
 *                                     there is no Node
 *     dist/parts.br                   what a package has instead of most parts, compressed; the
 *                                     exercises of the course, too
 *     dist/page.cjs                   the code and style of pages, as texts (in `parts.br` too)
 *     dist/….cache                    V8's compiled code, made by running it here (not packed)
 *     dist/….json                     the sources that a file was built from, for the launcher (not
 *                                     packed)
 *     dist/index.js  index.cjs        the library, on Node: the program's, and not another copy
 *     dist/host.js   host.cjs         the same with what needs Node: files, users' own nodes
 *     dist/test.js   test.cjs         matchers and assertions for tests
 *     dist/vitest.js                  the matchers for vitest
 *     dist/library.cjs                loads the parts for these
 *     dist/types/                     its declarations
 *     dist/declarations/              the same whole, for the pages of the library (not packed)
 *     dist/THIRD_PARTY_LICENSES.txt
 *
 * Runs as npm's `preprepare` too, after `npm ci` in a clone. There, packages that an install left
 * out on purpose are no failure: it says in one line what to install, and the launcher repeats it.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
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
import { dirname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { bundleTypes } from './bundle-types.mjs';
import { itemsOf, leavesOf } from './page-items.mjs';
import { idOf, nameOf } from './part-names.mjs';
import {
  AGAIN,
  ENTRIES,
  partNames,
  partOptions,
  partText,
  planParts,
  program,
  root,
} from './parts.mjs';
import { patches } from './patches.mjs';

const dist = join(root, 'dist');
/**
 * Everything is built here and put in place at the end, so that nobody sees half a build. Beside
 * the kept runs, where git does not look and a rename does not leave the file system.
 */
const draft = join(root, '.dsim', `build-${process.pid}`);
const HASH_LENGTH = 8;
const VIRTUAL = /^[\w-]+:/;
const PAGE_SOURCE = 'src/report/page/app';
/** Every start needs the first, and other platforms the second; a run needs `parts.br` anyhow. */
const PLAIN = ['dsim', 'core'];
const WARM_TIMEOUT_MS = 60_000;

/**
 * What runs in a page, for browsers that can unpack what it carries: Chrome 80, Firefox 113, Safari
 * 16.4 and later ones.
 */
export const pageOptions = /** @type {import('esbuild').BuildOptions} */ ({
  ...program(),
  target: 'es2022',
  entryPoints: [`${PAGE_SOURCE}/main.ts`, `${PAGE_SOURCE}/page.css`],
  outdir: 'dist/page',
  format: 'iife',
  platform: 'browser',
  minify: true,
});

if (process.argv[1] === import.meta.filename) process.exitCode = await main();

async function main() {
  const missing = missingPackage();
  if (missing !== null) return notBuilt(missing);
  const startedAt = performance.now();
  try {
    mkdirSync(draft, { recursive: true });
    const inputs = await bundle();
    await declareTypes();
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
  const builtIn = [
    'chalk',
    'cli-table3',
    'commander',
    'edn-data',
    'oxc-parser',
    'rolldown',
    'seedrandom',
    'yaml',
    'zod',
  ];
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

/** After an install a lacking package is the installer's choice, and the install goes on. */
function say(/** @type {string} */ complaint, /** @type {string} */ cure) {
  process.stderr.write(`${complaint} Cure: ${cure}\n`);
  return process.env['npm_lifecycle_event'] === 'preprepare' ? 0 : 1;
}

// --- Bundles -----------------------------------------------------------------------------------

/**
 * Writes what the launcher runs into a folder: the parts and their stamps. Returns every file that
 * went into any of them.
 *
 * @returns {Promise<Set<string>>}
 */
export async function buildProgram(/** @type {string} */ folder) {
  const plan = await planParts();
  return new Set([...(await buildParts(plan, folder)), ...(await buildPage(plan, folder))]);
}

async function buildParts(
  /** @type {import('./parts.mjs').Plan} */ plan,
  /** @type {string} */ folder,
) {
  const esbuild = await import('esbuild');
  /** @type {string[]} */
  const all = [];
  for (const part of partNames(plan)) {
    const options = partOptions(plan, part);
    const result = await esbuild.build({
      ...options,
      plugins: [...patches(), ...(options.plugins ?? [])],
    });
    const inputs = Object.keys(result.metafile?.inputs ?? {}).filter(
      (input) => !VIRTUAL.test(input),
    );
    const text = await partText(plan, result.outputFiles?.[0]?.text ?? '', part);
    if (part === 'core') {
      const names = plan.exports.get(ENTRIES.index) ?? [];
      const library = `export const { ${names.join(', ')} } = core.moduleOf('${nameOf(plan, ENTRIES.index).word}');\n`;
      writePart(folder, part, 'core.js', `${text}${library}`, inputs);
    } else writePart(folder, part, `${part}.cjs`, text, inputs);
    all.push(...inputs);
  }
  return all;
}

/**
 * Writes the code and the style of pages as one module, with its stamp; and by list and name what a
 * scenario can name, so that a page gets the parts that its scenario needs.
 */
async function buildPage(
  /** @type {import('./parts.mjs').Plan} */ plan,
  /** @type {string} */ folder,
) {
  if (!existsSync(join(root, PAGE_SOURCE))) return [];
  const esbuild = await import('esbuild');
  const result = await esbuild.build(pageOptions);
  const textOf = (/** @type {string} */ ending) =>
    (result.outputFiles ?? []).find(({ path }) => path.endsWith(ending))?.text.trimEnd() ?? '';
  const parts = {
    script: textOf('.js'),
    style: textOf('.css'),
    engine: idOf(plan, AGAIN),
    items: await itemsOf(plan),
    leaves: await leavesOf(plan),
  };
  const inputs = Object.keys(result.metafile?.inputs ?? {});
  const text = `module.exports = ${JSON.stringify(parts)};\n`;
  writePart(folder, 'page', 'page.cjs', text, inputs);
  return inputs;
}

/** Writes all bundles and returns every file that went into any of them. */
async function bundle() {
  const plan = await planParts();
  const inputs = [...(await buildParts(plan, draft)), ...(await buildPage(plan, draft))];
  if (existsSync(join(root, ENTRIES.index))) {
    writeFileSync(join(draft, 'library.cjs'), readFileSync(join(root, 'scripts/library.cjs')));
    for (const [name, entry] of Object.entries(ENTRIES)) writeEntry(plan, name, entry);
    writeArchive([...partNames(plan), 'page'].filter((part) => !PLAIN.includes(part)));
    writeFileSync(join(draft, 'vitest.js'), readFileSync(join(root, 'scripts/vitest.mjs')));
  }
  return new Set(inputs);
}

/** The sorts of files in an exercise: hints, other texts, tests, code, scenarios. */
function sortOf(/** @type {string} */ path) {
  const sorts = [/hints\.md$/, /\.md$/, /exercise\.yaml$/, /\.ts$/, /./];
  return sorts.findIndex((sort) => sort.test(path));
}

/** What students and teachers get of the exercises: by path, the bytes as characters. */
function courseFiles() {
  const folder = join(root, 'course');
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => path.split(sep).join('/'))
      .filter((path) => !/(^|\/)\.(solution|wrong)(\/|$)/.test(path))
      .filter((path) => statSync(join(folder, path)).isFile())
      .sort()
      // Files beside their like are compressed best.
      .sort((a, b) => sortOf(a) - sortOf(b))
      .map((path) => [path, readFileSync(join(folder, path), 'latin1')])
  );
}

/** Parts that are not needed at every start, and the course, in one file for the package. */
function writeArchive(/** @type {readonly string[]} */ parts) {
  const isKind = (/** @type {string} */ part) => part.startsWith('kinds/');
  // This order is compressed best.
  const ordered = parts.toSorted((a, b) => Number(isKind(b)) - Number(isKind(a)));
  const texts = ordered.map(
    (part) => `\0${part}\n${readFileSync(join(draft, `${part}.cjs`), 'latin1')}`,
  );
  const course = courseFiles().map(([path, text]) => `\0course/${path}\n${text}`);
  const content = Buffer.from(`${texts.join('')}${course.join('')}\0`, 'latin1');
  const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_LGWIN]: 22, [BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(join(draft, 'parts.br'), brotliCompressSync(content, { params }));
}

/**
 * An entry of the library, as CommonJS and as ES module: the same objects, and so the same classes.
 */
function writeEntry(
  /** @type {import('./parts.mjs').Plan} */ plan,
  /** @type {string} */ name,
  /** @type {string} */ entry,
) {
  const names = plan.exports.get(entry) ?? [];
  writeFileSync(
    join(draft, `${name}.cjs`),
    `'use strict';\nmodule.exports = require('./library.cjs')('${idOf(plan, entry)}');\n`,
  );
  writeFileSync(
    join(draft, `${name}.js`),
    `import library from './${name}.cjs';\nexport const { ${names.join(', ')} } = library;\n`,
  );
}

/**
 * Each file opens with its own hash, by which the launcher knows a code cache as its own, and has a
 * stamp beside it that names the sources it was built from.
 */
function writePart(
  /** @type {string} */ folder,
  /** @type {string} */ part,
  /** @type {string} */ name,
  /** @type {string} */ text,
  /** @type {readonly string[]} */ inputs,
) {
  const { version } = JSON.parse(read('package.json'));
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  const content = `/* dsim ${version} ${hashOf(text)} */\n${text}`;
  writeFileSync(file, content);
  const sources = inputs
    .filter((input) => !input.includes('node_modules/'))
    .map((input) => {
      const { mtimeMs, size } = statSync(join(root, input));
      return [input, mtimeMs, size, hashOf(read(input))];
    });
  writeFileSync(join(folder, `${part}.json`), JSON.stringify({ sources }));
}

/** Writes the declarations that programs can reach, a file for each entry. */
async function declareTypes() {
  if (!existsSync(join(root, 'src/index.ts'))) return;
  const folder = join(draft, 'types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(
    process.execPath,
    [tsc, '-p', 'scripts/tsconfig.types.json', '--outDir', folder],
    { cwd: root, encoding: 'utf8' },
  );
  if (run.status !== 0) {
    throw Object.assign(new Error('types'), {
      errors: [{ text: run.stdout.trim(), location: null }],
    });
  }
  cpSync(folder, join(draft, 'declarations'), { recursive: true });
  await bundleTypes(folder, Object.keys(ENTRIES));
  // An ES module only, as vitest is.
  writeFileSync(join(folder, 'vitest.d.mts'), readFileSync(join(root, 'scripts/vitest.d.mts')));
  // Programs of both kinds read them, and a CommonJS one may not import what an ES module declares.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  for (const name of Object.keys(ENTRIES)) {
    writeFileSync(join(folder, `${name}.d.mts`), `export * from './${name}.js';\n`);
  }
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
