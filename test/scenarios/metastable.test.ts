/**
 * Metastable failures: the ten ways in which a failure feeds itself when its cause is over. Each
 * sticks, is named by its numbers, and goes away when its loop is open; below the load or the
 * length at which it should, it passes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/scenarios/host/load.ts';
import type { Judged } from '../../src/scenarios/result.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import {
  degreeOf,
  loopsOf,
  METASTABLE,
  triggerOf,
} from '../../src/scenarios/verdict/metastable.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-metastable-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function scenarioOf(text: string, ...sets: readonly string[]): Promise<Scenario> {
  const network = text.includes('network:') ? '' : 'network: { latency: 0.5ms }\n';
  writeFileSync(join(folder, 'case.yaml'), `settle: 1s\n${network}${text}`);
  const { scenario, diagnostics } = await loadScenario('case.yaml', { cwd: folder, sets });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  if (scenario === null) throw new Error('it does not load');
  return scenario;
}

/** Its first expectation. */
function verdict(scenario: Scenario): Judged {
  return simulate(scenario).judged[0] as Judged;
}

/** Loops without which it recovers. */
function causes(scenario: Scenario): readonly string[] {
  return loopsOf(scenario)
    .filter((loop) => verdict(loop.scenario).state === 'held')
    .map(({ name }) => name);
}

// A tenth of the database of the paper: good for 30 a second, one retry on time-out.
const retries = `
duration: 90s
nodes:
  db: { kind: server, concurrency: 3, service-time: { exponential: { mean: 100ms } } }
  app: { kind: load-balancer, targets: db, attempts: 1, calls: { db: { timeout: 5s, retry: { attempts: 2, wait: 10ms } } } }
clients:
  load: { workload: request, target: app, count: 4, rate: 22/s, timeout: 11s }
faults:
  - { at: 20s, for: 10s, pause: db }
expect:
  - recovers within 40s after pause
`;

describe('1. retries of what timed out', () => {
  test('above capacity / (1 + retries) they keep it down, and are the cause', async () => {
    const scenario = await scenarioOf(retries);
    const { state, measured, because } = verdict(scenario);
    expect([state, measured]).toEqual(['violated', METASTABLE]);
    expect(because).toMatch(/retries 0% → (4\d|5\d)\.\d\d% of all attempts/);
    expect(because).toMatch(/mean queued\(db\) [\d.]+ → [\d,]{3,}/);
    expect(causes(scenario)).toContain('retries (app to db)');
  });

  test('below it it comes back by itself', async () => {
    expect(verdict(await scenarioOf(retries, 'clients.load.rate=10/s')).state).toBe('held');
  });

  test('the closer to capacity, the smaller is the fault that is enough', async () => {
    const degrees: number[] = [];
    for (const rate of ['18/s', '24/s', '28/s']) {
      const scenario = await scenarioOf(retries, `clients.load.rate=${rate}`, 'faults.0.for=16s');
      const fault = triggerOf(scenario, 'pause');
      expect(fault).not.toBeNull();
      const stuck = (one: Scenario) => verdict(one).measured === METASTABLE;
      expect(stuck(scenario)).toBe(true);
      const { passesUs, sticksUs, ofUs } = degreeOf(
        scenario,
        fault as NonNullable<typeof fault>,
        stuck,
      );
      expect(sticksUs - passesUs).toBeLessThanOrEqual(ofUs / 64);
      degrees.push(sticksUs);
    }
    expect(degrees).toEqual([...degrees].sort((a, b) => b - a));
    expect(degrees[0]).toBeGreaterThan(1.5 * (degrees[2] as number));
  });
});

test('2. a queue longer than patience, without any retry', async () => {
  const scenario = await scenarioOf(`
duration: 60s
nodes:
  web: { kind: server, queue: 200, service-time: { exponential: { mean: 10ms } } }
clients:
  load: { workload: request, target: web, rate: 99/s, timeout: 1s }
faults:
  - { at: 15s, for: 4s, pause: web }
expect:
  - recovers within 20s after pause
`);
  const { measured, because } = verdict(scenario);
  expect(measured).toBe(METASTABLE);
  expect(because).toMatch(/mean queued\(web\) \d+ → 1\d\d/);
  expect(causes(scenario)).toEqual(['old work (web)']);
});

