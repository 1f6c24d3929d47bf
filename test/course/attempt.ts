/** A script as a submission of the first exercise, in its first test, on one seed. */
import { join } from 'node:path';
import { composeJob } from '../../src/course/compose.ts';
import { readExercise } from '../../src/course/exercise.ts';
import type { Job } from '../../src/course/job.ts';
import { scriptBundle } from '../../src/course/sandbox/bundle.ts';

export const root = join(import.meta.dirname, '..', '..');

/** The receiver's only line in a node that wins. */
export const ANSWER = "ctx.send(from, { type: 'echo_ok', inReplyTo: m.id, payload: m.payload });";

/** `fault` is one that the test does not have. */
export async function jobOf(code: string, fault?: string): Promise<Omit<Job, 'nonce'>> {
  const exercise = readExercise(join(root, 'course', '01-echo'));
  const [test] = exercise.tests;
  if (test === undefined) throw new Error('no test');
  const { job } = await composeJob({
    exercise,
    test,
    variants: [{ scenario: 'answered.yaml', seeds: ['1'], isHidden: false }],
    code: scriptBundle(code, exercise.folder),
    answers: new Map(),
    library: join(root, 'src', 'index.ts'),
    lossesMax: 1,
  });
  if (fault === undefined) return job;
  const [entry = ''] = job.runs.map((run) => run.entry);
  const text = (job.files[entry] ?? '').replace(/\}\s*$/, `, faults: [${fault}] }`);
  return { ...job, files: { ...job.files, [entry]: text } };
}
