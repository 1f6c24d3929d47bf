// Faults of loads: how much more is asked, by whom, and that nothing else is disturbed.
import { describe, expect, test } from 'vitest';
import hotKey from '../../src/faults/hot-key.ts';
import loadRamp from '../../src/faults/load-ramp.ts';
import loadSpike from '../../src/faults/load-spike.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import type { Operation } from '../../src/sim/history.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import type { Pace } from '../../src/workloads/client/load.ts';
import request from '../../src/workloads/request.ts';
import { raftUnder, type StrikeSketch } from '../support/raft-scenario.ts';

const SECOND_US = 1_000_000;
const PER_SECOND = 200;
const open: Pace = { kind: 'open', arrivals: 'poisson', perSecond: PER_SECOND };

function strike(fault: AnyFault, params: StrikeSketch['params'], fromS = 1, untilS = 3) {
  return { fault, params, atUs: fromS * SECOND_US, forUs: (untilS - fromS) * SECOND_US };
}

function scenarioOf(strikes: readonly StrikeSketch[], pace: Pace = open): Scenario {
  const scenario = raftUnder(strikes, { seconds: 4 });
  return { ...scenario, loads: scenario.loads.map((load) => ({ ...load, pace })) };
}

function run(strikes: readonly StrikeSketch[], pace: Pace = open) {
  const { history, facts, error } = simulate(scenarioOf(strikes, pace), { untilUs: 4 * SECOND_US });
  expect(error).toBeNull();
  return { history, felt: facts.faults.map(({ felt }) => felt) };
}

function between(history: readonly Operation[], fromS: number, untilS: number): number {
  return history.filter(
    ({ invokedAtUs }) => invokedAtUs >= fromS * SECOND_US && invokedAtUs < untilS * SECOND_US,
  ).length;
}

/** Within five standard deviations of a Poisson count. */
function expectAbout(count: number, mean: number): void {
  expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean));
}

const key = ({ client, invokedAtUs, f, key: asked }: Operation) =>
  `${client} ${invokedAtUs} ${f} ${asked}`;

describe('load-spike', () => {
  test('adds as much as it says, and leaves what was asked anyway as it was', () => {
    const [calm, spiked] = [run([]), run([strike(loadSpike, { factor: 3 })])];
    const added = spiked.felt[0]?.operationsAdded ?? 0;
    expectAbout(added, 2 * PER_SECOND * 2);
    expect(spiked.history.length).toBe(calm.history.length + added);
    const asked = new Set(spiked.history.map(key));
    expect(calm.history.filter((operation) => !asked.has(key(operation)))).toEqual([]);
    expect(between(spiked.history, 3, 4)).toBe(between(calm.history, 3, 4));
  });

  test('two add what each has more, and heal apart', () => {
    const { felt } = run([
      strike(loadSpike, { factor: 3 }),
      strike(loadSpike, { factor: 2 }, 2, 4),
    ]);
    expectAbout(felt[0]?.operationsAdded ?? 0, 2 * PER_SECOND * 2);
    expectAbout(felt[1]?.operationsAdded ?? 0, PER_SECOND * 2);
  });

  test('below 1 leaves operations out', () => {
    const { history, felt } = run([strike(loadSpike, { factor: 0.25 })]);
    expectAbout(between(history, 1, 3), PER_SECOND * 2 * 0.25);
    expectAbout(felt[0]?.operationsSpared ?? 0, PER_SECOND * 2 * 0.75);
    expectAbout(between(history, 3, 4), PER_SECOND);
  });

  test('spaces the operations of a constant load evenly', () => {
    const pace: Pace = { kind: 'open', arrivals: 'constant', perSecond: 100 };
    const { history, felt } = run([strike(loadSpike, { factor: 2 })], pace);
    expect(felt[0]?.operationsAdded).toBeGreaterThan(190);
    expect(felt[0]?.operationsAdded).toBeLessThanOrEqual(200);
    expect(between(history, 3, 4)).toBe(100);
  });

  test('makes clients that wait for answers think for a shorter time', () => {
    const pace: Pace = { kind: 'closed', think: { kind: 'exponential', mean: 100, min: 0 } };
    const [calm, hurried] = [run([], pace), run([strike(loadSpike, { factor: 5 })], pace)];
    /** The mean from an answer to the next request of its process, of answers in that time. */
    const thinkMs = ({ history }: typeof calm) => {
      const last = new Map<number, Operation>();
      const gaps = history.flatMap((operation) => {
        const before = last.get(operation.process);
        last.set(operation.process, operation);
        const fromUs = before?.completedAtUs ?? Infinity;
        const isDuring = fromUs >= SECOND_US && fromUs < 3 * SECOND_US;
        return isDuring ? [(operation.invokedAtUs - fromUs) / 1000] : [];
      });
      return { mean: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length, count: gaps.length };
    };
    for (const [result, meanMs] of [
      [calm, 100],
      [hurried, 20],
    ] as const) {
      const { mean, count } = thinkMs(result);
      expect(count).toBeGreaterThan(50);
      expect(Math.abs(mean - meanMs)).toBeLessThan((5 * meanMs) / Math.sqrt(count));
    }
    expect(hurried.felt[0]?.operationsPaced).toBeGreaterThan(0);
  });

  test('asks nothing after the end of the load, nor more than its operations', () => {
    const scenario = scenarioOf([strike(loadSpike, { factor: 10 })]);
    const within = (limits: { stopUs: number; operationsMax: number }) =>
      simulate(
        { ...scenario, loads: scenario.loads.map((load) => ({ ...load, ...limits })) },
        { untilUs: 4 * SECOND_US },
      ).history;
    const stopped = within({ stopUs: 2 * SECOND_US, operationsMax: Infinity });
    expect(between(stopped, 2, 4)).toBe(0);
    expect(within({ stopUs: 4 * SECOND_US, operationsMax: 500 })).toHaveLength(500);
  });

  test('of a load that is not there finds no target', () => {
    const { facts } = simulate(scenarioOf([strike(loadSpike, { factor: 3, load: 'nobody' })]));
    expect(facts.faults[0]?.injectedAtUs).toBeNull();
  });
});

