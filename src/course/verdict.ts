/** What the runs of a test say: won or lost, and in which words. */
import { unsealed } from '../scenarios/values/sealed.ts';
import type { Variant } from './compose.ts';
import type { AnswerTest, ExerciseTest, HuntTest } from './exercise.ts';
import type { RunOutcome } from './job.ts';
import { noGuess, wrongGuess } from './predict.ts';
import type { Answers } from './submission.ts';
import type { TestRuns } from './test-process.ts';
import { isWon } from './trial.ts';

export interface Verdict {
  readonly isWon: boolean;
  /** What the student reads instead of a run's own story; null: the run has one. */
  readonly words: string | null;
  /** The run that lost it, the first of several. */
  readonly run: RunOutcome | null;
}

const WON: Verdict = { isWon: true, words: null, run: null };
const NOTHING_SAID: Answers = { overlay: {}, words: {} };

/** Decides a test that needs no run: by what was answered, or not; null: it needs runs. */
export function verdictWithoutRuns(
  test: ExerciseTest,
  answers: ReadonlyMap<string, Answers>,
): Verdict | null {
  const { words, overlay } = answers.get(test.file) ?? NOTHING_SAID;
  const lost = (text: string | null): Verdict | null =>
    text === null ? null : { isWon: false, words: text, run: null };
  if (test.kind === 'predict') return lost(noGuess(test.question, words));
  if (test.kind === 'hunt') return lost(tooManyFaults(test, overlay['faults']));
  if (test.kind !== 'answer') return null;
  return lost(wrongWord(test, words[test.key] ?? null)) ?? WON;
}

function wrongWord({ key, is }: AnswerTest, given: unknown): string | null {
  if (given === null) return `\`${key}\` has no answer yet.`;
  const word = String(given);
  return word === unsealed(is) ? null : `\`${key}: ${word.slice(0, 60)}\` is not it.`;
}

function tooManyFaults({ file, faultsMax }: HuntTest, faults: unknown): string | null {
  const count = Array.isArray(faults) ? faults.length : 0;
  if (count <= faultsMax) return null;
  return `${file} has ${count} faults; ${faultsMax} are enough, and more are not allowed.`;
}

/** `variants` has that of each run. */
export function verdictOf(
  test: ExerciseTest,
  runs: TestRuns,
  variants: readonly Variant[],
  answers: ReadonlyMap<string, Answers>,
): Verdict {
  const isWhole = runs.ended === null && runs.outcomes.length === variants.length;
  const run = runs.outcomes.find((outcome) => !isWon(outcome)) ?? null;
  if (test.kind === 'predict' && run !== null) {
    const { words } = answers.get(test.file) ?? NOTHING_SAID;
    return { isWon: false, words: wrongGuess(test.question, words, run), run };
  }
  if (test.kind !== 'hunt' || !isWhole) return { isWon: isWhole && run === null, words: null, run };
  return huntVerdict(test, runs.outcomes, variants);
}

function huntVerdict(
  { sound, atLeast }: HuntTest,
  outcomes: readonly RunOutcome[],
  variants: readonly Variant[],
): Verdict {
  const isSound = ({ index }: RunOutcome) => variants[index]?.scenario === sound;
  const broken = outcomes.find((outcome) => isSound(outcome) && !isWon(outcome));
  if (broken !== undefined) {
    const why = broken.story?.what ?? 'an expectation was not held.';
    return {
      isWon: false,
      words: `Under this load and these faults the system without a bug fails too: ${why}`,
      run: broken,
    };
  }
  const hunted = outcomes.filter((outcome) => !isSound(outcome));
  const caught = hunted.filter(({ state }) => state === 'violated').length;
  const needed = Math.ceil(atLeast * hunted.length);
  if (caught >= needed) return WON;
  const words = `The bug showed on ${caught} of ${hunted.length} seeds; it must on ${needed}.`;
  return { isWon: false, words, run: null };
}
