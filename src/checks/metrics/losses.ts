/**
 * What a disaster costs: how many acknowledged writes are gone, how much time they cover (the
 * recovery point), and how long nobody could write (the recovery time).
 */
import type { History, Operation } from '../../sim/history.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import type { CertainWrite } from '../findings/certain-writes.ts';
import { partsOf } from '../findings/parts.ts';
import { judgedBy } from '../judged-loads.ts';
import noLostWrites from '../no-lost-writes/index.ts';
import { lostWrites } from '../no-lost-writes/no-lost-writes.ts';
import { singleOperations } from '../no-lost-writes/single-operations.ts';
import { ofScope, Scope, scopeNames } from './parts/scope.ts';
import { disjoint, windowAt } from './parts/windows.ts';

const LOST =
  'Arguments: a side, node, group, load or operation. Of writes that were acknowledged in the window, ' +
  'those that no final read shows, as `no-lost-writes` has it.';

const losses: readonly Metric[] = [
  {
    name: 'lost writes',
    summary: 'How many acknowledged writes are missing at the end.',
    unit: 'count',
    doc: LOST,
    overTime: false,
    accepts: scopeNames,
    measure: (args, windows, history, facts) => {
      const { lost, judged, unknown } = lostIn(args, windows, history, facts);
      if (unknown !== null) return nothing(unknown);
      const because = `${becauseOf(lost)} of ${formatCount(judged)} acknowledged`;
      return { value: lost.length, samples: judged, because };
    },
  },
  {
    name: 'rpo',
    summary:
      'The recovery point: how long a stretch the acknowledged writes are from that are gone.',
    unit: 'ms',
    doc: `${LOST} From the acknowledgement of the oldest of them to that of the newest; 0 if none is gone.`,
    overTime: false,
    accepts: scopeNames,
    measure: (args, windows, history, facts) => {
      const { lost, judged, unknown } = lostIn(args, windows, history, facts);
      if (unknown !== null) return nothing(unknown);
      const times = lost.map(({ byUs }) => byUs);
      const spanUs = lost.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
      return { value: spanUs / 1000, samples: judged, because: becauseOf(lost) };
    },
  },
  {
    name: 'rto',
    summary: 'The recovery time: how long until a write is acknowledged again.',
    unit: 'ms',
    doc:
      'Arguments: a side, node, group, load or operation. Of each window, as `during crash`: from its ' +
      'start to the first acknowledgement of a write that was invoked in it or later; the longest. ∞ ' +
      'if there is none.',
    overTime: false,
    accepts: scopeNames,
    measure: recoveryTime,
  },
];

function lostIn(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
): {
  readonly lost: readonly CertainWrite[];
  readonly judged: number;
  readonly unknown: string | null;
} {
  const windows = disjoint(given);
  const scope = new Scope(args, windows, facts);
  const { operations, objectOf } = judgedBy(noLostWrites, history, facts);
  const known = operations.filter(({ recorded }) => recorded !== true);
  const parts = partsOf(singleOperations(known), objectOf);
  const { lost, judged, unread } = lostWrites(parts);
  const inScope = lost.filter(({ write, byUs }) => {
    const w = windowAt(windows, byUs);
    return w !== -1 && scope.includes(write, w);
  });
  const unknown = judged === 0 ? 'no write was acknowledged' : unread;
  return { lost: inScope, judged, unknown };
}

function becauseOf(lost: readonly CertainWrite[]): string {
  if (lost.length === 0) return 'none';
  const oldest = lost.reduce((a, b) => (b.byUs < a.byUs ? b : a));
  const newest = lost.reduce((a, b) => (b.byUs > a.byUs ? b : a));
  const first = `the oldest #${oldest.write.index} at ${formatMomentUs(oldest.byUs)}`;
  if (oldest === newest) return first;
  return `${first}, the newest #${newest.write.index} at ${formatMomentUs(newest.byUs)}`;
}

function recoveryTime(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const windows = disjoint(given);
  const writing = new Set(
    facts.loads.flatMap(({ name, asks }) =>
      Object.entries(asks.requests).flatMap(([type, { writes }]) =>
        writes === true ? [`${name} ${type}`] : [],
      ),
    ),
  );
  const scope = new Scope(args, windows, facts);
  const firstUs = windows.map(() => Infinity);
  const firstOf: (Operation | null)[] = windows.map(() => null);
  for (const operation of history) {
    if (operation.outcome !== 'ok' || operation.recorded === true) continue;
    if (!writing.has(`${operation.load} ${operation.f}`)) continue;
    windows.forEach(({ fromUs }, w) => {
      if (operation.invokedAtUs < fromUs || !scope.includes(operation, w)) return;
      if (operation.completedAtUs >= (firstUs[w] ?? 0)) return;
      firstUs[w] = operation.completedAtUs;
      firstOf[w] = operation;
    });
  }
  const times = windows.map(({ fromUs }, w) => (firstUs[w] ?? Infinity) - fromUs);
  const longest = times.reduce((at, time, w) => (time > (times[at] ?? 0) ? w : at), 0);
  const window = windows[longest];
  if (window === undefined || writing.size === 0) return nothing('nobody wrote');
  const us = times[longest] ?? Infinity;
  const since = `since ${formatMomentUs(window.fromUs)}`;
  const found = firstOf[longest];
  const because = found
    ? `#${found.index} was acknowledged ${formatDurationUs(us)} after ${formatMomentUs(window.fromUs)}`
    : `no write was acknowledged${ofScope(args)} ${since}`;
  return { value: us === Infinity ? Infinity : us / 1000, samples: windows.length, because };
}

function nothing(because: string): Measurement {
  return { value: null, samples: 0, because };
}

export default losses;
