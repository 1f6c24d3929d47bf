/** The process of a test, as it is started: what only it can contain. Needs the build. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canIsolate, WITHOUT_NETWORK } from '../../src/course/isolation.ts';
import { processRunner, type TestRuns } from '../../src/course/test-process.ts';
import { ANSWER, jobOf, root } from './attempt.ts';

const PROGRAM = join(root, 'bin', 'dsim.js');

const nodeOf = (receive: string) =>
  `const kept = []; exports.default = class { start() {} receive(ctx, from, m) { ${receive} } };`;

async function attempt(receive: string, guardMs: number, program = PROGRAM): Promise<TestRuns> {
  return processRunner({ program, packageRoot: root, guardMs })(await jobOf(nodeOf(receive)));
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

  test.runIf(canIsolate(root))(
    'gives the same without a network',
    async () => {
      const job = await jobOf(nodeOf(ANSWER));
      const options = { program: PROGRAM, packageRoot: root, guardMs: 60_000 };
      const alone = await processRunner({ ...options, confined: WITHOUT_NETWORK })(job);
      expect(alone).toEqual(await processRunner(options)(job));
      expect(alone.ended).toBeNull();
    },
    60_000,
  );

  test('that never comes to an end is ended by the guard', async () => {
    const { outcomes, ended } = await attempt('for (;;) {}', 1500);
    expect([outcomes, ended?.kind]).toEqual([[], 'guard']);
    expect(ended?.words).toContain('a loop that never ends?');
  }, 60_000);

  test('that hoards memory is ended and named', async () => {
    const { ended } = await attempt('for (;;) kept.push(new Array(1e5).fill(1.5));', 60_000);
    expect(ended).toMatchObject({ kind: 'memory', words: 'It used more than 512 MB of memory.' });
  }, 60_000);
});
