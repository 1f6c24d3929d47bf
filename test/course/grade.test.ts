/** What a grade is made of, without any run. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Exercise,
  exerciseCalled,
  exercisesIn,
  readExercise,
} from '../../src/course/exercise.ts';
import { formatNames, renderFormat } from '../../src/course/formats/formats.ts';
import { type Grade, type GradeOptions, grade } from '../../src/course/grade.ts';
import type { JudgedLine, RunOutcome } from '../../src/course/job.ts';
import { magnitude } from '../../src/course/quantity.ts';
import { hiddenSeed, keyFingerprint } from '../../src/course/seeds.ts';
import type { Runner } from '../../src/course/test-process.ts';

const root = join(import.meta.dirname, '..', '..');
const course = join(root, 'course');
const gossip = readExercise(join(course, '03-gossip'));

/** A runner that runs nothing: `lost` names scenarios, `costs` says what each tier's metric is. */
function runnerOf(lost: readonly string[], cost: number): Runner {
  return async (job) => ({
    ended: null,
    outcomes: job.runs.map(({ entry }, index): RunOutcome => {
      const isLost = lost.some((name) => entry.startsWith(name));
      const judged = [
        ...(job.files[entry] ?? '').matchAll(/"(\S+ per operation\(\w+\) <= (\d+)\w*)"/g),
      ].map(
        ([, text = '', bound = '']): JudgedLine => ({
          text,
          state: cost <= Number(bound) ? 'held' : 'violated',
          measured: String(cost),
        }),
      );
      return {
        index,
        state: isLost ? 'violated' : 'held',
        events: 1,
        digest: '',
        messages: 0,
        bytes: 0,
        judged,
        error: null,
        story: null,
      };
    }),
  });
}

function graded(runner: Runner, more: Partial<GradeOptions> = {}): Promise<Grade> {
  return grade({
    exercise: gossip,
    folder: join(course, '03-gossip', '.solution'),
    library: join(root, 'src', 'index.ts'),
    runner,
    auditor: null,
    key: null,
    student: null,
    only: null,
    jobs: 2,
    reveals: false,
    ...more,
  });
}

const pointsOf = ({ tests }: Grade) =>
  Object.fromEntries(tests.map(({ id, points }) => [id, points]));

describe('points', () => {
  test('all held, in the best tiers', async () => {
    expect((await graded(runnerOf([], 3))).points).toBe(100);
  });

  test('a cost has the points of the best tier that holds', async () => {
    const { points, tests } = await graded(runnerOf([], 15));
    expect(tests.filter(({ kind }) => kind === 'cost').map((test) => test.points)).toEqual([10, 5]);
    expect(points).toBe(85);
  });

  test('costs count only where all safety tests hold', async () => {
    const made = await graded(runnerOf(['crash'], 3));
    expect(pointsOf(made)).toEqual({
      plain: 15,
      loss: 15,
      cut: 20,
      crash: 0,
      messages: 0,
      bytes: 0,
    });
    expect(made.tests.at(-1)?.status).toBe('skipped');
    expect(made.leaderboard).toEqual([]);
  });

  test('a gate that is lost closes all behind it', async () => {
    const made = await graded(runnerOf(['plain'], 3));
    expect(made.points).toBe(0);
    expect(made.tests.map(({ status }) => status)).toEqual(['lost', ...Array(5).fill('skipped')]);
  });

  test('one lost seed loses the test: no share of the points', async () => {
    const all = runnerOf([], 3);
    const once: Runner = async (job) => {
      const runs = await all(job);
      if (!job.runs[0]?.entry.startsWith('loss')) return runs;
      return {
        ...runs,
        outcomes: runs.outcomes.map((run, i) =>
          i === 4 ? { ...run, state: 'violated' as const } : run,
        ),
      };
    };
    expect(pointsOf(await graded(once))['loss']).toBe(0);
  });

  test.each(['unknown', 'never exercised'] as const)('%s is lost', async (state) => {
    const all = runnerOf([], 3);
    const made = await graded(async (job) => {
      const runs = await all(job);
      return { ...runs, outcomes: runs.outcomes.map((run) => ({ ...run, state })) };
    });
    expect(made.points).toBe(0);
  });

  test('runs that are missing are lost', async () => {
    const made = await graded(async () => ({ outcomes: [], ended: null }));
    expect(made.points).toBe(0);
  });
});

