/**
 * Why a run is not held: each failed check in words and as a picture, checks that gave up, and the
 * run's error.
 */
import type { Result, RunError } from '../scenarios/result.ts';
import { formatCount, formatMomentUs } from '../sim/units.ts';
import { reasonsApart, renderAnomalies } from './anomalies.ts';
import type { Ink } from './ink.ts';
import { paragraph } from './layout.ts';
import { type CheckResult, checksOf } from './result-parts.ts';
import { describeOperation, renderWitness } from './witness.ts';

const CHECKS_MAX = 3;
const STACK_LINES_MAX = 6;

/** One block for each failed check, and one for each that gave up; empty when all passed. */
export function renderWhy(result: Result, ink: Ink): string[][] {
  const failed = checksOf(result, 'fail');
  const blocks = failed.slice(0, CHECKS_MAX).map((check) => renderFailed(result, check, ink));
  const rest = failed.slice(CHECKS_MAX);
  if (rest.length > 0) {
    const names = rest.map(({ checker }) => checker).join(', ');
    blocks.push([ink.dim(ink.clean(`and ${rest.length} more failed: ${names}`))]);
  }
  return [...blocks, ...checksOf(result, 'unknown').map((check) => renderUnknown(check, ink))];
}

function renderFailed(result: Result, check: CheckResult, ink: Ink): string[] {
  const key = check.key === null ? '' : ` for key ${check.key}`;
  const at = check.atUs === null ? '' : `, visible at ${formatMomentUs(check.atUs)}`;
  const picture = renderWitness(result, check, ink);
  const describe = (index: number) => {
    const operation = result.history[index];
    return operation === undefined ? '' : describeOperation(result, operation, check.key, ink);
  };
  const anomalies = renderAnomalies(check, describe, ink);
  return [
    `${ink.strong('WHY')}  ${ink.bad(ink.clean(`not ${check.checker}${key}`))}${at}`,
    ...paragraph(ink.clean(check.summary), ink.width, '  '),
    ...reasonsApart(check).flatMap((reason) =>
      paragraph(ink.clean(reason), ink.width, '    ', `  ${ink.glyph.separator} `),
    ),
    ...(anomalies.length === 0 ? [] : ['', ...anomalies]),
    ...(picture.length === 0 ? [] : ['', ...picture]),
    ...renderAdvice(check, ink),
  ];
}

/** What the check says to look at next. */
function renderAdvice({ next = [] }: CheckResult, ink: Ink): string[] {
  return next.flatMap((advice, i) => [
    ...(i === 0 ? [''] : []),
    ...paragraph(ink.clean(advice), ink.width, '    ', `  ${ink.glyph.arrow} `),
  ]);
}

function renderUnknown(check: CheckResult, ink: Ink): string[] {
  return [
    `${ink.strong('UNKNOWN')}  ${ink.warn(ink.clean(check.checker))}: nothing was proved`,
    ...paragraph(ink.clean(check.summary), ink.width, '  '),
    ...check.reasons.flatMap((reason) =>
      paragraph(ink.clean(reason), ink.width, '    ', `  ${ink.glyph.separator} `),
    ),
  ];
}

/** `STOPPED  what and where`, wrapped behind an indent. */
function renderHead(word: string, text: string, ink: Ink): string[] {
  const [first = '', ...rest] = paragraph(text, ink.width - word.length, '  ', '');
  return [`${ink.bad(ink.strong(word))}  ${first}`, ...rest];
}

const headings: { readonly [K in RunError['kind']]: string } = {
  handler: 'a handler threw an error',
  invariant: 'an invariant broke',
  livelock: 'time stood still',
  'host-global': 'a node reached for the host',
  'max-events': 'the budget of events ran out',
  interrupted: 'it was stopped',
};

const advice: { readonly [K in RunError['kind']]: string } = {
  handler:
    'A node must handle every message that it can get, late, doubled or out of order. Below are the last events at that node; --verbose prints all of them.',
  invariant:
    'The state that broke it is the work of the events before: below are the last at that node; --verbose prints all of them.',
  livelock:
    'Something sets a timer with no delay, or answers itself at once, forever. Give it a delay, or a reason to stop.',
  'host-global':
    'A run is reproducible only if nodes see nothing of the host: take time from ctx.now(), chance from ctx.random, timers from ctx.setTimer().',
  interrupted: 'Above is what had happened by then. What was to come is not known.',
  'max-events':
    'Nothing was proved. Raise --max-events, shorten duration:, or lower the rate of the load.',
};

/** What stopped the run, where, what came before, and what to do about it. */
export function renderRunError(error: RunError, ink: Ink): string[] {
  const node = error.node === null ? '' : ` on ${ink.clean(error.node)}`;
  const where = `${headings[error.kind]}${node} at ${formatMomentUs(error.atUs)} (event ${formatCount(error.event)})`;
  const stack = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, STACK_LINES_MAX);
  return [
    ...renderHead('STOPPED', where, ink),
    ...error.message.split('\n').flatMap((line) => paragraph(ink.clean(line), ink.width, '  ')),
    ...stack.map((line) => ink.dim(`    ${ink.clean(line.trim())}`)),
    ...paragraph(advice[error.kind], ink.width, '  ').map(ink.warn),
    ...(error.tail.length === 0 ? [] : ['  last events there:']),
    ...error.tail.flatMap((line) => paragraph(ink.clean(line), ink.width, '      ', '    ')),
  ];
}
