/** `tradeoff: PC/EC` against what a battery found. The run itself has no part in it. */
import type { ExpectationState, Judged, Tradeoff } from '../result.ts';

/** How an expectation of a label begins, as text. */
export const TRADEOFF_TEXT = 'tradeoff: ';

export function judgeTradeoff(
  { text, label }: { readonly text: string; readonly label: string },
  tradeoff: Tradeoff,
): Judged {
  const found = (state: ExpectationState, measured: string, because: string): Judged => {
    return { text, state, measured, because, check: null };
  };
  const { inapplicable, seeds, seedsWanted, mixture, because } = tradeoff;
  if (inapplicable !== null) return found('never exercised', 'no label', inapplicable);
  const shown = mixture.map(([each, count]) => `${each} ${count} of ${seeds}`).join(', ');
  const why = because === null ? 'no seed was finished' : `${because.partition}; ${because.else}`;
  if (seeds < seedsWanted) return found('unknown', shown, `${seeds} of ${seedsWanted} seeds`);
  if (tradeoff.label === label) return found('held', shown, why);
  if (tradeoff.label?.startsWith('not exercised') === true) {
    return found('never exercised', shown, why);
  }
  return found(tradeoff.label?.includes('?') === true ? 'unknown' : 'violated', shown, why);
}
