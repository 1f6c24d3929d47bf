/** Where exercises are: those that ship with dsim, and the one that a folder was made from. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nearestName } from '../sim/nearest-name.ts';
import { type Exercise, exerciseCalled, exercisesIn, readExercise } from './exercise.ts';
import { unpackCourse } from './packed-course.ts';
import { UsageError } from './usage-error.ts';

/** The folder of the exercises that ship with dsim: of a clone, or written out of the package. */
export function courseFolder(packageRoot: string): string {
  const folder = join(packageRoot, 'course');
  const archive = join(packageRoot, 'dist', 'parts.br');
  return existsSync(folder) || !existsSync(archive) ? folder : unpackCourse(archive);
}

/** null if none that ships with dsim is called so. */
export function shippedExercise(word: string, packageRoot: string): Exercise | null {
  return exerciseCalled(word, exercisesIn(courseFolder(packageRoot)));
}

/** Throws UsageError, with the nearest name, if no exercise is called so. */
export function findExercise(word: string, packageRoot: string): Exercise {
  const exercises = exercisesIn(courseFolder(packageRoot));
  const found = exerciseCalled(word, exercises);
  if (found !== null) return found;
  const names = exercises.map(({ name }) => name);
  const near = nearestName(word, names);
  const hint = near === null ? '`dsim learn` lists them' : `did you mean \`${near}\`?`;
  throw new UsageError(`there is no exercise \`${word}\`; ${hint}`);
}

/**
 * The exercise of a submission's folder: the one that ships with dsim if it has the name of one,
 * whatever scenarios the student's folder has; else that of the folder itself.
 */
export function exerciseOfFolder(folder: string, packageRoot: string): Exercise {
  const shipped = exercisesIn(courseFolder(packageRoot));
  if (existsSync(join(folder, 'exercise.yaml'))) {
    const own = readExercise(folder);
    return shipped.find(({ name }) => name === own.name) ?? own;
  }
  const called = exerciseCalled(basename(folder), shipped);
  if (called !== null) return called;
  throw new UsageError(
    `${folder} is no exercise: it has no exercise.yaml, and its name is not that of one`,
  );
}
