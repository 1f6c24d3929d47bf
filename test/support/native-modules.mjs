/** For workers of the tests: Node’s `import` reads TypeScript; esbuild takes the types away. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const TYPESCRIPT = /^file:.*\.ts(?:\?|$)/;

/** Node's hook for what a module is made of. */
export function load(
  /** @type {string} */ url,
  /** @type {object} */ context,
  /** @type {(url: string, context: object) => unknown} */ next,
) {
  if (!TYPESCRIPT.test(url)) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20.18',
    sourcefile: file,
    sourcemap: 'inline',
    sourcesContent: false,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
