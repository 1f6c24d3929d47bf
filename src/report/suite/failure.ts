/**
 * A run that did not hold, as a test shows it: which expectation failed, why, and the line that
 * repeats it. Shorter than the screen of `dsim run`, which that line leads to.
 */
import type { Result } from '../../scenarios/result.ts';
import { renderExpectations } from '../expectations.ts';
import type { Ink } from '../ink.ts';
import { type RunContext, reproLine } from '../run-context.ts';
import { verdictLine } from '../run-screen.ts';
import { unfelt } from '../timeline.ts';
import { renderRunError, renderWhy } from '../why.ts';

/** Lines, without a break at their end. */
export function renderFailure(result: Result, context: RunContext, ink: Ink): string {
  const judged = result.judged.filter(({ state }) => state !== 'held');
  const blocks: (readonly string[])[] = [
    [verdictLine(result, ink, false)],
    judged.length === 0 && result.judged.length > 0
      ? []
      : renderExpectations({ ...result, judged }, ink),
    unfelt(result).map(({ name }) =>
      ink.warn(`${ink.glyph.warning} ${ink.clean(name)} had no effect`),
    ),
    ...renderWhy(result, ink),
    ...(result.error === null ? [] : [renderRunError(result.error, ink)]),
    [
      `${ink.strong('repro:')} ${ink.clean(reproLine(result.seed, result.digests.order, context))}`,
      ...(context.kept === null ? [] : [`${ink.strong('kept: ')} ${ink.clean(context.kept)}`]),
    ],
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}
