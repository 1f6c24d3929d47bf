/**
 * An exercise as its author writes it: `exercise.yaml`, and what lies beside it. Everything is
 * checked when it is read; the first mistake is thrown with the place in the file's own words.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse as parseYaml } from '../scenarios/text/yaml.ts';
import type { RunBudget } from './job.ts';
import { whyNotRead } from './own-files.ts';
import {
  boolean,
  fields,
  integer,
  list,
  matching,
  number,
  oneOf,
  optional,
  pair,
  type ReadBy,
  type Reader,
  record,
  ShapeError,
  text,
  withKey,
} from './shape.ts';
import { UsageError } from './usage-error.ts';

/** Public seeds of a test, and seeds that a key makes. */
export const PUBLIC_SEEDS = 5;
export const HIDDEN_SEEDS = 20;
/** Public seeds on which a bug is hunted: its share of them counts. */
export const HUNT_SEEDS = 20;
/** A run may use up as much, unless the author says otherwise; of events never less. */
const BUDGET: RunBudget = { events: 200_000, messages: 200_000, bytes: 32_000_000 };

const id = matching(/^[a-z][a-z0-9-]*$/, 'a name in kebab-case');
const points = integer(0, 100);

const readTest = fields({
  id,
  points: optional(points),
  gate: optional(boolean, false),
  scenario: text,
  /** Variants that only a grading with a key runs. */
  hidden: optional(list(text), []),
  /** Lines of `expect:` that only useful work can hold. */
  floor: optional(list(text), []),
  /** Its bounds are what the right solution needs, to the last message: no margin is asked for. */
  exact: optional(boolean, false),
  cost: optional(text),
  tiers: optional(list(pair(bound, points))),
  mistake: optional(text, ''),
  rule: optional(text, ''),
  task: optional(integer()),
  /** Which of several YAML files it takes; else the first. */
  file: optional(text),
  /** A question that a run answers: a number near what is measured, or the line that holds. */
  predict: optional(
    withKey(
      'measure',
      fields({ key: text, measure: text, within: number(0, 1) }),
      fields({ key: text, choices: record(id, text) }),
    ),
  ),
  /** A question whose answer is written here, sealed or not. */
  answer: optional(fields({ key: text, is: text })),
  /** Find the bug: see `HuntTest`. */
  hunt: optional(
    fields({
      sound: text,
      'at-least': optional(number(0, 1), 0.25),
      faults: optional(integer(1), 2),
    }),
  ),
});

const readWrong = fields({
  /** What it must lose, and what it may lose besides. */
  loses: list(id),
  may: optional(list(id), []),
  says: text,
  hint: optional(integer(1, 3)),
  /** The checker, or the beginning of the expectation, that finds it: mistakes may lose alike. */
  finding: optional(text),
});

const readWritten = fields({
  exercise: id,
  version: integer(1),
  title: text,
  teaches: text,
  minutes: optional(integer(1), 30),
  per: optional(oneOf('student')),
  submission: withKey(
    'code',
    fields({ code: text }),
    fields({ yaml: oneOrMore(text), editable: list(text) }),
  ),
  budget: optional(
    fields({
      events: optional(integer(BUDGET.events), BUDGET.events),
      messages: optional(integer(1), BUDGET.messages),
      bytes: optional(integer(1), BUDGET.bytes),
    }),
    BUDGET,
  ),
  tests: list(readTest, 1),
  wrong: optional(record(id, readWrong), {}),
  leaderboard: optional(list(fields({ measure: text, order: oneOf('asc', 'desc') })), []),
});

type Written = ReadBy<typeof readWritten>;

/** One text, or a list of them. */
function oneOrMore(of: Reader<string>): Reader<readonly string[]> {
  return (value, path) => (Array.isArray(value) ? list(of, 1)(value, path) : [of(value, path)]);
}

/** A number, or a text such as `10ms`. */
function bound(value: unknown, path: string): string {
  return typeof value === 'number' ? String(value) : text(value, path);
}

/** What all tests have. */
interface TestHead {
  readonly id: string;
  /** Of a cost those of the best tier. */
  readonly points: number;
  readonly scenario: string;
  /** Variants that only a grading with a key runs. */
  readonly hidden: readonly string[];
  readonly rule: string;
  readonly task: number | null;
  /** Which file of a submission of YAML it takes. */
  readonly file: string;
}

