/**
 * Texts of the command line to values. Each throws commander's `InvalidArgumentError` with a
 * sentence.
 */

import { InvalidArgumentError } from 'commander';
import type { Window } from '../checks/checker.ts';

/** Inclusive on both ends. */
export interface SeedRange {
  readonly first: number;
  readonly last: number;
}

const SEED_CHARS_MAX = 200;
const SEEDS_MAX = 10_000_000;

/** Any text is a seed; integers are the usual ones. */
export function parseSeed(text: string): string {
  if (text === '') throw new InvalidArgumentError('A seed is not empty.');
  if (text.length > SEED_CHARS_MAX) {
    throw new InvalidArgumentError(`A seed has at most ${SEED_CHARS_MAX} characters.`);
  }
  return text;
}

/** `0..99`: integers, both ends included. */
export function parseSeeds(text: string): SeedRange {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) {
    throw new InvalidArgumentError('Seeds are written 0..99, both ends included.');
  }
  if (last < first)
    throw new InvalidArgumentError(`The range is reversed; did you mean ${last}..${first}?`);
  if (last - first >= SEEDS_MAX)
    throw new InvalidArgumentError('These are more than ten million seeds.');
  return { first, last };
}

/** A positive integer. */
export function parseCount(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return count;
}

/** How many values a range has: at least its two ends. */
export function parseSteps(text: string): number {
  const steps = parseCount(text);
  if (steps < 2 || steps > 1000) {
    throw new InvalidArgumentError('A range has from 2 to 1000 values.');
  }
  return steps;
}

const units: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
/** More does not fit the machine's timer. */
const DURATION_MS_MAX = 0x7fffffff;

/** `500ms`, `30s`, `1m30s`, in ms; null for what is no duration. */
function msOf(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return null;
  let totalMs = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    totalMs += Number(value) * (units.get(unit ?? '') ?? 0);
  }
  return totalMs;
}

/** Host time, in ms. */
export function parseDuration(text: string): number {
  const ms = msOf(text);
  if (ms === null) {
    throw new InvalidArgumentError('Expected a duration such as 500ms, 30s or 1m30s.');
  }
  if (ms < 1 || ms > DURATION_MS_MAX) {
    throw new InvalidArgumentError('Expected a duration from 1ms to 24 days.');
  }
  return Math.round(ms);
}

const sizes: ReadonlyMap<string, number> = new Map([
  ['MB', 1e6],
  ['MiB', 1 << 20],
  ['GB', 1e9],
  ['GiB', 1 << 30],
  ['TB', 1e12],
  ['TiB', 2 ** 40],
]);

/** `512MiB`, `2GB`: bytes. */
export function parseBytes(text: string): number {
  const [, value = '', unit = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(value) * (sizes.get(unit) ?? Number.NaN));
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new InvalidArgumentError('Expected a size such as 512MiB or 2GB.');
  }
  return bytes;
}

const scales: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
]);

/** `10M`, `2.5k`, `300`: a number above 0. */
export function parseAmount(text: string): number {
  const [, value = '', unit = '?'] = /^(\d+(?:\.\d+)?)([kMGT]?)$/.exec(text) ?? [];
  const amount = Number(value) * (scales.get(unit) ?? Number.NaN);
  if (!(amount > 0)) throw new InvalidArgumentError('Expected a number such as 300, 2.5k or 10M.');
  return amount;
}

/** `99.9%`: a share of 1, above 0. */
export function parseShare(text: string): number {
  const share = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number.NaN;
  if (!(share > 0 && share <= 1)) {
    throw new InvalidArgumentError('Expected a share above 0 up to 100%, such as 99.9%.');
  }
  return share;
}

/** `path=value`, repeatable. What it sets is judged when the scenario is read. */
export function collectSet(text: string, earlier: readonly string[] = []): readonly string[] {
  if (!/^[^=]+=/.test(text)) {
    throw new InvalidArgumentError('Expected path=value, for example nodes.kv.count=7.');
  }
  return [...earlier, text];
}

/** A name as `show:` takes it; the scenario says whether it means something. */
export function collectShow(text: string, earlier: readonly string[] = []): readonly string[] {
  if (text.trim() === '') {
    throw new InvalidArgumentError('Expected a metric or measure, for example p99(write).');
  }
  return [...earlier, text];
}

export type OutputFormat =
  | 'json'
  | 'trace'
  | 'history'
  | 'measures'
  | 'markdown'
  | 'mermaid'
  | 'text'
  | 'page'
  | ExportForm;

const exportForms = ['dot', 'edn', 'otlp', 'perfetto', 'shiviz', 'svg'] as const;

/** Forms of other programs, which `dsim export` alone writes. */
export type ExportForm = (typeof exportForms)[number];

export function isExportForm(word: string): word is ExportForm {
  return exportForms.some((form) => form === word);
}

const formats: ReadonlyMap<string, OutputFormat> = new Map([
  ['.json', 'json'],
  ['.ndjson', 'trace'],
  ['.jsonl', 'history'],
  ['.csv', 'measures'],
  ['.md', 'markdown'],
  ['.mmd', 'mermaid'],
  ['.txt', 'text'],
  ['.html', 'page'],
]);

export interface OutputFile {
  readonly path: string;
  readonly format: OutputFormat;
  /** Of a picture, what it shows. */
  readonly window?: Window;
}

/** `9.9s..10.4s`. */
export function parseWindow(text: string): Window {
  const [from = null, until = null, ...more] = text.split('..').map(msOf);
  if (from === null || until === null || until <= from || more.length > 0) {
    throw new InvalidArgumentError('Expected two times, the earlier one first: 9.9s..10.4s.');
  }
  return { fromUs: Math.round(from * 1000), untilUs: Math.round(until * 1000) };
}

/** A file whose ending says what goes in. */
export function collectOutput(
  path: string,
  earlier: readonly OutputFile[] = [],
): readonly OutputFile[] {
  const ending = /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? '';
  const format = formats.get(ending);
  if (format === undefined) {
    const known = [...formats.keys()].join(', ');
    throw new InvalidArgumentError(`The ending says what goes in: one of ${known}.`);
  }
  return [...earlier, { path, format }];
}

export type ColorChoice = 'always' | 'never' | 'auto';

export function parseColor(text: string): ColorChoice {
  if (text === 'always' || text === 'never' || text === 'auto') return text;
  throw new InvalidArgumentError('Expected --color=always, --color=never or --color=auto.');
}

const DIGEST = /^[0-9a-f]{16}$/;

/** 16 hex digits. */
export function parseDigest(text: string): string {
  const digest = text.toLowerCase();
  if (!DIGEST.test(digest)) throw new InvalidArgumentError('A digest has 16 hexadecimal digits.');
  return digest;
}

/** `kv-1,kv-2`; `true` without a value. */
export function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Expected names joined by commas.');
  return names;
}

// --- Help that commands share ------------------------------------------------------------------

export const NO_CODE = 'refuse kinds from your own files (kind: ./x.ts), which are executed';
export const ALLOW_OUTSIDE = 'let extends name files outside the project';

const PORT_MAX = 65_535;

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > PORT_MAX) {
    throw new InvalidArgumentError(`A port is a whole number up to ${PORT_MAX}.`);
  }
  return port;
}
