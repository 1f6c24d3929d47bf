// Clients under faults of their own, and policies around their calls, in whole runs.
import { describe, expect, test } from 'vitest';
import clockDrift from '../../src/faults/clock-drift.ts';
import clockJump from '../../src/faults/clock-jump.ts';
import crash from '../../src/faults/crash.ts';
import latency from '../../src/faults/latency.ts';
import loadSpike from '../../src/faults/load-spike.ts';
import pause from '../../src/faults/pause.ts';
import slowCpu from '../../src/faults/slow-cpu.ts';
import { policy as retry } from '../../src/nodes/traffic/retry/index.ts';
import type { LoadSpec, Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { Operation } from '../../src/sim/history.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { raftUnder, type StrikeSketch } from '../support/raft-scenario.ts';

const SECOND_US = 1_000_000;
/** Just behind an arrival at a client, whose answer takes some 10 ms. */
const FROM_US = 1_003_000;
const UNTIL_US = 2_003_000;
const open = { kind: 'open', arrivals: 'constant', perSecond: 250 } as const;

function scenarioOf(strikes: readonly StrikeSketch[], given: Partial<LoadSpec> = {}): Scenario {
  const scenario = raftUnder(strikes, { seconds: 4 });
  return {
    ...scenario,
    loads: scenario.loads.map((load) => ({ ...load, pace: open, ...given })),
  };
}

function run(strikes: readonly StrikeSketch[], given: Partial<LoadSpec> = {}) {
  const { history, facts, error, digests } = simulate(scenarioOf(strikes, given));
  expect(error).toBeNull();
  const [fault] = facts.faults;
  return { history, facts, digests, fault, felt: fault?.felt };
}

const strike = (fault: StrikeSketch['fault'], params: StrikeSketch['params']) => ({
  fault,
  params,
  atUs: FROM_US,
  forUs: UNTIL_US - FROM_US,
});

const of = (history: readonly Operation[], client: string) =>
  history.filter((operation) => operation.client === client);
const invoked = (history: readonly Operation[], fromS: number, untilS: number) =>
  history.filter(
    ({ invokedAtUs }) => invokedAtUs >= fromS * SECOND_US && invokedAtUs < untilS * SECOND_US,
  );

describe('a crash of a client', () => {
  const { history, facts } = run([strike(crash, { nodes: 'load-1' })]);
  const own = of(history, 'load-1');

  test('leaves what it had in flight as `info`, at the moment of the crash', () => {
    const lost = own.filter(({ error }) => error === 'client-crash');
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.map(({ outcome, endedAtUs }) => `${outcome} ${endedAtUs}`)).toEqual(
      lost.map(() => `info ${FROM_US}`),
    );
    expect(facts.down.find(({ node }) => node === 'load-1')).toMatchObject({
      node: 'load-1',
      fromUs: FROM_US,
      untilUs: UNTIL_US,
    });
  });

  test('asks nothing while it is down, and at its own rate afterwards, by new processes', () => {
    expect(invoked(own, 1.003, 2.003)).toEqual([]);
    // Every 20 ms, in step with before: from 2.02 s to 3.98 s.
    expect(invoked(own, 2, 4)).toHaveLength(99);
    const before = new Set(invoked(own, 0, 1.003).map(({ process }) => process));
    const after = new Set(invoked(own, 2, 10).map(({ process }) => process));
    expect([...after].filter((process) => before.has(process))).toEqual([]);
  });

  test('disturbs no other client', () => {
    const calm = run([]).history;
    const times = (all: readonly Operation[]) =>
      of(all, 'load-2').map(({ invokedAtUs, f, key }) => [invokedAtUs, f, key].join(' '));
    // What they ask at which moment is their own; values are numbered over the load.
    expect(invoked(of(history, 'load-2'), 0, 4)).toHaveLength(200);
    expect(times(history).length).toBe(times(calm).length);
  });

  test('takes no repeat for new, nor a late answer for its own', () => {
    // Raft drops repeats by session and serial: a second life under the first one's numbers would
    // have its writes dropped, and answered by old answers.
    const ends = invoked(own, 2, 4).filter(({ outcome }) => outcome !== 'info');
    expect(ends.length).toBeGreaterThan(90);
    expect(own.every(({ f, output }) => f !== 'write' || output === null)).toBe(true);
  });

  test('one that stays down to the end keeps nobody waiting', () => {
    const stays = run([{ ...strike(crash, { nodes: 'load-1' }), forUs: null }]);
    expect(stays.facts.liveness).toMatchObject([{ group: 'kv', state: 'live' }]);
    expect(stays.facts.endedAtUs).toBeLessThan(6 * SECOND_US);
  });

  test('of a whole load strikes all its clients', () => {
    const { fault, facts: all } = run([strike(crash, { nodes: 'load' })]);
    expect(fault?.label).toBe('load-1 load-2 load-3 load-4 load-5');
    expect(all.down).toHaveLength(5);
  });

  test('by a word still strikes servers only', () => {
    const { fault } = run([strike(crash, { nodes: 'all' })]);
    expect(fault?.label).toBe('kv-1 kv-2 kv-3 kv-4 kv-5');
  });
});

