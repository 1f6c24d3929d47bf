/** Runs of a battery write no rows: that changes nothing of what is measured. */
import { expect, test } from 'vitest';
import { loadLaidOver } from '../../../test/support/laid-over.ts';
import { observe } from '../simulate.ts';

test('a run without rows leaves the history and the facts of one with rows', async () => {
  const scenario = await loadLaidOver({
    file: 'scenarios/partition.yaml',
    sets: ['duration=6s', 'faults=[{ at: 3s, for: 2s, partition: { of: kv, isolate: leader } }]'],
  });
  const [with_, without] = [observe(scenario), observe(scenario, { traceOff: true })];
  expect(with_.history.length).toBeGreaterThan(300);
  expect(without).toEqual(with_);
});
