/**
 * `dsim grade --check`: the author's test. Every test of an exercise is proved by its solution,
 * which must hold, and by its wrong solutions, each of which must lose what it is said to lose.
 *
 * The code is the author's own, so it runs in this process; but in the same sandbox, so that a
 * verdict here is a verdict there.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { builtInWrong } from './cheats.ts';
import { composeJob, tierHeld } from './compose.ts';
import type { Exercise, ExerciseTest, WrongSolution } from './exercise.ts';
import type { RunOutcome } from './job.ts';
import { scriptBundle } from './sandbox/bundle.ts';
import { type ReadCode, type ReadSubmission, readSubmission } from './submission.ts';
import { isWon, runJob } from './trial.ts';

export interface CheckOptions {
  readonly exercise: Exercise;
  readonly library: string;
  /** Seeds of each wrong solution; the solution gets twice as many, on every variant. */
  readonly seeds: number;
  /** Hears of each finished step. */
  onStep(text: string): void;
}

/** A wrong solution loses what it must on at least this share of the seeds. */
const LOSES_AT_LEAST = 0.4;
/** Fresh seeds: no student is shown them, and no key is likely to make them. */
const FIRST_SEED = 1_000_000;

/** What is wrong with the exercise, a sentence each; empty: it is proved. */
export async function checkExercise(options: CheckOptions): Promise<readonly string[]> {
  const { exercise, onStep } = options;
  const problems: string[] = [];
  const add = (found: readonly string[]) => problems.push(...found);
  add(filesMissing(exercise));
  if (problems.length > 0) return problems;
  const author = new Author(options);
  add(await author.checkStub());
  onStep('the stub');
  add(await author.checkSolution());
  onStep('the solution');
  for (const wrong of exercise.wrong) {
    add(await author.checkWrong(wrong));
    onStep(`wrong: ${wrong.name}`);
  }
  if (exercise.submission.kind === 'code') {
    add(await author.checkCheats());
    onStep('those that do nothing');
  }
  add(unproved(exercise));
  return problems;
}

function solutionFolder({ folder }: Exercise): string {
  return join(folder, '.solution');
}

function wrongFile({ folder, submission }: Exercise, name: string): string {
  return join(folder, '.wrong', `${name}${extname(submission.file)}`);
}

function filesMissing(exercise: Exercise): readonly string[] {
  const { folder, tests, wrong, submission } = exercise;
  const wanted = [
    'README.md',
    'hints.md',
    `.solution/${submission.file}`,
    ...tests.flatMap(({ hidden }) => hidden),
  ];
  const missing = wanted.filter((file) => !existsSync(join(folder, file)));
  const lost = wrong
    .map(({ name }) => wrongFile(exercise, name))
    .filter((file) => !existsSync(file));
  return [...missing, ...lost].map((file) => `there is no ${file}`);
}

/** Each safety test is lost by a wrong solution, or it may test nothing. */
function unproved({ tests, wrong, folder, submission }: Exercise): readonly string[] {
  const lost = new Set(wrong.flatMap(({ loses }) => loses));
  const named = new Set(wrong.map(({ name }) => name));
  const files = existsSync(join(folder, '.wrong')) ? readdirSync(join(folder, '.wrong')) : [];
  const ending = extname(submission.file);
  return [
    ...tests
      .filter(({ kind, id }) => kind === 'safety' && !lost.has(id))
      .map(({ id }) => `no wrong solution loses ${id}: does it test anything?`),
    ...files
      .map((file) => basename(file, ending))
      .filter((name) => !named.has(name))
      .map((name) => `.wrong/${name}${ending} is not in exercise.yaml`),
  ];
}

class Author {
  readonly #exercise: Exercise;
  readonly #library: string;
  readonly #seeds: number;

  constructor({ exercise, library, seeds }: CheckOptions) {
    this.#exercise = exercise;
    this.#library = library;
    this.#seeds = seeds;
  }

  async checkStub(): Promise<readonly string[]> {
    const first = this.#exercise.tests.find((test) => test.kind === 'safety');
    const read = await readSubmission(this.#exercise, this.#exercise.folder, this.#library);
    if (!read.ok) return [`the stub: ${read.reason}`];
    const problems: string[] = [];
    for (const test of this.#exercise.tests) {
      if (test.kind !== 'safety') continue;
      const won = await this.#isWonBy(read, test);
      if (won) problems.push(`the stub wins ${test.id}`);
      // Behind a gate that is lost nothing is run.
      if (!won && test === first && test.gate) break;
    }
    return problems;
  }

  async #isWonBy(read: ReadCode, test: ExerciseTest): Promise<boolean> {
    const { outcomes, refused } = await this.#run(read, test, this.#seedsFor(1), false);
    return refused === null && outcomes.length > 0 && outcomes.every(isWon);
  }

