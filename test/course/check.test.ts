/**
 * Every exercise is proved: its solution holds, and each wrong solution loses exactly its tests. A
 * few seeds of the smallest of each sort here; all exercises on 100 seeds in the long suite.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkExercise } from '../../src/course/check.ts';
import { exercisesIn } from '../../src/course/exercise.ts';
import { isLong } from '../support/long.ts';

const root = join(import.meta.dirname, '..', '..');
const QUICK = ['echo', 'ids', 'retry', 'flood'];
const chosen = exercisesIn(join(root, 'course')).filter(
  ({ name }) => isLong || QUICK.includes(name),
);

test.each(chosen.map((exercise) => [exercise.name, exercise] as const))(
  '%s',
  async (_name, exercise) => {
    const problems = await checkExercise({
      exercise,
      library: join(root, 'src', 'index.ts'),
      seeds: isLong ? 100 : 1,
      onStep: () => {},
    });
    expect(problems).toEqual([]);
  },
  3_600_000,
);
