/** Tests live beside the code, and in `test/` where they cut across it. */

import { pathToFileURL } from 'node:url';
import { defineConfig } from 'vitest/config';

const ci = process.env['CI'] !== undefined;

/** The gallery as one file, when it is asked for by name, or in parts that workers share. */
const isWhole = process.argv.some((word) => word.includes('gallery.test'));

/** What changes the process that it runs in, or looks at all of it: it reads all modules anew. */
const alone = [
  'src/scenarios/host/{descriptor-writer,own-*,run-store,running}.test.ts',
  'test/cli/{arguments,own-*,process,public-cases,serve,test,write}.test.ts',
  'test/kernel/guard.test.ts',
  'test/new-system.test.ts',
];

/**
 * Of one run, modules are Node's own: an imported name is then a variable, and no property with a
 * getter as Vite writes it, which takes a quarter of the time of judges and kernel. A run that goes
 * on, as of `vitest` without `run`, reads files again, as Node never does.
 */
const native = {
  experimental: { viteModuleRunner: false, nodeLoader: false },
  execArgv: [
    '--import',
    pathToFileURL(`${import.meta.dirname}/test/support/native-start.mjs`).href,
  ],
};

export default defineConfig({
  test: {
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
          ...(process.argv.includes('run') ? native : {}),
        },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
