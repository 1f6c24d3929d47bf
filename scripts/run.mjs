/**
 * Runs a TypeScript script of this folder on Nodes that cannot read TypeScript: bundles it,
 * evaluates it, and sets the exit code to what its `main` returns.
 *
 *     node scripts/run.mjs generate
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const [name = '', ...argv] = process.argv.slice(2);

const { outputFiles } = await build({
  entryPoints: [join(root, 'scripts', `${name}.ts`)],
  bundle: true,
  format: 'esm',
  packages: 'external',
  platform: 'node',
  target: 'node20.18',
  write: false,
});
// Below node_modules, where the script's packages are found and git does not look.
const folder = join(root, 'node_modules', '.cache', 'dsim');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${name}.${process.pid}.mjs`);
writeFileSync(file, outputFiles[0]?.contents ?? '');
try {
  const { main } = await import(pathToFileURL(file).href);
  process.exitCode = await main(root, argv);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(file, { force: true });
}
