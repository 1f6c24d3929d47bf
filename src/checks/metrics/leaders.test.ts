/** Leaders as a whole run shows them. */
import { expect, test } from 'vitest';
import { runLaidOver } from '../../../test/support/laid-over.ts';

const file = 'scenarios/partition.yaml';

/** In ms, while the fault of this name holds. */
async function longest(fault: string, ...sets: string[]): Promise<number> {
  const asks = `expect=[longest leaderless(kv) < 1m during ${fault}]`;
  const { judged } = await runLaidOver({ file, sets: [asks, ...sets], seed: '1' });
  return judged[0]?.number?.value ?? Number.NaN;
}

test('a leader that does not know that it is cut off with a minority leads nobody', async () => {
  const knows = await longest('partition');
  const believes = await longest('partition', 'nodes.kv.check-quorum=false');
  // Until the others have elected one of theirs.
  for (const ms of [knows, believes]) expect(ms).toBeGreaterThan(150);
  expect(believes).toBeLessThan(1000);
});

test('one that hears nobody leads nobody, though all hear it', async () => {
  const deaf = '{ at: 10s, for: 2s, one-way: { of: kv, nodes: leader, direction: in } }';
  const ms = await longest('one-way', `faults=[${deaf}]`, 'nodes.kv.check-quorum=false');
  // Its heartbeats keep the others from electing another.
  expect(ms).toBe(2000);
});
