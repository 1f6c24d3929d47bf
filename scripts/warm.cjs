/**
 * Runs a bundle through commands that people use most and keeps what V8 compiled on the way beside
 * it, once for help alone and once for all, so that a start need neither parse nor compile. Called
 * by `build.mjs` with the bundle's path.
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
const commands = [...(existsSync(scenario) ? [['run', scenario]] : []), ['list']];

keep().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});

async function keep() {
  // A cache holds bytecode: V8 shall neither throw away what has not run for a while, which is all
  // that only the beginning of a run uses, nor turn what runs most into machine code.
  for (const flag of CACHE_FLAGS) setFlagsFromString(`--no-${flag}`);
  const source = readFileSync(bundlePath, 'latin1');
  const hash = /^\/\* dsim \S+ (\w+) \*\//.exec(source)?.[1] ?? '';
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
    {
      filename: bundlePath,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  );
  const target = { exports: { main: async (/** @type {string[]} */ _argv) => {} } };
  script
    .runInThisContext()
    .call(
      target.exports,
      target.exports,
      createRequire(bundlePath),
      target,
      bundlePath,
      dirname(bundlePath),
    );

  // Runs are kept below the working folder: let that be one to throw away.
  const scratch = mkdtempSync(join(tmpdir(), 'dsim-warm-'));
  process.chdir(scratch);
  const run = async (/** @type {string[]} */ argv) => {
    try {
      await target.exports.main(argv);
    } catch (error) {
      process.stderr.write(`${argv.join(' ')}: ${error}\n`);
    }
  };
  const write = (/** @type {string} */ file) => {
    const head = `${hash} ${process.versions.v8} ${process.arch}`.padEnd(CACHE_HEAD_LENGTH);
    // As it was: a cache made under other flags is refused.
    for (const flag of CACHE_FLAGS) setFlagsFromString(`--${flag}`);
    const content = Buffer.concat([Buffer.from(head, 'latin1'), script.createCachedData()]);
    for (const flag of CACHE_FLAGS) setFlagsFromString(`--no-${flag}`);
    writeFileSync(file, content);
  };
  // Help first, while nothing else is compiled: its cache is a third of the whole.
  await run(['--help']);
  write(`${bundlePath}.help.cache`);
  for (const argv of commands) await run(argv);
  process.exitCode = 0;
  write(`${bundlePath}.cache`);
  process.chdir(root);
  rmSync(scratch, { recursive: true, force: true });
}
