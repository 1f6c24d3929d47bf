/**
 * Runs the command line through commands that people use most, and keeps what V8 compiled on the
 * way beside each file of the build that they came to, so that a start need neither parse nor
 * compile. Called by `build.mjs` with the path of `dsim.cjs`.
 *
 * The source is wrapped, and the cache headed, exactly as in `bin/dsim.js`.
 */
'use strict';

const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

const CACHE_HEAD_LENGTH = 64;
const CACHE_FLAGS = ['flush-bytecode', 'sparkplug', 'opt'];
const root = dirname(__dirname);
const bundlePath = process.argv[2] ?? join(root, 'dist', 'dsim.cjs');
const scenario = join(root, 'scenarios', 'partition.yaml');
/** What is worth having compiled. Commands that do not exist yet, or fail, do no harm. */
const commands = [['--help'], ...(existsSync(scenario) ? [['run', scenario]] : []), ['list']];

/**
 * What was evaluated, by file: the parts that the commands came to.
 *
 * @type {Map<string, { script: vm.Script, hash: string, exports: any }>}
 */
const scripts = new Map();

keep().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});

async function keep() {
  // A cache holds bytecode: V8 shall neither throw away what has not run for a while, which is all
  // that only the beginning of a run uses, nor turn what runs most into machine code.
  for (const flag of CACHE_FLAGS) setFlagsFromString(`--no-${flag}`);
  const bundle = evaluate(bundlePath);

  // Runs are kept below the working folder: let that be one to throw away.
  const scratch = mkdtempSync(join(tmpdir(), 'dsim-warm-'));
  process.chdir(scratch);
  const run = async (/** @type {string[]} */ argv) => {
    try {
      await bundle.main(argv);
    } catch (error) {
      process.stderr.write(`${argv.join(' ')}: ${error}\n`);
    }
  };
  for (const argv of commands) await run(argv);
  process.exitCode = 0;
  for (const file of scripts.keys()) write(file);
  process.chdir(root);
  rmSync(scratch, { recursive: true, force: true });
}

/** Evaluates a file of the build as the launcher does. */
function evaluate(/** @type {string} */ file) {
  const text = readFileSync(file, 'latin1');
  const hash = /^\/\* dsim \S+ (\w+) \*\//.exec(text)?.[1] ?? '';
  const source = file.endsWith('core.js')
    ? `${text.slice(0, text.lastIndexOf('\nexport '))}\nmodule.exports = core;`
    : text;
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
    { filename: file, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
  );
  const target = { exports: /** @type {any} */ ({}) };
  const body = script.runInThisContext();
  body.call(target.exports, target.exports, requirePart, target, file, dirname(file));
  scripts.set(file, { script, hash, exports: target.exports });
  return target.exports;
}

function requirePart(/** @type {string} */ id) {
  const [, name, file] = /^dsim:([^:]+)(?::(.+))?$/.exec(id) ?? [];
  if (name === undefined) return createRequire(bundlePath)(id);
  return file === undefined ? part(name) : part(name).moduleOf(file);
}

/** The exports of a part of the program. */
function part(/** @type {string} */ name) {
  const file = join(dirname(bundlePath), name === 'core' ? 'core.js' : `${name}.cjs`);
  return scripts.get(file)?.exports ?? evaluate(file);
}

/** Keeps what V8 has compiled of a file by now. */
function write(/** @type {string} */ file) {
  const known = scripts.get(file);
  if (known === undefined) return;
  const head = `${known.hash} ${process.versions.v8} ${process.arch}`.padEnd(CACHE_HEAD_LENGTH);
  // As it was: a cache made under other flags is refused.
  for (const flag of CACHE_FLAGS) setFlagsFromString(`--${flag}`);
  const content = Buffer.concat([Buffer.from(head, 'latin1'), known.script.createCachedData()]);
  for (const flag of CACHE_FLAGS) setFlagsFromString(`--no-${flag}`);
  writeFileSync(`${file}.cache`, content);
}
