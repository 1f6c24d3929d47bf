/**
 * Prints the digests of the gallery over a few seeds, one line each: the same bytes on every Node,
 * or determinism is broken. Runs the built bundle in this process, so that whichever Node runs the
 * script is the one that is tested.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const seeds = [1, 42, 9007199254740991];

for (const file of readdirSync(join(root, 'scenarios')).toSorted()) {
  if (!file.endsWith('.yaml')) continue;
  for (const seed of seeds) {
    const args = [
      'run',
      join('scenarios', file),
      '--seed',
      String(seed),
      '--strict',
      '--json',
      '--no-keep',
    ];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'bin', 'dsim.js'), ...args],
      { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    // A violated expectation is a result like any other; everything else is a failure.
    if (![0, 1, 3].includes(status) || stderr !== '') {
      throw new Error(`dsim ${args.join(' ')} ended with ${status}: ${stderr}`);
    }
    const { digests, state } = JSON.parse(stdout).runs[0];
    console.log(`${file} ${seed} ${state} ${Object.values(digests).join(' ')}`);
  }
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
for (const [folder = '', exercise = '', ...more] of grades) {
  const args = [
    'grade',
    join('course', folder),
    '--exercise',
    exercise,
    '--format',
    'dsim',
    ...more,
  ];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'bin', 'dsim.js'), ...args],
    { cwd: root, encoding: 'utf8', env: { ...process.env, DSIM_GRADE_KEY: 'of the digests' } },
  );
  if (status !== 0) throw new Error(`dsim ${args.join(' ')} ended with ${status}: ${stderr}`);
  const { points } = JSON.parse(stdout);
  const digest = createHash('sha256').update(stdout).digest('hex').slice(0, 32);
  console.log(`grade ${exercise} ${folder} ${points} ${digest}`);
}
