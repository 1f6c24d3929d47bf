/** How wrong clocks are that were asked for the time, against the true time of the simulation. */
import timestamp from '../../interfaces/timestamp.ts';
import type { History } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { formatMomentUs, usToMs } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { judgedBy } from '../judged-loads.ts';
import { intervalIn } from '../true-time/true-time.ts';
import { ofScope, Scope, scopeNames } from './parts/scope.ts';
import { disjoint, WindowCursor } from './parts/windows.ts';

const maxClockError: Metric = {
  name: 'max clock error',
  summary: 'The largest error of a clock at the moment a node read it.',
  unit: 'ms',
  doc: 'Arguments: a side, node, group, load or operation. Of the answers to `now` that are a number of ms, or the middle of an interval; what lies between the invocation and the completion of the call counts as right.',
  accepts: scopeNames,
  measure: (args, windows, history, facts) => measure(args, windows, history, facts),
};

function measure(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
): Measurement {
  const windows = disjoint(given);
  const scope = new Scope(args, windows, facts);
  const cursor = new WindowCursor(windows);
  const { operations } = judgedBy({ judges: [timestamp] }, history, facts);
  let samples = 0;
  let worstUs = -1;
  let because = `no time was answered${ofScope(args)}`;
  for (const operation of operations) {
    const { f, outcome, output, invokedAtUs, completedAtUs, index } = operation;
    const shownUs = timeIn(output);
    if (f !== 'now' || outcome !== 'ok' || shownUs === null) continue;
    const w = cursor.find(invokedAtUs);
    if (w === -1 || !scope.includes(operation, w)) continue;
    samples++;
    const wrongUs = Math.max(0, shownUs - completedAtUs, invokedAtUs - shownUs);
    if (wrongUs <= worstUs) continue;
    worstUs = wrongUs;
    because = `worst: #${index} at ${formatMomentUs(invokedAtUs)}`;
  }
  return { value: samples === 0 ? null : usToMs(worstUs), samples, because };
}

function timeIn(output: Plain): number | null {
  if (typeof output === 'number') return output * 1000;
  const interval = intervalIn(output);
  return interval === null ? null : (interval.fromUs + interval.untilUs) / 2;
}

export default [maxClockError] satisfies readonly Metric[];
