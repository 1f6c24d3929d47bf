/** The options of `dsim test`, as commander parses them. */
import { InvalidArgumentError } from 'commander';
import type { TableFormat } from '../../report/suite/cell-table.ts';
import type { SeedRange } from '../arguments.ts';
import type { SubjectFlags } from '../flags.ts';

export interface TestFlags extends SubjectFlags {
  readonly seeds?: SeedRange;
  readonly jobs?: number;
  readonly reporter?: readonly ReporterChoice[];
  /** `--bail` alone is one. */
  readonly bail?: number | true;
  readonly lastFailed?: boolean;
  readonly filter?: readonly string[];
  readonly shard?: Shard;
  readonly watch?: boolean;
  readonly export?: TableChoice;
  /** Records outcomes instead of comparing them. */
  readonly update?: boolean;
  /** `--no-keep` makes it false. */
  readonly keep?: boolean;
}

/** Counted from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export const reporterNames = [
  'list',
  'dot',
  'json',
  'ndjson',
  'junit',
  'github',
  'markdown',
  'tap',
] as const;

export type ReporterName = (typeof reporterNames)[number];

export interface ReporterChoice {
  readonly name: ReporterName;
  /** null: standard output. */
  readonly file: string | null;
}

const tableFormats: readonly (TableFormat | 'html')[] = ['csv', 'markdown', 'json', 'html'];

/** Where a table of the cells goes. */
export interface TableChoice {
  readonly format: TableFormat | 'html';
  /** null: standard output. */
  readonly file: string | null;
}

/** `csv`, or `csv=cells.csv`. */
export function parseTable(text: string): TableChoice {
  const [name = '', ...rest] = text.split('=');
  const format = tableFormats.find((each) => each === name);
  if (format === undefined || (rest.length > 0 && rest.join('=') === '')) {
    throw new InvalidArgumentError(`A table is one of ${tableFormats.join(', ')}, or csv=file.`);
  }
  return { format, file: rest.length === 0 ? null : rest.join('=') };
}

const SHARDS_MAX = 10_000;

/** `2/5`: the second of five parts. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]);
  const of = Number(match?.[2]);
  if (match === null || of < 1 || of > SHARDS_MAX || index < 1 || index > of) {
    throw new InvalidArgumentError('A shard is written 2/5: the second of five parts.');
  }
  return { index, of };
}

/** `junit=out.xml`, or a name alone for standard output; repeatable. */
export function collectReporter(
  text: string,
  earlier: readonly ReporterChoice[] = [],
): readonly ReporterChoice[] {
  const choice = readReporter(text);
  if (typeof choice === 'string') throw new InvalidArgumentError(choice);
  return [...earlier, choice];
}

/** The reporter, or why the text names none. */
export function readReporter(text: string): ReporterChoice | string {
  const [name = '', ...rest] = text.split('=');
  const known = reporterNames.find((each) => each === name);
  if (known === undefined) return `A reporter is one of ${reporterNames.join(', ')}.`;
  const file = rest.join('=');
  if (rest.length > 0 && file === '') return `${name}= lacks the name of a file.`;
  return { name: known, file: rest.length === 0 ? null : file };
}

/** `--filter` is repeatable: a run is wanted if one of them fits. */
export function collectFilter(text: string, earlier: readonly string[] = []): readonly string[] {
  if (text === '') throw new InvalidArgumentError('A filter is not empty.');
  return [...earlier, text];
}
