/** How old what reads returned was, as numbers that `expect:` can compare. */

import register from '../../interfaces/register.ts';
import type { History } from '../../sim/history.ts';
import { nearestRank } from '../../sim/nearest-rank.ts';
import { formatCount, formatDurationUs, formatMomentUs, usToMs } from '../../sim/units.ts';
import { type Staleness, stalenessOf } from '../bounded-staleness/staleness.ts';
import { REGISTER_OPERATIONS, RegisterHistory } from '../causal/register-history.ts';
import type { Facts, Measurement, Metric, MetricUnit, Window } from '../checker.ts';
import { judgedBy } from '../judged-loads.ts';
import { ofScope, Scope, scopeNames } from './parts/scope.ts';
import { disjoint, WindowCursor } from './parts/windows.ts';

const doc =
  'Arguments: a side, node, group, load or operation. Of reads and compare-and-sets of registers ' +
  'that ended ok and were invoked in the window; fresh ones count as 0. A read is stale by the ' +
  'acknowledged writes that were invoked after the write it returned was over, and acknowledged ' +
  'before it was invoked: by how many versions, and the time since the first acknowledgement.';

const staleness: readonly Metric[] = [
  quantile('p50 staleness', 0.5),
  quantile('p99 staleness', 0.99),
  quantile('max staleness', 1),
  metric(
    'p99 versions behind',
    'count',
    'How many versions behind 99% of the reads were, at most.',
    (all) =>
      nearestRank(
        Float64Array.from(all, ({ versions }) => versions),
        0.99,
      ),
  ),
  metric('max versions behind', 'count', 'The most versions that a read was behind.', (all) =>
    nearestRank(
      Float64Array.from(all, ({ versions }) => versions),
      1,
    ),
  ),
  metric('stale reads', 'ratio', 'The share of reads that returned an old value.', (all) => {
    return all.filter(({ newer }) => newer !== null).length / all.length;
  }),
];

function quantile(name: string, share: number): Metric {
  const summary =
    share === 1
      ? 'The age of the oldest value that a read returned.'
      : `The age that ${share * 100}% of the returned values had, at most.`;
  return metric(name, 'ms', summary, (all) =>
    usToMs(
      nearestRank(
        Float64Array.from(all, ({ staleUs }) => staleUs),
        share,
      ),
    ),
  );
}

function metric(
  name: string,
  unit: MetricUnit,
  summary: string,
  of: (all: readonly Staleness[]) => number,
): Metric {
  return {
    name,
    summary,
    unit,
    doc,
    overTime: false,
    accepts: scopeNames,
    measure: (args, windows, history, facts) => measure(args, windows, history, facts, of),
  };
}

function measure(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
  of: (all: readonly Staleness[]) => number,
): Measurement {
  const windows = disjoint(given);
  const scope = new Scope(args, windows, facts);
  const cursor = new WindowCursor(windows);
  const judged = judgedBy({ judges: [register] }, history, facts);
  const known = judged.operations.filter(({ f }) => REGISTER_OPERATIONS.includes(f));
  const registers = new RegisterHistory(known, { objectOf: judged.objectOf });
  const all = stalenessOf(registers).filter(({ read }) => {
    const w = cursor.find(read.invokedAtUs);
    return w !== -1 && scope.includes(read, w);
  });
  if (all.length === 0) {
    const because = `no read${ofScope(args)} invoked in the window returned what was written`;
    return { value: null, samples: 0, because };
  }
  return { value: of(all), samples: all.length, because: becauseOf(all) };
}

function becauseOf(all: readonly Staleness[]): string {
  const stale = all.filter(({ newer }) => newer !== null);
  if (stale.length === 0) return `none of ${formatCount(all.length)} reads was stale`;
  const oldest = stale.reduce((a, b) => (b.staleUs > a.staleUs ? b : a));
  const { read, staleUs, versions } = oldest;
  const age = `${formatDurationUs(staleUs)} and ${formatCount(versions)} version${versions === 1 ? '' : 's'} behind`;
  const worst = `oldest: #${read.index} at ${formatMomentUs(read.invokedAtUs)}, ${age}`;
  return `${formatCount(stale.length)} of ${formatCount(all.length)} reads were stale; ${worst}`;
}

export default staleness;
