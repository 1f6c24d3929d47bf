/**
 * The run over time, one scale for all rows: when each fault held and what it touched, how many
 * requests were answered on each side, how slow they were, and who led.
 */
import type { Result } from '../scenarios/result.ts';
import { countedWords, feltWords, touchesOf } from '../sim/fault.ts';
import { formatCount, formatDurationUs, formatRatio, msToUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { cut, flow, padLeft, padRight, textWidth } from './layout.ts';
import { leaderLanes, leaderRows } from './leader-lanes.ts';
import type { FaultFact } from './result-parts.ts';
import { seriesPlot, seriesRange } from './series-plot.ts';
import { blankRow, cellsOf, drawBar, type Row, renderAxis, type TimeScale } from './time-plot.ts';

const LABEL_COLUMNS_MAX = 18;
const VALUE_COLUMNS = 14;
/** With more faults than this, those of a kind share a row. */
const FAULT_ROWS_MAX = 8;
/** The row of all, and of sides. */
const SIDE_ROWS_MAX = 7;
/** Beyond this, columns say nothing that fewer do not. */
const COLUMNS_MAX = 240;
/** The highest level of latency over the lowest. */
const LATENCY_SPAN = 128;
/** An indent and two gaps. */
const GAPS = 6;

type Cells = Result['timeline']['availability'][number]['cells'];

/** The section with its heading, as wide as the terminal; empty when the run recorded no time. */
export function renderTimeline(result: Result, ink: Ink): string[] {
  const { fromUs, untilUs } = result.timeline;
  if (untilUs <= fromUs) return [];
  const labels = [
    ...faultGroups(result).map(({ name }) => name),
    ...result.timeline.availability.slice(0, SIDE_ROWS_MAX).map(({ name }) => name),
    'p99 latency',
    ...result.timeline.series.map(({ name }) => name),
    ...leaderLanes(result).flatMap(({ labels }) => labels),
  ];
  const longest = Math.max(...labels.map((label) => textWidth(ink.clean(label))));
  const labelColumns = Math.min(LABEL_COLUMNS_MAX, Math.max(11, longest));
  const room = Math.max(10, widthOf(ink) - GAPS - labelColumns - VALUE_COLUMNS);
  const timeline = result.timelineAt(room);
  const scale: TimeScale = { fromUs, untilUs, columns: plotColumns(timeline.cells, room) };
  const drawn = { ...result, timeline };
  const rows = [
    ...faultRows(result, scale, ink),
    ...availabilityRows(drawn, scale, ink),
    ...latencyRow(drawn, scale, ink),
    ...seriesRows(drawn, scale, ink),
    ...leaderRows(result, scale, ink),
  ];
  const end = ink.glyph.tick + ink.clean(formatDurationUs(scale.untilUs));
  const axis = padRight(renderAxis(scale, ink), scale.columns) + end;
  return [
    `${ink.strong(padRight('TIMELINE', labelColumns + 4))}${ink.dim(axis)}`,
    ...rows.flatMap((row) => layOut(row, labelColumns, ink)),
  ];
}

/** Text has lines of at most 100 columns, and time as many as the terminal. */
function widthOf(ink: Ink): number {
  return Math.max(ink.width, Math.min(COLUMNS_MAX, ink.columns));
}

/**
 * Cells as they are, or each some whole number of times, so that edges stay sharp; squeezed only
 * when they must.
 */
function plotColumns(cells: number, room: number): number {
  if (cells > room || cells === 0) return Math.max(10, room);
  return cells * Math.floor(room / cells);
}

function layOut(row: Row, labelColumns: number, ink: Ink): string[] {
  const label = padRight(cut(ink.clean(row.label), labelColumns, ink.glyph.ellipsis), labelColumns);
  return [`  ${label}  ${row.plot}  ${row.value}`.trimEnd(), ...row.notes];
}

// --- Faults ------------------------------------------------------------------------------------

interface FaultGroup {
  readonly name: string;
  readonly faults: readonly FaultFact[];
}

/** Each entry alone with all its strikes, or all of a kind together when there are too many. */
function faultGroups(result: Result): readonly FaultGroup[] {
  const { faults } = result.facts;
  const entries = groupBy(faults, ({ name }) => name);
  const groups = entries.size <= FAULT_ROWS_MAX ? entries : groupBy(faults, ({ kind }) => kind);
  return [...groups].map(([name, of]) => ({
    name: of.length === 1 && of[0]?.strike === 1 ? name : `${name} (${of.length})`,
    faults: of,
  }));
}

function groupBy(
  faults: readonly FaultFact[],
  key: (fault: FaultFact) => string,
): ReadonlyMap<string, readonly FaultFact[]> {
  const groups = new Map<string, FaultFact[]>();
  for (const fault of faults) groups.set(key(fault), [...(groups.get(key(fault)) ?? []), fault]);
  return groups;
}

function faultRows(result: Result, scale: TimeScale, ink: Ink): Row[] {
  return faultGroups(result).map(({ name, faults }) => {
    const plot = blankRow(scale.columns);
    for (const { injectedAtUs, healedAtUs } of faults) {
      if (injectedAtUs !== null) drawBar(plot, scale, injectedAtUs, healedAtUs, ink);
    }
    return {
      label: name,
      plot: ink.warn(plot.join('')),
      value: faultLength(faults, ink),
      notes: faultNotes(faults, ink),
    };
  });
}

function faultLength(faults: readonly FaultFact[], ink: Ink): string {
  const [fault] = faults;
  if (fault === undefined || faults.length > 1) return '';
  if (fault.injectedAtUs === null) return ink.warn('never struck');
  if (fault.healedAtUs === null) return 'to the end';
  return ink.clean(formatDurationUs(fault.healedAtUs - fault.injectedAtUs));
}

function faultNotes(faults: readonly FaultFact[], ink: Ink): string[] {
  const [only] = faults;
  const label = faults.length === 1 && only !== undefined && only.label !== '' ? [only.label] : [];
  const felt = feltText(faults);
  // Of forty names the first show which kind of node it was, and the count stands behind them.
  const most = 2 * (ink.width - 8);
  const parts = [...label, ...felt].map((part) => cut(ink.clean(part), most, ink.glyph.ellipsis));
  const lines = flow(parts, ink.glyph.separator, ink.width - 4).map((line) =>
    ink.dim(`    ${line}`),
  );
  if (felt.length > 0) return lines;
  return [...lines, `    ${ink.warn(`${ink.glyph.warning} ${unfeltText(faults)}`)}`];
}

/** What faults touched, in words; empty when nothing. */
export function feltText(faults: readonly FaultFact[]): string[] {
  const sum = (of: (fault: FaultFact) => number) =>
    faults.reduce((total, fault) => total + of(fault), 0);
  const counts: readonly (readonly [number, string])[] = [
    ...feltWords.map(({ counter, brief }): [number, string] => [
      sum(({ felt }) => felt[counter]),
      brief,
    ]),
    [sum(({ operationsTouched }) => operationsTouched), 'operations touched'],
  ];
  // Operations in flight while a fault touched nothing are a coincidence.
  if (faults.every(({ felt }) => touchesOf(felt) === 0)) return [];
  return counts
    .filter(([count]) => count > 0)
    .map(([count, words]) => countedWords(formatCount(count), words));
}

function unfeltText(faults: readonly FaultFact[]): string {
  const found = faults.some(({ injectedAtUs }) => injectedAtUs !== null);
  if (found) return 'no effect: it touched nothing';
  return `never struck: it ${faults[0]?.missed ?? 'found nothing to strike'}`;
}

/** One fault of each entry that touched nothing with all its strikes. */
export function unfelt(result: Result): readonly FaultFact[] {
  const entries = [...groupBy(result.facts.faults, ({ name }) => name).values()];
  return entries.flatMap((strikes) =>
    strikes.every(({ felt }) => touchesOf(felt) === 0) ? (strikes[0] ?? []) : [],
  );
}

// --- Availability and latency ------------------------------------------------------------------

function availabilityRows(result: Result, scale: TimeScale, ink: Ink): Row[] {
  const hidden = result.timeline.availability.length - SIDE_ROWS_MAX;
  const rest = hidden > 0 ? [ink.dim(`    and ${hidden} more sides`)] : [];
  const shown = result.timeline.availability.slice(0, SIDE_ROWS_MAX);
  return shown.map(({ name, cells, whole: { asked, answered } }, i) => {
    // Requests to nodes that are down do not count, and those that are still in time neither.
    const text = asked === 0 ? 'none counted' : `${formatRatio(answered / asked)} in all`;
    const value = padLeft(text, 11);
    return {
      label: name === 'all' ? 'answered' : name,
      plot: availabilityPlot(cells, scale, ink),
      value,
      notes: i === shown.length - 1 ? rest : [],
    };
  });
}

function availabilityPlot(cells: Cells, scale: TimeScale, ink: Ink): string {
  const glyphs: Painted[] = [];
  for (let column = 0; column < scale.columns; column++) {
    const here = cellsOf(cells, column, scale.columns);
    const asked = here.reduce((sum, cell) => sum + cell.asked, 0);
    const answered = here.reduce((sum, cell) => sum + cell.answered, 0);
    glyphs.push(shareGlyph(answered, asked, ink));
  }
  return paintRuns(glyphs);
}

interface Painted {
  readonly glyph: string;
  readonly paint: (text: string) => string;
}

/** Full only when all were answered, lowest only when none was, blank when nothing was asked. */
function shareGlyph(answered: number, asked: number, ink: Ink): Painted {
  const { shares, empty } = ink.glyph;
  const last = shares.length - 1;
  if (asked === 0) return { glyph: empty, paint: ink.dim };
  if (answered === 0) return { glyph: shares[0] ?? '', paint: ink.bad };
  if (answered === asked) return { glyph: shares[last] ?? '', paint: ink.good };
  const level = Math.max(1, Math.min(last - 1, Math.floor((answered * last) / asked)));
  return { glyph: shares[level] ?? '', paint: ink.warn };
}

/** Neighbours of one colour share its codes. */
function paintRuns(glyphs: readonly Painted[]): string {
  let line = '';
  let run = '';
  glyphs.forEach(({ glyph, paint }, i) => {
    run += glyph;
    if (glyphs[i + 1]?.paint === paint) return;
    line += paint(run);
    run = '';
  });
  return line;
}

function latencyRow(result: Result, scale: TimeScale, ink: Ink): Row[] {
  const { latencyMs } = result.timeline;
  const known = latencyMs.filter((value) => value !== null);
  if (known.length === 0) return [];
  const finite = known.filter((value) => value < Infinity);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  let plot = '';
  for (let column = 0; column < scale.columns; column++) {
    const here = cellsOf(latencyMs, column, scale.columns).filter((value) => value !== null);
    const highest = Math.max(...here);
    if (here.length === 0) plot += ink.glyph.empty;
    else plot += highest === Infinity ? ink.glyph.endless : levelGlyph(highest, least, most, ink);
  }
  const text = `${durationMs(least)}${ink.ascii ? '..' : '–'}${durationMs(Math.max(...known))}`;
  return [{ label: 'p99 latency', plot, value: padLeft(ink.clean(text), 11), notes: [] }];
}

/** What the scenario shows; one cell that is not whole makes a warning of the row. */
function seriesRows({ timeline }: Result, scale: TimeScale, ink: Ink): Row[] {
  return timeline.series.map((series) => ({
    label: series.name,
    plot: seriesPlot(series, scale.columns, ink),
    value: padLeft(seriesRange(series, ink), 11),
    notes: series.isUnknown
      ? [`    ${ink.warn(`${ink.glyph.warning} not all was kept: some of it is unknown`)}`]
      : [],
  }));
}

function durationMs(ms: number): string {
  return formatDurationUs(msToUs(ms));
}

/** Each level is twice the one below, since a run's latencies span orders of magnitude. */
function levelGlyph(value: number, least: number, most: number, ink: Ink): string {
  const { levels } = ink.glyph;
  // What is far below the rest shall not push the rest up to one level.
  let bound = Math.max(least, most / LATENCY_SPAN) * 2;
  let level = 0;
  for (; level < levels.length - 1 && value >= bound; bound *= 2) level++;
  return levels[level] ?? '';
}