test('3. a cache that only answers in time fill, after it was emptied', async () => {
  const scenario = await scenarioOf(`
duration: 45s
nodes:
  db: { kind: server, service-time: { exponential: { mean: 50ms } } }
  cache: { kind: cache, target: db, capacity: 1000, single-flight: false, calls: { db: { timeout: 500ms } } }
clients:
  load: { workload: request, target: cache, count: 4, keys: 8, timeout: 500ms, shape: { ramp: { from: 5/s, to: 500/s, over: 8s } } }
faults:
  - { at: 20s, for: 1s, crash: cache }
expect:
  - recovers within 20s after crash
`);
  const { measured, because } = verdict(scenario);
  expect(measured).toBe(METASTABLE);
  expect(because).toMatch(/loads [\d.]+% → \d\d/);
  expect(causes(scenario)).toContain('misses (cache)');
});

test('4. a pool that waits for a slow tier, which asks again', async () => {
  const scenario = await scenarioOf(`
duration: 60s
nodes:
  db: { kind: server, concurrency: 4, service-time: { exponential: { mean: 80ms } } }
  app: { kind: server, concurrency: 400, service-time: 1ms, needs: db, calls: { db: { timeout: 1s, retry: { attempts: 3, wait: 5ms } } } }
clients:
  load: { workload: request, target: app, count: 4, rate: 40/s, timeout: 4s }
faults:
  - { at: 20s, for: 5s, pause: db }
expect:
  - recovers within 30s after pause
`);
  expect(verdict(scenario).measured).toBe(METASTABLE);
  expect(causes(scenario)).toEqual(expect.arrayContaining(['retries (app to db)']));
});

describe('5. those that wait make all work slower', () => {
  // Unstable from n = m (mu/r - 1) = 50 (1/0.7 - 1) = 21.4 requests inside on.
  const crowded = `
duration: 90s
nodes:
  web: { kind: server, half-speed-at: 50, service-time: { exponential: { mean: 50ms } } }
clients:
  load: { workload: request, target: web, rate: 14/s, timeout: 5s }
faults:
  - { at: 20s, for: 6s, pause: web }
expect:
  - recovers within 40s after pause
`;

  test('with 84 it never comes back; with 7 it does', async () => {
    const scenario = await scenarioOf(crowded);
    expect(verdict(scenario).measured).toBe(METASTABLE);
    expect(causes(scenario)).toContain('crowding (web)');
    expect(verdict(await scenarioOf(crowded, 'faults.0.for=500ms')).state).toBe('held');
  });
});

test('6. ejection of those that have too much to do', async () => {
  const scenario = await scenarioOf(`
duration: 60s
nodes:
  web: { kind: server, count: 4, queue: 40, service-time: { exponential: { mean: 20ms } } }
  lb: { kind: load-balancer, targets: web, attempts: 1, timeout: 600ms, eject-after: 5, eject-for: 3s }
clients:
  load: { workload: request, target: lb, count: 4, rate: 175/s, timeout: 1s }
faults:
  - { at: 20s, for: 2s, pause: web-1 }
expect:
  - recovers within 20s after pause
`);
  const { measured, because } = verdict(scenario);
  expect([measured, because.includes('ejections 0 →')]).toEqual([METASTABLE, true]);
  expect(causes(scenario)).toContain('ejection (lb)');
});

test('7. a target that fails at once draws the calls that should show that it is well', async () => {
  // Ten probes come at once when all requests do: the last waits 90 ms too long.
  const scenario = await scenarioOf(`
seed: 2
duration: 40s
nodes:
  web: { kind: server, count: 3, queue: 15, service-time: 20ms }
  gate: { kind: breaker, target: web-1, window: { count: 40 }, minimum: 40, probes: 10, probe-rule: all, open-for: 2s, calls: { web-1: { timeout: 370ms } } }
  lb: { kind: load-balancer, targets: [gate, web-2, web-3], algorithm: least-connections }
network:
  latency: 0.2ms
  links:
    - { between: [gate, web-1], latency: 150ms }
    - { between: [lb, [web-2, web-3]], latency: 150ms }
clients:
  load: { workload: request, target: lb, count: 4, rate: 110/s, timeout: 1s }
faults:
  - { at: 15s, for: 2s, pause: web-1 }
expect:
  - recovers within 20s after pause
`);
  const { measured, because } = verdict(scenario);
  expect(measured).toBe(METASTABLE);
  expect(because).toMatch(/short-circuited 0 → \d\d/);
  const found = causes(scenario);
  expect(found).toContain('sink-hole (lb)');
  expect(found).not.toContain('old work (web)');
});