describe('a client that is', () => {
  test('paused is late: what was due comes when it resumes', () => {
    const { history, felt } = run([strike(pause, { nodes: 'load-1' })]);
    const own = of(history, 'load-1');
    expect(invoked(own, 1.003, 2.003)).toEqual([]);
    expect(own.filter(({ invokedAtUs }) => invokedAtUs === UNTIL_US)).toHaveLength(50);
    expect(felt?.eventsSuppressed).toBeGreaterThan(0);
  });

  test('slow sees answers late', () => {
    const slow = run([strike(slowCpu, { nodes: 'load-1', factor: 20 })]);
    expect(slow.felt?.handlersSlowed).toBeGreaterThan(0);
  });

  test.each([500, -500])('whose clock leaps by %d ms asks when it would have asked', (by) => {
    const times = (strikes: readonly StrikeSketch[]) =>
      invoked(of(run(strikes).history, 'load-1'), 0, 4).map(({ invokedAtUs }) => invokedAtUs);
    expect(times([strike(clockJump, { nodes: 'load-1', by })])).toEqual(times([]));
  });

  test('whose clock runs fast asks more', () => {
    const drift = strike(clockDrift, { nodes: 'load-1', ppm: 50_000 });
    const seen = (strikes: readonly StrikeSketch[]) =>
      invoked(of(run(strikes).history, 'load-1'), 1.003, 2.003).length;
    // 5% of 50 in a second.
    expect(seen([drift]) - seen([])).toBeGreaterThanOrEqual(2);
  });

  test('far away hears later', () => {
    const far = { nodes: 'load-1', extra: { kind: 'constant', value: 40 } };
    const { history, fault } = run([strike(latency, far)]);
    const took = (client: string) =>
      Math.min(
        ...invoked(of(history, client), 1.01, 1.9).map((one) => one.endedAtUs - one.invokedAtUs),
      );
    expect(fault?.label).toContain('load-1');
    expect(took('load-1')).toBeGreaterThan(80_000);
    expect(took('load-2')).toBeLessThan(40_000);
  });
});

test('a client that boots in the midst of a surge takes part in it', () => {
  const spike: StrikeSketch = {
    fault: loadSpike,
    params: { factor: 3 },
    atUs: SECOND_US / 2,
    forUs: 3 * SECOND_US,
  };
  const { history } = run([strike(crash, { nodes: 'load-1' }), spike]);
  const counts = ['load-1', 'load-2'].map(
    (client) => invoked(of(history, client), 2.1, 3.4).length,
  );
  // 50/s of its own and 100/s more, for 1.3 s: within five standard deviations of 195.
  for (const count of counts) expect(Math.abs(count - 195)).toBeLessThan(5 * Math.sqrt(130));
});

describe('calls of a load', () => {
  const down = [strike(crash, { nodes: 'kv-1' })];
  const calls = new Map([
    ['kv', [{ policy: retry, params: { ...defaultsOf(retry.params), attempts: 5 } }]],
  ]);
  const unpinned = { pinned: [null, null, null, null, null] };

  test('a retry hides a refusal that a bare client reports', () => {
    const failed = (history: readonly Operation[]) =>
      history.filter(({ error }) => error === 'temporarily-unavailable').length;
    const partition = [strike(crash, { nodes: 'leader' })];
    const bare = run(partition, unpinned);
    const hidden = run(partition, { ...unpinned, calls });
    expect(failed(bare.history)).toBeGreaterThan(0);
    expect(failed(hidden.history)).toBeLessThan(failed(bare.history) / 2);
  });

  test('the history names the node that was asked first, and the run is one of the seed', () => {
    const { history, digests } = run(down, { ...unpinned, calls });
    expect(history.every(({ node }) => node?.startsWith('kv-') === true)).toBe(true);
    expect(run(down, { ...unpinned, calls }).digests).toEqual(digests);
  });
});
