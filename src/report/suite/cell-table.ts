/**
 * The cells of a matrix as a table: a row for each, a column for each axis and each expectation, as
 * CSV, Markdown or JSON.
 */
import { csvField } from '../csv.ts';
import { inline } from '../markdown-text.ts';
import { formatDocument } from '../run-document.ts';
import type { TestedRun, TestedScenario } from './suite.ts';

export type TableFormat = 'csv' | 'markdown' | 'json';

interface Row {
  readonly [column: string]: string | number;
}

/** Every scenario has a row; those without a matrix have no values of axes. */
export function renderCells(scenarios: readonly TestedScenario[], format: TableFormat): string {
  const rows = scenarios.map(rowOf);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const texts = rows.map((row) => columns.map((column) => String(row[column] ?? '')));
  switch (format) {
    case 'json':
      return formatDocument({ format: 'dsim-cells', version: 1, rows });
    case 'csv':
      return [columns, ...texts].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
    case 'markdown':
      return [columns.map(inline), columns.map(() => '---'), ...texts.map((row) => row.map(inline))]
        .map((row) => `| ${row.join(' | ')} |\n`)
        .join('');
  }
}

function rowOf({ name, cells, runs }: TestedScenario): Row {
  const held = runs.filter(({ end }) => end === 'held').length;
  const texts = [...new Set(runs.flatMap((run) => all(run).map(({ text }) => text)))];
  return {
    scenario: name,
    ...Object.fromEntries(cells),
    seeds: runs.length,
    held,
    ...Object.fromEntries(texts.map((text) => [text, measuredIn(runs, text)])),
  };
}

function all({ expectations, shares }: TestedRun) {
  return [...expectations, ...shares];
}

/** What was measured with one seed; of many, in how many it held. */
function measuredIn(runs: readonly TestedRun[], text: string): string {
  const found = runs.flatMap((run) => all(run).filter((one) => one.text === text));
  const [only] = found;
  if (found.length === 1 && only !== undefined) {
    return only.measured === '' ? only.state : only.measured;
  }
  return `${found.filter(({ state }) => state === 'held').length} of ${found.length}`;
}

/** What a spreadsheet would take for a formula is a text. */
function csvCell(text: string): string {
  return csvField(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
}
