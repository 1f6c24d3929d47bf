/** Whether a run repeats: against a recording, against itself, and how a difference is reported. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ink } from '../report/ink.ts';
import { paragraph } from '../report/layout.ts';
import { type Difference, TraceComparison } from '../scenarios/host/trace-comparison.ts';
import { TraceReader, TraceWriter } from '../scenarios/host/trace-file.ts';
import type { Digests, Result } from '../scenarios/result.ts';
import type { TraceFooter } from '../scenarios/trace-format.ts';
import type { TraceSink } from '../sim/trace.ts';
import { formatCount } from '../sim/units.ts';
import { fanOut } from './event-log.ts';
import type { Ending } from './interruptible.ts';
import type { OneRun } from './one-run.ts';

export interface Compared {
  readonly ending: Ending<Result>;
  /** null when no event differs. */
  readonly difference: Difference | null;
  /** Events that are equal. */
  readonly events: number;
  /** The recording says no more than this about the run. */
  readonly partial: boolean;
  /** How the recording ends; null when it was cut short, or differs before. */
  readonly footer: TraceFooter | null;
}

/**
 * Runs again while reading a recording, and `log` hears the run too. Throws TraceFormatError
 * when the recording is broken.
 */
export function compareWith(
  file: string,
  run: OneRun,
  strict: boolean,
  log: TraceSink | null = null,
): Compared {
  const reader = new TraceReader(file);
  try {
    const comparison = new TraceComparison(reader);
    const ending = run.simulate(fanOut([comparison, log]), strict);
    const difference = ending.kind === 'done' ? comparison.finish() : null;
    if (comparison.broken !== null) throw comparison.broken;
    return {
      ending,
      difference,
      events: comparison.compared,
      partial: comparison.isPartial,
      footer: reader.footer,
    };
  } finally {
    reader.close();
  }
}

/**
 * Runs twice and compares event by event; the first run is recorded in a temporary file. Needs disk
 * space for one trace, and hardly any memory.
 */
export function compareWithItself(run: OneRun, strict: boolean): Compared {
  return withScratch((folder) => {
    const file = join(folder, 'trace.ndjson');
    const first = record(file, run, strict);
    if (first.kind !== 'done')
      return { ending: first, difference: null, events: 0, partial: false, footer: null };
    return compareWith(file, run, strict);
  });
}

function record(file: string, run: OneRun, strict: boolean): Ending<Result> {
  const writer = new TraceWriter({ path: file, shown: file }, run.traceHeader());
  const ending = run.simulate(writer, strict);
  const result = ending.kind === 'done' ? ending.value : null;
  writer.finish({
    complete: result !== null,
    state: result?.state ?? null,
    digests: result?.digests ?? null,
  });
  return ending;
}

/** Calls with a folder that is gone afterwards. */
export function withScratch<T>(body: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-'));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function withScratchAsync<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The difference with what came before it, from both sides. */
export function renderDifference(difference: Difference, ink: Ink): string[] {
  const { index, shared, recorded, now } = difference;
  const event = (text: string, paint: (text: string) => string, mark: string) =>
    paragraph(ink.clean(text), ink.width, '      ', `  ${mark} `).map(paint);
  const side = (
    lines: readonly string[],
    paint: (text: string) => string,
    mark: string,
    name: string,
  ) =>
    lines.length === 0
      ? [paint(`  ${mark} (the ${name} run had ended)`)]
      : lines.flatMap((line) => event(line, paint, mark));
  return [
    `the first ${formatCount(index)} events are equal, the next differs:`,
    ...shared.flatMap((line) => event(line, ink.dim, '=')),
    ...side(recorded, ink.bad, '-', 'recorded'),
    ...side(now, ink.good, '+', 'new'),
  ];
}

/** The digests of a run, the coarsest first. */
export const TIERS = ['outcome', 'history', 'messages', 'order'] as const;

/** The tiers in which two runs differ, the coarsest first. */
export function differingTiers(a: Digests, b: Digests): readonly (keyof Digests)[] {
  return TIERS.filter((tier) => a[tier] !== b[tier]);
}
