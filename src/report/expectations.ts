/** The expectations of a scenario with what was measured: one line each where it fits. */
import type { Judged, Result } from '../scenarios/result.ts';
import { formatMomentUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { padRight, paragraph, textWidth } from './layout.ts';
import { stateMark, statePaint } from './state-mark.ts';

/** `linearizable in 1000 seeds`: one run can break it, and only many can prove it. */
const OF_MANY = / in [\d, ]+ seeds$/;
const ONE_OF_MANY = '      in this seed: whether it holds in as many is for `dsim test` to judge';

const INDENT = '      ';

/** The section with its heading; one line that says so when the scenario expects nothing. */
export function renderExpectations(
  result: Pick<Result, 'judged' | 'shares' | 'labels'>,
  ink: Ink,
): string[] {
  const { shares = [], labels = [] } = result;
  if (result.judged.length + shares.length + labels.length === 0) {
    return [ink.warn('EXPECTATIONS  none: nothing was judged')];
  }
  const all = [...result.judged, ...shares];
  const longest = Math.max(...all.map(({ text }) => textWidth(ink.clean(text))));
  const column = Math.min(longest, Math.floor(ink.width * 0.6));
  return [
    ink.strong('EXPECTATIONS'),
    ...result.judged.flatMap((judged) => renderJudged(judged, column, ink)),
    ...(result.judged.some(({ text }) => OF_MANY.test(text)) ? [ink.dim(ONE_OF_MANY)] : []),
    ...(shares.length === 0 ? [] : [ink.dim('  in this seed, of many that `dsim test` judges:')]),
    ...shares.flatMap((judged) => renderJudged(judged, column, ink)),
    ...labels.map((text) => ink.dim(`  - ${padRight(text, column)}  judged by \`dsim tradeoff\``)),
  ];
}

function renderJudged(judged: Judged, column: number, ink: Ink): string[] {
  const { state } = judged;
  const strong = state === 'held' ? (text: string) => text : ink.strong;
  const text = padRight(ink.clean(judged.text), column);
  const measured = ink.clean(measuredOf(judged));
  const told =
    judged.because === judged.measured || (state === 'violated' && judged.check !== null);
  const because = told ? '' : ink.clean(judged.because);
  const room = ink.width - 4 - textWidth(text) - 2;
  const mark = stateMark(state, ink);
  if (textWidth(measured) > room) return renderApart(judged, measured, because, ink);
  const paint = state === 'held' ? (value: string) => value : statePaint(state, ink);
  const line = `  ${mark} ${strong(text)}  ${paint(measured)}`.trimEnd();
  if (because === '') return [line];
  if (textWidth(measured) + 2 + textWidth(because) <= room) return [`${line}  ${ink.dim(because)}`];
  return [line, ...paragraph(because, ink.width, INDENT).map(ink.dim)];
}

/** The expectation, and beneath it what was measured. */
function renderApart(judged: Judged, measured: string, because: string, ink: Ink): string[] {
  const { state, text } = judged;
  const strong = state === 'held' ? (line: string) => line : ink.strong;
  const paint = state === 'held' ? ink.dim : statePaint(state, ink);
  const [first = '', ...rest] = paragraph(ink.clean(text), ink.width, INDENT, '');
  return [
    `  ${stateMark(state, ink)} ${strong(first)}`,
    ...rest.map(strong),
    ...paragraph(measured, ink.width, INDENT).map(paint),
    ...(because === '' ? [] : paragraph(because, ink.width, INDENT).map(ink.dim)),
  ];
}

/**
 * What was measured, opened by the state where the mark alone could be overlooked. A failed check
 * is explained in full further down; here stands only when and where it failed.
 */
function measuredOf({ state, measured, check }: Judged): string {
  if (state === 'violated' && check?.verdict === 'fail') {
    const at = check.atUs === null ? '' : ` at ${formatMomentUs(check.atUs)}`;
    return `violated${at}${check.key === null ? '' : `, key ${check.key}`}`;
  }
  if (state === 'held' || state === 'violated') return measured === '' ? state : measured;
  return measured === '' || measured === state ? state : `${state}: ${measured}`;
}
