/**
 * Tables without borders, for lists and manuals: columns aligned, the last one wrapped to the
 * width.
 */
import Table from 'cli-table3';
import type { Ink } from './ink.ts';
import { textWidth } from './layout.ts';

const INDENT = '  ';
const GAP = 2;
/** What is longer is wrapped. */
const COLUMNS_MAX = 28;
const LAST_COLUMNS_MIN = 24;

/**
 * cli-table3 draws grey borders and red heads, piped or not, unless told otherwise; these draw
 * nothing at all.
 */
const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: INDENT,
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

/**
 * Lines of a table, indented by two. `paints` colours the cells of each column; the last column
 * takes the width that is left.
 */
export function renderTable(
  rows: readonly (readonly string[])[],
  ink: Ink,
  paints: readonly ((text: string) => string)[] = [],
): string[] {
  if (rows.length === 0) return [];
  const clean = rows.map((row) => row.map(ink.clean));
  const count = Math.max(...clean.map((row) => row.length));
  const widths: number[] = [];
  for (let i = 0; i < count; i++) {
    const longest = Math.max(1, ...clean.map((row) => textWidth(row[i] ?? '')));
    widths.push(Math.min(COLUMNS_MAX, longest));
  }
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, INDENT.length);
  widths[count - 1] = Math.max(LAST_COLUMNS_MIN, ink.width - before);
  const table = new Table({
    chars: bare,
    colWidths: widths,
    wordWrap: true,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of clean) table.push(row.map((cell, i) => paints[i]?.(cell) ?? cell));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
