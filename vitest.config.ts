/** Tests live beside the code, and in `test/` where they cut across it. */
import { defineConfig } from 'vitest/config';

const ci = process.env['CI'] !== undefined;

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Worker threads start in half the time of processes, which tells with many small files.
    pool: 'threads',
    // A file shares nothing with another but the modules: no test changes a module's state.
    testTimeout: 20_000,
    // Under CI, .ci/run reads the totals from the JSON.
    reporters: ci ? ['minimal', ['json', { outputFile: 'coverage/tests.json' }]] : ['minimal'],
  },
});
