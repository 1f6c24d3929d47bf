/**
 * How the program is divided into files. A *part* is a file of `dist/` that is read when something
 * in it is asked for. No module is in two parts: what a part needs of another it asks the launcher
 * for, by `require('dsim:<part>:<word for the file>')`, and gets the module's exports as a plain
 * object (`part-names.mjs`).
 *
 *     dsim           the command line: what prints help, and no more
 *     core           what `import 'dsim'` gives: scenarios, kernel, interfaces
 *     engine         what `dsim run` needs besides
 *     judging        what of it a page needs too, which runs a scenario again: metrics, findings
 *     again          what else a page needs for that
 *     checks faults workloads presets
 *     kinds/<f>/<k>  one kind of node
 *     kinds/parts    what several of them share
 *     more           all other commands
 *
 * The division follows from the imports: an `import` at the head of a file is paid for by who
 * reads the file, an `import()` by who uses it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { idOf, nameOf, namesFor, withShortNames } from './part-names.mjs';
import { renameTop, separate } from './units.mjs';

export const root = resolve(import.meta.dirname, '..');

const CLI = 'src/cli/main.ts';
const LIBRARY = 'src/index.ts';
/** What programs import: by entry, the source file that has its exports. */
export const ENTRIES = { index: LIBRARY, host: 'src/host.ts', test: 'src/test.ts' };
const RUN = ['src/cli/run.ts', 'src/cli/dsim-engine.ts'];
/** What runs a scenario again in a page. */
export const AGAIN = 'src/report/page/again/engine.ts';
/** The lists of items that are loaded by name, and the part that an item's file is in. */
const CHECKS = 'src/checks/index.ts';
export const LEAVES = 'src/cli/page-leaves.ts';
export const METRICS = 'src/checks/metrics/index.ts';
export const LISTS = {
  'src/nodes/index.ts': (/** @type {string} */ file) =>
    file.replace(/^src\/nodes\/(.+)\/index\.ts$/, 'kinds/$1'),
  [CHECKS]: () => 'checks',
  'src/faults/index.ts': () => 'faults',
  'src/workloads/index.ts': () => 'workloads',
  'src/scenarios/host/preset-list.ts': () => 'presets',
};
/** Where the text of a part stands in esbuild's eyes. */
const ENTRY = 'dsim:entry';
/** What commands need and no page: nothing is taken out of these. */
const APART = ['dsim', 'engine', 'more'];
/** The parts whose classes keep their names. */
const NAMED = ['dsim', 'core', 'engine'];
/** What the launcher asks `core` for, and by which word. */
const GUARD = { file: 'src/sim/kernel/guard.ts', word: 'Guard' };
const NOW = new Set(['import-statement', 'require-call']);

/** @typedef {import('./parts.mjs').Plan} Plan */

/**
 * Divides the sources, as they are now, into parts.
 *
 * @returns {Promise<Plan>}
 */
export async function planParts() {
  const esbuild = await import('esbuild');
  const starts = [CLI, ...Object.values(ENTRIES), AGAIN].filter(isThere);
  const { metafile } = await esbuild.build({
    ...program(),
    minifyWhitespace: false,
    minifySyntax: false,
    external: ['esbuild'],
    entryPoints: starts,
    outdir: 'dist',
  });
  const { inputs } = metafile ?? { inputs: {} };
  const partOf = assign(inputs);
  const copied = new Set([...closure(inputs, [CLI])].filter((file) => partOf.get(file) === 'core'));
  const asked = questions(inputs, partOf, copied);
  const exports = await exportsOf([...asked.values()]);
  const names = namesFor(exports, askedAsWholes(inputs), GUARD);
  return { partOf, asked, exports, copied, names };
}

/** The names of all parts, in an order that changes nothing. */
export function partNames(/** @type {Plan} */ { partOf }) {
  return [...new Set(partOf.values())].sort((a, b) => (a < b ? -1 : 1));
}

function isThere(/** @type {string} */ file) {
  return existsSync(join(root, file));
}

// --- Who has what ------------------------------------------------------------------------------

/** @typedef {import('esbuild').Metafile['inputs']} Inputs */

/** These files and all that they import at their heads. */
function closure(/** @type {Inputs} */ inputs, /** @type {readonly string[]} */ starts) {
  const reached = new Set(starts.filter((file) => file in inputs));
  for (const file of reached) {
    for (const { path, kind } of inputs[file]?.imports ?? []) {
      if (NOW.has(kind) && isSource(path)) reached.add(path);
    }
  }
  return reached;
}

