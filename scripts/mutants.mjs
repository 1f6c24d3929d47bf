/**
 * npm run test:long, third part: how many small mistakes in the code some test would see.
 *
 * Draws places by a seed, makes one change at each (`<` for `<=`, `&&` for `||`, a statement left
 * out, ...), and runs the tests that are nearest by imports until one fails. What survives is
 * listed: it is a hole in the tests, or changes nothing that anybody could see. Works on a copy of
 * the commit, never on the tree itself.
 *
 *   node scripts/mutants.mjs --seed 7 --count 120 [--minutes 30]
 *
 * It keeps what it has found in `coverage/`. The same command goes on from there, so it may be
 * stopped at any time: by Ctrl-C or after `--minutes`, it says how far it came.
 */
import { fork, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseSync } from 'oxc-parser';

let root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Of a hundred mutants, so many are in each area. */
const areas = [
  ['src/sim/kernel', 27],
  ['src/sim', 9],
  ['src/checks', 24],
  ['src/scenarios', 20],
  ['src/faults', 6],
  ['src/nodes', 14],
];
/** They hash or read the source, or take minutes. */
const DEAF =
  /tidy|facts|generated|docs|rewrap|circles|gallery|determinism|launcher|library|test\/course|test\/page|process\.test|new-system|search\.test|chaos|conformance/;
/** Nearest first: these test files together, from one to before another. */
const BATCHES = [
  [0, 1],
  [1, 3],
  [3, 7],
];
/** Of a file's own tests all, up to this many: the kernel has them in a folder of their own. */
const OWN_MAX = 24;
/** And of those from afar, after all others. */
const FAR = [7, 20];
const DISTANCE_MAX = 4;
/** A mutant whose tests take more of the processor than this has made something endless. */
const PATIENCE_MS = 240_000;
const LOOK_EVERY_MS = 2000;
/** What the kernel counts processor time in. */
const TICK_MS = 10;

// --- Places --------------------------------------------------------------------------------------

const others = new Map([
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
  ['===', '!=='],
  ['!==', '==='],
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['/', '*'],
  ['&&', '||'],
  ['||', '&&'],
  ['+=', '-='],
  ['-=', '+='],
]);

/** The changes that can be made to a file, each as a stretch of text and what takes its place. */
function placesIn(path, text) {
  const places = [];
  const change = (from, to, by) => places.push({ path, from, to, by });
  /** The operator between two operands. */
  const swap = (left, right, operator) => {
    const by = others.get(operator);
    if (by === undefined) return;
    const at = text.indexOf(operator, left.end);
    if (at >= 0 && at < right.start) change(at, at + operator.length, by);
  };
  const visit = (node) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (node === null || typeof node !== 'object' || typeof node.type !== 'string') return;
    const isCast = /^TS(?:As|NonNull|Satisfies)/.test(node.type);
    if (node.type.startsWith('TS') && !isCast) return;
    if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return;
    if (isAssertion(node)) return;
    if (node.type === 'BinaryExpression' || node.type === 'LogicalExpression') {
      swap(node.left, node.right, node.operator);
    } else if (node.type === 'AssignmentExpression') {
      swap(node.left, node.right, node.operator);
    } else if (node.type === 'UpdateExpression') {
      const by = node.operator === '++' ? '--' : '++';
      const at = node.prefix ? node.start : node.end - 2;
      change(at, at + 2, by);
    } else if (node.type === 'UnaryExpression' && node.operator === '!') {
      change(node.start, node.start + 1, '');
    } else if (node.type === 'IfStatement') {
      change(node.test.start, node.test.end, `!(${text.slice(node.test.start, node.test.end)})`);
    } else if (node.type === 'Literal' && typeof node.value === 'number') {
      change(node.start, node.end, String(node.value + 1));
    } else if (node.type === 'Literal' && typeof node.value === 'boolean') {
      change(node.start, node.end, String(!node.value));
    } else if (node.type === 'ExpressionStatement' && isEffect(node.expression)) {
      change(node.start, node.end, ';');
    }
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'typeAnnotation' && key !== 'returnType') visit(value);
    }
  };
  visit(parseSync(path, text).program.body);
  return places;
}

/** What it asserts holds anyway. */
function isAssertion(node) {
  return (
    node.type === 'ExpressionStatement' &&
    node.expression.type === 'CallExpression' &&
    node.expression.callee.name === 'assert'
  );
}

function isEffect(expression) {
  if (expression.type === 'CallExpression') return expression.callee.type !== 'Super';
  return expression.type === 'AssignmentExpression';
}

