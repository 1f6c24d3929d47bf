/** Latency: how long the operations that ended ok took, as their clients saw it. */
import type { History, Operation } from '../../sim/history.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { nearestRank } from './parts/nearest-rank.ts';
import { ofScope, Scope, scopeNames } from './parts/scope.ts';
import { disjoint, WindowCursor } from './parts/windows.ts';

const doc =
  'Arguments: a side, node, group, load or operation. In ms, from invocation to answer, of ' +
  'operations that ended ok and were invoked in the window. Those that failed or timed out are ' +
  'not in it, nor are deliveries that a client only took down: read it together with availability. Quantiles are by nearest rank: a latency that ' +
  'some operation had.';

/** `p50` to `p99.9`: nearest rank. */
function quantileMetric(percent: number): Metric {
  return metric(
    `p${percent}`,
    `The latency that ${percent} % of the operations that ended ok did not exceed.`,
    (latencies) => nearestRank(latencies, percent / 100),
  );
}

const mean = metric('mean', 'The mean latency of operations that ended ok.', (latencies) => {
  let sum = 0;
  for (const latency of latencies) sum += latency;
  return sum / latencies.length;
});

const max = metric('max', 'The latency of the slowest operation that ended ok.', (latencies) =>
  nearestRank(latencies, 1),
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
  for (const operation of history) {
    const w = cursor.find(operation.invokedAtUs);
    if (w === -1 || operation.outcome !== 'ok' || !scope.includes(operation, w)) continue;
    if (operation.recorded === true) continue;
    const latencyUs = operation.completedAtUs - operation.invokedAtUs;
    found.push(latencyUs);
    if (latencyUs > slowestUs) {
      slowestUs = latencyUs;
      slowest = operation;
    }
  }
  if (slowest === null) {
    const because = `no operation${ofScope(args)} invoked in the window ended ok`;
    return { value: null, samples: 0, because };
  }
  const { index, invokedAtUs } = slowest;
  const worst = `#${index} at ${formatMomentUs(invokedAtUs)}, ${formatDurationUs(slowestUs)}`;
  const because = `${formatCount(found.length)} operations, slowest: ${worst}`;
  return { value: of(Float64Array.from(found)) / 1000, samples: found.length, because };
}

export default latencies;
