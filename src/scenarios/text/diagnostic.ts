/**
 * Diagnostics as data, and as the text that rustc made familiar: code, place, the line itself with
 * what is wrong underlined, then notes and help. The page a user reads when a scenario cannot run,
 * so every sentence stands alone, says what was expected, and offers the cure where there is one.
 */

import { nearestName } from '../../sim/nearest-name.ts';
import { visible } from '../../sim/visible-text.ts';
import type { DiagnosticCode } from './diagnostic-codes.ts';
import { lineAndColumn, type SourceFile, type Spot } from './source.ts';

export type Severity = 'error' | 'warning';

/** A place with the text of its line, so that a diagnostic can be shown without the file. */
export interface DiagnosticPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** Excluded; on the same line. */
  readonly endColumn: number;
  /** The whole line, without its line break. */
  readonly text: string;
}

/** Plain data: what `--json` prints. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One line, no capital, no full stop; names and values in backticks. */
  readonly message: string;
  /** null when there is no text to point at: a missing file. */
  readonly place: DiagnosticPlace | null;
  /** Said beside the underline: what was expected there. */
  readonly label: string | null;
  readonly notes: readonly string[];
  readonly help: readonly string[];
}

export interface DiagnosticExtras {
  readonly label?: string | null;
  readonly notes?: readonly string[];
  readonly help?: readonly (string | null)[];
}