// --- Tests ---------------------------------------------------------------------------------------

/** Sources and tests, from the root. */
function filesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.ts'));
}

/** Who imports each file. */
function importersOf(files) {
  const importers = new Map();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, name] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const target = relative(root, resolve(root, dirname(file), name));
      importers.set(target, [...(importers.get(target) ?? []), file]);
    }
  }
  return importers;
}

/** The tests that import a file in batches: its own first, then by how far the import is. */
function testsOf(file, importers) {
  const found = [];
  let ring = [file];
  const seen = new Set(ring);
  for (let distance = 1; distance <= DISTANCE_MAX && ring.length > 0; distance++) {
    const next = ring.flatMap((one) => importers.get(one) ?? []).filter((one) => !seen.has(one));
    ring = [...new Set(next)];
    for (const one of ring) seen.add(one);
    found.push(...ring.filter((one) => one.endsWith('.test.ts') && !DEAF.test(one)).sort());
  }
  const folders = [dirname(file), dirname(file) === 'src/sim/kernel' ? 'test/kernel' : ''];
  const isOwn = (one) => folders.includes(dirname(one));
  const own = found.filter(isOwn);
  const tests = [...own, ...found.filter((one) => !isOwn(one))];
  const end = BATCHES.at(-1)[1];
  const further = own.slice(end, OWN_MAX);
  const far = tests.slice(...FAR).filter((one) => !further.includes(one));
  return [...BATCHES.map(([from, to]) => tests.slice(from, to)), further, far];
}

// --- Chance --------------------------------------------------------------------------------------

/** Numbers below `n`, by a linear congruence (Numerical Recipes). */
function chance(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function draw(count, seed) {
  const below = chance(seed);
  for (let i = 0; i < 10; i++) below(2);
  const drawn = areas.flatMap(([area, share]) => {
    const files = filesUnder(area).filter(
      (file) =>
        !file.endsWith('.test.ts') &&
        (area !== 'src/sim' || !file.startsWith('src/sim/kernel')) &&
        !/\/index\.ts$/.test(file),
    );
    const places = files.flatMap((file) => placesIn(file, readFileSync(join(root, file), 'utf8')));
    const wanted = Math.round((count * share) / 100);
    return Array.from({ length: wanted }, () => places.splice(below(places.length), 1)[0]);
  });
  // The first few are a choice of their own.
  return drawn.map(() => drawn.splice(below(drawn.length), 1)[0]);
}

// --- One mutant after another --------------------------------------------------------------------

/** In a process of its own, with Vitest and all that it has read kept. */
async function child(copy) {
  process.chdir(copy);
  const { createVitest } = await import('vitest/node');
  const vitest = await createVitest('test', {
    root: copy,
    watch: true,
    bail: 1,
    maxWorkers: 1,
    reporters: [{}],
    update: false,
  });
  await vitest.standalone?.();
  let errors = 0;
  /** The first of these tests that fails; null if none does. Once more if no worker came up. */
  const failedOf = async (tests, isAgain = false) => {
    if (tests.length === 0) return null;
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(
      await specifications(tests),
    );
    // It tells of all that ever ran here.
    const failed = testModules
      .map((one) => [relative(copy, one.moduleId), one.state()])
      .find(([file, state]) => tests.includes(file) && state === 'failed');
    const news = unhandledErrors.slice(errors).map((error) => String(error?.message));
    errors = unhandledErrors.length;
    if (failed !== undefined) return failed[0];
    if (news.length === 0) return null;
    const isBusy = news.every((message) => /Timeout|pool/.test(message));
    return isBusy && !isAgain ? failedOf(tests, true) : `an error: ${news[0]}`;
  };
  const specifications = async (tests) => {
    const all = await vitest.globTestSpecifications(tests);
    return all.filter(({ moduleId }) => tests.includes(relative(copy, moduleId)));
  };
  const write = (path, text) => {
    writeFileSync(path, text);
    vitest.invalidateFile(path);
  };
  /** Tests that pass without any mutant, and those that do not: these prove nothing. */
  const sound = new Set();
  const broken = new Set();
  process.on('message', async ({ mutant, batches }) => {
    const path = join(copy, mutant.path);
    const text = readFileSync(path, 'utf8');
    const changed = text.slice(0, mutant.from) + mutant.by + text.slice(mutant.to);
    let killer = null;
    for (const batch of batches) {
      while (killer === null) {
        write(path, changed);
        const failed = await failedOf(batch.filter((test) => !broken.has(test)));
        if (failed === null) break;
        write(path, text);
        const isProof = sound.has(failed) || !batch.includes(failed);
        if (isProof || (await failedOf([failed])) === null) killer = failed;
        (killer === null ? broken : sound).add(failed);
      }
    }
    write(path, text);
    process.send({ killer, broken: [...broken] });
  });
  process.send('ready');
}

function start(copy) {
  const worker = fork(fileURLToPath(import.meta.url), ['--child', copy], { stdio: 'ignore' });
  const ready = new Promise((done) => worker.once('message', done));
  return { worker, ready };
}

/** Processor time that a process has had; on a busy machine the clock says little. */
function workedMs(pid) {
  if (process.platform !== 'linux') return performance.now();
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(words[11]) + Number(words[12])) * TICK_MS;
}