/** A test that is won or lost: its points are all or none. */
interface WonOrLost extends TestHead {
  readonly gate: boolean;
  readonly mistake: string;
}

/** Every expectation holds on every seed. */
export interface SafetyTest extends WonOrLost {
  readonly kind: 'safety';
  readonly floor: readonly string[];
  /** The author wants no margin between the solution and the bounds. */
  readonly exact: boolean;
}

/** The scenario as it was given answers what the student has said before. */
export interface PredictTest extends WonOrLost {
  readonly kind: 'predict';
  readonly question: Question;
}

export type Question =
  /** A number: right within a share of what is measured. */
  | { readonly key: string; readonly measure: string; readonly within: number }
  /** Words: each with the line of `expect:` that holds if it is right. */
  | { readonly key: string; readonly choices: { readonly [word: string]: string } };

/** A question with one right word. */
export interface AnswerTest extends WonOrLost {
  readonly kind: 'answer';
  readonly key: string;
  /** The word, which may be sealed. */
  readonly is: string;
}

/**
 * Find the bug: with the student's load and faults the scenario must be violated on a share of the
 * seeds, and the sound one must hold.
 */
export interface HuntTest extends WonOrLost {
  readonly kind: 'hunt';
  /** The scenario without the bug. */
  readonly sound: string;
  readonly atLeast: number;
  /** Most faults that are allowed. */
  readonly faultsMax: number;
}

/** A test of what it costs: points by tiers, and only where all others are won. */
export interface CostTest extends TestHead {
  readonly kind: 'cost';
  /** A metric of `expect:`. */
  readonly cost: string;
  /** The highest bound first: at most so much gives this many points. */
  readonly tiers: readonly (readonly [bound: string, points: number])[];
}

/** A test that is won or lost. */
export type PlainTest = SafetyTest | PredictTest | AnswerTest | HuntTest;
export type ExerciseTest = PlainTest | CostTest;

/** `file` is where a student works, the first one of several. */
export type Submission =
  | { readonly kind: 'code'; readonly file: string }
  | {
      readonly kind: 'yaml';
      readonly file: string;
      readonly files: readonly string[];
      readonly editable: readonly string[];
    };

export function filesOf(submission: Submission): readonly string[] {
  return submission.kind === 'code' ? [submission.file] : submission.files;
}

export interface WrongSolution {
  readonly name: string;
  readonly loses: readonly string[];
  readonly may: readonly string[];
  readonly says: string;
  readonly hint: number | null;
  /** What its finding begins with; null: anything. */
  readonly finding: string | null;
}

export interface Exercise {
  /** Absolute. */
  readonly folder: string;
  /** `03` of `03-gossip`; empty without a number. */
  readonly number: string;
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly teaches: string;
  readonly minutes: number;
  /** Packs give each student other seeds; null: all have the same. */
  readonly per: 'student' | null;
  readonly submission: Submission;
  readonly budget: RunBudget;
  readonly tests: readonly ExerciseTest[];
  readonly wrong: readonly WrongSolution[];
  readonly leaderboard: readonly { readonly measure: string; readonly order: 'asc' | 'desc' }[];
}

/** Reads an exercise from its folder. Throws UsageError for whatever is wrong with it. */
export function readExercise(folder: string): Exercise {
  const file = join(folder, 'exercise.yaml');
  if (!existsSync(file))
    throw new UsageError(`there is no exercise in ${folder}: no exercise.yaml`);
  // A student may have put there what never ends.
  const why = whyNotRead(file, folder);
  if (why !== null) throw new UsageError(`${file} is not read: ${why}`);
  const exercise = exerciseOf(folder, writtenIn(file));
  const wrong = whatIsWrong(exercise);
  if (wrong !== null) throw new UsageError(`${file}: ${wrong}`);
  return exercise;
}

