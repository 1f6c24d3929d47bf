/**
 * How far from its bounds the solution stays. A bound that it meets by a hair fails somebody who is
 * right, on a seed that the author has not seen.
 */
import type { RunOutcome } from './job.ts';
import { magnitude } from './quantity.ts';

/** The solution stays away from each bound by this share of it. */
const MARGIN = 0.15;

/** Lines that were held too narrowly on some run, a sentence each. */
export function narrowLines(outcomes: readonly RunOutcome[]): readonly string[] {
  const values = new Map<string, Set<string>>();
  for (const { text, measured } of outcomes.flatMap(({ judged }) => judged)) {
    values.set(text, (values.get(text) ?? new Set()).add(measured));
  }
  return [...values].flatMap(([text, measured]) => {
    // The same on every seed: another seed does not change it.
    if (measured.size === 1) return [];
    const rooms = [...measured].map((value) => [roomOf(text, value), value] as const);
    const [room, value] = rooms.reduce((least, one) => (one[0] < least[0] ? one : least));
    if (room >= MARGIN) return [];
    const share = `${(100 * room).toFixed(1)}% of its bound only (${value})`;
    return [`\`${text}\` is held by ${share}; it wants ${100 * MARGIN}%`];
  });
}

/** The share of the bound that is left; infinite where nothing can be met narrowly. */
function roomOf(text: string, measured: string): number {
  const [, sign = '', word = ''] = / ([<>]=?) (\S+)(?: |$)/.exec(text) ?? [];
  const bound = magnitude(word);
  const value = magnitude(measured);
  // A count of a few is exact: one leader, three terms.
  const isExact = sign === '' || text.startsWith('never ') || /^\d$/.test(word);
  if (isExact || !(bound > 0) || Number.isNaN(value)) return Infinity;
  if (sign.startsWith('<')) return 1 - value / bound;
  // A share near all of it has its room in what is missing.
  if (!word.endsWith('%') || bound <= 50) return value / bound - 1;
  return bound === 100 ? Infinity : 1 - (100 - value) / (100 - bound);
}
