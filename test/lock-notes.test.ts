// Every kind that gives locks says so by the same notes: `holds` and `lets go`.
import { expect, test } from 'vitest';
import { runLaidOver } from './support/laid-over.ts';

const workers =
  'clients={ w: { workload: lock, target: locks, count: 3, pace: closed, think: 10ms, work: 100ms, wait: 3s, timeout: 5s } }';

test.each([
  ['consensus/lease-server', []],
  ['consensus/redlock', []],
  ['time/lamport-mutex', []],
  ['consensus/lock-service', ['nodes.locks.preset=etcd', workers]],
])('%s', { timeout: 30_000 }, async (kind, more) => {
  const file = `src/nodes/${kind}/example.yaml`;
  const sets = ['faults=[]', 'duration=6s', 'expect=[holders at once = 1]', ...more];
  const { facts } = await runLaidOver({ file, sets });
  const told = facts.notes.flatMap(({ label, detail }) =>
    label === 'holds' || label === 'lets go' ? [{ label, key: detail?.['key'] }] : [],
  );
  expect(told.length).toBeGreaterThan(10);
  // Nobody is lost: each lock is taken and given back in turn.
  for (const one of new Set(told.map(({ key }) => key))) {
    const turns = told.filter(({ key }) => key === one);
    expect(turns.map(({ label }) => label)).toEqual(
      turns.map((_, i) => (i % 2 === 0 ? 'holds' : 'lets go')),
    );
  }
});
