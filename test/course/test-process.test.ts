/** The process of a test, as it is started: what only it can contain. Needs the build. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processRunner, type TestRuns } from '../../src/course/test-process.ts';
import { ANSWER, jobOf, root } from './attempt.ts';

const PROGRAM = join(root, 'bin', 'dsim.js');

async function attempt(receive: string, guardMs: number, program = PROGRAM): Promise<TestRuns> {
  const code = `const kept = []; exports.default = class { start() {} receive(ctx, from, m) { ${receive} } };`;
  return processRunner({ program, packageRoot: root, guardMs })(await jobOf(code));
}

// Its checks are in parts of dsim whose compiled code is kept where such a process may not read.
test('a right solution has all points as a student runs it', () => {
  const solution = join(root, 'course/01-echo/.solution');
  const argv = [PROGRAM, 'grade', solution, '--exercise', '01-echo', '--fail-under', '100'];
  const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, expect.stringContaining('100 of 100')]);
}, 60_000);

describe('the process of a test', () => {
  test('gives what the runs gave', async () => {
    const { outcomes, ended } = await attempt(ANSWER, 60_000);
    expect(ended).toBeNull();
    expect(outcomes.map(({ state }) => state)).toEqual(['held']);
  }, 60_000);

  test('that never comes to an end is ended by the guard', async () => {
    const { outcomes, ended } = await attempt('for (;;) {}', 3000);
    expect([outcomes, ended?.kind]).toEqual([[], 'guard']);
    expect(ended?.words).toContain('a loop that never ends?');
  }, 60_000);

  test('that hoards memory is ended and named', async () => {
    const { ended } = await attempt('for (;;) kept.push(new Array(1e5).fill(1.5));', 60_000);
    expect(ended).toMatchObject({ kind: 'memory', words: 'It used more than 512 MB of memory.' });
  }, 60_000);
});
