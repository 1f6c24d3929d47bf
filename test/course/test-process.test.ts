/** The process of a test, as it is started: what only it can contain. Needs the build. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { composeJob } from '../../src/course/compose.ts';
import { readExercise } from '../../src/course/exercise.ts';
import { processRunner, type TestRuns } from '../../src/course/test-process.ts';

const root = join(import.meta.dirname, '..', '..');
const exercise = readExercise(join(root, 'course', '01-echo'));

async function attempt(receive: string, guardMs: number): Promise<TestRuns> {
  const [answered] = exercise.tests;
  if (answered === undefined) throw new Error('no test');
  const map = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
  const code = `const kept = []; exports.default = class { start() {} receive(ctx, from, m) { ${receive} } };`;
  const { job } = await composeJob({
    exercise,
    test: answered,
    variants: [{ scenario: 'answered.yaml', seeds: ['1'], isHidden: false }],
    code: { code, map, folder: exercise.folder, root: exercise.folder },
    overlay: null,
    library: join(root, 'src', 'index.ts'),
    stopsAtLoss: true,
  });
  const program = join(root, 'bin', 'dsim.js');
  return processRunner({ program, packageRoot: root, guardMs })(job);
}

const ANSWER = "ctx.send(from, { type: 'echo_ok', inReplyTo: m.id, payload: m.payload });";

describe('the process of a test', () => {
  test('gives what the runs gave', async () => {
    const { outcomes, ended } = await attempt(ANSWER, 60_000);
    expect(ended).toBeNull();
    expect(outcomes.map(({ state }) => state)).toEqual(['held']);
  }, 60_000);

  test('that never comes to an end is ended by the guard', async () => {
    const { outcomes, ended } = await attempt('for (;;) {}', 8000);
    expect([outcomes, ended?.kind]).toEqual([[], 'guard']);
    expect(ended?.words).toContain('a loop that never ends?');
  }, 60_000);

  test('that hoards memory is ended and named', async () => {
    const { ended } = await attempt('for (;;) kept.push(new Array(1e5).fill(1.5));', 60_000);
    expect(ended).toMatchObject({ kind: 'memory', words: 'It used more than 512 MB of memory.' });
  }, 60_000);
});