test('load-ramp adds little first and all of it in the end', () => {
  const ramp = strike(loadRamp, { factor: 4, over: 2000 });
  const [calm, ramped] = [run([]), run([ramp])];
  const added = (fromS: number, untilS: number) =>
    between(ramped.history, fromS, untilS) - between(calm.history, fromS, untilS);
  // 3 × 200/s × t/2s, from 0 to 1 s and from 1 s to 2 s.
  expectAbout(added(1, 2), 150);
  expectAbout(added(2, 3), 450);
});

describe('hot-key', () => {
  const share = (history: readonly Operation[], hot: string) => {
    const during = history.filter(
      ({ invokedAtUs }) => invokedAtUs >= SECOND_US && invokedAtUs < 3 * SECOND_US,
    );
    return during.filter((operation) => operation.key === hot).length / during.length;
  };

  test('gets its share besides what it gets anyway, and the other operations stay', () => {
    const [calm, hot] = [run([]), run([strike(hotKey, { share: 0.7, key: 'k3' })])];
    // Of three keys it gets a third of the rest; five standard deviations of 400 operations.
    expect(Math.abs(share(hot.history, 'k3') - (0.7 + 0.1))).toBeLessThan(0.1);
    expect(hot.history.map(({ client, invokedAtUs, f }) => [client, invokedAtUs, f])).toEqual(
      calm.history.map(({ client, invokedAtUs, f }) => [client, invokedAtUs, f]),
    );
    const moved = hot.history.filter((operation, i) => operation.key !== calm.history[i]?.key);
    expect(hot.felt[0]?.operationsMoved).toBe(moved.length);
  });

  test("is the load's first without a name, and none that the load does not have", () => {
    expect(share(run([strike(hotKey, { share: 1 })]).history, 'k1')).toBe(1);
    expect(run([strike(hotKey, { share: 1, key: 'k99' })]).felt[0]?.operationsMoved).toBe(0);
  });

  test('is felt by requests that have keys, and not by those that have none', () => {
    const moved = (keys: number) => {
      const generator = request.generator(defaultsOf(request.params, { keys }));
      const random = { int: (min: number) => min } as never;
      return [generator.firstKey, generator.next(1, random, 'k2')?.key];
    };
    expect(moved(3)).toEqual(['k1', 'k2']);
    expect(moved(0)).toEqual([undefined, null]);
  });
});
