/**
 * Prints the digests of the gallery over a few seeds, one line each: the same bytes on every Node,
 * or determinism is broken. Every run is a process of its own of the Node that runs this script,
 * one on each core; the lines come in the order of the gallery.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const seeds = [1, 42, 9007199254740991];

/** Runs dsim, and gives what it wrote to stdout. */
function dsim(args, { codes, env = {} }) {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(root, 'bin', 'dsim.js'), ...args],
      { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (codes.includes(code) && stderr === '') resolve(stdout);
        else reject(new Error(`dsim ${args.join(' ')} ended with ${code}: ${stderr}`));
      },
    );
  });
}

async function lineOfRun(file, seed) {
  const args = ['--seed', String(seed), '--strict', '--json', '--no-keep'];
  // A violated expectation is a result like any other; everything else is a failure.
  const codes = [0, 1, 3];
  const stdout = await dsim(['run', join('scenarios', file), ...args], { codes });
  const { digests, state } = JSON.parse(stdout).runs[0];
  return `${file} ${seed} ${state} ${Object.values(digests).join(' ')}`;
}

// A grade is the same file too, of solutions that win and of some that lose.
const grades = [
  ['01-echo/.solution', '01-echo'],
  ['02-ids/.solution', '02-ids', '--jobs', '1'],
  ['02-ids/.solution', '02-ids', '--jobs', '8'],
  ['04-counter', '03-gossip'],
  ['04-counter/.solution', '03-gossip'],
  ['10-quorum/.solution', '04-counter'],
  ['N10-dial/.solution', 'N10-dial'],
];

async function lineOfGrade([folder, exercise, ...more]) {
  const args = ['grade', join('course', folder), '--exercise', exercise, '--format', 'dsim'];
  const env = { DSIM_GRADE_KEY: 'of the digests' };
  const stdout = await dsim([...args, ...more], { codes: [0], env });
  const { points } = JSON.parse(stdout);
  const digest = createHash('sha256').update(stdout).digest('hex').slice(0, 32);
  return `grade ${exercise} ${folder} ${points} ${digest}`;
}

const scenarios = readdirSync(join(root, 'scenarios')).toSorted();
const jobs = [
  ...scenarios
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => seeds.map((seed) => () => lineOfRun(file, seed))),
  ...grades.map((grade) => () => lineOfGrade(grade)),
];
const lines = [];
let next = 0;
async function work() {
  for (let i = next++; i < jobs.length; i = next++) lines[i] = await jobs[i]();
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(lines.join('\n'));
