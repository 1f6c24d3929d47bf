/**
 * The audit: a won run is made once more where nothing of the student's can touch the kernel. Needs
 * the build.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processAuditor } from '../../src/course/audit/audit.ts';
import { readExercise } from '../../src/course/exercise.ts';
import { grade } from '../../src/course/grade.ts';
import type { Job, RunOutcome } from '../../src/course/job.ts';
import { processRunner } from '../../src/course/test-process.ts';
import { runJob } from '../../src/course/trial.ts';
import { ANSWER, jobOf, root } from './attempt.ts';

const PROGRAM = join(root, 'bin', 'dsim.js');
const auditor = processAuditor({ program: PROGRAM, packageRoot: root, guardMs: 30_000 });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-audit-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nodeOf = (receive: string) =>
  `exports.default = class { start(ctx) { ctx.storage.set('n', -0); } receive(ctx, from, m) { ${receive} } };`;

async function run(job: Omit<Job, 'nonce'>): Promise<RunOutcome> {
  const outcomes: RunOutcome[] = [];
  await runJob({ ...job, nonce: '' }, (frame) => {
    if (frame.type === 'run') outcomes.push(frame.outcome);
  });
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Error('it did not run');
  return outcome;
}

test('a run with its nodes elsewhere is the same run, and another one is found out', async () => {
  // Numbers that JSON cannot hold, errors of the host, chance, the disk.
  const all = `try { ctx.setTimer('t', NaN); } catch {} ctx.random.shuffle([1, 2]); ctx.note('n', { at: ctx.now() }); ctx.storage.get('n'); ctx.measure; ${ANSWER}`;
  const job = await jobOf(nodeOf(all));
  const outcome = await run(job);
  expect(outcome.state).toBe('held');
  expect(await auditor(job, outcome)).toBe('equal');
  // Of a job's lost runs, as those of a cost below its best tier, only the first has a story.
  const story = { what: 'lost', because: '', picture: [], finding: '' };
  expect(await auditor(job, { ...outcome, story })).toBe('equal');
  expect(await auditor(job, { ...outcome, digest: outcome.digest.replace(/^./, 'x') })).toBe(
    'forged',
  );
}, 60_000);

test('a loop without an end is no proof of forgery', async () => {
  const job = await jobOf(nodeOf('for (;;) {}'));
  const impatient = processAuditor({ program: PROGRAM, packageRoot: root, guardMs: 1000 });
  expect(await impatient(job, await run(await jobOf(nodeOf(ANSWER))))).toBe('guard');
}, 60_000);

/** A test's process that was taken over: it says that all runs held, with the parent's own mark. */
const TAKEN = `
const job = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const print = (frame) => console.log(JSON.stringify({ ...frame, nonce: job.nonce }));
job.runs.forEach((_run, index) => print({ type: 'run', outcome: { index, state: 'held', digest: '', events: 1, messages: 1, bytes: 1, judged: [], error: null, story: null } }));
print({ type: 'end' });
`;

test.each([
  ['with the key no points are left', 'secret', 0, 'forged'],
  ['without a key nothing is audited: a student deceives nobody else', null, 100, 'not done'],
] as const)(
  'forged results: %s',
  async (_what, key, points, audit) => {
    const program = join(folder, 'taken.cjs');
    writeFileSync(program, TAKEN);
    chmodSync(program, 0o755);
    const made = await grade({
      exercise: readExercise(join(root, 'course', '01-echo')),
      folder: join(root, 'course', '01-echo'),
      library: join(root, 'src', 'index.ts'),
      runner: processRunner({ program, packageRoot: folder, guardMs: 30_000 }),
      auditor,
      key,
      student: null,
      only: key === null ? null : 'answered',
      jobs: 2,
      reveals: false,
    });
    expect([made.points, made.audit]).toEqual([points, audit]);
    if (audit === 'forged') expect(made.reason).toContain('The results are forged');
  },
  60_000,
);
