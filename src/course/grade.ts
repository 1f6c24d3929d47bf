/**
 * A submission's grade: which tests it wins, what each loss was, how many points. The parent's
 * side: it makes seeds, starts the runs, and decides; nothing of the machine is in the result.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pkg from '../../package.json' with { type: 'json' };
import type { Auditor } from './audit/audit.ts';
import { type Composed, composeJob, tierHeld, tierLine, type Variant } from './compose.ts';
import {
  type CostTest,
  type Exercise,
  type ExerciseTest,
  HIDDEN_SEEDS,
  HUNT_SEEDS,
  needHidden,
  PUBLIC_SEEDS,
} from './exercise.ts';
import { type Explained, explain } from './explain.ts';
import { isSameRun, type Job, type RunOutcome } from './job.ts';
import { magnitude } from './quantity.ts';
import { auditedRun, hiddenSeed, keyFingerprint } from './seeds.ts';
import { type ReadSubmission, readSubmission } from './submission.ts';
import type { Ended, Runner, TestRuns } from './test-process.ts';
import { isWon } from './trial.ts';
import { UsageError } from './usage-error.ts';
import { type Verdict, verdictOf, verdictWithoutRuns } from './verdict.ts';

export interface GradeOptions {
  readonly exercise: Exercise;
  /** The folder of the submission. Absolute. */
  readonly folder: string;
  /** The file that `import … from 'dsim'` stands for. */
  readonly library: string;
  readonly runner: Runner;
  /** With a key, one run of each test that was won is made again; null: none is. */
  readonly auditor: Auditor | null;
  /** Makes hidden seeds; null: public tests only. */
  readonly key: string | null;
  /** Hidden seeds of this student alone; null: the same for all. */
  readonly student: string | null;
  /** Only this test. */
  readonly only: string | null;
  readonly jobs: number;
  /** Shows hidden losses as public ones: after the deadline. */
  readonly reveals: boolean;
  /** Hears of each test as soon as its runs are over. */
  readonly onTried?: (test: ExerciseTest, isWon: boolean) => void;
  /** Hears what the screen should say of how it was graded. */
  readonly onWarning?: (text: string) => void;
}

export type TestStatus = 'won' | 'lost' | 'error' | 'guard' | 'skipped';

export interface TestGrade extends Explained {
  readonly id: string;
  readonly kind: ExerciseTest['kind'];
  readonly points: number;
  readonly max: number;
  readonly status: TestStatus;
  /** Whether hidden seeds were run. */
  readonly hidden: boolean;
  /** How many runs were asked for. */
  readonly seeds: number;
  /** The seed that was lost; `hidden` for one that is kept secret; null: none. */
  readonly lostOn: string | null;
  /** Of a cost: the worst value of all runs. */
  readonly measured: string | null;
}

export interface Grade {
  readonly dsim: string;
  readonly exercise: string;
  readonly exerciseVersion: number;
  readonly submission: string;
  readonly keyFingerprint: string | null;
  readonly points: number;
  readonly max: number;
  /** Why there are no points at all; null otherwise. */
  readonly reason: string | null;
  /** Whether runs that were won are the same where nothing of the student's can touch them. */
  readonly audit: 'equal' | 'forged' | 'not done';
  readonly tests: readonly TestGrade[];
  readonly leaderboard: readonly {
    readonly name: string;
    readonly value: string;
    readonly order: 'asc' | 'desc';
  }[];
}

/** Throws UsageError where the exercise is wrong, never for what a student has written. */
export async function grade(options: GradeOptions): Promise<Grade> {
  if (options.key !== null) needHidden(options.exercise);
  const read = await readSubmission(options.exercise, options.folder, options.library);
  if (!read.ok) return withoutPoints(options, read);
  if (read.program?.isIsolated === false) {
    options.onWarning?.(
      `${read.program.file} was not isolated: this machine has no namespaces for it`,
    );
  }
  return new Grading(options, read).grade();
}

function headOf({ exercise, key }: GradeOptions, sha256: string) {
  return {
    dsim: pkg.version,
    exercise: exercise.name,
    exerciseVersion: exercise.version,
    submission: sha256,
    keyFingerprint: key === null ? null : keyFingerprint(key),
  };
}