function isSource(/** @type {string} */ path) {
  return path.startsWith('src/') && path.endsWith('.ts');
}

/** What a file imports on use. */
function late(/** @type {Inputs} */ inputs, /** @type {string} */ file) {
  return (inputs[file]?.imports ?? [])
    .filter(({ path, kind }) => kind === 'dynamic-import' && isSource(path))
    .map(({ path }) => path);
}

/** By file, its part. Throws if two parts need each other at once. */
function assign(/** @type {Inputs} */ inputs) {
  /** @type {Map<string, string>} */
  const partOf = new Map();
  const give = (/** @type {string} */ part, /** @type {Iterable<string>} */ files) => {
    for (const file of files) if (!partOf.has(file)) partOf.set(file, part);
  };
  give('core', closure(inputs, [LIBRARY]));
  give('dsim', closure(inputs, [CLI]));
  const run = closure(inputs, RUN);
  const page = closure(inputs, [AGAIN, METRICS, ...late(inputs, CHECKS)]);
  give(
    'judging',
    [...page].filter((file) => run.has(file)),
  );
  give('engine', run);
  give('again', closure(inputs, [AGAIN]));
  for (const [list, partFor] of Object.entries(LISTS)) giveItems(inputs, list, partFor, give);
  give('more', Object.keys(inputs).filter(isSource));
  refuseCircles(inputs, partOf);
  return partOf;
}

/**
 * What one kind needs is in its part, and what several need in `kinds/parts`; but a kind keeps the
 * files of its own folder.
 */
function giveItems(
  /** @type {Inputs} */ inputs,
  /** @type {string} */ list,
  /** @type {(file: string) => string} */ partFor,
  /** @type {(part: string, files: Iterable<string>) => void} */ give,
) {
  /** @type {Map<string, Set<string>>} */
  const users = new Map();
  const owners = new Map();
  for (const item of late(inputs, list)) {
    const part = partFor(item);
    if (part.startsWith('kinds/')) owners.set(dirname(item), part);
    for (const file of closure(inputs, [item])) {
      users.set(file, (users.get(file) ?? new Set()).add(part));
    }
  }
  for (const [file, by] of users) {
    const [only = ''] = by;
    give(owners.get(dirname(file)) ?? (by.size === 1 ? only : 'kinds/parts'), [file]);
  }
}

function refuseCircles(
  /** @type {Inputs} */ inputs,
  /** @type {ReadonlyMap<string, string>} */ partOf,
) {
  /** @type {Map<string, Set<string>>} */
  const needs = new Map();
  for (const [file, part] of partOf) {
    const of = needs.get(part) ?? new Set();
    needs.set(part, of);
    for (const { path, kind } of inputs[file]?.imports ?? []) {
      const other = partOf.get(path);
      if (NOW.has(kind) && other !== undefined && other !== part) of.add(other);
    }
  }
  for (const part of needs.keys()) {
    const reached = new Set(needs.get(part));
    for (const other of reached) for (const next of needs.get(other) ?? []) reached.add(next);
    if (reached.has(part)) throw new Error(`the part ${part} needs itself by way of others`);
  }
}

/** By part, the files that are asked for by name: by other parts, or on use. */
function questions(
  /** @type {Inputs} */ inputs,
  /** @type {ReadonlyMap<string, string>} */ partOf,
  /** @type {ReadonlySet<string>} */ copied,
) {
  const asked = new Map([...partOf.values()].map((part) => [part, new Set()]));
  const ask = (/** @type {string} */ file) => asked.get(partOf.get(file) ?? '')?.add(file);
  for (const [file, part] of partOf) {
    for (const { path, kind } of inputs[file]?.imports ?? []) {
      if (!isSource(path)) continue;
      if (kind === 'dynamic-import') ask(path);
      else if (partOf.get(path) !== part && !(part === 'dsim' && copied.has(path))) ask(path);
    }
  }
  for (const file of [...Object.values(ENTRIES), CLI, AGAIN, ...leaves()]) ask(file);
  for (const { path } of inputs[METRICS]?.imports ?? []) if (isSource(path)) ask(path);
  return asked;
}

