/** Many seeds of one scenario that did not all hold: how many, what they say, and one in full. */
import type { Exploration } from '../../scenarios/result.ts';
import type { Ink } from '../ink.ts';
import { stateMark } from '../state-mark.ts';
import { countStates, renderTotals } from '../sweep.ts';

/** Lines, without a break at their end; `failure` is the explanation of the run that is shown. */
export function renderExploration(
  { name, runs, planned, demands }: Exploration,
  failure: string | null,
  ink: Ink,
): string {
  const counts = countStates(runs);
  const head = `${ink.strong(ink.clean(name))}  ${renderTotals(runs.length, planned, 'seed', counts, ink)}`;
  const said = demands.map(
    ({ text, state, sentence }) =>
      `${stateMark(state, ink)} ${ink.clean(text)}  ${ink.dim(ink.clean(sentence))}`,
  );
  return [[head, ...said].join('\n'), ...(failure === null ? [] : [failure])].join('\n\n');
}
