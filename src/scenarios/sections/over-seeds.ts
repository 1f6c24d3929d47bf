/**
 * What an expectation demands of many seeds: `never leaders(kv) > 1 in 1000 seeds`, `p99(write) <
 * 250ms in 95% of seeds`. It stands at the end of the text, so the rest is read as if it were not
 * there.
 */
import type { SeedDemand } from '../scenario.ts';
import { type Diagnostics, quote } from '../text/diagnostic.ts';
import type { SourceScalar } from '../text/source.ts';
import { withoutGaps } from '../values/quantities.ts';
import { SEEDS_MAX } from '../values/seed-ranges.ts';
import { spotIn } from './checker-arguments.ts';
import { splitSeeds } from './expectation-grammar.ts';

/** The text without its demand, and the demand; null: it demands nothing of many seeds. */
export function splitDemand(
  item: SourceScalar,
  diagnostics: Diagnostics,
): { readonly item: SourceScalar; readonly demand: SeedDemand | null } | null {
  const { rest, count, isShare } = splitSeeds(item.text);
  if (count === null) return { item, demand: null };
  const demand = readDemand(count.text, isShare);
  if (typeof demand !== 'string') return { item: { ...item, text: rest }, demand };
  diagnostics.error('DS140', spotIn(item, count), `${quote(count.text)} is no number of seeds`, {
    label: demand,
    notes: item.notes,
    help: ['for example `in 1000 seeds`, or `in 95% of seeds`'],
  });
  return null;
}

/** The demand, or what was expected. */
function readDemand(written: string, isShare: boolean): SeedDemand | string {
  const text = withoutGaps(written);
  if (isShare) {
    const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
    return percent > 0 && percent <= 100
      ? { kind: 'share', share: percent / 100 }
      : 'expected a percentage above 0% and up to 100%';
  }
  const seeds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return seeds >= 1 && seeds <= SEEDS_MAX
    ? { kind: 'all', seeds }
    : 'expected a whole number from 1, or a percentage `of seeds`';
}

/** The fewest seeds that can tell a share from everything: 20 for 95%. */
export function seedsForShare(share: number): number {
  return share >= 1 ? 1 : Math.ceil(1 / (1 - share) - 1e-9);
}

/** How many seeds the expectations of a scenario ask for, from their texts; null: they do not. */
export function seedsAsked(texts: readonly string[]): number | null {
  const asked = texts.flatMap((text) => {
    const { count, isShare } = splitSeeds(text);
    const demand = count === null ? '' : readDemand(count.text, isShare);
    if (typeof demand === 'string') return [];
    return [demand.kind === 'all' ? demand.seeds : seedsForShare(demand.share)];
  });
  return asked.length === 0 ? null : Math.max(...asked);
}
