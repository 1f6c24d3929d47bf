/**
 * A user's own file made into one script: TypeScript translated, its imports bundled, the way back
 * to its lines kept.
 *
 * `dsim` stays an import: the caller gives the very modules that run, so that there is one of each
 * class. Of Node's own modules only those that see nothing of the machine may be imported; the
 * others would make runs irreproducible, and are refused where they are imported.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { BuildOptions, BuildResult, Message, Plugin } from 'esbuild';
import pkg from '../../../package.json' with { type: 'json' };
import { nearestName } from '../../sim/nearest-name.ts';
import type { OwnKindRefusal, OwnMistake } from '../sections/catalogue.ts';
import { quote } from '../text/diagnostic.ts';
import { makeSourceFile, type Spot, spotOf } from '../text/source.ts';
import { codeOf } from './descriptor-writer.ts';

export interface OwnBundle {
  /** The body of a CommonJS module. */
  readonly code: string;
  /** A source map, version 3, as JSON. */
  readonly map: string;
  /** What the map's sources are relative to. */
  readonly folder: string;
  /** Absolute paths of all files in it. */
  readonly files: readonly string[];
}

/** Node's modules that compute and nothing else. */
const PURE_MODULES: ReadonlySet<string> = new Set([
  'assert',
  'assert/strict',
  'buffer',
  'events',
  'path',
  'path/posix',
  'querystring',
  'string_decoder',
  'url',
  'util',
  'util/types',
]);

/**
 * What own code gets as `require`: `dsim`, and Node's modules that compute and nothing else. What
 * esbuild could not see, because the name is computed, is refused here.
 */
export function ownRequire(file: string, library: unknown): (name: string) => unknown {
  const fromFile = createRequire(file);
  return (name) => {
    if (name === 'dsim') return library;
    if (PURE_MODULES.has(String(name).replace(/^node:/, ''))) return fromFile(name);
    throw new Error(
      `require(${JSON.stringify(name)}): a node can import \`dsim\` and what is bundled with it`,
    );
  };
}

/** The last bundle of each file, with what its files looked like: many seeds share one bundle. */
const bundles = new Map<string, { readonly bundle: OwnBundle; readonly looks: string }>();

/** A bundle for another purpose than to run beside dsim: what esbuild is to do otherwise. */
export interface BundleStyle {
  /** Bundles of other styles are other bundles. */
  readonly name: string;
  readonly options: Pick<
    BuildOptions,
    'external' | 'plugins' | 'supported' | 'banner' | 'tsconfigRaw'
  >;
}

const BESIDE_DSIM: BundleStyle = { name: '', options: {} };

/** Bundles a file (absolute path), or says why not; names in what it says are relative to `cwd`. */
export async function bundleOwn(
  file: string,
  cwd: string,
  style: BundleStyle = BESIDE_DSIM,
): Promise<OwnBundle | OwnKindRefusal> {
  const key = `${style.name}\n${file}`;
  const known = bundles.get(key);
  if (known !== undefined && known.looks === looksOf(known.bundle.files)) return known.bundle;
  const missing = whyMissing(file, cwd);
  if (missing !== null) return missing;
  const esbuild = loadEsbuild();
  if (esbuild === null) return noEsbuild();
  try {
    const options = { ...optionsFor(file, cwd), ...style.options };
    const bundle = bundleOf(await esbuild.build(options), cwd);
    bundles.set(key, { bundle, looks: looksOf(bundle.files) });
    return bundle;
  } catch (error) {
    return refusalOf(error, cwd);
  }
}

/** Changes when one of the files does. */
function looksOf(files: readonly string[]): string {
  return files
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((stats) => (stats === undefined ? '' : `${stats.mtimeMs} ${stats.size}`))
    .join('\n');
}

/** A refusal without places. */
export function refusal(reason: string, ...help: readonly string[]): OwnKindRefusal {
  return { reason, mistakes: [], help };
}

