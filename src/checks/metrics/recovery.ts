/**
 * Recovery: how long after a fault until all is as it was before. A system that stays down though
 * the fault is over is metastable: something that the fault has begun feeds itself (Bronson et al.,
 * "Metastable Failures in Distributed Systems", HotOS 2021).
 */
import type { History } from '../../sim/history.ts';
import type { MeasuredSeries } from '../../sim/measure.ts';
import { formatCount, formatMomentUs, formatRatio } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { Scope, scopeNames } from './parts/scope.ts';
import { firstAt } from './parts/windows.ts';

/** What is looked at as one, in µs, and the step from one to the next. */
const SPAN_US = 5_000_000;
const STEP_US = 1_000_000;
/** The share of what was before that counts as well again. */
const WELL = 0.95;

const recovery: Metric = {
  name: 'recovery',
  summary: 'The time from the end of a fault until as much is answered as before, for good.',
  unit: 'ms',
  doc:
    'Arguments: a side, node, group, load or operation. With the window `after x`: from its start ' +
    'until of the operations that are invoked in any 5 s from then on at least 95 % of the share ' +
    'before the first fault ended ok. ∞ when that never comes: the failure feeds itself, and what ' +
    'nodes count more often than before shows by what.',
  overTime: false,
  accepts: scopeNames,
  measure,
};

/** Operations invoked in a stretch of time, and those that ended ok. */
interface Stretch {
  asked: number;
  ok: number;
}

function measure(
  args: readonly string[],
  windows: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const first = windows[0];
  const last = windows[windows.length - 1];
  const struckUs = facts.faults.reduce(
    (least, { injectedAtUs }) => Math.min(least, injectedAtUs ?? Infinity),
    Infinity,
  );
  if (first === undefined || last === undefined || first.fromUs <= struckUs) {
    return nothing('a recovery is measured `after` a fault');
  }
  const { fromUs } = first;
  const endUs = last.untilUs;
  const before: Stretch = { asked: 0, ok: 0 };
  const steps: Stretch[] = Array.from({ length: Math.floor((endUs - fromUs) / STEP_US) }, () => ({
    asked: 0,
    ok: 0,
  }));
  const scope = new Scope(args, windows, facts);
  const patienceUs = Math.max(0, ...facts.loads.map(({ timeoutUs }) => finite(timeoutUs)));
  for (const operation of history) {
    const { invokedAtUs, outcome, recorded } = operation;
    if (recorded === true || !scope.includes(operation, 0)) continue;
    // The last of them before the fault may have been struck by it.
    const isBefore = invokedAtUs < struckUs - patienceUs;
    const stretch = isBefore ? before : steps[Math.floor((invokedAtUs - fromUs) / STEP_US)];
    if (stretch === undefined || (!isBefore && invokedAtUs < fromUs)) continue;
    stretch.asked++;
    if (outcome === 'ok') stretch.ok++;
  }
  if (before.asked === 0 || before.ok === 0)
    return nothing('nothing was answered before the fault');
  return recovered(before, steps, { facts, fromUs, endUs, struckUs });
}

interface Times {
  readonly facts: Facts;
  readonly fromUs: number;
  readonly endUs: number;
  readonly struckUs: number;
}

function recovered(before: Stretch, steps: readonly Stretch[], times: Times): Measurement {
  const normal = before.ok / before.asked;
  const spans = SPAN_US / STEP_US;
  const shares = steps.slice(0, Math.max(0, steps.length - spans + 1)).map((_, i) => {
    const span = steps.slice(i, i + spans);
    const asked = span.reduce((sum, one) => sum + one.asked, 0);
    return asked === 0 ? 1 : span.reduce((sum, one) => sum + one.ok, 0) / asked;
  });
  if (shares.length === 0) return nothing('less than 5 s are left after the fault');
  const lastBad = shares.reduce((at, share, i) => (share < WELL * normal ? i : at), -1);
  const samples = steps.reduce((sum, { asked }) => sum + asked, 0);
  const was = `${formatRatio(normal)} ended ok before`;
  if (lastBad < shares.length - 1) {
    const afterUs = (lastBad + 1) * STEP_US;
    const because = `${was}, and so again from ${formatMomentUs(times.fromUs + afterUs)} on`;
    return { value: afterUs / 1000, samples, because };
  }
  const now = formatRatio(shares[shares.length - 1] as number);
  return { value: Infinity, samples, because: `${was}, ${now} at the end${feeds(times)}` };
}

/** What happened much more often at the end than before the fault: what feeds the failure. */
function feeds({ facts, struckUs, endUs }: Times): string {
  const rates = new Map<string, { before: number; after: number }>();
  for (const series of facts.measured.series) {
    const before = happenings(series, 0, struckUs);
    const after = happenings(series, endUs - SPAN_US, endUs);
    if (before === null || after === null) continue;
    const known = rates.get(series.name) ?? { before: 0, after: 0 };
    known.before += (before * 1e6) / struckUs;
    known.after += (after * 1e6) / SPAN_US;
    rates.set(series.name, known);
  }
  const grown = [...rates]
    .filter(([, { before, after }]) => after > 1.5 * before && after >= 1)
    .sort(([a, x], [b, y]) => y.after - x.after || (a < b ? -1 : 1))
    .slice(0, 3)
    .map(([name, { before, after }]) => {
      return `${name} ${formatCount(Math.round(before))} → ${formatCount(Math.round(after))}/s`;
    });
  return grown.length === 0 ? '' : `; what grew: ${grown.join(', ')}`;
}

/** How often something happened; null for a measure that tells levels, times or sizes. */
function happenings(series: MeasuredSeries, fromUs: number, untilUs: number): number | null {
  const end = firstAt(series, untilUs);
  const begin = firstAt(series, fromUs);
  for (let i = begin; i < end; i++) if (series.values[i] !== 1) return null;
  return end - begin;
}

function nothing(because: string): Measurement {
  return { value: null, samples: 0, because };
}

function finite(us: number): number {
  return us === Infinity ? 0 : us;
}

export default recovery;
