#!/usr/bin/env node
/**
 * The launcher: checks what must be true before anything runs, loads the files of `dist/` through
 * V8's code cache as they are asked for, hands the arguments to `dist/dsim.cjs`, and turns whatever
 * escapes into exit code 70.
 *
 * Plain old syntax, for an outdated Node must get to the line that tells it so; CommonJS, because
 * an ES module costs eight hundredths of a bare Node start.
 */
'use strict';

const NODE_OLDEST = [20, 18];
/** Hexadecimal digits of a hash: of the bundle, at its head, and of each source in the stamp. */
const HASH_LENGTH = 8;
/** A multiple of 8, so that V8 finds what follows aligned. */
const CACHE_HEAD_LENGTH = 64;
/** A version has some seventy parts. */
const CACHES_KEPT = 256;
/** Of bytecode, after which V8 looks whether to optimize: its own in Node 20, and ours. */
const DEFAULT_BUDGET = 66 * 1024;
const LATE_BUDGET = 1000000;
/** Commands that simulate nothing. */
const QUICK = [
  undefined,
  ...['--help', '-h', 'help', 'list', 'explain', 'schema', 'init', 'lint', 'nines', 'capacity'],
];
/** What is not there, or not for this process: under the permission model only dsim itself is. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'EACCES', 'ERR_ACCESS_DENIED'];
const USAGE = 2;
const BUG = 70;
const BROKEN_PIPE = 141;

const fs = require('fs');
const path = require('path');

const root = path.dirname(__dirname);
const bundlePath = path.join(root, 'dist', 'dsim.cjs');
/** The scripts that go into the user's cache when this run ends. */
const uncached = [];
/** V8 runs under a budget that is not its own. */
let optimizesLate = false;
/** The text of the archive, once it was read. */
let archive = null;
/** The exports of the parts that were asked for, by name. */
const parts = new Map();

start(process.argv.slice(2));

function start(argv) {
  const complaint = checkNode();
  if (complaint !== null) return refuse(complaint);
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    return void process.stdout.write(`${version()}\n`);
  }
  if (Object.isFrozen(Math)) {
    return refuse(
      'Node runs with frozen intrinsics, and dsim could not guard its runs.',
      'leave --frozen-intrinsics away (NODE_OPTIONS)',
    );
  }
  const bundle = readOrNull(bundlePath, 'latin1');
  if (bundle === null) {
    return refuse('dsim is not built (dist/ is missing).', 'npm ci --include=dev');
  }
  const changed = changedSource(path.join(root, 'dist', 'dsim.json'));
  if (changed !== null) return refuse(`dist/ is older than src/ (${changed}).`, 'npm run build');

  process.on('uncaughtException', escaped);
  hushLoaderWarning();
  parts.set('dsim', evaluate(bundlePath, bundle));
  parts.get('dsim').main(argv).catch(escaped);
}

/**
 * When V8 optimizes a function: by default so soon that a short run spends half of its time on
 * what then hardly runs; later it costs a third less, and a long run the same. Node 20 only: later
 * V8s have no such setting. Not where the code cache is written: V8 refuses one of another setting.
 */
function optimizeLater() {
  // The permission model, under which submissions are graded, has no way to it.
  if (!process.versions.v8.startsWith('11.') || process.permission !== undefined) return;
  optimizesLate = true;
  setBudget(LATE_BUDGET);
}

/**
 * `require('v8')` would load twenty other modules, a twentieth of a start. What Node has below it
 * warns that it is deprecated.
 */
function setBudget(bytes) {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  process.binding('v8').setFlagsFromString(`--interrupt-budget=${bytes}`);
  process.emitWarning = emitWarning;
}

/** V8 refuses a code cache of other flags. */
function underDefaultBudget(action) {
  if (!optimizesLate) return action();
  setBudget(DEFAULT_BUDGET);
  try {
    return action();
  } finally {
    setBudget(LATE_BUDGET);
  }
}

function checkNode() {
  const running = process.versions.node.split('.').map(Number);
  const old =
    running[0] < NODE_OLDEST[0] || (running[0] === NODE_OLDEST[0] && running[1] < NODE_OLDEST[1]);
  if (!old) return null;
  return `dsim needs Node ${NODE_OLDEST.join('.')} or newer; this is ${process.versions.node}.`;
}

function version() {
  return JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version;
}

function refuse(complaint, cure) {
  process.exitCode = USAGE;
  process.stderr.write(`${complaint}${cure === undefined ? '' : ` Cure: ${cure}`}\n`);
}

// --- The stale bundle

