/** Tests live beside the code, and in `test/` where they cut across it. */

import { dirname, join, relative, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { compileSources } from './scripts/compile-sources.mjs';

const ci = process.env['CI'] !== undefined;

/** The gallery as one file, when it is asked for by name, or in parts that workers share. */
const isWhole = process.argv.some((word) => word.includes('gallery.test'));

/**
 * What changes the process that it runs in, or looks at all of it: of the commands, those that run
 * code of a user's here. The others find all modules read.
 */
const alone = [
  'src/scenarios/host/*.test.ts',
  'test/cli/{check,explain-examples,own-kind,public-cases,write}.test.ts',
  'test/kernel/guard.test.ts',
  'test/docs.test.ts',
  'test/new-system.test.ts',
];

/**
 * `vitest run` runs compiled sources, as Node does; who watches, or tries mutants, has Vitest's own
 * way, which sees at once what changes.
 */
const compiled = process.argv.includes('run') ? await compileSources(import.meta.dirname) : null;

/** What a test or a part of the tests imports from `src`: the compiled file, which Node imports. */
function sourceOf(id: string, importer: string | undefined) {
  if (compiled === null || importer === undefined || !/^\..*(?<!\.test)\.ts$/.test(id)) return null;
  const file = relative(join(import.meta.dirname, 'src'), resolve(dirname(importer), id));
  if (file.startsWith('..')) return null;
  return { id: join(compiled, file.replace(/\.ts$/, '.js')), external: true };
}

export default defineConfig({
  plugins: [{ name: 'compiled sources', enforce: 'pre', resolveId: sourceOf }],
  test: {
    server: { deps: { external: [/\.compiled\//] } },
    execArgv: ['--enable-source-maps'],
    // Measured over 24 files: a fifth quicker than processes.
    pool: 'threads',
    // All cores: the default leaves one idle, of two.
    maxWorkers: '100%',
    // Only for a test that never ends: on a busy machine one takes many times as long, and must not
    // fail of that.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Failures and totals. Under CI, .ci/run reads the totals from the JSON.
    reporters: ci ? ['minimal', ['json', { outputFile: 'coverage/tests.json' }]] : ['minimal'],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...alone, isWhole ? 'test/gallery/*.test.ts' : 'test/gallery.test.ts'],
          // Modules are read and compiled once a worker: over 214 files a fifth of the time.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
