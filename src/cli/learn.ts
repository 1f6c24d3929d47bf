/** `dsim learn`: the exercises, one of them to work on, and grading at every save. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { type Exercise, exercisesIn } from '../course/exercise.ts';
import { courseFolder, findExercise } from '../course/find-exercise.ts';
import { handOut } from '../course/handout.ts';
import { nextOf, readProgress } from '../course/progress.ts';
import { shellWord } from '../sim/visible-text.ts';
import { Console, UsageError } from './console.ts';
import { HELD } from './exit-codes.ts';
import { rootOf } from './grade.ts';
import type { Host } from './host.ts';
import type { LookOptions } from './terminal.ts';

export interface LearnFlags {
  readonly watch?: boolean;
  readonly export?: string;
  readonly new?: string;
}

export async function learnCommand(
  word: string | undefined,
  flags: LearnFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const console = new Console(host, looks);
  if (flags.watch === true) {
    const { watchExercise } = await import('./learn-watch.ts');
    return watchExercise(resolve(host.cwd, word ?? '.'), console, host);
  }
  if (flags.new !== undefined) {
    const { writeSkeleton } = await import('../course/skeleton.ts');
    const folder = writeSkeleton(flags.new, host.cwd);
    console.print(
      `wrote ${relative(host.cwd, folder)}\n  next: ${host.dsim} grade --check ${shellWord(relative(host.cwd, folder))}\n`,
    );
    return HELD;
  }
  if (flags.export !== undefined) return exportAll(resolve(host.cwd, flags.export), console, host);
  if (word === undefined) return list(console, host);
  return begin(findExercise(word, rootOf()), console, host);
}

function list(console: Console, host: Host): number {
  const exercises = exercisesIn(courseFolder(rootOf()));
  const progress = readProgress(host.cwd);
  const { ink } = console;
  const widest = Math.max(...exercises.map(({ name }) => name.length));
  const digits = Math.max(...exercises.map(({ number }) => number.length));
  const lines = exercises.map((exercise) => {
    const { number, name, teaches, minutes } = exercise;
    const points = progress.get(name);
    const mark =
      points === 100
        ? ink.good(ink.glyph.held)
        : points === undefined
          ? ' '
          : ink.warn(ink.glyph.separator);
    const reached = points === undefined ? '   ' : String(points).padStart(3);
    return `  ${mark} ${number.padEnd(digits)} ${name.padEnd(widest)}  ${reached}  ${String(minutes).padStart(3)} min  ${ink.dim(teaches)}`;
  });
  const next = nextOf(exercises, progress);
  console.print(`${ink.strong('EXERCISES')}\n${lines.join('\n')}\n`);
  if (next !== null) {
    const folder = basename(next.folder);
    const command = existsSync(join(host.cwd, folder))
      ? `${host.dsim} learn --watch ${folder}`
      : `${host.dsim} learn ${next.number}`;
    console.print(`\n  ${ink.strong('next:')} ${command}\n`);
  }
  return HELD;
}

function begin(exercise: Exercise, console: Console, host: Host): number {
  const folder = handOut(exercise, host.cwd);
  const shown = shellWord(relative(host.cwd, folder));
  const { ink } = console;
  console.print(
    `${ink.strong(`${exercise.number} ${exercise.title}`)}\n${goalOf(exercise)}\n` +
      `  wrote ${shown}/: read ${shown}/README.md, work on ${shown}/${exercise.submission.file}\n` +
      `  ${ink.strong('next:')} ${host.dsim} grade ${shown}\n`,
  );
  return HELD;
}

/** The first paragraph of the README after its title. */
function goalOf({ folder, teaches }: Exercise): string {
  const file = join(folder, 'README.md');
  if (!existsSync(file)) return `  ${teaches}`;
  const [, paragraph = teaches] = readFileSync(file, 'utf8').split(/\n\s*\n/);
  return paragraph
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

function exportAll(target: string, console: Console, host: Host): number {
  const exercises = exercisesIn(courseFolder(rootOf()));
  if (exercises.length === 0) throw new UsageError('there are no exercises');
  for (const exercise of exercises) handOut(exercise, target);
  console.print(
    `wrote ${exercises.length} exercises to ${relative(host.cwd, target) || '.'}, without solutions and hidden variants\n`,
  );
  return HELD;
}