/**
 * In a clone, names the first source whose content is no longer what the bundle was built from.
 * A file with its recorded time and size is unchanged; else its content decides: a checkout there
 * and back, or a copied tree, is no change.
 */
function changedSource(stampPath) {
  if (!fs.existsSync(path.join(root, 'src'))) return null;
  const stamp = readOrNull(stampPath, 'utf8');
  if (stamp === null) return 'the bundle bears no stamp';
  for (const [file, modifiedMs, size, hash] of JSON.parse(stamp).sources) {
    // Not path.join: it costs three times what the file system does.
    const source = `${root}/${file}`;
    const now = fs.statSync(source, { throwIfNoEntry: false });
    if (now === undefined) return `${file} is gone`;
    if (now.mtimeMs === modifiedMs && now.size === size) continue;
    if (hashOf(fs.readFileSync(source)) !== hash) return `${file} has changed`;
  }
  return null;
}

function hashOf(content) {
  return require('crypto').createHash('sha256').update(content).digest('hex').slice(0, HASH_LENGTH);
}

// --- The build and its code cache

/** `require` of the parts: `dsim:<part>:<file>` is in another part, `dsim-source:<part>` a text. */
function requirePart(id) {
  if (id.startsWith('dsim-source:')) return sourceOf(id.slice('dsim-source:'.length));
  if (!id.startsWith('dsim:')) return require(id);
  const [, name, file] = id.split(':');
  return file === undefined ? part(name) : part(name).moduleOf(file);
}

/** The exports of a part. */
function part(name) {
  const known = parts.get(name);
  if (known !== undefined) return known;
  const source = sourceOf(name);
  const loaded = underDefaultBudget(() => evaluate(fileOf(name), source));
  parts.set(name, loaded);
  if (name === 'engine' && !QUICK.includes(process.argv[2]) && uncached.length === 0)
    optimizeLater();
  return loaded;
}

function fileOf(name) {
  return path.join(root, 'dist', name === 'core' ? 'core.js' : `${name}.cjs`);
}

/** The text of a part; ends the process where it is older than its sources. */
function sourceOf(name) {
  const file = fileOf(name);
  const source = readOrNull(file, 'latin1') || fromArchive(name);
  if (source === null) return giveUp(`${path.relative(root, file)} is missing.`, 'npm run build');
  const changed = changedSource(path.join(root, 'dist', `${name}.json`));
  if (changed !== null) giveUp(`dist/ is older than src/ (${changed}).`, 'npm run build');
  return source;
}

/**
 * The text of a part in the archive, or null. A package has most parts in `parts.br`, compressed
 * together. Each stands between its name, on a line after a NUL, and the next NUL.
 */
function fromArchive(name) {
  if (archive === null) {
    const packed = readOrNull(path.join(root, 'dist', 'parts.br'));
    if (packed === null) return null;
    archive = require('zlib').brotliDecompressSync(packed).toString('latin1');
  }
  const at = archive.indexOf(`\0${name}\n`);
  if (at < 0) return null;
  const from = at + name.length + 2;
  return archive.slice(from, archive.indexOf('\0', from));
}

/** Nothing can be said in a better place: a command is under way. */
function giveUp(complaint, cure) {
  refuse(complaint, cure);
  process.exit(USAGE);
}

/** Evaluates a file of the build, with its code cache, and returns its exports. */
function evaluate(file, text) {
  const vm = require('vm');
  const hash = /^\/\* dsim \S+ (\w+) \*\//.exec(text)[1];
  const source = file.endsWith('core.js') ? scriptOf(text) : text;
  const built = readCache(`${file}.cache`, hash);
  const own = built === undefined ? userCache(hash) : null;
  const cachedData = built === undefined && own !== null ? readCache(own, hash) : built;
  // Once only: V8 would answer a second time from memory, whatever cache it were handed.
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
    {
      filename: file,
      cachedData,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  );
  if (own !== null && (cachedData === undefined || script.cachedDataRejected)) {
    // One listener for all: Node takes more than ten for a leak, and says so to the user.
    if (uncached.length === 0) process.on('exit', keepCaches);
    uncached.push({ file: own, hash, script });
  }
  const target = { exports: {} };
  const folder = path.dirname(file);
  // This file's own `require` finds the same: built-ins and packages. Making another loads much.
  const body = script.runInThisContext();
  body.call(target.exports, target.exports, requirePart, target, file, folder);
  return target.exports;
}

/** The core is an ES module, of which the last line alone says so. */
function scriptOf(text) {
  return `${text.slice(0, text.lastIndexOf('\nexport '))}\nmodule.exports = core;`;
}

