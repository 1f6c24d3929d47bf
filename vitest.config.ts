/** Tests live beside the code, and in `test/` where they cut across it. */

import { defineConfig } from 'vitest/config';

const ci = process.env['CI'] !== undefined;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
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
  },
});
