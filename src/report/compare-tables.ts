/**
 * Several stores under one battery: as a table and a plot for the terminal, as Markdown and as CSV.
 * Each row is one store; the numbers stand before the letters.
 */
import type { LatencyResult, OtherFaultResult, Tradeoff } from '../scenarios/result.ts';
import { formatCount, formatDurationUs } from '../sim/units.ts';
import { csvField } from './csv.ts';
import type { Ink } from './ink.ts';
import { alignedRow, columnWidths, padLeft, paragraph, textWidth } from './layout.ts';
import { labelText, slopeNumber } from './tradeoff-screen.ts';

export interface ComparedStore {
  readonly name: string;
  /** `PA/EL (the defaults)`; empty without any. */
  readonly claims: readonly string[];
  readonly tradeoff: Tradeoff;
}

interface Column {
  readonly title: string;
  readonly doc: string;
  /** Which way is better; absent: neither. */
  readonly better?: 'more' | 'less';
  /** A number for CSV; text for people. */
  of(store: ComparedStore): { readonly text: string; readonly value: string | number | null };
}

const text = (value: string) => ({ text: value, value });
const nothing = { text: '-', value: null };

export const columns: readonly Column[] = [
  {
    title: 'least',
    doc: 'answered by the node that answered least in any cut',
    better: 'more',
    of: ({ tradeoff: { cells } }) => {
      const shares = cells.flatMap(({ sides }) => sides.map(({ leastShare }) => leastShare));
      return shares.length === 0 ? nothing : shareCell(Math.min(...shares));
    },
  },
  {
    title: 'best side',
    doc: 'the most that a side answered, in the cut in which that was least',
    better: 'more',
    of: ({ tradeoff: { cells } }) => {
      // A cut that never struck has no sides.
      const struck = cells.filter(({ sides }) => sides.length > 0);
      const best = struck.map(({ sides }) =>
        Math.max(
          ...sides.map(({ answered: { read, write } }) =>
            ratio(read.hits + write.hits, read.of + write.of),
          ),
        ),
      );
      return best.length === 0 ? nothing : shareCell(Math.min(...best));
    },
  },
  {
    title: 'consistent',
    doc: 'the strongest level that holds in all runs, with and without cuts',
    of: ({ tradeoff: { model } }) => text(strongestIn(model)),
  },
  {
    title: 'stale',
    doc: 'reads that returned an old value in a cut',
    better: 'less',
    of: ({ tradeoff: { cells } }) => {
      const all = cells.flatMap(({ staleness }) => staleness ?? []);
      const reads = all.reduce((sum, { stale }) => sum + stale.of, 0);
      return reads === 0
        ? nothing
        : shareCell(all.reduce((sum, { stale }) => sum + stale.hits, 0) / reads);
    },
  },
  {
    title: 'lost',
    doc: 'acknowledged writes that were gone after the heal',
    better: 'less',
    of: ({ tradeoff: { cells } }) => {
      const all = cells.flatMap(({ lost }) => lost ?? []);
      const acknowledged = all.reduce((sum, one) => sum + one.acknowledged, 0);
      return acknowledged === 0
        ? nothing
        : shareCell(all.reduce((sum, one) => sum + one.lost, 0) / acknowledged);
    },
  },
  {
    title: 'other faults',
    doc: 'a pause, a clock ahead, a power cut: those that broke what is kept without a fault',
    of: ({ tradeoff: { otherFaults } }) => {
      if (otherFaults.length === 0) return nothing;
      const broke = otherFaults.filter(({ broken }) => broken > 0).map(brokenText);
      return text(broke.length === 0 ? 'kept all' : broke.join(', '));
    },
  },
  latencyColumn('read', 'read'),
  latencyColumn('write', 'write'),
  {
    title: 'messages',
    doc: 'between nodes for each operation',
    better: 'less',
    of: ({ tradeoff: { calm } }) => number(calm?.messagesPerOperation ?? null, (n) => n.toFixed(1)),
  },
  {
    title: 'bytes',
    doc: 'between nodes for each operation',
    better: 'less',
    of: ({ tradeoff: { calm } }) => number(calm?.bytesPerOperation ?? null, formatCount),
  },
  {
    title: 'nodes',
    doc: 'replicas, and arbiters behind a plus',
    of: ({ tradeoff: { replicas, arbiters } }) =>
      text(arbiters === 0 ? String(replicas) : `${replicas}+${arbiters}`),
  },
  {
    title: 'claimed',
    doc: 'what is said of the product',
    of: ({ claims }) => (claims.length === 0 ? nothing : text(claims.join('; '))),
  },
  {
    title: 'measured',
    doc: 'the label, and in how many seeds',
    of: ({ tradeoff }) => text(labelText(tradeoff).replace(/ seeds$/, '')),
  },
];

