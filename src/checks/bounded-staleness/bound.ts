/**
 * Bounded staleness as a verdict: no read returned a value older than a time, or more versions
 * behind than a number. See `staleness.ts` for what that means.
 */
import type { History } from '../../sim/history.ts';
import { nearestRank } from '../../sim/nearest-rank.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import { refusalOf } from '../causal/check.ts';
import { type RegisterConventions, RegisterHistory } from '../causal/register-history.ts';
import type { CheckResult } from '../checker.ts';
import { canonicalText } from '../search/identity.ts';
import { type Staleness, stalenessOf } from './staleness.ts';

export const BOUNDED_STALENESS = 'bounded-staleness';

export interface StalenessBound {
  /** The longest that a value may be known to be old; absent: any time. */
  readonly withinUs?: number;
  /** The most versions that a read may be behind; absent: any number. */
  readonly versions?: number;
}

/** With no bound at all the numbers are given, and the verdict is `unknown`. */
export function checkStaleness(
  history: History,
  bound: StalenessBound,
  conventions: RegisterConventions = {},
): CheckResult {
  const refusal = refusalOf(history, BOUNDED_STALENESS);
  if (refusal !== null) return refusal;
  const all = stalenessOf(new RegisterHistory(history, conventions));
  const { withinUs = Infinity, versions = Infinity } = bound;
  const wrong = all.filter((one) => one.staleUs > withinUs || one.versions > versions);
  const result = {
    checker: BOUNDED_STALENESS,
    reasons: [],
    evidence: [],
    key: null,
    atUs: null,
    numbers: numbersOf(all, wrong),
  };
  const measured = ofAll(all);
  const [first] = wrong;
  if (first !== undefined) {
    const summary = `${formatCount(wrong.length)} of ${formatCount(all.length)} reads are older than ${boundText(bound)}; the first: ${told(first)}.`;
    const { read, newer } = first;
    const evidence = newer === null ? [read.index] : [newer.index, read.index];
    const oldest = wrong.reduce((a, b) => (b.staleUs > a.staleUs ? b : a));
    const reasons = [`The oldest: ${told(oldest)}.`, measured];
    return {
      ...result,
      verdict: 'fail',
      summary,
      reasons,
      evidence: evidence.sort((a, b) => a - b),
      key: read.key,
      atUs: read.completedAtUs,
    };
  }
  if (all.length === 0) {
    const summary = 'Nothing was judged: no read returned what was written.';
    return { ...result, verdict: 'unknown', summary };
  }
  if (withinUs === Infinity && versions === Infinity) {
    return {
      ...result,
      verdict: 'unknown',
      summary: `No bound was set, so none was kept. ${measured}`,
    };
  }
  return {
    ...result,
    verdict: 'pass',
    summary: `No read is older than ${boundText(bound)}. ${measured}`,
  };
}

function boundText({ withinUs, versions }: StalenessBound): string {
  const time = withinUs === undefined ? [] : [formatDurationUs(withinUs)];
  const count =
    versions === undefined ? [] : [`${formatCount(versions)} version${versions === 1 ? '' : 's'}`];
  return [...time, ...count].join(' or ');
}

function told({ read, staleUs, versions, newer }: Staleness): string {
  const seen = `#${read.index} at ${formatMomentUs(read.invokedAtUs)} returned ${canonicalText(read.output)}`;
  const age = `${formatDurationUs(staleUs)} after #${newer?.index} was acknowledged`;
  return `${seen}, ${age}, ${formatCount(versions)} version${versions === 1 ? '' : 's'} behind`;
}

function ofAll(all: readonly Staleness[]): string {
  const {
    stale = 0,
    reads = 0,
    'staleness p99 ms': p99 = 0,
    'staleness max ms': max = 0,
  } = numbersOf(all, []);
  const ages = `p99 ${formatDurationUs(p99 * 1000)}, max ${formatDurationUs(max * 1000)}`;
  return `${formatCount(stale)} of ${formatCount(reads)} reads were stale: ${ages}.`;
}

function numbersOf(
  all: readonly Staleness[],
  wrong: readonly Staleness[],
): { readonly [name: string]: number } {
  const counts = {
    reads: all.length,
    stale: all.filter(({ newer }) => newer !== null).length,
    'over the bound': wrong.length,
  };
  if (all.length === 0) return counts;
  const rank = (of: (one: Staleness) => number, share: number) =>
    nearestRank(Float64Array.from(all, of), share);
  const ms = ({ staleUs }: Staleness) => staleUs / 1000;
  const behind = ({ versions }: Staleness) => versions;
  return {
    ...counts,
    'staleness p50 ms': rank(ms, 0.5),
    'staleness p99 ms': rank(ms, 0.99),
    'staleness max ms': rank(ms, 1),
    'versions p50': rank(behind, 0.5),
    'versions p99': rank(behind, 0.99),
    'versions max': rank(behind, 1),
  };
}
