/** Why a metric is violated, over histories drawn by hand. */
import { expect, test } from 'vitest';
import { buildFacts, buildOperation, buildScenario } from '../../../test/support/result.ts';
import { metrics } from '../../checks/metrics/index.ts';
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

function broken(name: string, args: readonly string[] = []) {
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
    buildScenario(),
    history,
    buildFacts({ durationUs: 20_000_000, faults: [] }),
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

test('of nodes that the expectation names, only those are told', () => {
  expect(broken('availability', ['kv-1']).places).toEqual([]);
  expect(broken('availability', ['kv-1']).failed).toBe(0);
  expect(broken('availability', ['kv']).places).toHaveLength(2);
});

test('a metric that is not about requests has no errors', () => {
  expect(broken('leaders').errors).toEqual([]);
});
