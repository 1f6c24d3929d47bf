/** `dsim grade`: the grade of a submission, on the screen and in files. */
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { processAuditor } from '../course/audit/audit.ts';
import { type Exercise, readExercise } from '../course/exercise.ts';
import { exerciseOfFolder, findExercise, shippedExercise } from '../course/find-exercise.ts';
import { renderFormat } from '../course/formats/formats.ts';
import { type Grade, grade } from '../course/grade.ts';
import { isWithin, whyNotRead } from '../course/own-files.ts';
import { isAsHandedOut } from '../course/program.ts';
import { keepProgress } from '../course/progress.ts';
import { libraryOf } from '../course/sandbox/bundle.ts';
import { renderGrade } from '../course/screen.ts';
import { type ProcessOptions, processRunner, type Runner } from '../course/test-process.ts';
import { typeMistakes } from '../course/type-check.ts';
import { outputError } from '../scenarios/host/descriptor-writer.ts';
import { seal } from '../scenarios/values/sealed.ts';
import { Console, UsageError } from './console.ts';
import { HELD, USAGE, VIOLATED } from './exit-codes.ts';
import type { Host } from './host.ts';
import { packageRoot } from './package-root.ts';
import type { LookOptions } from './terminal.ts';

export interface GradeFlags {
  readonly test?: string;
  readonly exercise?: string;
  readonly keyFile?: string;
  readonly student?: string;
  readonly output?: readonly string[];
  readonly format?: readonly string[];
  readonly failUnder?: number;
  readonly jobs?: number;
  readonly reveal?: boolean;
  readonly isolate?: boolean;
  readonly check?: string;
  readonly seal?: string;
  readonly pack?: string;
  readonly seeds?: number;
}

/** A run that takes longer is given up; on a machine with nothing else to do they take a second. */
const GUARD_MS = 45_000;

export async function gradeCommand(
  folder: string | undefined,
  flags: GradeFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const root = rootOf();
  if (flags.seal !== undefined) {
    new Console(host, looks).print(`${seal(flags.seal, randomInt(65_536))}\n`);
    return HELD;
  }
  if (flags.pack !== undefined) return packCommand(flags.pack, folder, root, looks, host);
  if (flags.check !== undefined) return checkCommand(flags.check, flags, root, looks, host);
  const path = resolve(host.cwd, folder ?? '.');
  const exercise =
    flags.exercise === undefined
      ? exerciseOfFolder(path, root)
      : namedExercise(flags.exercise, root, host);
  const console = new Console(host, looks);
  const warnings: string[] = [];
  const only = testOf(exercise, flags.test);
  const key = keyOf(flags, host);
  if (key !== null && isWithin(exercise.folder, path)) {
    throw new UsageError(
      `${exercise.name} would be graded by tests in the folder of the submission, which a student may have changed; name another: --exercise <folder>`,
    );
  }
  const options = { ...processOptions(root), confined: flags.isolate ? await isolation(path) : [] };
  const made = await grade({
    exercise,
    folder: path,
    library: libraryOf(root),
    runner: processRunner(options),
    auditor: key === null ? null : processAuditor(options),
    key,
    student: flags.student ?? null,
    only,
    jobs: flags.jobs ?? availableParallelism(),
    reveals: flags.reveal === true,
    onWarning: (text) => warnings.push(text),
  });
  writeOutputs(made, exercise, path, flags, host, console);
  for (const text of warnings)
    console.note(`${console.ink.warn('note:')} ${console.ink.clean(text)}`);
  if (only === null && key === null && existsSync(path)) {
    keepProgress(dirname(path), exercise.name, made.points);
  }
  return codeOf(made, flags);
}

/** Words before the command of a process with a student's code. */
async function isolation(folder: string): Promise<readonly string[]> {
  const { canIsolate, WITHOUT_NETWORK } = await import('../course/isolation.ts');
  if (canIsolate(folder)) return WITHOUT_NETWORK;
  throw new UsageError(
    '--isolate needs Linux, with `unshare`, `setpriv` and `prlimit`, and leave to make namespaces; without it, grade as another user in a container without network',
  );
}

/** The files of a classroom's tool around an exercise. */
async function packCommand(
  tool: string,
  word: string | undefined,
  root: string,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  if (word === undefined)
    throw new UsageError('which exercise? dsim grade --pack <tool> <exercise>');
  const { writePack } = await import('../course/packs.ts');
  const target = writePack(tool, namedExercise(word, root, host), root, host.cwd);
  new Console(host, looks).print(`wrote ${relative(host.cwd, target)}/\n`);
  return HELD;
}

/** The author's test of an exercise: 0 if it is proved, 1 if not. */
async function checkCommand(
  word: string,
  { seeds = 100 }: GradeFlags,
  root: string,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  const exercise = namedExercise(word, root, host);
  const console = new Console(host, looks);
  const { checkExercise } = await import('../course/check.ts');
  const problems = await checkExercise({
    exercise,
    library: libraryOf(root),
    seeds,
    onStep: (text) => console.note(`${exercise.name}: ${text}`),
  });
  const { ink } = console;
  for (const problem of problems)
    console.print(`${ink.bad(ink.glyph.violated)} ${ink.clean(problem)}\n`);
  if (problems.length === 0)
    console.print(`${ink.good(ink.glyph.held)} ${exercise.name} is proved on ${seeds} seeds\n`);
  return problems.length === 0 ? HELD : VIOLATED;
}

