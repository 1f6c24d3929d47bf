/**
 * One knob against what came of it: a table, a plot of each number, JSON and CSV. With several
 * seeds a number is a band: its median between the least and the most of them.
 */
import type { ExpectationState } from '../scenarios/result.ts';
import { nearestRankOfSorted } from '../sim/nearest-rank.ts';
import { formatMeasured, type MetricUnit } from '../sim/units.ts';
import { csvField } from './csv.ts';
import type { Ink } from './ink.ts';
import { cut, padLeft, padRight, textWidth } from './layout.ts';
import { stateMark } from './state-mark.ts';

/** The runs with one value of the knob. */
export interface VariedRow {
  /** As written: `25%`. */
  readonly value: string;
  /** The worst of its runs. */
  readonly state: ExpectationState;
  /** At least one, in the order of the seeds. */
  readonly runs: readonly VariedRun[];
}

export interface VariedRun {
  readonly seed: string;
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
  const texts = (first.runs[0]?.outcomes ?? []).map(({ text }) => ink.clean(text));
  const cells = rows.map((row) => texts.map((_, i) => cellOf(row, i, ink)));
  const widths = texts.map((_, i) =>
    Math.max(...cells.map((row) => textWidth(row[i]?.text ?? ''))),
  );
  const head = texts.map((_, i) => padRight(String(i + 1), 2 + (widths[i] as number))).join('  ');
  const seeds = Math.max(...rows.map(({ runs }) => runs.length));
  return [
    `${ink.strong('VARY')}  ${ink.clean(path)}${seeds > 1 ? `, ${seeds} seeds each` : ''}`,
    ...texts.map((text, i) => `  ${padLeft(String(i + 1), 2)}  ${text}`),
    '',
    `  ${' '.repeat(column)}     ${head}`.trimEnd(),
    ...rows.map((row, r) => {
      const shown = (cells[r] as Cell[]).map(({ state, text }, i) => {
        return `${stateMark(state, ink)} ${padRight(text, widths[i] as number)}`;
      });
      const label = labelOf(row, column, ink);
      return `  ${label}  ${stateMark(row.state, ink)}  ${shown.join('  ')}`.trimEnd();
    }),
    ...texts.flatMap((_, i) => renderPlot(rows, i, column, ink)),
  ];
}

interface Cell {
  readonly state: ExpectationState;
  readonly text: string;
}

/**
 * Of several runs: how many held, and the median. A check says a whole sentence: its state is
 * enough.
 */
function cellOf({ runs }: VariedRow, i: number, ink: Ink): Cell {
  const outcomes = runs.flatMap(({ outcomes: all }) => all[i] ?? []);
  const bad = outcomes.find(({ state }) => state === 'violated');
  const worst = bad ?? outcomes.find(({ state }) => state !== 'held') ?? outcomes[0];
  if (worst === undefined) return { state: 'unknown', text: '' };
  const { state, unit, measured } = worst;
  if (runs.length === 1) return { state, text: ink.clean(unit === null ? state : measured) };
  const held = outcomes.filter((one) => one.state === 'held').length;
  const band = bandOf(outcomes);
  const number = unit === null || band === null ? '' : ` ${formatMeasured(band.median, unit)}`;
  return { state, text: ink.clean(`${held}/${runs.length}${number}`) };
}

