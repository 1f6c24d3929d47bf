/**
 * Prints the digests of the gallery over a few seeds, one line each: the same bytes on every Node,
 * or determinism is broken. Runs the built bundle in this process, so that whichever Node runs the
 * script is the one that is tested.
 */
import { execFileSync } from 'node:child_process';
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
    let text;
    try {
      text = execFileSync(process.execPath, [join(root, 'bin', 'dsim.js'), ...args], {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
    } catch (error) {
      // A violated expectation is a result like any other; everything else is a failure of this
      // script.
      if (error.status !== 1 && error.status !== 3) throw error;
      text = error.stdout;
    }
    const { digests, state } = JSON.parse(text).runs[0];
    console.log(`${file} ${seed} ${state} ${Object.values(digests).join(' ')}`);
  }
}