/** A process for each test, under Node's permission model. */
export function sandboxRunner(root: string): Runner {
  return processRunner(processOptions(root));
}

function processOptions(root: string): ProcessOptions {
  return { program: join(root, 'bin', 'dsim.js'), packageRoot: root, guardMs: GUARD_MS };
}

export function rootOf(): string {
  const root = packageRoot();
  if (root === null) throw new UsageError('the exercises that ship with dsim are not beside it');
  return root;
}

/** The one that ships with dsim, whatever lies here; of a path, or no such name: a folder. */
function namedExercise(word: string, root: string, host: Host): Exercise {
  const folder = resolve(host.cwd, word);
  const isFolder = existsSync(join(folder, 'exercise.yaml'));
  const isOwn = isFolder && (/[\\/]|^\.+$/.test(word) || shippedExercise(word, root) === null);
  return isOwn ? readExercise(folder) : findExercise(word, root);
}

function testOf({ tests }: Exercise, id: string | undefined): string | null {
  if (id === undefined) return null;
  if (tests.some((test) => test.id === id)) return id;
  throw new UsageError(
    `there is no test \`${id}\`; there are ${tests.map((test) => test.id).join(', ')}`,
  );
}

/** From the file, else from the environment; null without any. */
function keyOf({ keyFile }: GradeFlags, host: Host): string | null {
  if (keyFile === undefined) {
    const key = host.env['DSIM_GRADE_KEY'] ?? '';
    return key === '' ? null : key;
  }
  try {
    const key = readFileSync(keyFile === '-' ? 0 : resolve(host.cwd, keyFile), 'utf8').trim();
    if (key !== '') return key;
  } catch {
    throw new UsageError(`the key file ${keyFile} cannot be read`);
  }
  throw new UsageError(`the key file ${keyFile} is empty`);
}

/** Before the verdict of a file that nobody has worked on: red, and yet no surprise. */
export function printOfStub(folder: string, exercise: Exercise, made: Grade, out: Console): void {
  if (made.points === 0 && isStub(folder, exercise)) out.print('Not done yet, as intended.\n');
}

/** After the verdict, which should not wait for it: what TypeScript says of the file. */
export function printOfFile(folder: string, exercise: Exercise, out: Console): void {
  const { ink } = out;
  const { file } = exercise.submission;
  // What the grader refused to read is not for the compiler either.
  if (whyNotRead(join(folder, file), folder) !== null) return;
  for (const mistake of typeMistakes(folder, file, rootOf())) {
    out.print(`  ${ink.warn('types:')} ${ink.clean(mistake)}\n`);
  }
}

/** As it was handed out, and no program lies beside it. */
export function isStub(folder: string, { folder: original, submission }: Exercise): boolean {
  const { file } = submission;
  const stem = file.replace(/[^.]*$/, '');
  return (
    folder !== original &&
    existsSync(join(folder, file)) &&
    !readdirSync(folder).some((name) => name.startsWith(stem) && name !== file) &&
    isAsHandedOut(file, folder, original)
  );
}

/** The screen unless standard output has a format; then files, each with its format. */
function writeOutputs(
  made: Grade,
  exercise: Exercise,
  path: string,
  flags: GradeFlags,
  host: Host,
  console: Console,
): void {
  const { output = [], format = [] } = flags;
  const context = { exercise, env: host.env };
  if (output.length === 0 && format.length > 0) {
    for (const each of format) console.print(renderFormat(each, made, context));
    return;
  }
  const here = { dsim: host.dsim, folder: relative(host.cwd, path) };
  printOfStub(path, exercise, made, console);
  console.print(`${renderGrade(made, exercise, here, console.ink).join('\n')}\n`);
  if (made.audit === 'not done' && made.keyFingerprint !== null && made.points > 0) {
    console.print(
      `  ${console.ink.warn('dsim has not checked whether the solution forged its results.')}\n`,
    );
  }
  for (const [place, file] of output.entries()) {
    const text = renderFormat(format[place] ?? formatByName(file), made, context);
    try {
      writeFileSync(resolve(host.cwd, file), text);
    } catch (error) {
      throw new UsageError(outputError(file, error).message);
    }
  }
  printOfFile(path, exercise, console);
}

function formatByName(file: string): string {
  if (file.endsWith('.xml')) return 'junit';
  if (file.endsWith('.csv')) return 'csv';
  return file.endsWith('.md') ? 'md' : 'dsim';
}

function codeOf({ points, max, reason, audit }: Grade, { failUnder }: GradeFlags): number {
  if (reason !== null && audit !== 'forged') return USAGE;
  if (failUnder === undefined || max === 0) return HELD;
  return (100 * points) / max < failUnder ? VIOLATED : HELD;
}
