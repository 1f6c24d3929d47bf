/**
 * Prints the digests of the gallery over a few seeds, one line each: the same bytes on every Node,
 * or determinism is broken. Runs the built bundle in this process, so that whichever Node runs the
 * script is the one that is tested.
 */
import { spawnSync } from 'node:child_process';
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
