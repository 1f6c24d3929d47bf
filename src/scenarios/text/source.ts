/**
 * What a scenario is read from, as a small tree of its own: maps, lists and scalars that each know
 * their place in a file. Composition (`extends`, variables, overrides) makes new trees of the same
 * nodes, so a mistake is always shown where its text stands, whatever path it took.
 */

/**
 * A text with a name. The name is what diagnostics print: a path as the user gave it, or `--set`.
 */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  /** Offsets at which lines begin; the first is 0. */
  readonly lineStarts: readonly number[];
}

/** A stretch of a file, in UTF-16 offsets; `to` is excluded. */
export interface Spot {
  readonly file: SourceFile;
  readonly from: number;
  readonly to: number;
}

export type ScalarValue = string | number | boolean | null;

export interface SourceScalar {
  readonly kind: 'scalar';
  /** The text without quotes; of a plain scalar exactly what was written. */
  readonly text: string;
  /** Written without quotes, so that `5` is a number. */
  readonly plain: boolean;
  /** What YAML's core schema makes of it: always the text if it was quoted. */
  readonly value: ScalarValue;
  readonly spot: Spot;
  /**
   * The offset in the file of `text`'s first character, if the text stands there unchanged; else
   * null.
   */
  readonly textFrom: number | null;
  /** What a reader needs to know to understand the text: `$(n)` is `5`, set at base.yaml:3:6. */
  readonly notes: readonly string[];
  /** It was complained of already: whoever reads it passes it over in silence. */
  readonly failed: boolean;
}

export interface SourceList {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly spot: Spot;
}

export interface SourceEntry {
  readonly key: string;
  readonly keySpot: Spot;
  readonly value: SourceNode;
  /**
   * What was written where the key is only understood: `crash` for the `nodes` of `crash: leader`.
   */
  readonly shownAs?: string;
}

export interface SourceMap {
  readonly kind: 'map';
  readonly entries: readonly SourceEntry[];
  readonly spot: Spot;
}

export type SourceNode = SourceScalar | SourceList | SourceMap;

/** A leading byte order mark is no content. */
export function makeSourceFile(name: string, content: string): SourceFile {
  const text = content.startsWith('\ufeff') ? content.slice(1) : content;
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lineStarts.push(at + 1);
  }
  return { name, text, lineStarts };
}

/** Line and column of an offset, both from 1; the column counts characters, not UTF-16 units. */
export function lineAndColumn(
  file: SourceFile,
  offset: number,
): { readonly line: number; readonly column: number } {
  const at = Math.max(0, Math.min(offset, file.text.length));
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((file.lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  const start = file.lineStarts[low] ?? 0;
  return { line: low + 1, column: Array.from(file.text.slice(start, at)).length + 1 };
}

/** `partition.yaml:7:3`. */
export function describeSpot(spot: Spot): string {
  const { line, column } = lineAndColumn(spot.file, spot.from);
  return `${spot.file.name}:${line}:${column}`;
}

/** The entry of a key, or null. */
export function entryOf(node: SourceNode | null, key: string): SourceEntry | null {
  if (node === null || node.kind !== 'map') return null;
  return node.entries.find((entry) => entry.key === key) ?? null;
}

/** The value of a key, or null. */
export function valueOf(node: SourceNode | null, key: string): SourceNode | null {
  return entryOf(node, key)?.value ?? null;
}

/** An empty plain scalar: what `key:` alone means. */
export function isNull(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** Keys for carrying anchors and notes; ignored everywhere. */
export function isExtensionKey(key: string): boolean {
  return key.startsWith('x-');
}

/** What YAML 1.2's core schema makes of a plain scalar (specification section 10.3.2). */
export function typePlainScalar(text: string): ScalarValue {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?[0-9]+$/.test(text)) return Number(text);
  if (/^0o[0-7]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return NaN;
  return text;
}

/** Is it an integer that a double cannot hold exactly? */
export function isUnsafeInteger(node: SourceScalar): boolean {
  return (
    node.plain &&
    typeof node.value === 'number' &&
    /^(?:[-+]?[0-9]+|0[ox].*)$/.test(node.text) &&
    !Number.isSafeInteger(node.value)
  );
}

/** The stretch of a file, kept within its text. */
export function spotOf(file: SourceFile, from: number, to: number): Spot {
  const start = Math.max(0, Math.min(from, file.text.length));
  return { file, from: start, to: Math.max(start, Math.min(to, file.text.length)) };
}
