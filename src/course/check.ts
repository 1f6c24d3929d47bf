/**
 * `dsim grade --check`: the author's test. Every test of an exercise is proved by its solution,
 * which must hold, and by its wrong solutions, each of which must lose what it is said to lose.
 *
 * The code is the author's own, so it runs in this process; but in the same sandbox, so that a
 * verdict here is a verdict there.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { builtInWrong } from './cheats.ts';
import { composeJob, tierHeld, type Variant } from './compose.ts';
import { type Exercise, type ExerciseTest, filesOf, type WrongSolution } from './exercise.ts';
import type { RunOutcome } from './job.ts';
import { narrowLines } from './margin.ts';
import { scriptBundle } from './sandbox/bundle.ts';
import { type ReadCode, type ReadSubmission, readSubmission } from './submission.ts';
import { isWon, runJob } from './trial.ts';
import { verdictOf, verdictWithoutRuns } from './verdict.ts';
import { openWrong, wrongFileOf } from './wrong-solution.ts';

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

function filesMissing(exercise: Exercise): readonly string[] {
  const { folder, tests, wrong, submission } = exercise;
  const wanted = [
    'README.md',
    'hints.md',
    ...filesOf(submission).map((file) => `.solution/${file}`),
    ...tests.flatMap(({ hidden }) => hidden),
  ];
  const missing = wanted.filter((file) => !existsSync(join(folder, file)));
  const lost = wrong
    .filter(({ name }) => wrongFileOf(exercise, name) === null)
    .map(({ name }) => `.wrong/${name}${extname(submission.file)}`);
  return [...missing, ...lost].map((file) => `there is no ${file}`);
}

/** Each safety test is lost by a wrong solution, or it may test nothing. */
function unproved({ tests, wrong, folder }: Exercise): readonly string[] {
  const lost = new Set(wrong.flatMap(({ loses }) => loses));
  const named = new Set(wrong.map(({ name }) => name));
  const files = existsSync(join(folder, '.wrong')) ? readdirSync(join(folder, '.wrong')) : [];
  return [
    ...tests
      .filter(({ kind, id }) => kind !== 'cost' && !lost.has(id))
      .map(({ id }) => `no wrong solution loses ${id}: does it test anything?`),
    ...files
      .filter((file) => !named.has(basename(file, extname(file))))
      .map((file) => `.wrong/${file} is not in exercise.yaml`),
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
    const first = this.#exercise.tests.find((test) => test.kind !== 'cost');
    const read = await readSubmission(this.#exercise, this.#exercise.folder, this.#library);
    if (!read.ok) return [`the stub: ${read.reason}`];
    const problems: string[] = [];
    for (const test of this.#exercise.tests) {
      if (test.kind === 'cost') continue;
      const { lost, refused } = await this.#try(read, test, 1, false);
      const won = refused === null && lost === 0;
      if (won) problems.push(`the stub wins ${test.id}`);
      // Behind a gate that is lost nothing is run.
      if (!won && test === first && test.gate) break;
    }
    return problems;
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
      const tried = await this.#try(read, test, 2 * this.#seeds, true);
      const { outcomes, refused, lost, of, words } = tried;
      if (refused !== null) problems.push(`the solution, ${test.id}: ${refused}`);
      if (lost > 0) {
        problems.push(`the solution loses ${test.id} on ${lost} of ${of} runs: ${words}`);
      }
      problems.push(...this.#budgetNeeded(test, outcomes));
      if (lost === 0) problems.push(...this.#narrow(test, outcomes));
    }
    return problems;
  }

  /** Each variant is looked at alone: what is the same on all of its seeds may differ elsewhere. */
  #narrow(test: ExerciseTest, outcomes: readonly RunOutcome[]): readonly string[] {
    const isMeasured = test.kind === 'cost' || (test.kind === 'safety' && !test.exact);
    if (!isMeasured) return [];
    const runs = 2 * this.#seeds;
    return [test.scenario, ...test.hidden].flatMap((scenario, i) =>
      narrowLines(outcomes.slice(i * runs, (i + 1) * runs)).map(
        (line) => `the solution, ${test.id} in ${scenario}: ${line}`,
      ),
    );
  }

  /** A budget is at least twice what the solution needs. */
  #budgetNeeded({ id }: ExerciseTest, outcomes: readonly RunOutcome[]): readonly string[] {
    const { budget } = this.#exercise;
    return (['events', 'messages', 'bytes'] as const).flatMap((part) => {
      const most = Math.max(0, ...outcomes.map((outcome) => outcome[part]));
      if (most * 2 <= budget[part]) return [];
      return [`${id} takes the solution ${most} ${part}; the budget is ${budget[part]}`];
    });
  }

  async checkWrong({ name, loses, may }: WrongSolution): Promise<readonly string[]> {
    const read = await this.#readWrong(name);
    if (!read.ok) return [`${name}: ${read.reason}`];
    const problems: string[] = [];
    const safety = this.#exercise.tests.filter((test) => test.kind !== 'cost');
    const costs = this.#exercise.tests.filter((test) => test.kind === 'cost');
    const losesSafety = loses.some((id) => safety.some((test) => test.id === id));
    for (const test of [...safety, ...(losesSafety ? [] : costs)]) {
      // Whatever came of it, it would be right.
      if (may.includes(test.id)) continue;
      const isLost = loses.includes(test.id);
      const enough = isLost ? Math.ceil(LOSES_AT_LEAST * this.#seeds) : undefined;
      const { lost, of, refused } = await this.#try(read, test, this.#seeds, false, enough);
      if (refused !== null) return [`${name}, ${test.id}: ${refused}`];
      const counts = `${lost} of ${of} seeds`;
      if (isLost) {
        if (lost < LOSES_AT_LEAST * of) problems.push(`${name} loses ${test.id} on ${counts} only`);
        // A gate that is lost ends the grading.
        if (test.kind !== 'cost' && test.gate) break;
      } else if (lost > 0) {
        problems.push(`${name} loses ${test.id} too, on ${counts}`);
      }
    }
    return problems;
  }

  async #readWrong(name: string): Promise<ReadSubmission> {
    const { folder, file, close } = openWrong(this.#exercise, name);
    const { submission } = this.#exercise;
    const opened = submission.kind === 'code' ? { ...submission, file } : submission;
    try {
      return await readSubmission({ ...this.#exercise, submission: opened }, folder, this.#library);
    } finally {
      close();
    }
  }

  /** What refuses everything, answers nothing, or always the same, wins no test. */
  async checkCheats(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { name, code } of builtInWrong) {
      const read = { code: scriptBundle(code, this.#exercise.folder), answers: new Map() };
      for (const test of this.#exercise.tests) {
        if (test.kind === 'cost') continue;
        const { lost, refused } = await this.#try(read, test, 1, false);
        if (refused === null && lost === 0)
          problems.push(`${name}, which does nothing useful, wins ${test.id}`);
      }
    }
    return problems;
  }

  /** On `count` seeds or until `enough` are lost; `everywhere`: on every hidden variant too. */
  async #try(
    { code, answers }: ReadCode,
    test: ExerciseTest,
    count: number,
    everywhere: boolean,
    enough = Number.MAX_VALUE,
  ): Promise<Tried> {
    const decided = verdictWithoutRuns(test, answers);
    if (decided !== null) {
      const { isWon: won, words } = decided;
      return { outcomes: [], refused: null, lost: won ? 0 : 1, of: 1, words: words ?? '' };
    }
    const { job, variants } = await composeJob({
      exercise: this.#exercise,
      test,
      variants: variantsOf(test, count, everywhere),
      code,
      answers,
      library: this.#library,
      lossesMax: test.kind === 'safety' ? enough : Number.MAX_VALUE,
    });
    const outcomes: RunOutcome[] = [];
    let refused: string | null = null;
    await runJob({ ...job, nonce: '' }, (frame) => {
      if (frame.type === 'run') outcomes.push(frame.outcome);
      else if (frame.type === 'refused') refused = frame.message;
    });
    if (test.kind === 'hunt') {
      const { isWon: won, words } = verdictOf(test, { outcomes, ended: null }, variants, answers);
      return { outcomes, refused, lost: won ? 0 : 1, of: 1, words: words ?? '' };
    }
    const lost = outcomes.filter((outcome) => !isWonIn(test, outcome));
    const [first] = lost;
    const why = first?.story?.what ?? first?.error?.message ?? linesLost(first);
    const words = `run ${first?.index}: ${why}`;
    return { outcomes, refused, lost: lost.length, of: outcomes.length, words };
  }
}

interface Tried {
  readonly outcomes: readonly RunOutcome[];
  /** Why it could not run at all. */
  readonly refused: string | null;
  /** How many of how many runs were lost; of a hunt, which counts runs itself, one of one. */
  readonly lost: number;
  readonly of: number;
  /** Of the first that was lost. */
  readonly words: string;
}

function variantsOf(test: ExerciseTest, count: number, everywhere: boolean): readonly Variant[] {
  const { scenario, hidden } = test;
  // What is predicted is one run.
  if (test.kind === 'predict') return [{ scenario, seeds: ['1'], isHidden: false }];
  const seeds = Array.from({ length: count }, (_none, i) => String(FIRST_SEED + i));
  const all = everywhere ? [scenario, ...hidden] : [scenario];
  const sound = test.kind === 'hunt' ? [{ scenario: test.sound, seeds, isHidden: false }] : [];
  return [...sound, ...all.map((each, i) => ({ scenario: each, seeds, isHidden: i > 0 }))];
}

/** A cost is won in its best tier; a wrong solution loses it by getting none at all. */
function isWonIn(test: ExerciseTest, outcome: RunOutcome): boolean {
  return test.kind === 'cost'
    ? tierHeld(test.cost, test.tiers.at(-1)?.[0] ?? '', outcome)
    : isWon(outcome);
}

function linesLost(outcome: RunOutcome | undefined): string {
  const lost = outcome?.judged.filter(({ state }) => state !== 'held') ?? [];
  return lost.map(({ text, measured }) => `${text} (${measured})`).join(', ');
}