/** Gathers diagnostics while a scenario is read; nothing stops at the first. */
export class Diagnostics {
  readonly #found: {
    readonly diagnostic: Diagnostic;
    readonly file: SourceFile | null;
    readonly from: number;
  }[] = [];
  readonly #seen = new Map<SourceFile | null, Set<string>>();

  /** Begins with what another has found: one source may be read several times. */
  constructor(earlier: Diagnostics | null = null) {
    if (earlier === null) return;
    this.#found.push(...earlier.#found);
    for (const [file, keys] of earlier.#seen) this.#seen.set(file, new Set(keys));
  }

  error(
    code: DiagnosticCode,
    spot: Spot | null,
    message: string,
    extras: DiagnosticExtras = {},
  ): void {
    this.#add('error', code, spot, message, extras);
  }

  warning(
    code: DiagnosticCode,
    spot: Spot | null,
    message: string,
    extras: DiagnosticExtras = {},
  ): void {
    this.#add('warning', code, spot, message, extras);
  }

  get hasErrors(): boolean {
    return this.#found.some(({ diagnostic }) => diagnostic.severity === 'error');
  }

  /** By file in the order first seen, then by place: a page is read from the top. */
  list(): readonly Diagnostic[] {
    const files = [...new Set(this.#found.map(({ file }) => file))];
    const rank = (file: SourceFile | null): number => (file === null ? -1 : files.indexOf(file));
    return this.#found
      .map((entry, index) => ({ ...entry, index }))
      .sort((a, b) => rank(a.file) - rank(b.file) || a.from - b.from || a.index - b.index)
      .map(({ diagnostic }) => diagnostic);
  }

  /** An anchor used twice would complain twice of the same text. */
  #add(
    severity: Severity,
    code: DiagnosticCode,
    spot: Spot | null,
    message: string,
    extras: DiagnosticExtras,
  ): void {
    const file = spot?.file ?? null;
    const key = `${code} ${spot?.from} ${message}`;
    const seen = this.#seen.get(file) ?? new Set();
    if (seen.has(key)) return;
    this.#seen.set(file, seen.add(key));
    const diagnostic: Diagnostic = {
      code,
      severity,
      message,
      place: spot === null ? null : placeOf(spot),
      label: extras.label ?? null,
      notes: extras.notes ?? [],
      help: (extras.help ?? []).filter((line) => line !== null),
    };
    this.#found.push({ diagnostic, file, from: spot?.from ?? 0 });
  }
}

/** A spot that runs over several lines is underlined on its first. */
function placeOf(spot: Spot): DiagnosticPlace {
  const { file } = spot;
  const { line } = lineAndColumn(file, spot.from);
  const start = file.lineStarts[line - 1] ?? 0;
  const nextLine = file.text.indexOf('\n', start);
  const text = file.text.slice(start, nextLine === -1 ? undefined : nextLine).replace(/\r$/, '');
  const { column } = lineAndColumn(file, Math.min(spot.from, start + text.length));
  const within = file.text.slice(spot.from, Math.min(spot.to, start + text.length));
  const width = Array.from(within.trimEnd()).length;
  return { file: file.name, line, column, endColumn: column + Math.max(1, width), text };
}

/** `did you mean ...`, or null: for `help`. */
export function didYouMean(written: string, known: Iterable<string>): string | null {
  const name = nearestName(written, known);
  return name === null ? null : `did you mean ${quote(name)}?`;
}

const MOST_LISTED = 12;

/** `register, counter and queue`, cut after a dozen; for `there is ...`. */
export function listNames(names: readonly string[], joint = 'and'): string {
  const shown = names.slice(0, MOST_LISTED).map(quote);
  if (names.length > MOST_LISTED)
    return `${shown.join(', ')} ${joint} ${names.length - MOST_LISTED} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} ${joint} ${shown[shown.length - 1]}`;
}

const LONGEST_QUOTE = 60;

/** A user's own text in backticks: cut, and harmless to a terminal. */
export function quote(text: string): string {
  const characters = Array.from(text);
  const cut =
    characters.length > LONGEST_QUOTE
      ? [...characters.slice(0, LONGEST_QUOTE - 1), '…']
      : characters;
  return `\`${cut.map(visible).join('')}\``;
}

// --- As text -------------------------------------------------------------------------------------

export type DiagnosticStyle = 'error' | 'warning' | 'bold' | 'gutter' | 'note' | 'help';

export interface RenderOptions {
  /** Colours a piece of text; without it the text is plain. */
  readonly paint?: (style: DiagnosticStyle, text: string) => string;
  /** What could not run, for the last line: `partition.yaml`. Without it there is no last line. */
  readonly subject?: string;
  /** What it cannot do then; `cannot run` without. */
  readonly cannot?: string;
  /** How a shell starts dsim, for the last line; `dsim` without. */
  readonly dsim?: string;
}

const WIDEST_LINE = 140;

/**
 * All diagnostics as rustc prints them, in order, each followed by an empty line. Empty for none.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: RenderOptions = {},
): string {
  const paint = options.paint ?? ((_style, text) => text);
  const blocks = diagnostics.map((diagnostic) => renderOne(diagnostic, paint));
  const tally = options.subject === undefined ? [] : [renderTally(diagnostics, options, paint)];
  return [...blocks, ...tally].filter((block) => block !== '').join('\n');
}

type Paint = NonNullable<RenderOptions['paint']>;

function renderOne(diagnostic: Diagnostic, paint: Paint): string {
  const { severity, code, message, place } = diagnostic;
  const lines = [
    `${paint(severity, `${severity}[${code}]`)}${paint('bold', `: ${visible(message)}`)}`,
  ];
  const margin = ' '.repeat(String(place?.line ?? 1).length);
  if (place !== null) lines.push(...renderPlace(place, diagnostic.label, severity, margin, paint));
  for (const note of diagnostic.notes) lines.push(remark(margin, 'note', note, paint));
  for (const help of diagnostic.help) lines.push(remark(margin, 'help', help, paint));
  return `${lines.join('\n')}\n`;
}

function remark(margin: string, style: 'note' | 'help', text: string, paint: Paint): string {
  return `${margin} ${paint('gutter', '=')} ${paint(style, style)}: ${visible(text)}`;
}

function renderPlace(
  place: DiagnosticPlace,
  label: string | null,
  severity: Severity,
  margin: string,
  paint: Paint,
): string[] {
  const { before, marked, after } = cutLine(place);
  const bar = paint('gutter', '|');
  const underline = '^'.repeat(Math.max(1, widthOf(marked)));
  const said = label === null ? '' : ` ${visible(label)}`;
  return [
    `${margin}${paint('gutter', '-->')} ${visible(place.file)}:${place.line}:${place.column}`,
    `${margin} ${bar}`,
    `${paint('gutter', String(place.line))} ${bar} ${before}${marked}${after}`.trimEnd(),
    `${margin} ${bar} ${' '.repeat(widthOf(before))}${paint(severity, `${underline}${said}`)}`,
  ];
}

/** The line in three parts, made printable, and cut around what is marked if it is very long. */
function cutLine(place: DiagnosticPlace): { before: string; marked: string; after: string } {
  const characters = Array.from(place.text);
  const printable = (from: number, to: number): string =>
    characters
      .slice(from, to)
      .map((character) => (character === '\t' ? '    ' : visible(character)))
      .join('');
  const from = place.column - 1;
  const to = Math.min(place.endColumn - 1, from + WIDEST_LINE / 2);
  if (characters.length <= WIDEST_LINE) {
    return {
      before: printable(0, from),
      marked: printable(from, to),
      after: printable(to, Infinity),
    };
  }
  const start = Math.max(0, from - WIDEST_LINE / 4);
  const end = start + WIDEST_LINE;
  return {
    before: (start > 0 ? '…' : '') + printable(start, from),
    marked: printable(from, to),
    after: printable(to, end) + (end < characters.length ? '…' : ''),
  };
}

/** Columns on a terminal: East Asian wide characters and emoji take two, combining marks none. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (/\p{Mark}/u.test(character)) continue;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1f300 && code <= 0x1faff) ||
      (code >= 0x20000 && code <= 0x3fffd);
    width += wide ? 2 : 1;
  }
  return width;
}

/** `error: partition.yaml cannot run: 3 errors, 1 warning`, and where to read more. */
function renderTally(
  diagnostics: readonly Diagnostic[],
  { subject, cannot = 'cannot run', dsim = 'dsim' }: RenderOptions,
  paint: Paint,
): string {
  const said = `${subject} ${cannot}`;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return '';
  const warnings = diagnostics.length - errors.length;
  const counts = [
    plural(errors.length, 'error'),
    ...(warnings === 0 ? [] : [plural(warnings, 'warning')]),
  ];
  const codes = [...new Set(errors.map(({ code }) => code))];
  const more = `for more about ${codes.length === 1 ? 'this error' : 'an error'}: ${dsim} explain ${codes[0]}`;
  return `${paint('error', 'error')}${paint('bold', `: ${visible(said)}: ${counts.join(', ')}`)}\n${more}\n`;
}

/** `1 error`, `2 errors`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
