/**
 * The one place where text gets its looks: colours, glyphs and the width to fill. Everything that
 * is printed for people is drawn with an ink, so that colour is decided once and every glyph has an
 * ASCII form.
 *
 * Colour never carries meaning alone: a mark, a word or a shape says the same.
 */
import { Chalk } from 'chalk';
import { shown } from './long-text.ts';

/** Single characters to draw with; each is one column wide. */
export interface Glyphs {
  readonly held: string;
  readonly violated: string;
  readonly unknown: string;
  readonly never: string;
  /** Something to look at. */
  readonly warning: string;
  readonly separator: string;
  readonly ellipsis: string;
  readonly times: string;
  readonly arrow: string;
  readonly barStart: string;
  readonly barLine: string;
  readonly barEnd: string;
  /** A bar that goes on beyond the picture. */
  readonly barOpen: string;
  /** A bar too short for two ends. */
  readonly barPoint: string;
  readonly tick: string;
  readonly column: string;
  /** Nothing was asked or measured in this cell. */
  readonly empty: string;
  /** A latency in this cell has no end: there was no answer. */
  readonly endless: string;
  /** Shares of a whole: the first is none, the last is all; and a level of a sparkline. */
  readonly shares: readonly string[];
  readonly levels: readonly string[];
}

const unicode: Glyphs = {
  held: '✓',
  violated: '✗',
  unknown: '?',
  never: '○',
  warning: '!',
  separator: '·',
  ellipsis: '…',
  times: '×',
  arrow: '→',
  barStart: '├',
  barLine: '─',
  barEnd: '┤',
  barOpen: '┄',
  barPoint: '┃',
  tick: '╷',
  column: '│',
  empty: ' ',
  endless: '∞',
  shares: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

const ascii: Glyphs = {
  held: '+',
  violated: 'X',
  unknown: '?',
  never: 'o',
  warning: '!',
  separator: '*',
  ellipsis: '~',
  times: 'x',
  arrow: '>',
  barStart: '|',
  barLine: '-',
  barEnd: '|',
  barOpen: '.',
  barPoint: '|',
  tick: '|',
  column: '|',
  empty: ' ',
  endless: '!',
  shares: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '#'],
  levels: ['_', '.', '-', '=', '+', '*', '%', '#'],
};

/** Characters of dsim's own texts (the rim's `describeEvent`, units) that have an ASCII form. */
const spelled: ReadonlyMap<string, string> = new Map([
  ['→', '->'],
  ['←', '<-'],
  ['⇒', '=>'],
  ['✕', 'x'],
  ['×', 'x'],
  ['µ', 'u'],
  ['∞', 'inf'],
  ['…', '...'],
  ['·', '*'],
  ['–', '-'],
  ['—', '-'],
  ['≤', '<='],
  ['≥', '>='],
  ['≠', '!='],
  ['“', '"'],
  ['”', '"'],
  ['‘', "'"],
  ['’', "'"],
  ['└', '`'],
]);

export interface InkOptions {
  readonly color: boolean;
  readonly ascii: boolean;
  /** Columns to fill. */
  readonly width: number;
}

type Paint = (text: string) => string;

export interface Ink extends InkOptions {
  /** Columns that a page of text fills: those of the terminal, between 40 and 100. */
  readonly width: number;
  /** Columns of the terminal as they are, for what is as wide as it can be. */
  readonly columns: number;
  readonly glyph: Glyphs;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly dim: Paint;
  readonly strong: Paint;
  /** A name of something: a fault, a node. */
  readonly name: Paint;
  /** Text from outside made fit to print: no control characters, ASCII if that is asked for. */
  clean(text: string): string;
}

/** The most columns that a screen uses, however wide the terminal. */
const WIDTH_MAX = 100;
const WIDTH_MIN = 40;

/** An ink of at least 40 and at most 100 columns. */
export function createInk(options: InkOptions): Ink {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  return {
    ...plainInk(options),
    ...options,
    width: widthOf(options),
    // Chalk's own functions join all their arguments, which is wrong under `map`.
    good: (text) => chalk.green(text),
    bad: (text) => chalk.red(text),
    warn: (text) => chalk.yellow(text),
    dim: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
    name: (text) => chalk.cyan(text),
  };
}

/** An ink without colour, for pages, which do not carry what colours a terminal. */
export function plainInk(options: Omit<InkOptions, 'color'>): Ink {
  const same = (text: string) => text;
  return {
    color: false,
    ascii: options.ascii,
    columns: options.width,
    width: widthOf(options),
    glyph: options.ascii ? ascii : unicode,
    good: same,
    bad: same,
    warn: same,
    dim: same,
    strong: same,
    name: same,
    clean: options.ascii ? (text) => toAscii(shown(text)) : shown,
  };
}

function widthOf({ width }: Omit<InkOptions, 'color'>): number {
  return Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, width));
}

/** ASCII for what dsim itself says; anything else becomes `?`. */
export function toAscii(text: string): string {
  let plain = '';
  for (const character of text) {
    plain += character <= '\x7e' ? character : (spelled.get(character) ?? '?');
  }
  return plain;
}
