/** Latency: how long operations took until they were answered, as their clients saw it. */
import type { History, Operation } from '../../sim/history.ts';
import { nearestRank } from '../../sim/nearest-rank.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { latencyOfUs } from './parts/request.ts';
import { ofScope, Scope, scopeNames } from './parts/scope.ts';
import { disjoint, WindowCursor } from './parts/windows.ts';

const doc =
  'Arguments: a side, node, group, load or operation. In ms, from invocation to answer, of ' +
  'operations that were invoked in the window; what an answer is, `availability` says. One that ' +
  'was refused, or that its client gave up, counts in quantiles as slower than any answer, `∞`; `mean` and `max` are of answers. Deliveries ' +
  'that a client only took down do not count, nor what was under way when the run ended. ' +
  'Quantiles are by nearest rank: a latency that some operation had.';

/** `p50` to `p99.9`: nearest rank. */
function quantileMetric(percent: number): Metric {
  return metric(
    `p${percent}`,
    `The latency within which ${percent}% of the operations ended; one without an answer counts as slower than any.`,
    (latencies) => nearestRank(latencies, percent / 100),
  );
}

const mean = metric('mean', 'The mean latency of the answers.', (latencies) => {
  const answered = latencies.filter((latency) => latency < Infinity);
  return answered.reduce((sum, latency) => sum + latency, 0) / answered.length;
});

const max = metric('max', 'The latency of the slowest answer.', (latencies) =>
  nearestRank(
    latencies.filter((latency) => latency < Infinity),
    1,
  ),
);

const latencies: readonly Metric[] = [...[50, 90, 95, 99, 99.9].map(quantileMetric), mean, max];

function metric(name: string, summary: string, of: (latencies: Float64Array) => number): Metric {
  return {
    name,
    summary,
    unit: 'ms',
    doc,
    accepts: scopeNames,
    measure: (args, windows, history, facts) => measure(args, windows, history, facts, of),
  };
}

function measure(
  args: readonly string[],
  given: readonly Window[],
  history: History,
  facts: Facts,
  of: (latencies: Float64Array) => number,
): Measurement {
  const windows = disjoint(given);
  const scope = new Scope(args, windows, facts);
  const cursor = new WindowCursor(windows);
  const found: number[] = [];
  let slowest: Operation | null = null;
  let slowestUs = -1;
  let unanswered = 0;
  let first: Operation | null = null;
  for (const operation of history) {
    const w = cursor.find(operation.invokedAtUs);
    if (w === -1 || !scope.includes(operation, w)) continue;
    const latencyUs = latencyOfUs(operation);
    if (latencyUs === null) continue;
    found.push(latencyUs);
    if (latencyUs === Infinity) {
      unanswered++;
      first ??= operation;
    } else if (latencyUs > slowestUs) {
      slowestUs = latencyUs;
      slowest = operation;
    }
  }
  const value = found.length === 0 ? Number.NaN : of(Float64Array.from(found)) / 1000;
  // Of no operation there is no latency, and of no answer neither mean nor most.
  if (Number.isNaN(value)) {
    const because = `no operation${ofScope(args)} invoked in the window was answered`;
    return { value: null, samples: 0, because };
  }
  const because = [
    `${formatCount(found.length)} operations`,
    first === null ? null : missing(unanswered, first),
    slowest === null ? null : `slowest answer: ${place(slowest)}, ${formatDurationUs(slowestUs)}`,
  ];
  return {
    value,
    samples: found.length,
    because: because.filter((part) => part !== null).join(', '),
  };
}

function missing(count: number, first: Operation): string {
  const how = first.error === null ? '' : `: ${first.error}`;
  return `${formatCount(count)} without an answer, the first ${place(first)}${how}`;
}

const place = ({ index, invokedAtUs }: Operation) => `#${index} at ${formatMomentUs(invokedAtUs)}`;

export default latencies;
