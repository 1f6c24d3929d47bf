/** `dsim learn --watch`: grades the public tests at every save, and answers a few keys. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Exercise, type ExerciseTest, exercisesIn } from '../course/exercise.ts';
import { courseFolder, exerciseOfFolder } from '../course/find-exercise.ts';
import { type Grade, grade } from '../course/grade.ts';
import { whyNotRead } from '../course/own-files.ts';
import { keepProgress, nextOf, readProgress } from '../course/progress.ts';
import { libraryOf } from '../course/sandbox/bundle.ts';
import { nextCommand, type Place, renderGrade } from '../course/screen.ts';
import type { Console } from './console.ts';
import { HELD } from './exit-codes.ts';
import { printOfFile, printOfStub, rootOf, sandboxRunner } from './grade.ts';
import type { Host } from './host.ts';

/** How often a file is looked at: a watch of the system misses saves on some file systems. */
const LOOK_MS = 150;
const WON = '  nothing was lost';

/** Ends with Ctrl-C or the key `q`. */
export async function watchExercise(folder: string, console: Console, host: Host): Promise<number> {
  const root = rootOf();
  const exercise = exerciseOfFolder(folder, root);
  const watch = new Watch(
    exercise,
    folder,
    root,
    { dsim: host.dsim, folder: relative(host.cwd, folder) },
    console,
  );
  if (host.out.isTTY) console.print('  h hint · w why · t time line · n next · q quit\n');
  await watch.grade();
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(timer);
      unlisten();
      keys?.();
      resolve(HELD);
    };
    const timer = setInterval(() => void watch.look(), LOOK_MS);
    const unlisten = host.onInterrupt(end);
    const keys = host.out.isTTY
      ? listen((key) => (key === 'q' || key === '\u0003' ? end() : watch.press(key)))
      : null;
  });
}

/** Single keys of the terminal; returns how to stop. */
function listen(press: (key: string) => void): (() => void) | null {
  const { stdin } = process;
  if (!stdin.isTTY) return null;
  stdin.setRawMode(true);
  stdin.resume();
  stdin.setEncoding('utf8');
  stdin.on('data', press);
  return () => {
    stdin.off('data', press);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

class Watch {
  readonly #exercise: Exercise;
  readonly #folder: string;
  readonly #place: Place;
  readonly #root: string;
  readonly #console: Console;
  #looks = '';
  #isBusy = false;
  #last: Grade | null = null;
  #hints = 0;

  constructor(exercise: Exercise, folder: string, root: string, place: Place, console: Console) {
    this.#place = place;
    this.#exercise = exercise;
    this.#folder = folder;
    this.#root = root;
    this.#console = console;
  }

  /** Grades if the file has changed since. */
  async look(): Promise<void> {
    if (this.#isBusy || this.#appearance() === this.#looks) return;
    await this.grade();
  }

  #appearance(): string {
    // Gone for a moment, as when a branch is changed.
    if (!existsSync(this.#folder)) return '';
    // `node.ts`, or `node.py` beside it.
    const stem = this.#exercise.submission.file.replace(/[^.]*$/, '');
    return readdirSync(this.#folder)
      .filter((name) => name.startsWith(stem))
      .map((name) => statSync(join(this.#folder, name), { throwIfNoEntry: false }))
      .map((stats) => `${stats?.mtimeMs} ${stats?.size}`)
      .join();
  }

  async grade(): Promise<void> {
    this.#isBusy = true;
    // All runs of all tests may take some seconds: each test is shown as it comes.
    let separator = '\n  ';
    const onTried = ({ id, kind }: ExerciseTest, isWon: boolean) => {
      const { good, bad, glyph } = this.#console.ink;
      const mark = isWon || kind === 'cost' ? good(glyph.held) : bad(glyph.violated);
      this.#console.print(`${separator}${mark} ${id}`);
      separator = '  ';
    };
    try {
      this.#looks = this.#appearance();
      const made = await grade({
        exercise: this.#exercise,
        folder: this.#folder,
        library: libraryOf(this.#root),
        runner: sandboxRunner(this.#root),
        auditor: null,
        key: null,
        student: null,
        only: null,
        jobs: availableParallelism(),
        reveals: false,
        onTried,
      });
      if (separator !== '\n  ') this.#console.print('\n');
      keepProgress(dirname(this.#folder), this.#exercise.name, made.points);
      this.#last = made;
      printOfStub(this.#folder, this.#exercise, made, this.#console);
      this.#console.print(
        `\n${renderGrade(made, this.#exercise, this.#place, this.#console.ink).join('\n')}\n`,
      );
      printOfFile(this.#folder, this.#exercise, this.#console);
    } finally {
      this.#isBusy = false;
    }
  }

  press(key: string): void {
    const text = this.#answer(key);
    if (text !== null) this.#console.print(`\n${text}\n`);
  }

  #answer(key: string): string | null {
    if (key === 'h') return this.#hint();
    if (key === 'w') return this.#why();
    if (key === 't') return this.#timeLine();
    return key === 'n' ? this.#next() : null;
  }

  #next(): string {
    const progress = readProgress(dirname(this.#folder));
    const next = nextOf(exercisesIn(courseFolder(this.#root)), progress);
    if (next === null) return '  all exercises are done';
    return `  the next exercise: ${this.#place.dsim} learn ${next.number}, ${next.title}`;
  }

  /** One more hint each time, the one that helps first. */
  #hint(): string {
    const hints = hintsOf(this.#folder);
    this.#hints = Math.min(this.#hints + 1, hints.length);
    const text = hints
      .slice(0, this.#hints)
      .map((hint, i) => `  hint ${i + 1} of ${hints.length}: ${hint}`);
    return text.join('\n') || '  this exercise has no hints';
  }

  #why(): string {
    const lost = this.#last?.tests.filter(({ why }) => why !== null) ?? [];
    const text = lost.map(({ id, why }) => `  ${id}: ${this.#console.ink.clean(why ?? '')}`);
    return text.join('\n') || WON;
  }

  /** Of the run that the screen tells to repeat; of what has none, all that it prints. */
  #timeLine(): string {
    const command = this.#last === null ? null : nextCommand(this.#last, this.#place);
    if (command === null) return WON;
    const { stdout } = spawnSync(command, { shell: true, encoding: 'utf8' });
    return stdout.split('\n\n').find((part) => part.startsWith('TIMELINE')) ?? stdout;
  }
}

/** The numbered lines of `hints.md`. */
function hintsOf(folder: string): readonly string[] {
  const file = join(folder, 'hints.md');
  if (!existsSync(file) || whyNotRead(file, folder) !== null) return [];
  return [...readFileSync(file, 'utf8').matchAll(/^\d+\.\s+(.*(?:\n {2,}.*)*)/gm)].map(
    ([, text = '']) => text.replace(/\s+/g, ' '),
  );
}
