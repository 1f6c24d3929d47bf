/**
 * Many seeds of one scenario: a line a seed, failures put together by what failed, and what the
 * count says about the rate of failure.
 */

import type { ExpectationState, Result } from '../scenarios/result.ts';
import { wilson } from '../sim/proportion.ts';
import { formatCount, formatRatio, formatRatioUp } from '../sim/units.ts';
import { shellWord } from '../sim/visible-text.ts';
import { distributionsOf, renderDistributions, type SeedNumber } from './distribution.ts';
import type { Ink } from './ink.ts';
import { cut, padLeft, padRight, plural, textWidth } from './layout.ts';
import { type RunContext, reproLine, runArguments } from './run-context.ts';
import { stateMark, statePaint } from './state-mark.ts';

/** What is kept of each run of a sweep; the result itself is let go. */
export interface SweepRow {
  readonly seed: string;
  readonly state: ExpectationState;
  readonly orderDigest: string;
  /** What decided it: the expectations that are not held, or the error's kind; empty when held. */
  readonly signature: string;
  /** The first sentence about it, for people. */
  readonly detail: string;
  /** The letters of its line on CAP, or `not exercised`; null without such a line. */
  readonly cap: string | null;
  /** What was measured, of each expectation that is a number. */
  readonly numbers: readonly SeedNumber[];
}

/** Up to this many seeds each has its line; with more, only those not held. */
const ALL_ROWS_MAX = 20;
const FAILED_ROWS_MAX = 20;
const SIGNATURES_MAX = 10;

export function sweepRow(result: Result): SweepRow {
  const failed = result.judged.filter(({ state }) => state !== 'held');
  const worst = failed.find(({ state }) => state === 'violated') ?? failed[0];
  const { error } = result;
  return {
    seed: result.seed,
    state: result.state,
    orderDigest: result.digests.order,
    signature:
      error === null
        ? failed.map(({ text }) => text).join('; ')
        : `${error.kind}: ${error.message.split('\n')[0]}`,
    numbers: numbersOf(result),
    detail: error === null ? (worst?.measured ?? '') : (error.message.split('\n')[0] ?? ''),
    cap: result.cap === null ? null : (result.cap.letters ?? 'not exercised'),
  };
}

/** Those that measured nothing in this seed are known by what others measured. */
function numbersOf({ judged, scenario }: Result): readonly SeedNumber[] {
  return judged.flatMap(({ text, number }, i): readonly SeedNumber[] => {
    const expected = scenario.expect[i];
    if (number !== undefined) return [{ text, ...number }];
    return expected?.kind === 'metric' ? [{ text, unit: expected.metric.unit, value: null }] : [];
  });
}

/** Whether this row's line is printed, given how many seeds there are. */
export function showsRow(row: SweepRow, seeds: number, shownFailures: number): boolean {
  return seeds <= ALL_ROWS_MAX || (row.state !== 'held' && shownFailures < FAILED_ROWS_MAX);
}

/** `  ✗ 11  linearizable`, cut to the width. `seedColumns` is the width of the widest seed. */
export function renderSweepRow(row: SweepRow, seedColumns: number, ink: Ink): string {
  const seed = padLeft(ink.clean(row.seed), seedColumns);
  const room = ink.width - 6 - textWidth(seed);
  const text =
    row.signature === '' ? '' : `  ${cut(ink.clean(row.signature), room, ink.glyph.ellipsis)}`;
  const paint = statePaint(row.state, ink);
  return `  ${stateMark(row.state, ink)} ${seed}${row.state === 'held' ? text : paint(text)}`;
}

/** Heading of a sweep. */
export function renderSweepHead(
  name: string,
  range: string,
  context: RunContext,
  ink: Ink,
): string {
  return `${ink.strong(ink.clean(name))}  seeds ${range}  ${ink.dim(ink.clean(context.file))}`;
}

/**
 * What all seeds say together, and the way back to the first that failed. `wanted` is how many were
 * asked for.
 */
export function renderSweepEnd(
  rows: readonly SweepRow[],
  wanted: number,
  context: RunContext,
  ink: Ink,
): string[] {
  const counts = countStates(rows);
  const first =
    rows.find(({ state }) => state === 'violated') ?? rows.find(({ state }) => state !== 'held');
  return [
    ...renderSignatures(rows, ink),
    ...renderDistributions(distributionsOf(rows), ink),
    renderTotals(rows.length, wanted, 'seed', counts, ink),
    ...(rows.length === 0 ? [] : [`  ${rateText(counts.violated, rows.length, ink)}`]),
    ...renderLetters(rows, ink),
    ...(first === undefined ? [] : wayBack(first, context, ink)),
  ];
}