describe('hidden seeds', () => {
  const context = { exercise: 'gossip', version: 1, test: 'cut', student: null };

  test('are the first 53 bits of the HMAC of the page', () => {
    const hex = createHmac('sha256', 'secret')
      .update('dsim-grade/1\ngossip\n1\ncut\n0')
      .digest('hex');
    const expected = BigInt(`0x${hex}`) >> (256n - 53n);
    expect(hiddenSeed('secret', context, 0)).toBe(String(expected));
    expect(hiddenSeed('secret', context, 0)).toBe('1988752349896399');
    expect(Number.isSafeInteger(Number(hiddenSeed('secret', context, 7)))).toBe(true);
  });

  test('differ by key, test, place and student', () => {
    const seeds = [
      hiddenSeed('secret', context, 0),
      hiddenSeed('secret', context, 1),
      hiddenSeed('other', context, 0),
      hiddenSeed('secret', { ...context, test: 'loss' }, 0),
      hiddenSeed('secret', { ...context, student: 'ada' }, 0),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  test('no hidden seed is in any format before it is revealed', async () => {
    const options = { key: 'secret', exercise: gossip };
    const lostHidden: Runner = async (job) => {
      const runs = await runnerOf([], 3)(job);
      return {
        ...runs,
        outcomes: runs.outcomes.map((run, i) =>
          i === 9 ? { ...run, state: 'violated' as const } : run,
        ),
      };
    };
    const hidden = await graded(lostHidden, options);
    const seeds = Array.from({ length: 20 }, (_none, i) =>
      hiddenSeed('secret', { ...context, test: 'plain' }, i),
    );
    for (const name of formatNames.filter((each) => each !== 'classroom50')) {
      const text = renderFormat(name, hidden, { exercise: gossip, env: {} });
      expect(seeds.filter((seed) => text.includes(seed))).toEqual([]);
    }
    const lostVariant = (more: Partial<GradeOptions>) =>
      graded(runnerOf(['.hidden/cut'], 3), { ...options, ...more });
    const nextOf = ({ tests }: Grade) => tests.find(({ id }) => id === 'cut')?.next;
    const secret = await lostVariant({});
    expect(JSON.stringify(secret)).not.toContain('.hidden');
    expect(nextOf(secret)).toBe('dsim run cut.yaml --seeds 1..200');
    // A student has no hidden files after the deadline either.
    expect(nextOf(await lostVariant({ reveals: true }))).toBe('dsim run cut.yaml --seeds 1..200');
    const whole = await lostVariant({ reveals: true, folder: gossip.folder });
    expect(nextOf(whole)).toContain('dsim run .hidden/cut');
    const revealed = await graded(lostHidden, { ...options, reveals: true });
    expect(seeds).toContain(revealed.tests[0]?.lostOn);
    expect(revealed.keyFingerprint).toBe(keyFingerprint('secret'));
  });
});

describe('formats', () => {
  const env = {
    CLASSROOM: 'c',
    ASSIGNMENT: 'a',
    ASSIGNMENT_TYPE: 'individual',
    OWNER: 'o',
    SUBMISSION_TAG: 'submit/2026-03-04T05-06-07Z',
    COMMIT_URL: 'u',
    RELEASE_URL: 'r',
    REVIEW_URL: 'v',
  };
  const rendered = async (name: string, exercise: Exercise = gossip) =>
    renderFormat(name, await graded(runnerOf(['cut'], 3)), { exercise, env });

  test('grade.json has its keys in order, and none of the machine', async () => {
    const document = JSON.parse(await rendered('dsim'));
    expect(Object.keys(document).join()).toBe(
      'format,version,dsim,exercise,exerciseVersion,submission,keyFingerprint,points,max,reason,audit,tests,leaderboard',
    );
    expect(await rendered('dsim')).toBe(await rendered('dsim'));
    expect(JSON.stringify(document)).not.toContain(root);
  });

  test('Gradescope: no score on top, scores that sum up', async () => {
    const document = JSON.parse(await rendered('gradescope'));
    expect(document.score).toBeUndefined();
    expect(document.execution_time).toBeUndefined();
    expect(document.tests.map((each: { score: number }) => each.score)).toEqual([
      15, 15, 0, 20, 0, 0,
    ]);
  });

  test('Exercism: version 3, a message for each test that fails', async () => {
    const document = JSON.parse(await rendered('exercism'));
    expect([document.version, document.status]).toEqual([3, 'fail']);
    const failed = document.tests.filter((each: { status: string }) => each.status !== 'pass');
    expect(failed.every((each: { message?: string }) => typeof each.message === 'string')).toBe(
      true,
    );
  });

  test('Classroom 50: the time is that of the tag', async () => {
    const document = JSON.parse(await rendered('classroom50'));
    expect(document).toMatchObject({
      datetime: '2026-03-04T05:06:07Z',
      score: 50,
      'max-score': 100,
    });
  });

  test('JUnit, CSV and Markdown hold every test', async () => {
    const ids = gossip.tests.map(({ id }) => id);
    for (const name of ['junit', 'csv', 'md']) {
      const text = await rendered(name);
      expect(ids.filter((id) => !text.includes(id))).toEqual([]);
    }
    expect(await rendered('csv')).toMatch(/^exercise,submission,test,.*\r\n/);
  });

  test('a misspelt format is named', async () => {
    await expect(rendered('gradescop')).rejects.toThrow('did you mean `gradescope`?');
  });
});

test('printed quantities compare by their size', () => {
  expect(magnitude('1.2 kB')).toBeLessThan(magnitude('1.3 kB'));
  expect(magnitude('900 B')).toBeLessThan(magnitude('1.2 kB'));
  expect(magnitude('∞')).toBe(Infinity);
});

test('every exercise can be read, and is found by number and name', () => {
  const exercises = exercisesIn(course);
  for (const exercise of exercises) {
    expect(exerciseCalled(exercise.number, exercises)).toBe(exercise);
    expect(exerciseCalled(exercise.name, exercises)).toBe(exercise);
  }
});
