/**
 * Compiles the sources for `vitest run`: each file of `src/` by itself into `.compiled/src/`, where
 * Node imports it as it imports any package.
 *
 * Vitest would turn every import into a property that is looked up at each use, which costs a
 * simulation a quarter of its time, and would read and transform every module once a worker. A file
 * whose time and size are those of the last run is left as it is.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transform } from 'esbuild';

/** An import of a file beside this one, by its name as a source. */
const IMPORT = /((?:\bfrom|\bimport)\s*\(?\s*")(\.{1,2}\/[^"\n]*)\.ts"/g;
/** Under which the stamp has this script: no file of `src/` is called so. */
const OWN = '.';
/** An import of data, which stays where it is. */
const DATA = /(\bfrom )"(\.{1,2}\/[^"\n]*\.json)"/g;

/**
 * @param {string} root of the repository
 * @returns {Promise<string>} the folder that stands for `src`
 */
export async function compileSources(root) {
  const from = join(root, 'src');
  const to = join(root, '.compiled', 'src');
  const stampFile = join(root, '.compiled', 'stamp.json');
  const own = stampOf(import.meta.filename);
  const stamped = readStamp(stampFile);
  // Another compiler, or other settings of it: nothing that is there counts.
  const before = stamped[OWN] === own ? stamped : {};
  const files = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.(?:test|d)\.ts$/.test(file),
  );
  /** @type {Stamp} */
  const now = { [OWN]: own };
  const changed = files.filter((file) => {
    now[file] = stampOf(join(from, file));
    return before[file] !== now[file];
  });
  await Promise.all(changed.map((file) => compile(join(from, file), compiledOf(to, file))));
  const gone = Object.keys(before).filter((file) => !(file in now));
  for (const file of gone) rmSync(compiledOf(to, file), { force: true });
  if (changed.length + gone.length > 0) writeWhole(stampFile, JSON.stringify(now));
  return to;
}

function stampOf(/** @type {string} */ file) {
  const { mtimeMs, size } = statSync(file);
  return `${mtimeMs} ${size}`;
}

/** @typedef {{ [file: string]: string }} Stamp */

/** @returns {Stamp} */
function readStamp(/** @type {string} */ file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // The first time, or one that was cut short.
    return {};
  }
}

function compiledOf(/** @type {string} */ folder, /** @type {string} */ file) {
  return join(folder, file.replace(/\.ts$/, '.js'));
}

async function compile(/** @type {string} */ source, /** @type {string} */ target) {
  const { code } = await transform(readFileSync(source, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20.18',
    sourcefile: source,
    sourcemap: 'inline',
    sourcesContent: false,
  });
  const here = dirname(target);
  const data = (/** @type {string} */ name) => relative(here, join(dirname(source), name));
  writeWhole(
    target,
    code.replace(IMPORT, '$1$2.js"').replace(DATA, (_, from, name) => `${from}"${data(name)}"`),
  );
}

/** Another run may compile the same file, and a third read it. */
function writeWhole(/** @type {string} */ file, /** @type {string} */ text) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
