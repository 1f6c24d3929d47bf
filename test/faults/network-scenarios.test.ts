// Network faults as scenarios write them: read from a file, run, and told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import cut from '../../src/faults/cut.ts';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { TraceEvent } from '../../src/sim/trace.ts';

type Routed = Extract<TraceEvent, { readonly id: number }>;

/** Events of messages, of one type. */
function routed(events: readonly TraceEvent[], type: Routed['type']): readonly Routed[] {
  return events.filter((event): event is Routed => event.type === type);
}

const whyOf = (event: Routed) => (event.type === 'drop' ? event.why : null);

/** Runs a scenario of these lines; every event, and the result. */
async function run(...lines: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'dsim-network-'));
  try {
    writeFileSync(join(cwd, 'scenario.yaml'), lines.join('\n'));
    const { scenario, diagnostics } = await loadScenario('scenario.yaml', { cwd });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const events: TraceEvent[] = [];
    if (scenario === null) throw new Error('no scenario');
    const sink = { event: (event: TraceEvent) => void events.push(event) };
    return { events, result: simulate(scenario, { sink }) };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

const base = [
  'duration: 4s',
  'nodes:',
  '  kv: { kind: raft, count: 5, region: [eu, eu, us, us, asia] }',
  'clients:',
  '  load: { workload: register, target: kv, per-node: 1, rate: 200/s, timeout: 200ms }',
];

test('a partition by region cuts exactly the links between the regions', async () => {
  const { events, result } = await run(
    ...base,
    'faults:',
    '  - { at: 1s, for: 2s, partition: { of: kv, regions: [[eu], [us, asia]] } }',
    'expect:',
    '  - linearizable',
    '  - felt partition',
    '  - availability(minority) <= 5% during partition',
  );
  expect(result.judged.map(({ state }) => state)).toEqual(['held', 'held', 'held']);
  const inEurope = (node: string) => node === 'kv-1' || node === 'kv-2';
  const between = events.filter(
    (event) => 'from' in event && [event.from, event.to].every((node) => node.startsWith('kv-')),
  ) as Extract<TraceEvent, { from: string }>[];
  const apart = ({ atUs }: TraceEvent) => atUs >= 1_000_000 && atUs < 3_000_000;
  for (const event of between.filter(apart)) {
    const crosses = inEurope(event.from) !== inEurope(event.to);
    if (event.type === 'deliver') expect(crosses).toBe(false);
    if (event.type === 'drop') expect([event.why, crosses]).toEqual(['partition', true]);
  }
  expect(between.filter(({ type }) => type === 'drop').every(apart)).toBe(true);
  expect(result.cap?.letters).toBe('C');
});

test('a message named by its link, type and number is lost, and no other', async () => {
  const fault = 'message: { from: load-1, to: kv, type: write, number: 2 }';
  const { events, result } = await run(...base, 'faults:', `  - ${fault}`, 'expect: [felt]');
  const writes = routed(events, 'send').filter(
    ({ from, to, kind }) => from === 'load-1' && to === 'kv-1' && kind === 'write',
  );
  const drops = routed(events, 'drop');
  expect(drops.map((drop) => [drop.id, whyOf(drop)])).toEqual([[writes[1]?.id, 'script']]);
  expect(result.facts.faults[0]).toMatchObject({
    label: 'drop load-1→kv-1 kv-2 kv-3 kv-4 kv-5 write #2',
    injectedAtUs: 0,
    felt: { messagesDropped: 1 },
  });
  expect(result.judged[0]?.state).toBe('held');
});

test('a bridge, a ring and one direction give no letter of CAP, a partition does', async () => {
  const strike = (fault: string) => `  - { at: 1s, for: 2s, may-miss: true, ${fault} }`;
  const faults = (fault: string) => [...base, 'faults:', strike(fault)];
  for (const fault of ['bridge: one', 'majorities-ring: {}', 'one-way: leader', 'flapping: one']) {
    const { result } = await run(...faults(fault), 'expect: [linearizable]');
    expect([fault, result.cap, result.state]).toEqual([fault, null, 'held']);
  }
  const { result } = await run(...faults('partition: { halves: true }'), 'expect: [linearizable]');
  expect(result.cap).not.toBeNull();
});

test('a whole network of connections, narrow and noisy, is used', async () => {
  const { events, result } = await run(
    ...base,
    'network: { latency: 1ms..5ms, jitter: 0ms..5ms, loss: 1%, transport: connection, bandwidth: 1MiB/s }',
    'faults:',
    '  - { at: 1s, for: 1s, partition: { of: kv, isolate: leader } }',
    '  - { at: 2.5s, reset: all }',
    'expect: [linearizable, felt]',
  );
  expect(result.judged.map(({ state }) => state)).toEqual(['held', 'held']);
  const whys = events.flatMap((event) => (event.type === 'drop' ? [event.why] : []));
  expect(new Set(whys)).toEqual(new Set(['partition', 'reset']));
  const last = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'deliver' || event.from === event.to) continue;
    const link = `${event.from}→${event.to}`;
    expect(event.id).toBeGreaterThan(last.get(link) ?? 0);
    last.set(link, event.id);
  }
});