export interface StateCounts {
  readonly held: number;
  readonly violated: number;
  readonly unknown: number;
  readonly neverExercised: number;
}

export function countStates(rows: readonly { readonly state: ExpectationState }[]): StateCounts {
  const count = (wanted: ExpectationState) => rows.filter(({ state }) => state === wanted).length;
  return {
    held: count('held'),
    violated: count('violated'),
    unknown: count('unknown'),
    neverExercised: count('never exercised'),
  };
}

/** `1,000 seeds  ✓ 985 held  ✗ 15 violated`. */
export function renderTotals(
  done: number,
  wanted: number,
  noun: string,
  counts: StateCounts,
  ink: Ink,
): string {
  const parts: readonly (readonly [number, ExpectationState])[] = [
    [counts.held, 'held'],
    [counts.violated, 'violated'],
    [counts.unknown, 'unknown'],
    [counts.neverExercised, 'never exercised'],
  ];
  const texts = parts
    .filter(([count]) => count > 0)
    .map(([count, state]) => {
      const text = `${formatCount(count)} ${state}`;
      return `${stateMark(state, ink)} ${statePaint(state, ink)(text)}`;
    });
  const of = done === wanted ? '' : ` of ${formatCount(wanted)}`;
  return [ink.strong(plural(wanted, `${formatCount(done)}${of}`, noun)), ...texts].join('  ');
}

/** What was seen of CAP, and in how many of the seeds. */
function renderLetters(rows: readonly SweepRow[], ink: Ink): string[] {
  const counts = new Map<string, number>();
  for (const { cap } of rows) if (cap !== null) counts.set(cap, (counts.get(cap) ?? 0) + 1);
  if (counts.size === 0) return [];
  const parts = [...counts]
    .sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1))
    .map(([letters, count]) => `${letters === '-' ? 'neither' : letters} in ${formatCount(count)}`);
  const text = `${parts.join(', ')} of ${plural(rows.length, formatCount(rows.length), 'seed')}`;
  return [`  ${ink.strong('CAP')}  ${text}`];
}

function rateText(failed: number, of: number, ink: Ink): string {
  const { low, high } = wilson(failed, of);
  if (failed === 0) return `failure rate at most ${formatRatioUp(high)} (95% confidence)`;
  const to = ink.ascii ? '..' : '–';
  return `failure rate ${formatRatio(failed / of)} (95%: ${formatRatio(low)} ${to} ${formatRatioUp(high)})`;
}

/** Failures by what failed, the most frequent first, each with its first seed. */
function renderSignatures(rows: readonly SweepRow[], ink: Ink): string[] {
  const groups = new Map<string, SweepRow[]>();
  for (const row of rows) {
    if (row.state !== 'held')
      groups.set(row.signature, [...(groups.get(row.signature) ?? []), row]);
  }
  if (groups.size === 0 || rows.length <= 1) return [];
  const sorted = [...groups].sort(
    ([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1),
  );
  const column = String(sorted[0]?.[1].length ?? 0).length;
  const lines = sorted.slice(0, SIGNATURES_MAX).map(([signature, of]) => {
    const count = padLeft(String(of.length), column);
    const first = `  first seed ${of[0]?.seed}`;
    const room = ink.width - 6 - column - first.length;
    const text = padRight(cut(ink.clean(signature), room, ink.glyph.ellipsis), 0);
    return `  ${count}${ink.glyph.times}  ${text}${ink.dim(first)}`;
  });
  const hidden = sorted.length - SIGNATURES_MAX;
  return [
    ink.strong('WHAT FAILED'),
    ...lines,
    ...(hidden > 0 ? [ink.dim(`  and ${hidden} other combinations`)] : []),
    '',
  ];
}

function wayBack(first: SweepRow, context: RunContext, ink: Ink): string[] {
  const repro = reproLine(first.seed, first.orderDigest, context);
  const next =
    context.runId === null
      ? `${context.dsim} run ${runArguments(first.seed, context)}`
      : `${context.dsim} replay ${shellWord(context.runId)}`;
  return [
    `  ${ink.strong('repro:')} ${ink.clean(repro)}`,
    `  ${ink.strong('next: ')} ${ink.clean(next)}  ${ink.dim(`seed ${first.seed} in full`)}`,
  ];
}
