/**
 * Predictions: what a student says of a run before it is made becomes lines of `expect:`, so that
 * the run itself says whether it was right.
 */
import type { Question } from './exercise.ts';
import type { RunOutcome } from './job.ts';

type Words = { readonly [key: string]: unknown };

/** What is wrong with an answer before any run; null: it is one. */
export function noGuess(question: Question, words: Words): string | null {
  const { key } = question;
  const given = words[key] ?? null;
  if (given === null) return `\`${key}\` has no answer yet.`;
  if ('choices' in question) {
    if (Object.hasOwn(question.choices, String(given))) return null;
    return `\`${key}\` is one of ${Object.keys(question.choices).join(', ')}.`;
  }
  if (quantityOf(given) !== null) return null;
  return `\`${key}\` is a number with its unit, as ${question.measure} is printed: 12ms, 35%, 120/s.`;
}

/** The lines that hold if the answer is right. */
export function linesOfGuess(question: Question, words: Words): readonly string[] {
  const given = words[question.key];
  if ('choices' in question) {
    const line = question.choices[String(given)];
    return line === undefined ? [] : [line];
  }
  const quantity = quantityOf(given);
  if (quantity === null) return [];
  const { measure, within } = question;
  const [value, unit] = quantity;
  // Right within a share of what is measured, and not of what was guessed.
  const most = `${measure} <= ${plain(value / (1 - within))}${unit}`;
  // That a number is 0 at least would hold always, and is refused.
  return value === 0 ? [most] : [`${measure} >= ${plain(value / (1 + within))}${unit}`, most];
}

/** The words on a wrong answer: what was said, and what the run shows. */
export function wrongGuess(
  question: Question,
  words: Words,
  { judged }: RunOutcome,
): string | null {
  const lost = judged.find(({ state }) => state !== 'held');
  if (lost === undefined) return null;
  const given = `\`${question.key}: ${String(words[question.key])}\``;
  if ('choices' in question)
    return `${given} is not it: ${lost.text}, but it was ${lost.measured}.`;
  return `${given} is not near enough: ${question.measure} was ${lost.measured}.`;
}

function quantityOf(given: unknown): readonly [value: number, unit: string] | null {
  const match = /^(\d+(?:\.\d+)?) ?([a-zA-Zµ%/]*)$/.exec(String(given));
  return match === null ? null : [Number(match[1]), match[2] ?? ''];
}

/** Without an exponent. */
function plain(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}