interface Band {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** Of the runs that measured something; null if none did. The median is the lower of two. */
function bandOf(outcomes: readonly VariedOutcome[]): Band | null {
  const values = outcomes.flatMap(({ value }) => value ?? []).sort((a, b) => (a < b ? -1 : 1));
  if (values.length === 0) return null;
  const median = nearestRankOfSorted(values, 0.5);
  return { least: values[0] as number, median, most: values[values.length - 1] as number };
}

function columnOf(rows: readonly VariedRow[], ink: Ink): number {
  const widest = Math.max(...rows.map(({ value }) => textWidth(ink.clean(value))));
  return Math.min(VALUE_COLUMNS_MAX, widest);
}

function labelOf({ value }: VariedRow, column: number, ink: Ink): string {
  return padLeft(cut(ink.clean(value), column, '~'), column);
}

/** Bars or bands from 0 to the largest number; one that never came fills the line. */
function renderPlot(rows: readonly VariedRow[], i: number, column: number, ink: Ink): string[] {
  const all = rows.map(({ runs }) => runs.flatMap(({ outcomes }) => outcomes[i] ?? []));
  const known = all.flat().find(({ unit }) => unit !== null);
  const unit = known?.unit ?? null;
  if (known === undefined || unit === null) return [];
  const finite = all.flat().flatMap(({ value }) => (value === Infinity ? [] : (value ?? [])));
  const scale = Math.max(0, ...finite);
  const lines = rows.map((row, r) => {
    const band = bandOf(all[r] as VariedOutcome[]);
    const drawn = row.runs.length === 1 ? barOf(band, scale, ink) : drawnBand(band, scale, ink);
    const shown = ink.clean(bandText(band, unit));
    return `  ${labelOf(row, column, ink)}  ${drawn} ${shown}`.trimEnd();
  });
  return ['', `  ${ink.strong(ink.clean(known.text))}`, ...lines];
}

function bandText(band: Band | null, unit: MetricUnit): string {
  if (band === null) return 'nothing';
  const [least, median, most] = [band.least, band.median, band.most].map((value) =>
    formatMeasured(value, unit),
  );
  return band.least === band.most ? `${median}` : `${median} (${least}–${most})`;
}

function barOf(band: Band | null, scale: number, ink: Ink): string {
  if (band === null) return '';
  const value = band.median;
  if (value === Infinity) return ink.glyph.endless.repeat(BAR_COLUMNS);
  const full = ink.glyph.levels[ink.glyph.levels.length - 1] ?? '#';
  const length = scale === 0 ? 0 : Math.round((value / scale) * BAR_COLUMNS);
  return length === 0 && value > 0 ? (ink.glyph.levels[0] ?? '') : full.repeat(length);
}

/** `├──█───┤`: from the least to the most of the seeds, with the median between them. */
function drawnBand(band: Band | null, scale: number, ink: Ink): string {
  if (band === null) return ' '.repeat(BAR_COLUMNS);
  const { barStart, barLine, barEnd, endless, levels } = ink.glyph;
  const last = BAR_COLUMNS - 1;
  const at = (value: number) =>
    value === Infinity ? last : scale === 0 ? 0 : Math.round((value / scale) * last);
  const [least, median, most] = [at(band.least), at(band.median), at(band.most)];
  let drawn = '';
  for (let c = 0; c <= last; c++) {
    if (c === last && band.most === Infinity) drawn += endless;
    else if (c === median) drawn += levels[levels.length - 1] ?? '#';
    else if (c < least || c > most) drawn += ' ';
    else drawn += c === least ? barStart : c === most ? barEnd : barLine;
  }
  return drawn;
}

/** JSON of one run with one value, beside the brief document of the run. */
export function variedDocument(path: string, value: string, { outcomes }: VariedRun) {
  return {
    varied: { path, value },
    expectations: outcomes.map((outcome) => ({
      ...outcome,
      // JSON has no infinity, and null says that nothing was measured.
      value: outcome.value === Infinity ? '∞' : outcome.value,
    })),
  };
}

/** A line for each value and expectation, and with several seeds for each of them. */
export function variedCsv(path: string, rows: readonly VariedRow[]): string {
  const bySeed = rows.some(({ runs }) => runs.length > 1);
  const lines = rows.flatMap(({ value, runs }) =>
    runs.flatMap(({ seed, outcomes }) =>
      outcomes.map(({ text, state, unit, value: number }) =>
        [path, value, ...(bySeed ? [seed] : []), text, state, unit ?? '', numberText(number)]
          .map(csvField)
          .join(','),
      ),
    ),
  );
  const head = `path,value,${bySeed ? 'seed,' : ''}expectation,state,unit,measured`;
  return `${[head, ...lines].join('\n')}\n`;
}

function numberText(value: number | null): string {
  if (value === null) return '';
  return value === Infinity ? 'inf' : String(value);
}
