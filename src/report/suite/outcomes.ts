/**
 * Snapshots of outcomes: what each seed of a scenario came to, beside the scenario in
 * `<name>.outcomes.json`, so that a change shows as a difference that people can read.
 *
 * Compared are the state, the state of each expectation, the label of CAP, and counts within
 * bounds; with `compare: history`, `messages` or `order` the digest of that tier as well, which
 * changes with anything that happens there.
 */
import { formatCount, formatShare } from '../../sim/units.ts';
import type { RunEnd, TestedRun } from './suite.ts';

export const TIERS = ['outcome', 'history', 'messages', 'order'] as const;
export type Tier = (typeof TIERS)[number];

export interface Outcome {
  readonly state: string;
  /** The letters of CAP; null when no partition was exercised. */
  readonly label: string | null;
  readonly expectations: { readonly [text: string]: string };
  readonly counts: { readonly [what: string]: number };
  readonly digests: { readonly [tier: string]: string };
}

export interface Outcomes {
  readonly compare: Tier;
  /** 0.05: counts may differ by 5%. */
  readonly countsWithin: number;
  readonly seeds: ReadonlyMap<string, Outcome>;
}

const FORMAT = 'dsim-outcomes';
const VERSION = 1;
export const EMPTY: Outcomes = { compare: 'outcome', countsWithin: 0.05, seeds: new Map() };

/** null for a run that has no outcome: it could not run, or was stopped. */
export function outcomeOf(run: TestedRun): Outcome | null {
  if (run.digests === null) return null;
  const all = [...run.expectations, ...run.shares];
  return {
    state: stateOf(run.end),
    label: run.label,
    expectations: Object.fromEntries(all.map(({ text, state }) => [text, state])),
    counts: { ...run.counts },
    digests: { ...run.digests },
  };
}

/** A run that held and has changed has held. */
function stateOf(end: RunEnd): string {
  return end === 'changed' ? 'held' : end;
}

/** A line for each difference; empty when the seed is as it was, or was never recorded. */
export function changesOf(known: Outcomes, run: TestedRun): readonly string[] {
  const was = known.seeds.get(run.seed);
  const now = outcomeOf(run);
  if (was === undefined || now === null) return [];
  const { compare, countsWithin } = known;
  const tier = compare === 'outcome' ? [] : [compare];
  return [
    ...differ('state', was.state, now.state),
    ...differ('label', was.label ?? 'none', now.label ?? 'none'),
    ...[...new Set([...Object.keys(was.expectations), ...Object.keys(now.expectations)])].flatMap(
      (text) =>
        differ(text, was.expectations[text] ?? 'absent', now.expectations[text] ?? 'absent'),
    ),
    ...Object.entries(was.counts).flatMap(([what, count]) =>
      differCount(what, count, now.counts[what] ?? 0, countsWithin),
    ),
    ...tier.flatMap((each) =>
      differ(`digest of ${each}`, was.digests[each] ?? 'absent', now.digests[each] ?? 'absent'),
    ),
  ];
}

function differ(what: string, was: string, now: string): readonly string[] {
  return was === now ? [] : [`${what}: ${now}, was ${was}`];
}

function differCount(what: string, was: number, now: number, within: number): readonly string[] {
  if (Math.abs(now - was) <= within * was) return [];
  return [
    `${what}: ${formatCount(now)}, was ${formatCount(was)} (more than ${formatShare(within)} apart)`,
  ];
}

/** The run with its changes; one that held is `changed` by them. */
export function withChanges(run: TestedRun, changes: readonly string[]): TestedRun {
  if (changes.length === 0 || run.end !== 'held') return run;
  const lines = [
    'its outcome is not the one recorded:',
    ...changes.map((change) => `  ${change}`),
    ...(run.repro === null ? [] : [`repro: ${run.repro}`]),
    '`dsim test --update` records the new one',
  ].join('\n');
  const signature = `outcome changed: ${changes.join('; ')}`;
  return { ...run, end: 'changed', signature, why: { screen: lines, plain: lines } };
}

/** What is known with the outcomes of these runs in place of earlier ones. */
export function recorded(known: Outcomes, runs: readonly TestedRun[]): Outcomes {
  const seeds = new Map(known.seeds);
  for (const run of runs) {
    const outcome = outcomeOf(run);
    if (outcome !== null) seeds.set(run.seed, outcome);
  }
  return { ...known, seeds };
}

/** The file's text: seeds in the order of their numbers, so that versions compare line by line. */
export function formatOutcomes({ compare, countsWithin, seeds }: Outcomes): string {
  const sorted = [...seeds].sort(([a], [b]) => Number(a) - Number(b) || (a < b ? -1 : 1));
  const document = {
    format: FORMAT,
    version: VERSION,
    compare,
    countsWithin,
    // A list: numbers as keys would be put in another order.
    seeds: sorted.map(([seed, outcome]) => ({ seed, ...outcome })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The outcomes, or why the text holds none. */
export function readOutcomes(text: string): Outcomes | string {
  let parsed: Partial<{ [field: string]: unknown }>;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  if (parsed?.['format'] !== FORMAT) return `its \`format\` is not ${FORMAT}`;
  if (parsed['version'] !== VERSION) return `its \`version\` is not ${VERSION}`;
  const compare = TIERS.find((tier) => tier === parsed['compare']);
  if (compare === undefined) return `its \`compare\` is none of ${TIERS.join(', ')}`;
  const countsWithin = parsed['countsWithin'];
  if (typeof countsWithin !== 'number' || !(countsWithin >= 0 && countsWithin <= 1)) {
    return 'its `countsWithin` is no number from 0 to 1';
  }
  const seeds = parsed['seeds'];
  if (!Array.isArray(seeds) || !seeds.every(isRecord)) return 'its `seeds` are not outcomes';
  return {
    compare,
    countsWithin,
    seeds: new Map(seeds.map(({ seed, ...outcome }) => [seed, outcome])),
  };
}

function isRecord(value: unknown): value is Outcome & { readonly seed: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { seed, state, label, expectations, counts, digests } = value as { [key: string]: unknown };
  const isText = (one: unknown) => typeof one === 'string';
  return (
    isText(seed) &&
    isText(state) &&
    (label === null || isText(label)) &&
    isMapOf(expectations, isText) &&
    isMapOf(counts, (one) => typeof one === 'number') &&
    isMapOf(digests, isText)
  );
}

function isMapOf(value: unknown, is: (one: unknown) => boolean): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(is);
}
