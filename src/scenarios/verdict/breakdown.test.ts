/** Why a metric is violated, over histories drawn by hand. */
import { expect, test } from 'vitest';
import { buildFacts, buildOperation, buildScenario } from '../../../test/support/result.ts';
import { metrics } from '../../checks/metrics/index.ts';
import type { MeasuredSeries, MeasureTable } from '../../sim/measure.ts';
import { NOTHING_MEASURED } from '../../sim/measure.ts';
import type { GroupSpec } from '../scenario.ts';
import { breakdownOf } from './breakdown.ts';

const windows = [{ fromUs: 0, untilUs: 20_000_000 }];

/** 100 requests at each of two nodes; those of kv-2 in the second from 10 s on time out. */
const history = Array.from({ length: 200 }, (_, i) => {
  const node = i % 2 === 0 ? 'kv-1' : 'kv-2';
  const invokedAtUs = i * 100_000;
  const fails = node === 'kv-2' && invokedAtUs >= 10_000_000 && invokedAtUs < 11_000_000;
  return buildOperation({
    index: i,
    node,
    invokedAtUs,
    completedAtUs: fails ? Infinity : invokedAtUs + 1000,
    endedAtUs: invokedAtUs + (fails ? 300_000 : 1000),
    outcome: fails ? 'info' : 'ok',
    error: fails ? 'timeout' : null,
  });
});

function broken(
  name: string,
  args: readonly string[] = [],
  scenario = buildScenario(),
  measured = NOTHING_MEASURED,
) {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(name);
  const comparison = name === 'availability' ? '>=' : '<=';
  return breakdownOf(
    {
      kind: 'metric',
      position: null,
      text: name,
      metric,
      args,
      comparison,
      value: 1,
      window: { when: 'run', of: null },
    },
    windows,
    scenario,
    history,
    buildFacts({ durationUs: 20_000_000, faults: [], measured }),
  );
}

test('the worst node comes first, the error says how many and where, and the stretch is short', () => {
  const { places, errors, failed, worst } = broken('availability');
  expect(places.map(({ node }) => node)).toEqual(['kv-2', 'kv-1']);
  expect(errors).toEqual([{ error: 'timeout', count: 5, node: 'kv-2', atNode: 5 }]);
  expect(failed).toBe(5);
  expect(worst).toEqual({ fromUs: 10_000_000, untilUs: 11_000_000, count: 5 });
});

test('a latency is worst where it is highest', () => {
  expect(broken('p99').places.map(({ node, measured }) => [node, measured])).toEqual([
    ['kv-2', '∞'],
    ['kv-1', '1ms'],
  ]);
});

test('of nodes that the expectation names, only those are shown', () => {
  expect(broken('availability', ['kv-1']).places).toEqual([]);
  expect(broken('availability', ['kv-1']).failed).toBe(0);
  expect(broken('availability', ['kv']).places).toHaveLength(2);
});

test('a metric that is not about requests has no errors', () => {
  expect(broken('leaders').errors).toEqual([]);
});

test('a node stands out that measured three times as much as any other of its kind', () => {
  const [group] = buildScenario().groups as readonly [GroupSpec];
  const measures: MeasureTable = {
    queued: { sort: 'gauge', unit: 'count', doc: 'Waiting.' },
    served: { sort: 'count', doc: 'Served.' },
  };
  const scenario = buildScenario({ groups: [{ ...group, system: { ...group.system, measures } }] });
  const series = (name: string, most: number) =>
    group.nodes.map((node, i): MeasuredSeries => {
      const values = Float64Array.of(i === 1 ? most : 2, Number.NaN);
      return { node, name, of: null, length: 2, timesUs: Float64Array.of(1, 2), values };
    });
  const measured = {
    ...NOTHING_MEASURED,
    series: [...series('queued', 6), ...series('served', 5)],
  };
  expect(broken('availability', [], scenario, measured).outliers).toEqual([
    { node: 'kv-2', measure: 'queued', measured: '6', others: '2' },
  ]);
});