describe('8. callers that give up connect anew, which costs what their requests lack', () => {
  const reconnecting = `
duration: 45s
nodes:
  web: { kind: server, service-time: { exponential: { mean: 5ms } }, handshake: 20ms }
clients:
  load: { workload: request, target: web, count: 20, timeout: 1s, shape: { ramp: { from: 5/s, to: 100/s, over: 10s } } }
faults:
  - { at: 20s, for: 1s, pause: web }
expect:
  - recovers within 15s after pause
`;

  test('with half the capacity asked for it never comes back, unless a connection is free', async () => {
    const scenario = await scenarioOf(reconnecting);
    const { measured, because } = verdict(scenario);
    expect(measured).toBe(METASTABLE);
    expect(because).toMatch(/handshakes \d\.\d+% → 2\d\.\d+% of all attempts/);
    expect(causes(scenario)).toContain('handshakes (web)');
  });

  test('below 1 / (service time + handshake) it does', async () => {
    const slower = 'clients.load.shape.ramp.to=35/s';
    expect(verdict(await scenarioOf(reconnecting, slower)).state).toBe('held');
  });
});

test('9. hedges of what is late for want of capacity', async () => {
  const { scenario } = await loadScenario('scenarios/hedge-storm.yaml', {
    cwd: join(import.meta.dirname, '../..'),
    without: true,
    sets: ['expect=[recovers within 20s after pause]', 'duration=45s'],
  });
  if (scenario === null) throw new Error('it does not load');
  const { measured, because } = verdict(scenario);
  expect(measured).toBe(METASTABLE);
  expect(because).toMatch(/hedges [\d.]+% → (4\d|5\d)\.\d\d% of all attempts/);
  expect(causes(scenario)).toContain('hedges (api to web)');
});

test('10. a pool that takes the connection that came back last, over the slowest link', async () => {
  const scenario = await scenarioOf(`
duration: 30s
nodes:
  link: { kind: server, count: 2, service-time: 5ms }
  pool: { kind: load-balancer, targets: link, algorithm: most-recent, connections: 160, attempts: 1, timeout: 3s }
clients:
  load: { workload: request, target: pool, rate: 240/s, timeout: 100ms, shape: { burst: { to: 2300/s, for: 10ms, every: 200ms } } }
faults:
  - { at: 12s, for: 4s, pause: link-1 }
expect:
  - recovers within 10s after pause
`);
  const { measured, because } = verdict(scenario);
  expect(measured).toBe(METASTABLE);
  expect(because).toMatch(/mean queued\(link\) [\d.]+ → \d\d/);
  expect(causes(scenario)).toContain('imbalance (pool)');
});

test('more load than before is overload, and nobody is to blame', async () => {
  const scenario = await scenarioOf(`
duration: 40s
nodes:
  web: { kind: server, service-time: { exponential: { mean: 10ms } } }
clients:
  load: { workload: request, target: web, timeout: 500ms, shape: { phases: [{ for: 15s, rate: 50/s }, { for: 25s, rate: 140/s }] } }
faults:
  - { at: 14s, for: 2s, pause: web }
expect:
  - recovers within 10s after pause
`);
  const { state, measured, because } = verdict(scenario);
  expect([state, measured]).toEqual(['violated', 'overload']);
  expect(because).toMatch(
    /[45]\d\/s asked before, 1[34]\d\/s at the end: too much without any loop/,
  );
});

test('a run that ends before the time is over has shown nothing', async () => {
  const scenario = await scenarioOf(retries, 'duration=60s');
  expect(verdict(scenario).state).toBe('never exercised');
});
