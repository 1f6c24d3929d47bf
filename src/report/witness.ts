/**
 * The operations that show a violation as a small picture: a row for each logical process, a bar
 * for each operation.
 *
 * The axis is ordinal. What decides whether a history is legal is which operations overlap and
 * which precede; so every moment gets a place of its own in the right order, as far apart as the
 * texts need, and true times stand at the side. A proportional axis would show two 5 ms bars a
 * minute apart as two dots.
 */

import type { Result } from '../scenarios/result.ts';
import { jsonText } from '../sim/exact-number.ts';
import { formatMomentUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { cut, padRight, paragraph, textWidth } from './layout.ts';
import type { CheckResult, Operation } from './result-parts.ts';

/** More operations than this are not a picture any more. */
const OPERATIONS_MAX = 12;
const LABEL_COLUMNS_MAX = 20;
/** `├─ ` and ` ─┤`, or closer. */
const ENDS_WIDE = 6;
const ENDS_CLOSE = 4;
const STEP = 2;

interface Bar {
  readonly operation: Operation;
  readonly text: string;
  /** Its number and its moments. */
  readonly times: string;
  readonly startUs: number;
  /** Infinity while nobody knows. */
  readonly endUs: number;
}

interface Lane {
  readonly label: string;
  readonly bars: readonly Bar[];
}

/** The texts of operations, which depend on where they come from. */
export interface OperationTexts {
  /** `write x = 3`, `read x → 5`. */
  describe(operation: Operation): string;
  /** When it began and ended, or where: `9.120s → 9.134s`. */
  moments(operation: Operation): string;
}

/** The picture of a check's evidence; empty when it named no operation. */
export function renderWitness(result: Result, check: CheckResult, ink: Ink): string[] {
  const operations = check.evidence.flatMap((index) => result.history[index] ?? []);
  const texts: OperationTexts = {
    describe: (operation) => describeOperation(result, operation, check.key, ink),
    moments: momentsText,
  };
  return renderOperations(operations, texts, ink);
}

/** The picture of some operations; empty for none. */
export function renderOperations(
  operations: readonly Operation[],
  texts: OperationTexts,
  ink: Ink,
): string[] {
  if (operations.length === 0) return [];
  const shown = operations.slice(-OPERATIONS_MAX);
  const bars = shown.map((operation) => ({
    operation,
    text: ink.clean(texts.describe(operation)),
    times: `#${operation.index}  ${ink.clean(texts.moments(operation))}`,
    startUs: operation.invokedAtUs,
    endUs: operation.completedAtUs,
  }));
  const lanes = lanesOf(bars, ink);
  const labelColumns = Math.min(
    LABEL_COLUMNS_MAX,
    Math.max(...lanes.map(({ label }) => textWidth(label))),
  );
  const places = place(bars, ink.width - labelColumns - 6, ink);
  const hidden = operations.length - shown.length;
  const beside = columnBeside(lanes, places, ink.width - labelColumns - 6);
  return [
    ...(hidden > 0
      ? [ink.dim(`    (the last ${shown.length} of ${operations.length} operations)`)]
      : []),
    ...lanes.map((lane) => {
      const label = padRight(cut(lane.label, labelColumns, ink.glyph.ellipsis), labelColumns);
      return `    ${ink.name(label)}  ${drawLane(lane, places, beside, ink)}`.trimEnd();
    }),
    ...(beside === null ? legend(bars, places, ink) : []),
    ink.dim(`    ${ink.clean('left to right in the order of time, not to scale')}`),
  ];
}

/** `write x = 3`, `read x → 5`: by the workload's own words if it has any. */
export function describeOperation(
  result: Result,
  operation: Operation,
  sharedKey: string | null,
  ink: Ink,
): string {
  const load = result.scenario.loads.find(({ name }) => name === operation.load);
  const seen = operation.outcome === 'ok' ? operation.output : undefined;
  const key = operation.key === null || operation.key === sharedKey ? '' : `${operation.key}: `;
  const ending =
    operation.outcome === 'ok' || operation.error === null ? '' : ` (${operation.error})`;
  const told = load?.workload.tell?.(operation.f, operation.input, seen);
  if (told !== undefined) return `${key}${told}${ending}`;
  const input = operation.input === null ? '' : ` ${jsonText(operation.input)}`;
  const output = seen === undefined || seen === null ? '' : ` ${ink.glyph.arrow} ${jsonText(seen)}`;
  return `${key}${operation.f}${input}${output}${ending}`;
}

function lanesOf(bars: readonly Bar[], ink: Ink): readonly Lane[] {
  const lanes = new Map<number, Bar[]>();
  for (const bar of [...bars].sort(
    (a, b) => a.startUs - b.startUs || a.operation.index - b.operation.index,
  )) {
    const { process } = bar.operation;
    lanes.set(process, [...(lanes.get(process) ?? []), bar]);
  }
  const clients = [...lanes.values()].map(([first]) => first?.operation.client);
  return [...lanes].map(([process, own]) => {
    const first = own[0]?.operation;
    const client = ink.clean(first?.client ?? '');
    // One client goes on as another process after an operation of unknown end.
    const several = clients.filter((other) => other === first?.client).length > 1;
    const node = first?.node ?? null;
    const at = node === null ? '' : ink.clean(` @${node}`);
    return { label: `${client}${several ? `/${process}` : ''}${at}`, bars: own };
  });
}

// --- Places ------------------------------------------------------------------------------------

interface Places {
  /** The column of each moment. */
  readonly of: ReadonlyMap<number, number>;
  readonly columns: number;
  /** Whether texts fit into their bars; else bars are numbered. */
  readonly texts: boolean;
}

/**
 * Gives each moment a column: inside the bars there is room for the texts, or at least for the
 * numbers.
 */
function place(bars: readonly Bar[], columns: number, ink: Ink): Places {
  for (const ends of [ENDS_WIDE, ENDS_CLOSE]) {
    const wide = spread(bars, (bar) => textWidth(bar.text) + ends);
    if (wide.columns <= columns) return { ...wide, texts: true };
  }
  const narrow = spread(bars, (bar) => textWidth(numberOf(bar)) + ENDS_CLOSE);
  if (narrow.columns <= columns) return { ...narrow, texts: false };
  const squeezed = new Map(
    [...narrow.of].map(([at, column]) => [
      at,
      Math.floor((column * (columns - 1)) / narrow.columns),
    ]),
  );
  return { of: squeezed, columns: ink.width, texts: false };
}

function numberOf({ operation }: Bar): string {
  return `#${operation.index}`;
}

/** The least columns that keep the order of all moments and give each bar its width. */
function spread(
  bars: readonly Bar[],
  widthOf: (bar: Bar) => number,
): { readonly of: ReadonlyMap<number, number>; readonly columns: number } {
  const moments = [...new Set(bars.flatMap(({ startUs, endUs }) => [startUs, endUs]))];
  const of = new Map<number, number>();
  let column = 0;
  for (const atUs of moments.sort((a, b) => (a === b ? 0 : a < b ? -1 : 1))) {
    for (const bar of bars) {
      if (bar.endUs !== atUs) continue;
      column = Math.max(column, (of.get(bar.startUs) ?? 0) + widthOf(bar) - 1);
    }
    of.set(atUs, column);
    column += STEP;
  }
  return { of, columns: column - STEP + 1 };
}

// --- Drawing -----------------------------------------------------------------------------------

/** Where times can stand at the right of every lane; null when they need lines of their own. */
function columnBeside(lanes: readonly Lane[], places: Places, columns: number): number | null {
  if (!places.texts || lanes.some(({ bars }) => bars.length > 1)) return null;
  const longest = Math.max(...lanes.flatMap(({ bars }) => bars.map((bar) => textWidth(bar.times))));
  return places.columns + 2 + longest <= columns ? places.columns + 2 : null;
}

function drawLane(lane: Lane, places: Places, beside: number | null, ink: Ink): string {
  let line = '';
  let used = 0;
  for (const bar of lane.bars) {
    const start = Math.max(used, places.of.get(bar.startUs) ?? 0);
    const end = Math.max(start + 1, places.of.get(bar.endUs) ?? start + 1);
    const drawn = drawBarWith(places.texts ? bar.text : numberOf(bar), end - start + 1, bar, ink);
    line += ' '.repeat(start - used) + (bar.operation.outcome === 'ok' ? drawn : ink.warn(drawn));
    used = start + textWidth(drawn);
  }
  const [only] = lane.bars;
  if (beside !== null && only !== undefined) {
    line += ' '.repeat(beside - used) + ink.dim(only.times);
  }
  return line;
}

function drawBarWith(text: string, columns: number, bar: Bar, ink: Ink): string {
  const { glyph } = ink;
  const open = bar.endUs === Infinity;
  const right = open ? glyph.barOpen : glyph.barEnd;
  const fill = open ? glyph.barOpen : glyph.barLine;
  const inside = columns - 2;
  const padded =
    textWidth(text) + 2 <= inside ? ` ${text} ` : textWidth(text) <= inside ? text : '';
  const free = inside - textWidth(padded);
  const before = padded === '' ? 0 : Math.min(1, free);
  return (
    glyph.barStart + glyph.barLine.repeat(before) + padded + fill.repeat(free - before) + right
  );
}

/** `9.120s → 9.134s`. */
function momentsText({ invokedAtUs, completedAtUs, endedAtUs }: Operation): string {
  const until =
    completedAtUs !== Infinity
      ? formatMomentUs(completedAtUs)
      : endedAtUs === Infinity
        ? 'never ended'
        : `given up ${formatMomentUs(endedAtUs)}`;
  return `${formatMomentUs(invokedAtUs)} → ${until}`;
}

/** Numbers, true times and texts of the operations, where they have no room beside the bars. */
function legend(bars: readonly Bar[], places: Places, ink: Ink): string[] {
  const numbers = Math.max(...bars.map((bar) => textWidth(numberOf(bar))));
  const times = bars.map(
    (bar) => padRight(numberOf(bar), numbers) + bar.times.slice(numberOf(bar).length),
  );
  const column = Math.max(...times.map(textWidth));
  return bars.flatMap((bar, i) => {
    const head = `    ${padRight(times[i] ?? '', column)}  `;
    const [first = '', ...rest] = paragraph(bar.text, ink.width, ' '.repeat(textWidth(head)), '');
    const paint = places.texts ? (text: string) => text : ink.strong;
    return [ink.dim(head) + paint(first), ...rest.map(paint)];
  });
}