function withoutPoints(
  options: GradeOptions,
  { reason, sha256 }: { reason: string; sha256: string },
  audit: Grade['audit'] = 'not done',
): Grade {
  return {
    ...headOf(options, sha256),
    points: 0,
    max: 100,
    reason,
    audit,
    tests: options.exercise.tests.map((test) => skipped(test)),
    leaderboard: [],
  };
}

const FORGED = {
  reason:
    'The results are forged: the same run, with its nodes in a process that has nothing else, is another one.',
};

const NOT_REPEATABLE =
  'The same run a second time was another one: take time from `now`, random numbers from DSIM_SEED, and start no threads.';

const UNEXPLAINED: Explained = {
  what: null,
  because: null,
  rule: null,
  picture: [],
  next: null,
  why: null,
  hint: null,
};

function skipped(test: ExerciseTest): TestGrade {
  return {
    id: test.id,
    kind: test.kind,
    points: 0,
    max: test.points,
    status: 'skipped',
    hidden: false,
    seeds: 0,
    lostOn: null,
    measured: null,
    ...UNEXPLAINED,
  };
}

/** A test's runs, and what they say. */
interface Tried {
  readonly test: ExerciseTest;
  readonly job: Omit<Job, 'nonce'> | null;
  readonly variants: readonly Variant[];
  readonly runs: TestRuns;
  readonly seeds: readonly string[];
  readonly verdict: Verdict;
}

const NO_RUNS: TestRuns = { outcomes: [], ended: null };

/** The runs that a student can make too. A prediction may be of a run of the student's own. */
function publicVariants(test: ExerciseTest, student: string | null): readonly Variant[] {
  const { scenario } = test;
  if (test.kind === 'predict') return [{ scenario, seeds: [student ?? '1'], isHidden: false }];
  const first = { scenario, seeds: firstSeeds(PUBLIC_SEEDS), isHidden: false };
  if (test.kind !== 'hunt') return [first];
  return [
    { ...first, scenario: test.sound },
    { ...first, seeds: firstSeeds(HUNT_SEEDS) },
  ];
}

function firstSeeds(count: number): readonly string[] {
  return Array.from({ length: count }, (_none, i) => String(i + 1));
}

class Grading {
  readonly #options: GradeOptions;
  readonly #read: ReadSubmission & { readonly ok: true };

  constructor(options: GradeOptions, read: ReadSubmission & { readonly ok: true }) {
    this.#options = options;
    this.#read = read;
  }

