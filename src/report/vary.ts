/** One knob against what came of it: a table, a plot of each number, JSON and CSV. */
import type { ExpectationState } from '../scenarios/result.ts';
import { formatMeasured, type MetricUnit } from '../sim/units.ts';
import { csvField } from './csv.ts';
import type { Ink } from './ink.ts';
import { cut, padLeft, padRight, textWidth } from './layout.ts';
import { stateMark } from './state-mark.ts';

/** The run with one value of the knob. */
export interface VariedRow {
  /** As written: `25%`. */
  readonly value: string;
  readonly state: ExpectationState;
  /** One for each expectation, in the order of the scenario. */
  readonly outcomes: readonly VariedOutcome[];
}

export interface VariedOutcome {
  readonly text: string;
  readonly state: ExpectationState;
  readonly measured: string;
  /** The number behind it; null where nothing was measured, or it is no number. */
  readonly value: number | null;
  readonly unit: MetricUnit | null;
}

const BAR_COLUMNS = 40;
const VALUE_COLUMNS_MAX = 24;

/** `path`, a line for each value with the state of each expectation; then a plot of each number. */
export function renderVaried(path: string, rows: readonly VariedRow[], ink: Ink): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const column = columnOf(rows, ink);
  const legend = first.outcomes.map(
    ({ text }, i) => `  ${padLeft(String(i + 1), 2)}  ${ink.clean(text)}`,
  );
  const head = first.outcomes
    .map((_, i) => padRight(String(i + 1), widthOf(rows, i, ink)))
    .join('  ');
  return [
    `${ink.strong('VARY')}  ${ink.clean(path)}`,
    ...legend,
    '',
    `  ${' '.repeat(column)}     ${head}`.trimEnd(),
    ...rows.map((row) => renderRow(row, rows, column, ink)),
    ...first.outcomes.flatMap((_, i) => renderPlot(rows, i, column, ink)),
  ];
}

function columnOf(rows: readonly VariedRow[], ink: Ink): number {
  const widest = Math.max(...rows.map(({ value }) => textWidth(ink.clean(value))));
  return Math.min(VALUE_COLUMNS_MAX, widest);
}

function widthOf(rows: readonly VariedRow[], i: number, ink: Ink): number {
  const texts = rows.map(({ outcomes }) => ink.clean(cellText(outcomes[i])));
  return 2 + Math.max(...texts.map(textWidth));
}

/** A check says a whole sentence: its state is enough here. */
function cellText(outcome: VariedOutcome | undefined): string {
  if (outcome === undefined) return '';
  return outcome.unit === null ? outcome.state : outcome.measured;
}

function renderRow(row: VariedRow, rows: readonly VariedRow[], column: number, ink: Ink): string {
  const cells = row.outcomes.map((outcome, i) => {
    const text = padRight(ink.clean(cellText(outcome)), widthOf(rows, i, ink) - 2);
    return `${stateMark(outcome.state, ink)} ${text}`;
  });
  return `  ${labelOf(row, column, ink)}  ${stateMark(row.state, ink)}  ${cells.join('  ')}`.trimEnd();
}

function labelOf({ value }: VariedRow, column: number, ink: Ink): string {
  return padLeft(cut(ink.clean(value), column, '~'), column);
}

/** Bars from 0 to the largest number; one that never came fills the line. */
function renderPlot(rows: readonly VariedRow[], i: number, column: number, ink: Ink): string[] {
  const outcomes = rows.map(({ outcomes: all }) => all[i]);
  const unit = outcomes.find((one) => one?.unit !== null)?.unit ?? null;
  if (unit === null) return [];
  const values = outcomes.map((one) => one?.value ?? null);
  const most = Math.max(
    0,
    ...values.map((value) => (value === null || value === Infinity ? 0 : value)),
  );
  const lines = rows.map((row, r) => {
    const value = values[r] ?? null;
    const shown = value === null ? 'nothing' : ink.clean(formatMeasured(value, unit));
    return `  ${labelOf(row, column, ink)}  ${barOf(value, most, ink)} ${shown}`.trimEnd();
  });
  return ['', `  ${ink.strong(ink.clean(outcomes[0]?.text ?? ''))}`, ...lines];
}

function barOf(value: number | null, most: number, ink: Ink): string {
  if (value === null) return '';
  if (value === Infinity) return ink.glyph.endless.repeat(BAR_COLUMNS);
  const full = ink.glyph.levels[ink.glyph.levels.length - 1] ?? '#';
  const length = most === 0 ? 0 : Math.round((value / most) * BAR_COLUMNS);
  return length === 0 && value > 0 ? (ink.glyph.levels[0] ?? '') : full.repeat(length);
}

/** JSON of one row, beside the brief document of its run. */
export function variedDocument(path: string, { value, outcomes }: VariedRow) {
  return {
    varied: { path, value },
    expectations: outcomes.map((outcome) => ({
      ...outcome,
      // JSON has no infinity, and null says that nothing was measured.
      value: outcome.value === Infinity ? '∞' : outcome.value,
    })),
  };
}

/** A line for each value and expectation. */
export function variedCsv(path: string, rows: readonly VariedRow[]): string {
  const lines = rows.flatMap(({ value, outcomes }) =>
    outcomes.map((outcome) =>
      [path, value, outcome.text, outcome.state, outcome.unit ?? '', numberText(outcome.value)]
        .map(csvField)
        .join(','),
    ),
  );
  return `${['path,value,expectation,state,unit,measured', ...lines].join('\n')}\n`;
}

function numberText(value: number | null): string {
  if (value === null) return '';
  return value === Infinity ? 'inf' : String(value);
}