function writtenIn(file: string): Written {
  try {
    return readWritten(parseYaml(readFileSync(file, 'utf8')), '');
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}

function exerciseOf(folder: string, written: Written): Exercise {
  const { exercise: name, version, title, teaches, minutes, leaderboard } = written;
  const { submission, wrong } = written;
  const submitted: Submission =
    'code' in submission
      ? { kind: 'code', file: submission.code }
      : {
          kind: 'yaml',
          file: submission.yaml[0] ?? '',
          files: submission.yaml,
          editable: submission.editable,
        };
  return {
    folder,
    number: /^(\d+|[A-Z]\d+)-/.exec(basename(folder))?.[1] ?? '',
    name,
    version,
    title,
    teaches,
    minutes,
    per: written.per ?? null,
    submission: submitted,
    budget: written.budget,
    tests: written.tests.map((test) => testOf(test, submitted.file)),
    wrong: Object.entries(wrong).map(([key, { loses, may, says, hint, finding }]) => ({
      name: key,
      loses,
      may,
      says,
      hint: hint ?? null,
      finding: finding ?? null,
    })),
    leaderboard,
  };
}

function testOf(written: Written['tests'][number], mainFile: string): ExerciseTest {
  const { id: name, scenario, hidden, rule, task = null, file = mainFile } = written;
  const { cost, tiers = [], predict, answer, hunt, gate, mistake, floor, exact } = written;
  const head = { id: name, scenario, hidden, rule, task, file };
  if (cost !== undefined) {
    const best = Math.max(0, ...tiers.map(([, worth]) => worth));
    return { ...head, kind: 'cost', points: best, cost, tiers };
  }
  const plain = { ...head, points: written.points ?? 0, gate, mistake };
  if (predict !== undefined) return { ...plain, kind: 'predict', question: predict };
  if (answer !== undefined) return { ...plain, kind: 'answer', ...answer };
  if (hunt !== undefined) {
    const { sound, 'at-least': atLeast, faults: faultsMax } = hunt;
    return { ...plain, kind: 'hunt', sound, atLeast, faultsMax };
  }
  return { ...plain, kind: 'safety', floor, exact };
}

/** What the schema cannot see: sums, names that must exist. */
function whatIsWrong({ folder, tests, wrong, submission }: Exercise): string | null {
  const sum = tests.reduce((total, test) => total + test.points, 0);
  if (sum !== 100) return `the points sum to ${sum}, and not to 100`;
  const ids = tests.map((test) => test.id);
  const double = ids.find((each, i) => ids.indexOf(each) !== i);
  if (double !== undefined) return `two tests are called \`${double}\``;
  for (const test of tests) {
    const scenarios = test.kind === 'hunt' ? [test.scenario, test.sound] : [test.scenario];
    const missing = scenarios.find((file) => !existsSync(join(folder, file)));
    if (missing !== undefined) return `${test.id}: there is no ${missing}`;
    if (!filesOf(submission).includes(test.file)) {
      return `${test.id}: ${test.file} is no file of the submission`;
    }
    if (test.kind === 'safety' && test.floor.length === 0) {
      return `${test.id}: a test needs a \`floor\`, a line that only useful work can hold`;
    }
    if (test.kind === 'cost' && test.tiers.length === 0)
      return `${test.id}: a cost needs \`tiers\``;
  }
  for (const { name, loses, may } of wrong) {
    const unknown = [...loses, ...may].find((each) => !ids.includes(each));
    if (unknown !== undefined) return `wrong.${name}: there is no test \`${unknown}\``;
  }
  const stub = filesOf(submission).find((file) => !existsSync(join(folder, file)));
  return stub === undefined
    ? null
    : `there is no ${stub} beside it; \`dsim learn\` writes one in another folder`;
}

/** Throws UsageError if a hidden variant is missing: what is handed out to students has none. */
export function needHidden({ folder, tests }: Exercise): void {
  const hidden = tests.flatMap((test) => test.hidden.map((file) => join(folder, file)));
  const missing = hidden.find((file) => !existsSync(file));
  if (missing !== undefined) throw new UsageError(`there is no hidden variant ${missing}`);
}

/** All exercises in a folder, in the order of their names. */
export function exercisesIn(folder: string): readonly Exercise[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'exercise.yaml')))
    .map(({ name }) => name)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => readExercise(join(folder, name)));
}

/** The exercise that a word means: `03`, `3`, `gossip`, `03-gossip`; null if none. */
export function exerciseCalled(word: string, exercises: readonly Exercise[]): Exercise | null {
  const plain = word.replace(/^0+(?=\d)/, '');
  return (
    exercises.find(
      ({ number, name, folder }) =>
        name === word || basename(folder) === word || number.replace(/^0+(?=\d)/, '') === plain,
    ) ?? null
  );
}