  async checkSolution(): Promise<readonly string[]> {
    const read = await readSubmission(
      this.#exercise,
      solutionFolder(this.#exercise),
      this.#library,
    );
    if (!read.ok) return [`the solution: ${read.reason}`];
    const problems: string[] = [];
    for (const test of this.#exercise.tests) {
      const seeds = this.#seedsFor(2 * this.#seeds);
      const { outcomes, refused } = await this.#run(read, test, seeds, true);
      if (refused !== null) problems.push(`the solution, ${test.id}: ${refused}`);
      const lost = outcomes.filter((outcome) => !isWonIn(test, outcome));
      if (lost.length > 0) {
        const [first] = lost;
        const words = first?.story?.what ?? first?.error?.message ?? linesLost(first);
        problems.push(
          `the solution loses ${test.id} on ${lost.length} of ${outcomes.length} runs: run ${first?.index}: ${words}`,
        );
      }
      problems.push(...this.#eventsNeeded(test, outcomes));
    }
    return problems;
  }

  /** A budget is at least twice what the solution needs. */
  #eventsNeeded({ id }: ExerciseTest, outcomes: readonly RunOutcome[]): readonly string[] {
    const sorted = outcomes.map(({ events }) => events).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const most = sorted.at(-1) ?? 0;
    if (most * 2 <= this.#exercise.eventsMax) return [];
    return [
      `${id} takes the solution ${most} events (median ${median}); the budget is ${this.#exercise.eventsMax}`,
    ];
  }

  async checkWrong({ name, loses, may }: WrongSolution): Promise<readonly string[]> {
    const read = await this.#readWrong(name);
    if (!read.ok) return [`${name}: ${read.reason}`];
    const problems: string[] = [];
    const safety = this.#exercise.tests.filter((test) => test.kind === 'safety');
    const costs = this.#exercise.tests.filter((test) => test.kind === 'cost');
    const losesSafety = loses.some((id) => safety.some((test) => test.id === id));
    for (const test of [...safety, ...(losesSafety ? [] : costs)]) {
      const { outcomes, refused } = await this.#run(read, test, this.#seedsFor(this.#seeds), false);
      if (refused !== null) return [`${name}, ${test.id}: ${refused}`];
      const lost = outcomes.filter((outcome) => !isWonIn(test, outcome)).length;
      const share = lost / outcomes.length;
      const counts = `${lost} of ${outcomes.length} seeds`;
      if (loses.includes(test.id)) {
        if (share < LOSES_AT_LEAST) problems.push(`${name} loses ${test.id} on ${counts} only`);
        // A gate that is lost ends the grading.
        if (test.kind === 'safety' && test.gate) break;
      } else if (lost > 0 && !may.includes(test.id)) {
        problems.push(`${name} loses ${test.id} too, on ${counts}`);
      }
    }
    return problems;
  }

  async #readWrong(name: string): Promise<ReadSubmission> {
    const file = wrongFile(this.#exercise, name);
    const { submission } = this.#exercise;
    return readSubmission(
      { ...this.#exercise, submission: { ...submission, file: basename(file) } },
      dirname(file),
      this.#library,
    );
  }

  /** What refuses everything, answers nothing, or always the same, wins no test. */
  async checkCheats(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { name, code } of builtInWrong) {
      const read = { code: scriptBundle(code, this.#exercise.folder), overlay: null };
      for (const test of this.#exercise.tests) {
        if (test.kind !== 'safety') continue;
        if (await this.#isWonBy(read, test))
          problems.push(`${name}, which does nothing useful, wins ${test.id}`);
      }
    }
    return problems;
  }

  #seedsFor(count: number): readonly string[] {
    return Array.from({ length: count }, (_none, i) => String(FIRST_SEED + i));
  }

  /** All runs; with `everywhere` on every hidden variant too. */
  async #run(
    { code, overlay }: ReadCode,
    test: ExerciseTest,
    seeds: readonly string[],
    everywhere: boolean,
  ): Promise<{ readonly outcomes: readonly RunOutcome[]; readonly refused: string | null }> {
    const scenarios = everywhere ? [test.scenario, ...test.hidden] : [test.scenario];
    const { job } = await composeJob({
      exercise: this.#exercise,
      test,
      variants: scenarios.map((scenario, i) => ({ scenario, seeds, isHidden: i > 0 })),
      code,
      overlay,
      library: this.#library,
      stopsAtLoss: false,
    });
    const outcomes: RunOutcome[] = [];
    let refused: string | null = null;
    await runJob({ ...job, nonce: '' }, (frame) => {
      if (frame.type === 'run') outcomes.push(frame.outcome);
      else if (frame.type === 'refused') refused = frame.message;
    });
    return { outcomes, refused };
  }
}

/** A cost is won in its best tier; a wrong solution loses it by getting none at all. */
function isWonIn(test: ExerciseTest, outcome: RunOutcome): boolean {
  return test.kind === 'safety'
    ? isWon(outcome)
    : tierHeld(test.cost, test.tiers.at(-1)?.[0] ?? '', outcome);
}

function linesLost(outcome: RunOutcome | undefined): string {
  const lost = outcome?.judged.filter(({ state }) => state !== 'held') ?? [];
  return lost.map(({ text, measured }) => `${text} (${measured})`).join(', ');
}
