/** The holder's half of the lock workload: what an answer that comes late is worth. */
import { expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../test/support/laid-over.ts';

const file = 'src/nodes/consensus/lock-service/example.yaml';
const late = (more: string) => [
  'nodes.locks.preset=etcd',
  `clients.reader={ workload: lock, target: locks, count: 6, keys: 1, pace: closed, think: 10ms, work: 1s, wait: 8s, lease: 2s, timeout: 30s, ${more} }`,
  'faults=[{ at: 5s, every: 5s, for: 3s, latency: { nodes: reader, to: locks, extra: 3s } }]',
  'duration=20s',
  'expect=[mutual-exclusion]',
];

test('who has waited for longer than its lease has won nothing, and gives it back', async () => {
  // Short: who gets the lock after the run releases it no more.
  const result = await runLaidOver({ file, sets: [...late('renew: 0'), 'settle=1s'] });
  expect(violatedIn(result)).toEqual([]);
  const acquires = result.history.filter(({ f }) => f === 'acquire');
  expect(acquires.filter(({ error }) => error === 'lease-over').length).toBeGreaterThan(3);
  expect(acquires.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(3);
});

test('who renews asks first whether its lease still lives', async () => {
  const result = await runLaidOver({ file, sets: late('renew: 33%') });
  expect(violatedIn(result)).toEqual([]);
  const waited = result.history.filter(
    ({ f, outcome, invokedAtUs, completedAtUs }) =>
      f === 'acquire' && outcome === 'ok' && (completedAtUs as number) - invokedAtUs > 2e6,
  );
  expect(waited.length).toBeGreaterThan(3);
});
