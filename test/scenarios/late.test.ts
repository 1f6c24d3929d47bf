// A message that a fault made late says so where it arrives: exactly those that the fault counted.
import { expect, test } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { TraceEvent } from '../../src/sim/trace.ts';

async function lateOf(faults: string, ...sets: readonly string[]) {
  const { scenario, diagnostics } = await loadScenario('scenarios/partition.yaml', {
    cwd: process.cwd(),
    sets: ['duration=4s', 'expect=[linearizable]', `faults=${faults}`, ...sets],
  });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (scenario === null) throw new Error('the scenario has errors');
  const late = new Map<number, string>();
  let arrived = 0;
  const sink = {
    event(event: TraceEvent) {
      if (event.type !== 'deliver') return;
      arrived++;
      if (event.late !== undefined) late.set(event.id, event.late);
    },
  };
  const { facts } = simulate(scenario, { sink });
  const counted = facts.faults.map(({ name, felt }) => [name, felt.messagesDelayed] as const);
  const names = [...late.values()];
  return {
    arrived,
    counted: Object.fromEntries(counted),
    found: Object.fromEntries(
      counted.map(([name]) => [name, names.filter((each) => each === name).length]),
    ),
  };
}

test('on links without a connection, of each of two faults', async () => {
  const faults =
    '[{ at: 1s, for: 1s, name: slow, latency: 30ms }, { at: 2500ms, for: 1s, name: shaky, jitter: 0ms..20ms }]';
  const { arrived, counted, found } = await lateOf(faults, 'network.loss=0%');
  expect(found).toEqual(counted);
  expect(found['slow']).toBeGreaterThan(100);
  expect(found['shaky']).toBeGreaterThan(100);
  expect(arrived).toBeGreaterThan((found['slow'] ?? 0) + (found['shaky'] ?? 0) + 1000);
});

test('on connections, what is sent again after a loss is late by it', async () => {
  const faults = '[{ at: 1s, for: 1s, name: lossy, loss: 10% }]';
  const { counted, found } = await lateOf(
    faults,
    'network.loss=0%',
    'network.transport=connection',
  );
  expect(found).toEqual(counted);
  expect(found['lossy']).toBeGreaterThan(20);
});

test('a fault that delays one message is to blame for that one', async () => {
  let delayed = 0;
  const message = '{ from: kv-1, to: kv-2, type: appendEntries, action: delay, by: 5ms, count: 2 }';
  for (const from of ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5']) {
    const faults = `[{ at: 0s, name: single, may-miss: true, message: ${message.replace('kv-1', from).replace('to: kv-2', from === 'kv-2' ? 'to: kv-1' : 'to: kv-2')} }]`;
    const { counted, found } = await lateOf(faults, 'network.loss=0%');
    expect(found).toEqual(counted);
    delayed += found['single'] ?? 0;
  }
  // Only the leader sends them.
  expect(delayed).toBe(2);
});
