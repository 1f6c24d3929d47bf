// `felt` against the twin of the run: a strike is felt if, and only if, something is not as it would
// have been without its touch.
import { describe, expect, test } from 'vitest';
import clockDrift from '../../src/faults/clock-drift.ts';
import clockOffset from '../../src/faults/clock-offset.ts';
import crash from '../../src/faults/crash.ts';
import duplicate from '../../src/faults/duplicate.ts';
import hotKey from '../../src/faults/hot-key.ts';
import jitter from '../../src/faults/jitter.ts';
import latency from '../../src/faults/latency.ts';
import loadSpike from '../../src/faults/load-spike.ts';
import loss from '../../src/faults/loss.ts';
import pause from '../../src/faults/pause.ts';
import reorder from '../../src/faults/reorder.ts';
import slowCpu from '../../src/faults/slow-cpu.ts';
import slowDisk from '../../src/faults/slow-disk.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { compareTwins, Track, withGhost } from '../../src/scenarios/verdict/twin.ts';
import { constant } from '../../src/sim/distribution.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import type { Pace } from '../../src/workloads/client/load.ts';
import { faultTrials, trialScenario } from '../support/fault-trials.ts';
import { raftUnder, type StrikeSketch } from '../support/raft-scenario.ts';
import { stamping } from '../support/stamping.ts';

const UNTIL_US = 1_200_000;

/** What the first fault of a scenario touched, and what of that must show in the run's events. */
function feltAndTwin(scenario: Scenario) {
  const name = scenario.faults[0]?.name ?? '';
  const track = new Track();
  const result = simulate(scenario, { sink: track, untilUs: UNTIL_US });
  const other = new Track(track);
  const twin = simulate(withGhost(scenario, name), { sink: other, untilUs: UNTIL_US });
  const { verdict } = compareTwins(name, { result, track }, { result: twin, track: other });
  expect(result.error).toBeNull();
  const felt = new Map<string, number>();
  for (const fact of result.facts.faults) {
    if (fact.name !== name) continue;
    for (const [counter, count] of Object.entries(fact.felt)) {
      if (count > 0) felt.set(counter, (felt.get(counter) ?? 0) + count);
    }
  }
  const differs = other.parted !== null || track.hashes.length !== other.hashes.length;
  return { felt: Object.fromEntries(felt), verdict, differs };
}

function strike(
  fault: AnyFault,
  params: StrikeSketch['params'],
  atUs = 600_000,
  forUs = 500_000,
): StrikeSketch {
  return { fault, params, atUs, forUs };
}

function under(strikes: readonly StrikeSketch[], pace?: Pace, keys = 3): Scenario {
  const scenario = raftUnder(strikes, { seconds: 2 });
  return {
    ...scenario,
    loads: scenario.loads.map((load) => ({
      ...load,
      params: { ...load.params, keys },
      pace: pace ?? load.pace,
    })),
  };
}

describe('a strike that changes nothing is not felt, and its twin is the same run', () => {
  const noThinking: Pace = { kind: 'closed', think: constant(0) };
  test.each<[string, Scenario]>([
    ['load-spike on think: 0ms', under([strike(loadSpike, { factor: 3 })], noThinking)],
    ['load-spike: 1', under([strike(loadSpike, { factor: 1 })])],
    ['hot-key of one key', under([strike(hotKey, { share: 1 })], undefined, 1)],
    ['slow-cpu by 1', under([strike(slowCpu, { factor: 1, message: 0, nodes: 'all' })])],
    ['slow-disk by 1', under([strike(slowDisk, { factor: 1 })])],
    ['latency by 1', under([strike(latency, { factor: 1 })])],
    ['latency of 0ms', under([strike(latency, { extra: constant(0) })])],
    ['jitter of 0ms', under([strike(jitter, { by: constant(0) })])],
    ['loss of 0%', under([strike(loss, { ratio: 0 })])],
    ['duplicate of 0%', under([strike(duplicate, { ratio: 0 })])],
    ['reorder of 0%', under([strike(reorder, { ratio: 0 })])],
    ['clock-offset of 0ms', under([strike(clockOffset, { by: 0 })])],
    ['clock-drift of 0 ppm', under([strike(clockDrift, { ppm: 0 })])],
    [
      'a pause of a node that is down',
      under([
        strike(pause, { nodes: 'kv-2' }, 700_000, 200_000),
        strike(crash, { nodes: 'kv-2' }, 600_000, 500_000),
      ]),
    ],
  ])('%s', (_, scenario) => {
    expect(feltAndTwin(scenario)).toEqual({
      felt: {},
      verdict: 'vacuous',
      differs: false,
    });
  });
});

describe('a stop counts by itself, though nothing is held back by it', () => {
  const never: Pace = { kind: 'open', arrivals: 'constant', perSecond: 0.001 };
  /** Members that set no timer within the strike, and get no message. */
  const idle = (fault: AnyFault) => {
    return under([strike(fault, { nodes: 'kv-2' }, 1_000_003, 1)], never);
  };
  test('a crash of a µs empties memory', () => {
    const { felt, differs } = feltAndTwin(idle(crash));
    expect(felt).toMatchObject({ nodesStopped: 1 });
    expect(differs).toBe(true);
  });

  test('a pause of a µs is a pause', () => {
    expect(feltAndTwin(idle(pause))).toEqual({
      felt: { nodesPaused: 1 },
      verdict: 'unseen',
      differs: true,
    });
  });
});

test('a clock that is read wrong was felt, and unseen by clients if nobody acts on it', () => {
  const scenario = under([strike(clockOffset, { nodes: 'kv-2', by: 300 })]);
  const groups = scenario.groups.map((group) => ({ ...group, system: stamping(group.system) }));
  const { felt, verdict } = feltAndTwin({ ...scenario, groups });
  expect(Object.keys(felt)).toEqual(['clockReadings']);
  expect(verdict).not.toBe('vacuous');
});

describe('each fault, for a long time and for a short one: felt as its twin shows', () => {
  test.each(faultTrials.map((trial) => [trial.fault.name, trial] as const))('%s', (_, trial) => {
    const { fault, given, beside = [] } = trial;
    for (const forUs of [3_000, 500_000]) {
      const scenario = trialScenario([strike(fault, given, 500_000, forUs), ...beside]);
      const { felt, verdict, differs } = feltAndTwin(scenario);
      const isFelt = Object.keys(felt).length > 0;
      // A timer that was moved may never fire, so what was felt need not show; the twin says so.
      expect([forUs, felt, verdict !== 'vacuous']).toEqual([forUs, felt, isFelt]);
      expect([forUs, felt, differs && !isFelt]).toEqual([forUs, felt, false]);
    }
  });
});