/** What pages may leave out: these files can be told from others in their parts. */
function leaves() {
  if (!isThere(LEAVES)) return [];
  const text = readFileSync(join(root, LEAVES), 'utf8');
  return Array.from(text.matchAll(/^ {2}'(src\/[^'#]+)[^']*':/gm), ([, file = '']) => file);
}

/** What is imported on use, or by whom nothing here knows. */
function askedAsWholes(/** @type {Inputs} */ inputs) {
  const onUse = Object.keys(inputs).flatMap((file) => late(inputs, file));
  return new Set([...Object.values(ENTRIES), AGAIN, GUARD.file, ...onUse]);
}

/**
 * The names of values that files export.
 *
 * @returns {Promise<ReadonlyMap<string, readonly string[]>>}
 */
async function exportsOf(/** @type {readonly Set<string>[]} */ asked) {
  const esbuild = await import('esbuild');
  const files = asked.flatMap((set) => [...set]);
  const entries = Object.values(ENTRIES);
  const options = { ...program(), format: /** @type {const} */ ('esm'), outdir: 'dist' };
  const results = [
    await esbuild.build({
      ...options,
      bundle: false,
      entryPoints: files.filter((file) => !entries.includes(file)),
    }),
    // These hand on what others export.
    await esbuild.build({
      ...options,
      packages: 'external',
      entryPoints: files.filter((file) => entries.includes(file)),
    }),
  ];
  const outputs = results.flatMap(({ metafile }) => Object.values(metafile?.outputs ?? {}));
  return new Map(outputs.map(({ entryPoint = '', exports }) => [entryPoint, exports.sort()]));
}

// --- A part as esbuild makes it ----------------------------------------------------------------

/** @returns {import('esbuild').BuildOptions} */
export function program() {
  return {
    absWorkingDir: root,
    bundle: true,
    target: 'node20.18',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    // A script from V8's code cache has lost its way to `import()`; `require` it has.
    supported: { 'dynamic-import': false },
    minifyWhitespace: true,
    minifySyntax: true,
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  };
}

/** @type {(plan: Plan, part: string) => import('esbuild').BuildOptions} */
export function partOptions(plan, part) {
  return {
    ...program(),
    external: ['esbuild'],
    entryPoints: [ENTRY],
    outfile: `dist/${part}.cjs`,
    plugins: [entry(plan, part), otherParts(plan, part)],
    // Runs where there is no Node, too; packages say under `browser` what to leave out there.
    ...(part === 'core' ? { platform: 'browser' } : {}),
  };
}

/**
 * What a part begins with: its files that others ask for.
 *
 * @returns {import('esbuild').Plugin}
 */
function entry(/** @type {Plan} */ plan, /** @type {string} */ part) {
  return {
    name: 'entry',
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${ENTRY}$`) }, () => ({
        path: part,
        namespace: 'dsim-entry',
      }));
      build.onLoad({ filter: /.*/, namespace: 'dsim-entry' }, () => ({
        contents: entryText(plan, part),
        resolveDir: root,
      }));
    },
  };
}

/**
 * Modules are handed out as plain objects: the getters that a bundle exports by would cost a call
 * at each use, and a thousand of them a tenth of a start.
 */
function entryText(/** @type {Plan} */ plan, /** @type {string} */ part) {
  const files = [...(plan.asked.get(part) ?? [])].sort((a, b) => (a < b ? -1 : 1));
  const lazy = part === 'more';
  const heads = lazy ? [] : files.map((file, i) => importText(plan, file, i));
  const rows = files.map((file, i) => (lazy ? lazyRowText(plan, file) : rowText(plan, file, i)));
  return [
    ...heads,
    'const modules = {',
    ...rows,
    '};',
    'const made = new Map();',
    'function moduleOf(path) {',
    '  if (!made.has(path)) made.set(path, modules[path]());',
    '  return made.get(path);',
    '}',
    // By hand: what esbuild writes for it is longer, and slower.
    'exports.moduleOf = moduleOf;',
    ...(part === 'dsim' ? [`import { main } from './${CLI}'; exports.main = main;`] : []),
  ].join('\n');
}

function importText(
  /** @type {Plan} */ plan,
  /** @type {string} */ file,
  /** @type {number} */ index,
) {
  const names = (plan.exports.get(file) ?? []).map((name) => `${name} as ${name}_${index}`);
  return `import { ${names.join(', ')} } from './${file}';`;
}

function rowText(
  /** @type {Plan} */ plan,
  /** @type {string} */ file,
  /** @type {number} */ index,
) {
  const { word, exports } = nameOf(plan, file);
  const pairs = (plan.exports.get(file) ?? []).map(
    (name) => `${exports.get(name) ?? name}: ${name}_${index}`,
  );
  return `  ${word}: () => ({ ${pairs.join(', ')} }),`;
}

/** Of a file that is imported on use: its exports keep their names. */
function lazyRowText(/** @type {Plan} */ plan, /** @type {string} */ file) {
  const { word, exports } = nameOf(plan, file);
  if (exports.size > 0) throw new Error(`${file} is evaluated on use, and has short names`);
  return `  ${word}: () => ({ ...require('./${file}') }),`;
}

/**
 * Leaves to other parts what is theirs, and what is imported on use.
 *
 * @returns {import('esbuild').Plugin}
 */
function otherParts(/** @type {Plan} */ plan, /** @type {string} */ part) {
  const { partOf, copied } = plan;
  return {
    name: 'other-parts',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, kind, namespace }) => {
        const file = relative(root, join(resolveDir, path)).split(sep).join('/');
        const owner = partOf.get(file);
        if (owner === undefined || namespace === 'dsim-entry') return null;
        if (kind !== 'dynamic-import') {
          if (owner === part || (part === 'dsim' && copied.has(file))) return null;
        }
        return { path: idOf(plan, file), external: true };
      });
    },
  };
}

/**
 * The text of a part, of what esbuild has made.
 *
 * The default of a CommonJS module is all of it, to a module of this package, says esbuild; the
 * objects that parts hand out have a default of their own. Modules that are evaluated on use are
 * methods that bear their paths: with one name for all they are shorter, and V8 makes one hidden
 * class and not hundreds. Classes keep their names in the parts that every run has, for a stack
 * that can be read is worth much. Of parts that a page takes pieces of, `units.mjs` names the rest.
 *
 * @type {(plan: Plan, text: string, part: string) => Promise<string>}
 */
export async function partText(plan, text, part) {
  const whole = withoutPrelude(
    text
      .replace(/__toESM\((require\("dsim:[^"]+"\)),1\)/g, '$1')
      .replace(/\b(__esm|__commonJS)\(\{"[^"]+"\(/g, '$1({module('),
  );
  const left = /__toESM\(require\("dsim:[^"]+/.exec(whole);
  if (left !== null) throw new Error(`a module of another part is wrapped: ${left[0]}`);
  const plain = await withShortNames(plan, whole);
  const isNamed = NAMED.includes(part);
  const isLinked = !APART.includes(part);
  // esbuild cannot spare the names of functions and yet shorten those of variables.
  const { minify } = await import('rolldown/experimental');
  const { code, errors } = await minify(
    `${part}.cjs`,
    isLinked ? await renameTop(plain, isNamed) : plain,
    {
      // What it merges could not be told apart when a page is linked.
      compress: !isLinked,
      mangle: {
        toplevel: !isLinked,
        keepNames: { function: false, class: isNamed },
      },
    },
  );
  if (errors.length > 0) throw new Error(`${part}: ${errors[0]?.message}`);
  const called = withoutZeros(code);
  const units = isLinked ? await separate(called) : called;
  // As one byte a character, a file is read fastest.
  const ascii = units.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // A function of its own, for it is a module of the language, too, and no part of one.
  return part === 'core'
    ? `var core=(()=>{var exports={};${ascii}\nreturn exports})();\n`
    : `${ascii}\n`;
}

/**
 * `(0,a.b)(c)`, as esbuild calls what is imported, keeps `this` away from functions that have no
 * use for it: `a.b(c)` is shorter. Left where it could be the arguments of a call.
 */
function withoutZeros(/** @type {string} */ code) {
  return code.replace(
    /(?<=[,;:?=([&|!+<>]|\b(return|throw|case|typeof|await|of|new))\(0,([\w$]+\.[\w$]+)\)\(/g,
    (_, word, callee) => `${word === undefined ? '' : ' '}${callee}(`,
  );
}

/** What esbuild puts in front for `__toESM`, where nothing is left that calls it. */
function withoutPrelude(/** @type {string} */ text) {
  if (text.split('__toESM').length !== 2) return text;
  return text.replace(
    /^var __create=(?:(?!__commonJS|__esm|__export).)*?var __toESM=.*?,mod\)\);/s,
    '',
  );
}