/** One mutant in the session's process; ends the session if it does not come back. */
async function tried(session, mutant, batches) {
  await session.ready;
  const { worker } = session;
  const answer = await new Promise((done) => {
    const beganMs = workedMs(worker.pid);
    const timer = setInterval(() => {
      if (workedMs(worker.pid) - beganMs > PATIENCE_MS) end({ killer: 'no end' });
    }, LOOK_EVERY_MS);
    const end = (said) => {
      clearInterval(timer);
      done(said);
    };
    worker.removeAllListeners();
    worker.once('exit', () => end({ killer: 'the end of the process' }));
    worker.once('message', end);
    worker.send({ mutant, batches });
  });
  if (answer.broken !== undefined) return answer;
  worker.removeAllListeners();
  worker.kill('SIGKILL');
  return { ...answer, isOver: true };
}

/** The rows of an earlier start, by mutant. Its first line says what it was drawn from. */
function rowsOf(log, head) {
  if (!existsSync(log)) {
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, `${head}\n`);
  }
  const [first, ...rows] = readFileSync(log, 'utf8').trimEnd().split('\n');
  if (first !== head) throw new Error(`${log} is of "${first}", not of "${head}": delete it`);
  return new Map(rows.map((row) => [Number(row.split(' ', 1)[0]), row]));
}

function summary(rows, count) {
  const survivors = [...rows.values()].filter((row) => row.includes(' SURVIVED '));
  const killed = rows.size - survivors.length;
  const head = `${rows.size} of ${count} tried: ${killed} killed, ${survivors.length} survived`;
  return [head, ...survivors].join('\n');
}

async function main() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '120' },
      minutes: { type: 'string', default: 'Infinity' },
      log: { type: 'string' },
      child: { type: 'string' },
    },
  });
  if (values.child !== undefined) return child(values.child);
  const { seed, count } = values;
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  const log = values.log ?? join(root, 'coverage', `mutants-${seed}-${count}.log`);
  const rows = rowsOf(log, `commit ${commit.stdout.trim()} seed ${seed} count ${count}`);
  const copy = mkdtempSync(join(tmpdir(), 'dsim-mutants-'));
  spawnSync('git', ['clone', '-q', '--shared', root, copy]);
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // What is drawn from must be what is changed, whatever happens to the tree meanwhile.
  root = copy;
  const importers = importersOf([...filesUnder('src'), ...filesUnder('test')]);
  const mutants = draw(Number(count), Number(seed));
  const end = performance.now() + Number(values.minutes) * 60_000;
  let isStopped = false;
  process.once('SIGINT', () => {
    isStopped = true;
  });
  let session = start(copy);
  for (const [i, mutant] of mutants.entries()) {
    if (rows.has(i)) continue;
    if (isStopped || performance.now() > end) break;
    const text = readFileSync(join(root, mutant.path), 'utf8');
    const {
      killer,
      broken = [],
      isOver,
    } = await tried(session, mutant, testsOf(mutant.path, importers));
    if (isStopped) break;
    if (isOver) {
      writeFileSync(join(copy, mutant.path), text);
      session = start(copy);
    }
    const line = text.slice(0, mutant.from).split('\n').length;
    const before = text.slice(mutant.from, mutant.to).replaceAll(/\s+/g, ' ');
    const how = killer === null ? 'SURVIVED' : `killed by ${killer}`;
    const unsound = broken.length === 0 ? '' : `  (fail without it: ${broken.join(', ')})`;
    const row = `${i} ${how} ${mutant.path}:${line} \`${before}\` -> \`${mutant.by}\`${unsound}`;
    rows.set(i, row);
    console.log(row);
    appendFileSync(log, `${row}\n`);
  }
  session.worker.removeAllListeners();
  session.worker.kill();
  rmSync(copy, { recursive: true, force: true });
  console.log(`\n${summary(rows, mutants.length)}`);
}

await main();
