/** A test as Markdown: a table of scenarios and what failed, for a comment or a step summary. */

import { plural } from '../layout.ts';
import { cutBefore } from '../long-text.ts';
import { fence, inline } from '../markdown-text.ts';
import {
  atEnd,
  countEnds,
  endOf,
  failuresOf,
  formatElapsed,
  haltOf,
  type Reporter,
  type RunEnd,
  type TestedScenario,
  type TestedSuite,
  titleOf,
  worstFailure,
} from './suite.ts';

const SIGNS: { readonly [end in RunEnd]: string } = {
  held: '✅',
  violated: '❌',
  changed: '✏️',
  unknown: '❔',
  'never exercised': '⚪',
  invalid: '🚫',
  broken: '🚫',
};
/** Explained in full; the others stand in the table. */
const EXPLAINED_MAX = 10;
const WHY_CHARS_MAX = 20_000;

export function markdownReporter(): Reporter {
  return atEnd((suite) => renderSuite(suite));
}

/** The page, with a line break at its end; cut to this many bytes of UTF-8, and it says so. */
export function renderSuite(suite: TestedSuite, bytesMax = Number.POSITIVE_INFINITY): string {
  const blocks = [headLine(suite), table(suite.scenarios), ...explanations(suite.scenarios)];
  const kept: string[] = [];
  let bytes = 0;
  for (const block of blocks) {
    bytes += bytesOf(block) + 2;
    if (bytes > bytesMax - CUT_BYTES) {
      kept.push('… this is longer than fits here: see the log.');
      break;
    }
    kept.push(block);
  }
  return `${kept.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Room for the sentence that says that something was cut. */
const CUT_BYTES = 200;

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function headLine(suite: TestedSuite): string {
  const { runs, held } = countEnds(suite);
  const failed = runs - held;
  const verdict =
    failed > 0
      ? `${failed} of ${runs} runs did not hold`
      : `${plural(runs, `all ${runs}`, 'run')} held`;
  const halt = haltOf(suite);
  const scenarios = plural(suite.scenarios.length, String(suite.scenarios.length), 'scenario');
  return `## dsim: ${verdict}\n\n${scenarios}, ${held} held, ${formatElapsed(suite.elapsedMs)}${halt === null ? '' : `, ${halt}`}. dsim ${suite.version}.`;
}

function table(scenarios: readonly TestedScenario[]): string {
  const rows = scenarios.flatMap((scenario) => {
    const end = endOf(scenario);
    if (end === null) return [];
    const failed = failuresOf(scenario);
    const worst = worstFailure(scenario);
    const what = worst === null ? '' : inline(cutBefore(worst.signature, 200));
    const seeds =
      failed.length === 0 ? '' : `${failed.length}, first ${inline(failed[0]?.seed ?? '')}`;
    return [
      `| ${SIGNS[end]} | ${inline(titleOf(scenario))} | ${scenario.runs.length} | ${seeds} | ${what} |`,
    ];
  });
  if (rows.length === 0) return 'Nothing ran.';
  return ['| | scenario | seeds | not held | what |', '|---|---|--:|---|---|', ...rows].join('\n');
}

function explanations(scenarios: readonly TestedScenario[]): readonly string[] {
  const failed = scenarios.filter((scenario) => worstFailure(scenario) !== null);
  return failed.slice(0, EXPLAINED_MAX).map((scenario) => {
    const worst = worstFailure(scenario);
    if (worst === null) return '';
    const why = cutBefore(worst.plain, WHY_CHARS_MAX);
    return `### ${inline(titleOf(scenario))}, ${inline(worst.subject)}\n\n${fence(why)}`;
  });
}