/** Node 20 warns at the first `import()` of such a script. Later Nodes kept it as it is. */
function hushLoaderWarning() {
  const warn = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (String(warning).includes('USE_MAIN_CONTEXT_DEFAULT_LOADER')) return;
    warn.call(process, warning, ...rest);
  };
}

/**
 * A cache opens with what it is for: V8 itself compares only the length of the source.
 */
function cacheHead(hash) {
  return `${hash} ${process.versions.v8} ${process.arch}`.padEnd(CACHE_HEAD_LENGTH);
}

function readCache(file, hash) {
  const content = readOrNull(file);
  if (content === null) return undefined;
  if (content.toString('latin1', 0, CACHE_HEAD_LENGTH) !== cacheHead(hash)) return undefined;
  return content.subarray(CACHE_HEAD_LENGTH);
}

/** Where this user's cache for this file and this Node belongs, or null without a home. */
function userCache(hash) {
  const xdg = process.env['XDG_CACHE_HOME'];
  const home = process.env['HOME'] || require('os').homedir();
  const base = xdg && path.isAbsolute(xdg) ? xdg : home && path.join(home, '.cache');
  if (!base) return null;
  return path.join(base, 'dsim', `${version()}-${process.versions.node}-${hash}.cache`);
}

/** At exit, when the functions that this run used are compiled. Best effort, and silent. */
function keepCaches() {
  if (process.exitCode === BUG) return;
  underDefaultBudget(() => uncached.forEach(keepCache));
  dropOldCaches(path.dirname(uncached[0].file));
}

function keepCache({ file, hash, script }) {
  const folder = path.dirname(file);
  const draft = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(
      draft,
      Buffer.concat([Buffer.from(cacheHead(hash), 'latin1'), script.createCachedData()]),
    );
    fs.renameSync(draft, file);
  } catch (_error) {
    // A read-only or full disk: the next start compiles again.
  }
}

function dropOldCaches(folder) {
  try {
    const caches = fs
      .readdirSync(folder)
      .filter((name) => name.endsWith('.cache'))
      .map((name) => ({ name, at: fs.statSync(path.join(folder, name)).mtimeMs }))
      .sort((a, b) => b.at - a.at);
    for (const { name } of caches.slice(CACHES_KEPT)) fs.unlinkSync(path.join(folder, name));
  } catch (_error) {
    // None was kept, or another process drops the same ones.
  }
}

function readOrNull(file, encoding) {
  try {
    return fs.readFileSync(file, encoding);
  } catch (error) {
    if (ABSENT.includes(error.code)) return null;
    throw error;
  }
}

// --- What escapes

/**
 * A promise that was rejected and that nobody waits for: dsim waits for all of its own.
 */
function blameOwnCode(reason) {
  const files = globalThis[Symbol.for('dsim.own-files')];
  if (files === undefined || files.size === 0) return false;
  let words = 'something that has no text';
  try {
    // Node wraps what is no error.
    words = String(reason.message).replace(
      /^This error originated.*with the reason "(.*)"\.$/s,
      '$1',
    );
  } catch (_error) {
    // Then it has none.
  }
  process.exitCode = USAGE;
  process.stderr.write(
    `error: the code of ${[...files].join(' or ')} has rejected a promise that nothing waits for: ${words}\n`,
    () => process.exit(USAGE),
  );
  return true;
}

function escaped(error, origin) {
  // A run that was stopped anywhere may have left it up, and then nothing could be said at all.
  const core = parts.get('core');
  if (core !== undefined) core.moduleOf('Guard').lowerGuard();
  if (origin === 'unhandledRejection' && blameOwnCode(error)) return;
  const known = error !== null && typeof error === 'object';
  if (known && error.code === 'EPIPE' && error.syscall === 'write') {
    // The reader (`head`, a pager) has left. A code already decided stands.
    process.exit(process.exitCode === undefined ? BROKEN_PIPE : process.exitCode);
  }
  process.exitCode = BUG;
  const stack = known && error.stack ? error.stack : String(error);
  const text = [
    'dsim met an error it did not expect. This is a bug in dsim, not in your scenario.',
    '',
    stack,
    '',
    `dsim ${version()}, Node ${process.versions.node}, ${process.platform}-${process.arch}`,
    'Please report it with the lines above, the scenario, and the command:',
    `  dsim ${process.argv.slice(2).join(' ')}`,
    '',
  ].join('\n');
  process.stderr.write(text);
  // Leaves only once everything printed so far is out; workers may still be alive, so leave.
  process.stdout.write('', () => process.exit(BUG));
}