/** `one clock ahead 4/10`, and the writes that it lost. */
function brokenText({ name, broken, runs, lost }: OtherFaultResult): string {
  const writes = lost === null || lost.lost === 0 ? '' : ` lost ${formatCount(lost.lost)}`;
  return `${name} ${broken}/${runs}${writes}`;
}

/** Median without a cut, and b behind it: the worst of the places that clients ask. */
function latencyColumn(title: string, kind: LatencyResult['kind']): Column {
  return {
    title,
    better: 'less',
    doc: `the median latency of ${kind}s without a cut, and its growth b, where they are slowest`,
    of: ({ tradeoff: { calm } }) => {
      const slowest = slowestOf(calm?.latency ?? [], kind);
      if (slowest === null) return nothing;
      const { medianMs, slope } = slowest;
      const grows = slope === null ? '' : ` b${slopeNumber(slope)}`;
      return { text: `${formatDurationUs(medianMs * 1000)}${grows}`, value: medianMs };
    },
  };
}

/** For CSV, where the cell of the latency holds its number only. */
const slopes: readonly Column[] = (['read', 'write'] as const).map((kind) => ({
  title: `${kind} b`,
  doc: '',
  of: ({ tradeoff: { calm } }) =>
    number(slowestOf(calm?.latency ?? [], kind)?.slope ?? null, String),
}));

function slowestOf(latency: readonly LatencyResult[], kind: LatencyResult['kind']) {
  const of = latency.filter((one) => one.kind === kind);
  return of.reduce<LatencyResult | null>(
    (most, one) => (most === null || one.medianMs > most.medianMs ? one : most),
    null,
  );
}

function shareCell(share: number) {
  const percent = share * 100;
  const shown = percent === 0 || percent === 100 ? String(percent) : percent.toFixed(1);
  return { text: `${shown}%`, value: share };
}

function number(value: number | null, show: (value: number) => string) {
  return value === null ? nothing : { text: show(value), value };
}

function ratio(hits: number, of: number): number {
  return of === 0 ? 0 : hits / of;
}

function strongestIn(model: Tradeoff['model']): string {
  return model === null ? '-' : (model.strongest[0] ?? 'no level');
}

// --- Terminal ----------------------------------------------------------------------------------

/** The table, what its columns mean, and the plot. */
export function renderComparison(stores: readonly ComparedStore[], ink: Ink): string {
  const cells = stores.map((store) => [
    store.name,
    ...columns.map((column) => column.of(store).text),
  ]);
  const titles = ['', ...columns.map(({ title }) => title)];
  const lines = blocks(titles, cells, ink);
  const docs = columns.map(({ title, doc }) => `${title}: ${doc}`).join(`; `);
  return `${[
    ink.strong('COMPARED'),
    ...lines,
    '',
    ...paragraph(ink.clean(docs), ink.width, '  ').map(ink.dim),
    '',
    ...comparisonPlot(stores, ink),
  ].join('\n')}\n`;
}

/** As many columns side by side as fit; the others below, with the names again. */
function blocks(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  ink: Ink,
): string[] {
  const widths = columnWidths([titles, ...rows]);
  const lines: string[] = [];
  let from = 1;
  while (from < titles.length) {
    let until = from + 1;
    let used = 2 + (widths[0] ?? 0) + 2 + (widths[from] ?? 0);
    while (until < titles.length && used + 2 + (widths[until] ?? 0) <= ink.width) {
      used += 2 + (widths[until] ?? 0);
      until++;
    }
    const part = <T>(row: readonly T[]) => [...row.slice(0, 1), ...row.slice(from, until)];
    const partWidths = part(widths);
    const line = (row: readonly string[]) => `  ${alignedRow(part(row), partWidths)}`;
    if (lines.length > 0) lines.push('');
    lines.push(ink.dim(line(titles)), ...rows.map((row) => ink.clean(line(row))));
    from = until;
  }
  return lines;
}

