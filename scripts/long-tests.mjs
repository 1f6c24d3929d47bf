/**
 * The second half of npm run test:long: the tests that can do more than every run can afford, with
 * `DSIM_LONG=1`: the gallery on eleven seeds, the models of the kernel for a minute each, hundreds
 * of seeds of protocols.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The test files that ask how much they shall do. */
const asking = ['src', 'test']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  )
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) =>
    /support\/(?:long|gallery|hostile-tests)\.ts'/.test(readFileSync(join(root, file), 'utf8')),
  )
  .filter((file) => file !== join('test', 'gallery.test.ts'));

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...asking], {
  cwd: root,
  env: { ...process.env, DSIM_LONG: '1' },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