  async grade(): Promise<Grade> {
    const { exercise, only } = this.#options;
    const asked = exercise.tests.filter(({ id }) => only === null || id === only);
    const safety = asked.filter((test) => test.kind !== 'cost');
    const gates = safety.filter(({ gate }) => gate);
    const tried = new Map<string, Tried>();
    for (const each of await this.#tryAll(gates)) tried.set(each.test.id, each);
    const isOpen = gates.every(({ id }) => isHeld(tried.get(id)));
    if (isOpen) {
      const others = safety.filter(({ gate }) => !gate);
      for (const each of await this.#tryAll(others)) tried.set(each.test.id, each);
    }
    const isSafe = isOpen && safety.every(({ id }) => isHeld(tried.get(id)));
    const costs = asked.filter((test) => test.kind === 'cost');
    if (isSafe) for (const each of await this.#tryAll(costs)) tried.set(each.test.id, each);
    const audit = await this.#audit([...tried.values()]);
    if (audit === 'forged')
      return withoutPoints(this.#options, { ...FORGED, ...this.#read }, audit);
    const lost = safety
      .filter(({ id }) => tried.has(id) && !isHeld(tried.get(id)))
      .map(({ id }) => id);
    const tests = asked.map((test) => {
      const own = tried.get(test.id);
      return own === undefined ? skipped(test) : this.#gradeOf(own, lost);
    });
    const refused = [...tried.values()].find(({ runs }) => runs.ended?.kind === 'submission');
    return {
      ...headOf(this.#options, this.#read.sha256),
      points: tests.reduce((sum, { points }) => sum + points, 0),
      max: asked.reduce((sum, { points }) => sum + points, 0),
      reason: refused?.runs.ended?.words ?? null,
      audit,
      tests,
      leaderboard: isSafe ? leaderboardOf(exercise, [...tried.values()]) : [],
    };
  }

  /** Some at a time; the order of the results is that of the tests. */
  async #tryAll(tests: readonly ExerciseTest[]): Promise<readonly Tried[]> {
    const { jobs, onTried } = this.#options;
    return inTurns(tests, jobs, async (test) => {
      const tried = await this.#try(test);
      onTried?.(test, isHeld(tried));
      return tried;
    });
  }

  async #try(test: ExerciseTest): Promise<Tried> {
    const { exercise, library } = this.#options;
    const { code, program, answers } = this.#read;
    const decided = verdictWithoutRuns(test, answers);
    if (decided !== null) {
      return { test, job: null, variants: [], runs: NO_RUNS, seeds: [], verdict: decided };
    }
    const variants = this.#variantsOf(test);
    const composed = await composeJob({
      exercise,
      test,
      variants,
      code,
      ...(program === undefined ? {} : { program }),
      answers,
      library,
      // Tiers and catches are counted over all runs; other tests are lost with the first.
      lossesMax: test.kind === 'cost' || test.kind === 'hunt' ? Number.MAX_VALUE : 1,
    });
    const runs = await this.#runs(test, composed.job);
    if (runs.ended?.kind === 'exercise') {
      throw new UsageError(`${exercise.name}, ${test.id}: ${runs.ended.words}`);
    }
    return {
      test,
      job: composed.job,
      variants: composed.variants,
      runs,
      seeds: composed.job.runs.map(({ seed }) => seed),
      verdict: verdictOf(test, runs, composed.variants, answers),
    };
  }

  /** A program could look at the machine: one of its runs is made again, and must be the same. */
  async #runs(test: ExerciseTest, job: Composed['job']): Promise<TestRuns> {
    const { runner, key } = this.#options;
    const runs = await runner(job);
    if (this.#read.program === undefined || runs.ended !== null) return runs;
    if (test.kind !== 'cost' && !runs.outcomes.every(isWon)) return runs;
    const index = auditedRun(key ?? '', this.#read.sha256, test.id, runs.outcomes.length);
    const [run, outcome] = [job.runs[index], runs.outcomes[index]];
    if (run === undefined || outcome === undefined) return runs;
    const again = await runner({ ...job, runs: [run] });
    const [second] = again.outcomes;
    const same = second !== undefined && isSameRun(second, outcome);
    const ended = { kind: 'not repeatable', words: NOT_REPEATABLE, index } as const;
    return same ? runs : { outcomes: runs.outcomes.slice(0, index), ended };
  }

  /** Of each test that was won one run is made again. */
  async #audit(tried: readonly Tried[]): Promise<Grade['audit']> {
    const { auditor, key } = this.#options;
    if (auditor === null || key === null) return 'not done';
    // What a program won was run twice, by a kernel that is out of its reach.
    if (this.#read.program !== undefined)
      return tried.some(({ verdict }) => verdict.isWon) ? 'equal' : 'not done';
    const found = await inTurns(tried, this.#options.jobs, async ({ test, job, runs, verdict }) => {
      if (job === null || this.#read.code === null) return null;
      if (!verdict.isWon && test.kind !== 'cost') return null;
      const place = auditedRun(key, this.#read.sha256, test.id, runs.outcomes.length);
      const [run, outcome] = [job.runs[place], runs.outcomes[place]];
      return run === undefined || outcome === undefined
        ? null
        : await auditor({ ...job, runs: [run] }, outcome);
    });
    if (found.includes('forged')) return 'forged';
    const isWhole =
      found.includes('equal') && !found.some((one) => one !== 'equal' && one !== null);
    return isWhole ? 'equal' : 'not done';
  }

  #variantsOf(test: ExerciseTest): readonly Variant[] {
    const { exercise, key, student } = this.#options;
    const variants = [...publicVariants(test, student)];
    // What is predicted is one run, which the student can know.
    if (key === null || test.kind === 'predict') return variants;
    const context = { exercise: exercise.name, version: exercise.version, test: test.id, student };
    const hidden = Array.from({ length: HIDDEN_SEEDS }, (_none, i) => hiddenSeed(key, context, i));
    // Seeds go round the scenarios, the public one too.
    const scenarios = [test.scenario, ...test.hidden];
    for (const [place, scenario] of scenarios.entries()) {
      const own = hidden.filter((_seed, i) => i % scenarios.length === place);
      variants.push({ scenario, seeds: own, isHidden: true });
    }
    return variants;
  }

  #gradeOf(tried: Tried, lost: readonly string[]): TestGrade {
    const { test, variants, runs, seeds } = tried;
    const { exercise, reveals, folder } = this.#options;
    const hidden = variants.some(({ isHidden }) => isHidden);
    const head = { id: test.id, kind: test.kind, max: test.points, hidden, seeds: seeds.length };
    if (test.kind === 'cost')
      return { ...head, ...costGrade(test, runs), ...UNEXPLAINED, rule: test.rule || null };
    const { isWon: won, words, run } = tried.verdict;
    if (won) {
      return {
        ...head,
        points: test.points,
        status: 'won',
        lostOn: null,
        measured: null,
        ...UNEXPLAINED,
      };
    }
    const index = run?.index ?? runs.ended?.index ?? 0;
    const variant = variants[index];
    const isSecret = variant?.isHidden === true && !reveals;
    const scenario = variant?.scenario ?? test.scenario;
    const seed = seeds[index] ?? null;
    const hasRun = run !== null || runs.ended !== null;
    return {
      ...head,
      points: 0,
      status: words === null ? statusOf(run, runs.ended) : 'lost',
      lostOn: !hasRun ? null : isSecret ? 'hidden' : seed,
      measured: null,
      ...explain({
        exercise,
        test,
        run,
        words,
        ended: runs.ended,
        scenario,
        hasScenario: !test.hidden.includes(scenario) || existsSync(join(folder, scenario)),
        seed: seed ?? '1',
        isSecret,
        lost,
        program: this.#read.program ?? null,
      }),
    };
  }
}

/** At most `atOnce` at a time; results are in the order of the items. */
async function inTurns<T, R>(
  items: readonly T[],
  atOnce: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, item] = next;
      results[place] = await act(item);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, work));
  return results;
}