/** Lines: latency to the right, consistency upwards; a letter for each store. */
export function comparisonPlot(stores: readonly ComparedStore[], ink: Ink): string[] {
  const points = stores.flatMap((store, i) => {
    const { calm, model } = store.tradeoff;
    if (calm === null) return [];
    const both = (['read', 'write'] as const).flatMap(
      (kind) => slowestOf(calm.latency, kind) ?? [],
    );
    if (both.length === 0) return [];
    const ms = both.reduce((sum, { medianMs }) => sum + medianMs, 0) / both.length;
    return [
      {
        mark: String.fromCharCode(97 + (i % 26)),
        name: store.name,
        ms,
        level: strongestIn(model),
      },
    ];
  });
  if (points.length === 0) return [];
  const levels = [...new Set(points.map(({ level }) => level))].sort(
    (a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1),
  );
  const label = Math.max(...levels.map(textWidth));
  const columnsWide = Math.max(20, Math.min(60, ink.width - label - 6));
  const most = Math.max(...points.map(({ ms }) => ms));
  const rows = levels.flatMap((level) => {
    // Marks that would cover each other stand on lines of their own.
    const lines: string[][] = [];
    for (const point of points.filter((one) => one.level === level)) {
      const at = Math.min(columnsWide - 1, Math.round((point.ms / most) * (columnsWide - 1)));
      let line = lines.find((cells) => cells[at] === ' ');
      if (line === undefined) {
        line = Array.from({ length: columnsWide }, () => ' ');
        lines.push(line);
      }
      line[at] = point.mark;
    }
    return lines.map(
      (cells, i) =>
        `  ${padLeft(i === 0 ? level : '', label)} ${ink.glyph.column}${cells.join('').trimEnd()}`,
    );
  });
  const axis = `  ${' '.repeat(label)} ${ink.glyph.barStart}${ink.glyph.barLine.repeat(columnsWide - 1)}`;
  const scale = `  ${' '.repeat(label)} 0${padLeft(formatDurationUs(most * 1000), columnsWide - 1)}`;
  const legend = points.map(({ mark, name }) => `${mark} ${name}`).join(', ');
  return [
    ink.strong('LATENCY AGAINST CONSISTENCY'),
    ...rows.map(ink.clean),
    ink.dim(axis),
    ink.dim(scale),
    ...paragraph(ink.clean(legend), ink.width, '  '),
    ...paragraph(
      'to the right: the mean of the medians of reads and writes, where they are slowest',
      ink.width,
      '  ',
    ).map(ink.dim),
  ];
}

const STRONG_FIRST = [
  'linearizable',
  'strict-serializable',
  'sequential',
  'causal',
  'causal-convergence',
];

function rankOf(level: string): number {
  const at = STRONG_FIRST.indexOf(level);
  if (at >= 0) return at;
  return level === 'no level' ? STRONG_FIRST.length + 1 : STRONG_FIRST.length;
}

// --- Files -------------------------------------------------------------------------------------

export function comparisonMarkdown(stores: readonly ComparedStore[]): string {
  const escape = (cell: string) => cell.replaceAll('|', '\\|');
  const row = (cells: readonly string[]) => `| ${cells.map(escape).join(' | ')} |`;
  return `${[
    row(['store', ...columns.map(({ title }) => title)]),
    row(['---', ...columns.map(() => '---')]),
    ...stores.map((store) => row([store.name, ...columns.map((column) => column.of(store).text)])),
  ].join('\n')}\n`;
}

/** Shares from 0 to 1, latencies in ms; empty where there is nothing. */
export function comparisonCsv(stores: readonly ComparedStore[]): string {
  const row = (cells: readonly (string | number | null)[]) =>
    cells.map((value) => csvField(String(value ?? ''))).join(',');
  const all = [...columns, ...slopes];
  return `${[
    row(['store', ...all.map(({ title }) => title.replaceAll(' ', '_'))]),
    ...stores.map((store) => row([store.name, ...all.map((column) => column.of(store).value)])),
  ].join('\n')}\n`;
}
