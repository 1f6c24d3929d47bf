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

/** Lines, without a break at their end. Without a context no line brings it back. */
export function renderFailure(result: Result, context: RunContext | null, ink: Ink): string {
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
    context === null ? [] : wayBack(result, context, ink),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}

function wayBack({ seed, digests }: Result, context: RunContext, ink: Ink): readonly string[] {
  const { kept } = context;
  return [
    `${ink.strong('repro:')} ${ink.clean(reproLine(seed, digests.order, context))}`,
    ...(kept === null ? [] : [`${ink.strong('kept: ')} ${ink.clean(kept)}`]),
  ];
}