function isHeld(tried: Tried | undefined): boolean {
  return tried?.verdict.isWon === true;
}

function statusOf(run: RunOutcome | null, ended: Ended | null): TestStatus {
  if (run !== null) return run.error === null || run.error.kind === 'max-events' ? 'lost' : 'error';
  return ended?.kind === 'guard' ? 'guard' : 'error';
}

/** The points of the best tier that every run holds. */
function costGrade(
  test: CostTest,
  runs: TestRuns,
): Pick<TestGrade, 'points' | 'status' | 'lostOn' | 'measured'> {
  if (runs.ended !== null) return { points: 0, status: 'error', lostOn: null, measured: null };
  const held = test.tiers.filter(([bound]) =>
    runs.outcomes.every((outcome) => tierHeld(test.cost, bound, outcome)),
  );
  const points = Math.max(0, ...held.map(([, worth]) => worth));
  const [bound = ''] = test.tiers[0] ?? [];
  return {
    points,
    status: points > 0 ? 'won' : 'lost',
    lostOn: null,
    measured: worstOf(runs.outcomes, tierLine(test.cost, bound)),
  };
}

/** The largest value that an expectation of this text was measured at, as it was printed. */
function worstOf(outcomes: readonly RunOutcome[], line: string): string | null {
  let worst: string | null = null;
  for (const { judged } of outcomes) {
    const measured = judged.find(({ text }) => text === line)?.measured ?? null;
    if (measured === null) continue;
    if (worst === null || magnitude(measured) > magnitude(worst)) worst = measured;
  }
  return worst;
}

function leaderboardOf(exercise: Exercise, tried: readonly Tried[]): Grade['leaderboard'] {
  return exercise.leaderboard.flatMap(({ measure, order }) => {
    for (const { test, runs } of tried) {
      if (test.kind !== 'cost' || test.cost !== measure) continue;
      const value = worstOf(runs.outcomes, tierLine(test.cost, test.tiers[0]?.[0] ?? ''));
      if (value !== null) return [{ name: measure, value, order }];
    }
    return [];
  });
}
