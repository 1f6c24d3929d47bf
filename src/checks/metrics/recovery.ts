/**
 * Recovery: how long after a fault until all is as it was before. A system that stays down though
 * the fault is over is metastable: something that the fault has begun feeds itself (Bronson et al.,
 * "Metastable Failures in Distributed Systems", HotOS 2021).
 */
import type { History, Operation } from '../../sim/history.ts';
import type { MeasuredSeries } from '../../sim/measure.ts';
import { formatCount, formatMomentUs, formatRatio } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { Scope, scopeNames } from './parts/scope.ts';
import { firstAt } from './parts/windows.ts';

/** What is looked at as one, in µs, and the step from one to the next. */
export const SPAN_US = 5_000_000;
const STEP_US = 1_000_000;
/** The share of what was before that counts as well again. */
const WELL = 0.95;

const recovery: Metric = {
  name: 'recovery',
  summary: 'The time from the end of a fault until as much is answered as before, for good.',
  unit: 'ms',
  doc:
    'Arguments: a side, node, group, load or operation. With the window `after x`: from its start ' +
    'until of the operations that are invoked in any 5 s from then on at least 95% of the share ' +
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

/** What a fault left behind: how it was before, and from when on it is so again. */
export interface Recovery {
  /** The share of operations that ended ok before the first fault, and in the last 5 s. */
  readonly before: number;
  readonly atEnd: number;
  /** From the end of the fault until it was well for good, in µs; Infinity: not within the run. */
  readonly afterUs: number;
  /**
   * Operations asked per second in the second half of the time before the faults, and after them.
   */
  readonly askedBefore: number;
  readonly askedAfter: number;
  readonly samples: number;
  /** When the first fault struck, when the last one healed, and when chaos ended. */
  readonly struckUs: number;
  readonly fromUs: number;
  readonly endUs: number;
}

function measure(
  args: readonly string[],
  windows: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const found = recoveryOf(args, windows, history, facts);
  if (typeof found === 'string') return { value: null, samples: 0, because: found };
  const { afterUs, samples } = found;
  const because = recoveryText(found);
  if (afterUs < Infinity) return { value: afterUs / 1000, samples, because };
  return { value: Infinity, samples, because: `${because}${feeds(found, facts)}` };
}

/** `100% ended ok before, and so again from 34.000s on`. */
export function recoveryText({ before, atEnd, afterUs, fromUs }: Recovery): string {
  const was = `${formatRatio(before)} ended ok before`;
  return afterUs < Infinity
    ? `${was}, and so again from ${formatMomentUs(fromUs + afterUs)} on`
    : `${was}, ${formatRatio(atEnd)} at the end`;
}

/** A sentence where nothing can be said. */
export function recoveryOf(
  args: readonly string[],
  windows: readonly Window[],
  history: History,
  facts: Facts,
): Recovery | string {
  const first = windows[0];
  const last = windows[windows.length - 1];
  const struckUs = facts.faults.reduce(
    (least, { injectedAtUs }) => Math.min(least, injectedAtUs ?? Infinity),
    Infinity,
  );
  if (first === undefined || last === undefined || first.fromUs <= struckUs) {
    return 'a recovery is measured `after` a fault';
  }
  const times = { struckUs, fromUs: first.fromUs, endUs: last.untilUs };
  const scope = new Scope(args, windows, facts);
  const { before, steps } = stretches(history, times, facts, (one) => scope.includes(one, 0));
  if (before.asked === 0 || before.ok === 0) return 'nothing was answered before the fault';
  return recovered(before, steps, times);
}

interface Before extends Stretch {
  /** Of those asked, how many in the second half of the time, and how long that is. */
  lately: number;
  readonly halfSeconds: number;
}

type Times = Pick<Recovery, 'struckUs' | 'fromUs' | 'endUs'>;

/** Operations invoked before the first fault, and in each second after the last. */
function stretches(
  history: History,
  { struckUs, fromUs, endUs }: Times,
  facts: Facts,
  isMeant: (operation: Operation) => boolean,
): { readonly before: Before; readonly steps: readonly Stretch[] } {
  const patienceUs = Math.max(0, ...facts.loads.map(({ timeoutUs }) => finite(timeoutUs)));
  // The last of them before the fault may have been struck by it.
  const calmUs = struckUs - patienceUs;
  const before = { asked: 0, ok: 0, lately: 0, halfSeconds: Math.max(0, calmUs) / 2e6 };
  const steps = Array.from({ length: Math.floor((endUs - fromUs) / STEP_US) }, () => ({
    asked: 0,
    ok: 0,
  }));
  for (const operation of history) {
    const { invokedAtUs, outcome, recorded } = operation;
    if (recorded === true || !isMeant(operation)) continue;
    const isBefore = invokedAtUs < calmUs;
    const stretch = isBefore ? before : steps[Math.floor((invokedAtUs - fromUs) / STEP_US)];
    if (stretch === undefined || (!isBefore && invokedAtUs < fromUs)) continue;
    stretch.asked++;
    if (isBefore && invokedAtUs >= calmUs / 2) before.lately++;
    if (outcome === 'ok') stretch.ok++;
  }
  return { before, steps };
}

function recovered(before: Before, steps: readonly Stretch[], times: Times): Recovery | string {
  const normal = before.ok / before.asked;
  const spans = SPAN_US / STEP_US;
  const shares = steps.slice(0, Math.max(0, steps.length - spans + 1)).map((_, i) => {
    const span = steps.slice(i, i + spans);
    const asked = sumOf(span, 'asked');
    return asked === 0 ? 1 : sumOf(span, 'ok') / asked;
  });
  if (shares.length === 0) return 'less than 5 s are left after the fault';
  const lastBad = shares.reduce((at, share, i) => (share < WELL * normal ? i : at), -1);
  const late = steps.slice(Math.floor(steps.length / 2));
  return {
    ...times,
    before: normal,
    atEnd: shares[shares.length - 1] as number,
    afterUs: lastBad < shares.length - 1 ? (lastBad + 1) * STEP_US : Infinity,
    askedBefore: before.lately / before.halfSeconds,
    askedAfter: (sumOf(late, 'asked') * 1e6) / (late.length * STEP_US),
    samples: sumOf(steps, 'asked'),
  };
}

function sumOf(steps: readonly Stretch[], field: keyof Stretch): number {
  return steps.reduce((sum, one) => sum + one[field], 0);
}

/** What happened much more often at the end than before the fault: what feeds the failure. */
function feeds(times: Times, facts: Facts): string {
  const grown = grownCounts(times, facts)
    .slice(0, 3)
    .map(({ name, before, after }) => {
      return `${name} ${formatCount(Math.round(before))} → ${formatCount(Math.round(after))}/s`;
    });
  return grown.length === 0 ? '' : `; what grew: ${grown.join(', ')}`;
}

export interface Grown {
  readonly name: string;
  /** Per second before the first fault, and in the last 5 s. */
  readonly before: number;
  readonly after: number;
}

/** Counts that are half as large again at the end as before the fault, the largest first. */
export function grownCounts({ struckUs, endUs }: Times, facts: Facts): readonly Grown[] {
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
  return [...rates]
    .filter(([, { before, after }]) => after > 1.5 * before && after >= 1)
    .map(([name, rate]) => ({ name, ...rate }))
    .sort((a, b) => b.after - a.after || (a.name < b.name ? -1 : 1));
}

/** How often something happened; null for a measure that tells levels, times or sizes. */
function happenings(series: MeasuredSeries, fromUs: number, untilUs: number): number | null {
  const end = firstAt(series, untilUs);
  const begin = firstAt(series, fromUs);
  for (let i = begin; i < end; i++) if (series.values[i] !== 1) return null;
  return end - begin;
}

function finite(us: number): number {
  return us === Infinity ? 0 : us;
}

export default recovery;
