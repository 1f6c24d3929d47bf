/**
 * Text measured in terminal columns: pad, cut, wrap. Everything works on text without colour codes;
 * paint afterwards.
 */
import { formatCount } from '../sim/units.ts';
import { cutAfter, cutBefore } from './long-text.ts';

/** Ranges of characters that take two columns: the East Asian wide blocks and emoji. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

/** Ranges of marks that take none: they sit on the character before. */
const combining: readonly (readonly [number, number])[] = [
  [0x0300, 0x036f],
  [0x200b, 0x200f],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
];

/** Columns that a text without control characters takes. */
export function textWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: plain ASCII is the common case.
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (isWithin(code, combining)) return 0;
  return isWithin(code, wide) ? 2 : 1;
}

function isWithin(code: number, ranges: readonly (readonly [number, number])[]): boolean {
  return ranges.some(([from, until]) => code >= from && code <= until);
}

/** The text with spaces on its right, at least `columns` wide. */
export function padRight(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

/** The text with spaces on its left, at least `columns` wide. */
export function padLeft(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text;
}

/** The text, or as much of it as fits with `ellipsis` (one column) at its end. */
export function cut(text: string, columns: number, ellipsis: string): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 0) return '';
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += widthOf(character);
    if (used > columns) break;
    kept += character;
  }
  return kept + ellipsis;
}

/**
 * Longer words are values that somebody wrote into a sentence, and longer texts are no sentences.
 */
const WORD_CHARS_MAX = 240;
const TEXT_CHARS_MAX = 3000;

/** The text with words and all as long as people read: what is left out is counted. */
export function shortened(text: string): string {
  if (text.length <= WORD_CHARS_MAX) return text;
  const words = text.split(' ').map((word) => shortenedTo(word, WORD_CHARS_MAX));
  return shortenedTo(words.join(' '), TEXT_CHARS_MAX);
}

/** Its beginning, its end, and how long it is. */
function shortenedTo(text: string, most: number): string {
  if (text.length <= most) return text;
  const [head, tail] = [cutBefore(text, most / 2), cutAfter(text, most / 8)];
  return `${head}… (${formatCount(text.length)} characters) …${tail}`;
}

/**
 * Lines of at most `columns`, broken at spaces; a word longer than a line is broken where it must
 * be. Leading spaces of the text are kept on its first line only. Never returns an empty list. A
 * text too long for people is shortened.
 */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  let begun = false;
  for (const word of shortened(text.trim()).split(/ +/)) {
    if (begun && textWidth(line) + 1 + textWidth(word) > columns) {
      lines.push(line);
      line = '';
      begun = false;
    }
    line = begun ? `${line} ${word}` : line + word;
    begun = true;
    while (textWidth(line) > columns) {
      const [head, rest] = split(line, columns);
      lines.push(head);
      line = rest;
    }
  }
  lines.push(line);
  return lines;
}

function split(text: string, columns: number): readonly [head: string, rest: string] {
  let head = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > columns && head !== '') break;
    head += character;
  }
  return [head, text.slice(head.length)];
}

/** Wrapped lines behind an indent; `first` stands in for the indent of the first line. */
export function paragraph(text: string, columns: number, indent: string, first = indent): string[] {
  const lines = wrap(text, Math.max(10, columns - textWidth(indent)));
  return lines.map((line, i) => (i === 0 ? first : indent) + line);
}

/**
 * Parts joined by a separator, broken into lines between parts, and within a part that is wider
 * than a line.
 */
export function flow(parts: readonly string[], separator: string, columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last} ${separator} ${part}`;
    if (last !== undefined && textWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(...wrap(part, columns));
  }
  return lines;
}

/** The width of each column: its widest text. */
export function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  const [first = []] = rows;
  return first.map((_, i) => Math.max(...rows.map((row) => textWidth(row[i] ?? ''))));
}

/** Cells side by side, each as wide as its column. */
export function alignedRow(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((text, i) => padRight(text, widths[i] ?? 0))
    .join('  ')
    .trimEnd();
}

/** `1 operation`, `2 operations`. */
export function plural(count: number, text: string, noun: string): string {
  return `${text} ${noun}${count === 1 ? '' : 's'}`;
}
