/** Exit codes: what each means, and which one stands when several runs end differently. */
import type { ExpectationState } from '../scenarios/result.ts';

export const HELD = 0;
export const VIOLATED = 1;
export const USAGE = 2;
export const UNKNOWN = 3;
export const NOTHING_RAN = 4;
export const NOT_DETERMINISTIC = 5;
export const BUG = 70;
export const INTERRUPTED = 130;

/** By code: one word, and what it means. The text of `dsim explain exit-codes`. */
export const exitCodes: ReadonlyMap<number, readonly [word: string, meaning: string]> = new Map([
  [HELD, ['held', 'every expectation held']],
  [VIOLATED, ['violated', 'an expectation was violated, or a node or an invariant failed']],
  [
    USAGE,
    [
      'usage',
      'the command or the scenario is wrong and did not run, or an output could not be written',
    ],
  ],
  [UNKNOWN, ['unknown', 'nothing was violated, but something was not proved or never exercised']],
  [NOTHING_RAN, ['nothing ran', 'no scenario was found']],
  [NOT_DETERMINISTIC, ['not deterministic', 'a run differed from its recording, or from itself']],
  [BUG, ['bug', 'a bug in dsim itself']],
  [
    INTERRUPTED,
    [
      'interrupted',
      'stopped by Ctrl-C, `dsim test` also by SIGTERM; what was finished is reported',
    ],
  ],
]);

/** The worse before the better. An interrupted command is incomplete, whatever it had found. */
const precedence: readonly number[] = [
  INTERRUPTED,
  BUG,
  NOT_DETERMINISTIC,
  USAGE,
  VIOLATED,
  UNKNOWN,
  NOTHING_RAN,
  HELD,
];

/** The code of a command from those of its parts; NOTHING_RAN if there were none. */
export function worstCode(codes: readonly number[]): number {
  return precedence.find((code) => codes.includes(code)) ?? NOTHING_RAN;
}

export function codeOfState(state: ExpectationState): number {
  if (state === 'held') return HELD;
  return state === 'violated' ? VIOLATED : UNKNOWN;
}