/** The one that dsim itself was installed with. A script with a code cache cannot `import()`. */
function loadEsbuild(): typeof import('esbuild') | null {
  try {
    return createRequire(join(import.meta.dirname, 'dsim'))('esbuild') as typeof import('esbuild');
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function noEsbuild(): OwnKindRefusal {
  const { esbuild } = pkg.dependencies;
  return refusal(
    'esbuild, which bundles such files, is not installed',
    `\`npm install esbuild@${esbuild}\` brings it`,
  );
}

function optionsFor(file: string, cwd: string): BuildOptions {
  return {
    absWorkingDir: cwd,
    entryPoints: [file],
    outfile: `${file}.cjs`,
    bundle: true,
    write: false,
    metafile: true,
    sourcemap: 'external',
    sourcesContent: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20.18',
    charset: 'utf8',
    logLevel: 'silent',
    keepNames: false,
    external: ['dsim'],
    // Modules are strict by the language; what esbuild makes of them would not be.
    banner: { js: '"use strict";' },
    plugins: [onlyPureModules()],
  };
}

function onlyPureModules(): Plugin {
  const names = new Set(builtinModules);
  return {
    name: 'only-pure-modules',
    setup(build) {
      build.onResolve({ filter: /^(node:)?[a-z_0-9]+(\/[a-z_]+)*$|^dsim\// }, ({ path }) => {
        if (path.startsWith('dsim/')) {
          return { errors: [{ text: `a node can import \`dsim\`, not ${quote(path)}` }] };
        }
        const name = path.replace(/^node:/, '');
        if (!names.has(name)) return null;
        if (PURE_MODULES.has(name)) return { path, external: true };
        const why = 'sees the machine, which would make runs irreproducible';
        return { errors: [{ text: `${quote(path)} ${why}; a node has its context only` }] };
      });
    },
  };
}

function bundleOf(result: BuildResult, cwd: string): OwnBundle {
  const text = (ending: string) =>
    result.outputFiles?.find(({ path }) => path.endsWith(ending))?.text ?? '';
  const output = result.outputFiles?.[0]?.path ?? cwd;
  return {
    code: text('.cjs'),
    map: text('.map'),
    folder: dirname(output),
    files: Object.keys(result.metafile?.inputs ?? {}).map((input) => resolve(cwd, input)),
  };
}

// --- What is wrong -----------------------------------------------------------------------------

function refusalOf(error: unknown, cwd: string): OwnKindRefusal {
  const messages = (error as { readonly errors?: readonly Message[] } | null)?.errors;
  if (messages !== undefined && messages.length > 0) {
    const mistakes = messages.flatMap((message) => mistakeOf(message, cwd));
    const [first] = messages;
    return { reason: `it does not compile: ${first?.text ?? ''}`, mistakes, help: [] };
  }
  const text = error instanceof Error ? error.message : String(error);
  if (/could not be found, and is needed by esbuild|another platform/.test(text)) {
    return refusal(
      "esbuild's part for this machine is not installed",
      '`npm install --include=optional` brings it',
    );
  }
  return refusal(`esbuild failed: ${text.split('\n')[0] ?? ''}`);
}

function mistakeOf({ text, location, notes }: Message, cwd: string): readonly OwnMistake[] {
  if (location === null) return [];
  // esbuild counts columns in bytes.
  const before = Buffer.from(location.lineText, 'utf8').subarray(0, location.column);
  const spot = spotAt(
    resolve(cwd, location.file),
    cwd,
    location.line,
    before.toString('utf8').length,
    location.length,
  );
  if (spot === null) return [];
  const message = `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
  return [{ spot, message, notes: notes.map((note) => note.text).filter((note) => note !== '') }];
}

/** A place in a file on the disk; `line` from 1, `column` from 0. null when it cannot be read. */
export function spotAt(
  path: string,
  cwd: string,
  line: number,
  column: number,
  length: number,
): Spot | null {
  try {
    const file = makeSourceFile(shownPath(path, cwd), readFileSync(path, 'utf8'));
    const from = (file.lineStarts[line - 1] ?? 0) + column;
    return spotOf(file, from, from + length);
  } catch {
    return null;
  }
}

/** A path as people read it: relative to `cwd` if it lies below. */
export function shownPath(path: string, cwd: string): string {
  const way = relative(cwd, path);
  return way === '' || way.startsWith('..') ? path : way;
}

function whyMissing(file: string, cwd: string): OwnKindRefusal | null {
  const shown = quote(shownPath(file, cwd));
  if (!existsSync(file)) {
    const near = nearFile(file);
    const help = near === null ? [] : [`did you mean ${quote(`./${near}`)}?`];
    return refusal(`there is no file ${shown}`, ...help);
  }
  if (!statSync(file).isFile()) return refusal(`${shown} is not a file`);
  if (!/\.[cm]?[jt]s$/.test(file)) {
    return refusal(`${shown} is neither TypeScript nor JavaScript`);
  }
  return null;
}

/** A file of that folder with another ending, or a name like this one. */
function nearFile(file: string): string | null {
  const folder = dirname(file);
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder)
    .filter((name) => /\.[cm]?[jt]s$/.test(name) && statSync(join(folder, name)).isFile())
    .sort((a, b) => (a < b ? -1 : 1));
  const stem = stemOf(file);
  return files.find((name) => stemOf(name) === stem) ?? nearestName(basename(file), files);
}

/** `counter` of `./counter.ts`. */
export function stemOf(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '');
}
