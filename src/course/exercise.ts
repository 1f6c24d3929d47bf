/**
 * An exercise as its author writes it: `exercise.yaml`, and what lies beside it. Everything is
 * checked when it is read; the first mistake is thrown with the place in the file's own words.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { UsageError } from './usage-error.ts';

/** Public seeds of a test, and seeds that a key makes. */
export const PUBLIC_SEEDS = 5;
export const HIDDEN_SEEDS = 20;
/** A run may pop at least as many events, whatever the author says. */
export const EVENTS_MIN = 200_000;

const id = z.string().regex(/^[a-z][a-z0-9-]*$/, 'a name in kebab-case');
const points = z.int().min(0).max(100);
const lines = z.array(z.string());

const testSchema = z.strictObject({
  id,
  points: points.optional(),
  gate: z.boolean().default(false),
  scenario: z.string(),
  /** Variants that only a grading with a key runs. */
  hidden: z.array(z.string()).default([]),
  /** Lines of `expect:` that only useful work can hold. */
  floor: lines.default([]),
  cost: z.string().optional(),
  tiers: z.array(z.tuple([z.union([z.string(), z.number()]), points])).optional(),
  mistake: z.string().default(''),
  rule: z.string().default(''),
  task: z.int().optional(),
});

const wrongSchema = z.strictObject({
  /** What it must lose, and what it may lose besides. */
  loses: z.array(id),
  may: z.array(id).default([]),
  says: z.string(),
  hint: z.int().min(1).max(3).optional(),
});

const schema = z.strictObject({
  exercise: id,
  version: z.int().min(1),
  title: z.string(),
  teaches: z.string(),
  minutes: z.int().min(1).default(30),
  submission: z.union([
    z.strictObject({ code: z.string() }),
    z.strictObject({ yaml: z.string(), editable: z.array(z.string()) }),
  ]),
  budget: z.strictObject({ events: z.int().min(EVENTS_MIN) }).default({ events: EVENTS_MIN }),
  tests: z.array(testSchema).min(1),
  wrong: z.record(id, wrongSchema).default({}),
  leaderboard: z
    .array(z.strictObject({ measure: z.string(), order: z.enum(['asc', 'desc']) }))
    .default([]),
});

type Written = z.infer<typeof schema>;

/** A test that is won or lost: its points are all or none. */
export interface SafetyTest {
  readonly kind: 'safety';
  readonly id: string;
  readonly points: number;
  readonly gate: boolean;
  readonly scenario: string;
  readonly hidden: readonly string[];
  readonly floor: readonly string[];
  readonly mistake: string;
  readonly rule: string;
  readonly task: number | null;
}

/** A test of what it costs: points by tiers, and only where all safety tests are won. */
export interface CostTest {
  readonly kind: 'cost';
  readonly id: string;
  /** Of the best tier. */
  readonly points: number;
  readonly scenario: string;
  readonly hidden: readonly string[];
  /** A metric of `expect:`. */
  readonly cost: string;
  /** The highest bound first: at most so much gives this many points. */
  readonly tiers: readonly (readonly [bound: string, points: number])[];
  readonly rule: string;
  readonly task: number | null;
}

export type ExerciseTest = SafetyTest | CostTest;

export type Submission =
  | { readonly kind: 'code'; readonly file: string }
  | { readonly kind: 'yaml'; readonly file: string; readonly editable: readonly string[] };

export interface WrongSolution {
  readonly name: string;
  readonly loses: readonly string[];
  readonly may: readonly string[];
  readonly says: string;
  readonly hint: number | null;
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
  readonly submission: Submission;
  readonly eventsMax: number;
  readonly tests: readonly ExerciseTest[];
  readonly wrong: readonly WrongSolution[];
  readonly leaderboard: readonly { readonly measure: string; readonly order: 'asc' | 'desc' }[];
}

/** Reads an exercise from its folder. Throws UsageError for whatever is wrong with it. */
export function readExercise(folder: string): Exercise {
  const file = join(folder, 'exercise.yaml');
  if (!existsSync(file))
    throw new UsageError(`there is no exercise in ${folder}: no exercise.yaml`);
  const parsed = schema.safeParse(parseYaml(readFileSync(file, 'utf8')));
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new UsageError(`${file}: ${first?.path.join('.') ?? ''}: ${first?.message ?? ''}`);
  }
  const exercise = exerciseOf(folder, parsed.data);
  const wrong = whatIsWrong(exercise);
  if (wrong !== null) throw new UsageError(`${file}: ${wrong}`);
  return exercise;
}

function exerciseOf(folder: string, written: Written): Exercise {
  const { exercise: name, version, title, teaches, minutes, leaderboard } = written;
  const { submission, wrong } = written;
  return {
    folder,
    number: /^(\d+|[A-Z]\d+)-/.exec(basename(folder))?.[1] ?? '',
    name,
    version,
    title,
    teaches,
    minutes,
    submission:
      'code' in submission
        ? { kind: 'code', file: submission.code }
        : { kind: 'yaml', file: submission.yaml, editable: submission.editable },
    eventsMax: written.budget.events,
    tests: written.tests.map(testOf),
    wrong: Object.entries(wrong).map(([key, { loses, may, says, hint }]) => ({
      name: key,
      loses,
      may,
      says,
      hint: hint ?? null,
    })),
    leaderboard,
  };
}

function testOf(written: Written['tests'][number]): ExerciseTest {
  const { id: name, scenario, hidden, rule, task = null, cost, tiers = [] } = written;
  if (cost !== undefined) {
    const bounds = tiers.map(([bound, worth]) => [String(bound), worth] as const);
    const best = Math.max(0, ...bounds.map(([, worth]) => worth));
    return {
      kind: 'cost',
      id: name,
      points: best,
      scenario,
      hidden,
      cost,
      tiers: bounds,
      rule,
      task,
    };
  }
  return {
    kind: 'safety',
    id: name,
    points: written.points ?? 0,
    gate: written.gate,
    scenario,
    hidden,
    floor: written.floor,
    mistake: written.mistake,
    rule,
    task,
  };
}

/** What the schema cannot see: sums, names that must exist. */
function whatIsWrong({ folder, tests, wrong, submission }: Exercise): string | null {
  const sum = tests.reduce((total, test) => total + test.points, 0);
  if (sum !== 100) return `the points sum to ${sum}, and not to 100`;
  const ids = tests.map((test) => test.id);
  const double = ids.find((each, i) => ids.indexOf(each) !== i);
  if (double !== undefined) return `two tests are called \`${double}\``;
  for (const test of tests) {
    if (!existsSync(join(folder, test.scenario))) return `${test.id}: there is no ${test.scenario}`;
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
  if (!existsSync(join(folder, submission.file))) return `there is no stub ${submission.file}`;
  return null;
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
