/** The lines that reporters for people share: of a scenario, of its failures, and of the whole. */

import { formatCount } from '../../sim/units.ts';
import type { Ink } from '../ink.ts';
import { cut, padRight, plural, textWidth } from '../layout.ts';
import { stateMark } from '../state-mark.ts';
import {
  allRuns,
  endOf,
  type Failure,
  failuresOf,
  formatElapsed,
  haltOf,
  type RunEnd,
  type TestedScenario,
  type TestedSuite,
  titleOf,
  WORST_FIRST,
  worstFailure,
} from './suite.ts';

/** Other seeds that failed, by name. */
const SEEDS_NAMED_MAX = 12;
/** Scenarios whose failure is explained. */
const EXPLAINED_MAX = 20;

function endMark(end: RunEnd, ink: Ink): string {
  switch (end) {
    case 'changed':
      return ink.bad('~');
    case 'invalid':
    case 'broken':
      return ink.bad(ink.glyph.warning);
    default:
      return stateMark(end, ink);
  }
}

export function endPaint(end: RunEnd, ink: Ink): (text: string) => string {
  if (end === 'held') return ink.good;
  return end === 'unknown' || end === 'never exercised' ? ink.warn : ink.bad;
}

/** `✗ partition  50 seeds  1.24 s  3 violated: linearizable`. */
export function scenarioLine(scenario: TestedScenario, ink: Ink): string {
  const end = endOf(scenario);
  if (end === null) return '';
  const { runs, planned } = scenario;
  const elapsedMs = runs.reduce((sum, run) => sum + run.elapsedMs, 0);
  const count = runs.length === planned ? String(runs.length) : `${runs.length} of ${planned}`;
  const head = `${ink.clean(titleOf(scenario))}  `;
  const facts = `${plural(planned, count, 'seed')}  ${formatElapsed(elapsedMs)}`;
  const line = `${endMark(end, ink)} ${head}${ink.dim(facts)}`;
  if (end === 'held') return `${line}${demandsText(scenario, ink)}`;
  const room = ink.width - 4 - textWidth(head) - textWidth(facts);
  return `${line}  ${endPaint(end, ink)(cut(failedText(scenario, ink), room, ink.glyph.ellipsis))}`;
}

/** What many seeds said together, where they were asked. */
function demandsText({ demands }: TestedScenario, ink: Ink): string {
  return demands
    .map(({ text, sentence }) => `\n    ${ink.dim(ink.clean(`${text}: ${sentence}`))}`)
    .join('');
}

/** `3 violated: linearizable`. */
function failedText(scenario: TestedScenario, ink: Ink): string {
  const failed = failuresOf(scenario);
  const counts = WORST_FIRST.flatMap((end) => {
    const count = failed.filter((run) => run.end === end).length;
    return count === 0 ? [] : [`${count} ${end}`];
  });
  const worst = worstFailure(scenario);
  const what = counts.length === 0 ? `${worst?.end}` : counts.join(', ');
  return `${what}: ${ink.clean(worst?.signature ?? '')}`;
}

/** The failures of every scenario, each explained once; empty without any. */
export function renderFailures(suite: TestedSuite, ink: Ink): readonly string[] {
  const failed = suite.scenarios.filter((scenario) => worstFailure(scenario) !== null);
  const shown = failed.slice(0, EXPLAINED_MAX).flatMap((scenario) => explain(scenario, ink));
  const hidden = failed.length - EXPLAINED_MAX;
  if (hidden > 0) shown.push(ink.dim(`and ${hidden} other scenarios failed`), '');
  return shown;
}

function explain(scenario: TestedScenario, ink: Ink): readonly string[] {
  const worst = worstFailure(scenario);
  if (worst === null) return [];
  const title = `${titleOf(scenario)} ${ink.glyph.separator} ${worst.subject}`;
  const rule = ink.glyph.barLine.repeat(3);
  return [
    ink.bad(`${rule} ${ink.clean(title)} ${rule}`),
    worst.screen,
    ...otherSeeds(scenario, worst, ink),
    '',
  ];
}

/** The seeds that failed besides the one that is explained. */
function otherSeeds(scenario: TestedScenario, worst: Failure, ink: Ink): readonly string[] {
  const others = failuresOf(scenario).filter(({ seed }) => seed !== worst.seed);
  if (others.length === 0) return [];
  const named = others.slice(0, SEEDS_NAMED_MAX).map(({ seed }) => ink.clean(seed));
  const more = others.length > named.length ? `, and ${others.length - named.length} more` : '';
  const noun = others.length === 1 ? 'seed' : 'seeds';
  const how = others.every(({ end }) => end === 'changed') ? 'changed' : 'not held';
  return [ink.dim(`also ${how}: ${noun} ${named.join(', ')}${more}`)];
}

/** The last lines: scenarios and runs by how they ended, and how long it took. */
export function renderSummary(suite: TestedSuite, ink: Ink): readonly string[] {
  const { scenarios, elapsedMs } = suite;
  const planned = scenarios.reduce((sum, scenario) => sum + scenario.planned, 0);
  const ends = scenarios.flatMap((scenario) => endOf(scenario) ?? []);
  const halt = haltOf(suite);
  const runs = allRuns(suite);
  // They run side by side: what the lines of the scenarios say adds up to this.
  const addedMs = runs.reduce((sum, run) => sum + run.elapsedMs, 0);
  const added =
    runs.length < 2 ? '' : ink.dim(`  (the runs one by one: ${formatElapsed(addedMs)})`);
  return [
    row('scenarios', ends, scenarios.length, ink),
    row(
      'runs',
      runs.map(({ end }) => end),
      planned,
      ink,
    ),
    `${padRight('time', HEAD)}${formatElapsed(elapsedMs)}${added}`,
    ...(halt === null ? [] : [ink.warn(`${ink.glyph.warning} ${halt}: not everything ran`)]),
  ].map((line) => `  ${line}`);
}

const HEAD = 11;
const ENDS: readonly RunEnd[] = [
  'held',
  'violated',
  'changed',
  'unknown',
  'never exercised',
  'invalid',
  'broken',
];

/** `20  ✓ 18 held  ✗ 2 violated`. */
function row(head: string, ends: readonly RunEnd[], wanted: number, ink: Ink): string {
  const of = ends.length === wanted ? '' : ` of ${formatCount(wanted)}`;
  const counts = ENDS.flatMap((end) => {
    const count = ends.filter((each) => each === end).length;
    if (count === 0) return [];
    const word = end === 'invalid' ? 'with errors' : end;
    return [`${endMark(end, ink)} ${endPaint(end, ink)(`${formatCount(count)} ${word}`)}`];
  });
  const total = ink.strong(`${formatCount(ends.length)}${of}`);
  return `${padRight(head, HEAD)}${[total, ...counts].join('  ')}`;
}

/** `1,000 runs of 20 scenarios`. */
export function planText(scenarios: number, runs: number): string {
  return `${plural(runs, formatCount(runs), 'run')} of ${plural(scenarios, formatCount(scenarios), 'scenario')}`;
}