test('a cut takes exactly the links that it lists, both ways or one', async () => {
  const { events, result } = await run(
    ...base,
    'faults:',
    '  - { at: 1s, for: 2s, cut: { links: [[kv-1, [kv-2, kv-3]], [kv-5, kv-4]], one-way: [[kv-4, kv-1]] } }',
    'expect: [felt]',
  );
  expect(result.facts.faults[0]?.label).toBe('kv-1 ↔ kv-2, kv-1 ↔ kv-3, kv-5 ↔ kv-4, kv-4 → kv-1');
  const cut = new Set(['kv-1→kv-2', 'kv-1→kv-3', 'kv-2→kv-1', 'kv-3→kv-1']);
  for (const link of ['kv-4→kv-5', 'kv-5→kv-4', 'kv-4→kv-1']) cut.add(link);
  const during = routed(events, 'deliver').filter(
    ({ atUs, from, to }) => atUs > 1_000_000 && atUs < 3_000_000 && from !== to,
  );
  const delivered = new Set(during.map(({ from, to }) => `${from}→${to}`));
  const dropped = new Set(routed(events, 'drop').map(({ from, to }) => `${from}→${to}`));
  expect([...delivered].filter((link) => cut.has(link))).toEqual([]);
  expect([...dropped].filter((link) => !cut.has(link))).toEqual([]);
  expect(dropped.size).toBeGreaterThan(0);
  expect(result.judged[0]?.state).toBe('held');
});

test.each([
  [{ links: [], 'one-way': [] }, 'cut needs a link, such as `[[kv-1, kv-2]]`'],
  [{ links: [['kv-1', 'kv-2', 'kv-3']], 'one-way': [] }, 'cut: a link has two ends, not 3'],
  [{ links: [['kv-1', 'kv-2']], 'one-way': [['kv-3']] }, 'cut: a link has two ends, not 1'],
  [{ links: [], 'one-way': [['kv-1', 'kv-2']] }, null],
])('a cut of %j is refused: %s', (given, why) => {
  expect(cut.refuse?.(given, 5)).toBe(why);
});

test('a group over real connections survives cuts, resets and crashes', async () => {
  const { events, result } = await run(
    ...base,
    'network: { latency: 1ms..5ms, loss: 1%, connection: { tcp: 1, tls: 1, break-after: 400ms, idle: 1s, max-age: 2s } }',
    'faults:',
    '  - { at: 1s, for: 300ms, partition: { of: kv, isolate: leader } }',
    '  - { at: 1.6s, for: 700ms, partition: { of: kv, isolate: leader } }',
    '  - { at: 2.5s, reset: all }',
    '  - { at: 3s, for: 300ms, crash: leader }',
    'expect: [linearizable, felt, live]',
  );
  expect(result.judged.map(({ state }) => state)).toEqual(['held', 'held', 'held']);
  // Nothing comes twice, and nothing overtakes: numbers only rise on each link.
  const last = new Map<string, number>();
  for (const event of routed(events, 'deliver')) {
    if (event.from === event.to) continue;
    const link = `${event.from}→${event.to}`;
    expect(event.id).toBeGreaterThan(last.get(link) ?? 0);
    last.set(link, event.id);
  }
});
