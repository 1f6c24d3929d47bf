// What a sound system makes of disks, clocks and requests that go wrong, and what it cannot survive.
import { describe, expect, test } from 'vitest';
import linearizable from '../../src/checks/linearizable/index.ts';
import brownOut from '../../src/faults/brown-out.ts';
import clockJump from '../../src/faults/clock-jump.ts';
import clockSkew from '../../src/faults/clock-skew.ts';
import corruptDisk from '../../src/faults/corrupt-disk.ts';
import crash from '../../src/faults/crash.ts';
import diskFull from '../../src/faults/disk-full.ts';
import errorRate from '../../src/faults/error-rate.ts';
import lyingFsync from '../../src/faults/lying-fsync.ts';
import restart from '../../src/faults/restart.ts';
import restartLoop from '../../src/faults/restart-loop.ts';
import tornWrite from '../../src/faults/torn-write.ts';
import type { Result } from '../../src/scenarios/result.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { constant } from '../../src/sim/distribution.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { trialScenario } from '../support/fault-trials.ts';
import type { StrikeSketch } from '../support/raft-scenario.ts';

function strike(fault: AnyFault, params: object, fromS: number, forS: number | null): StrikeSketch {
  const forUs = forS === null ? null : forS * 1_000_000;
  return { fault, params: { ...params }, atUs: fromS * 1_000_000, forUs };
}

/** Runs under these strikes with this many seeds, each checked after every event. */
function runs(strikes: readonly StrikeSketch[], seeds: number): readonly Result[] {
  return Array.from({ length: seeds }, (_, i) => {
    const scenario = trialScenario(strikes, String(i + 1));
    const durationUs = 4_000_000;
    const loads = scenario.loads.map((load) => ({ ...load, stopUs: durationUs }));
    return simulate({ ...scenario, durationUs, loads }, { checkInvariants: true });
  });
}

/** What is wrong with a run that should be right. */
function wrongs(results: readonly Result[]): readonly string[] {
  return results.flatMap(({ seed, error, history, facts }) => {
    const { verdict } = linearizable.check(history, facts);
    const [liveness] = facts.liveness;
    const wrong = [
      ...(error === null ? [] : [`${error.kind}: ${error.message}`]),
      ...(verdict === 'pass' ? [] : [`linearizable: ${verdict}`]),
      ...(liveness?.state === 'live' ? [] : [`${liveness?.state}: ${liveness?.because}`]),
    ];
    return wrong.map((text) => `seed ${seed}: ${text}`);
  });
}

function notes(results: readonly Result[], label: string): number {
  return results.flatMap(({ facts }) => facts.notes.filter((note) => note.label === label)).length;
}

const reboots = (nodes: string) =>
  strike(restartLoop, { nodes, up: constant(300), down: constant(40) }, 0.6, 3);

describe('Raft survives', () => {
  test('torn writes: it drops the torn entry, and nobody dies of it', () => {
    const results = runs([strike(tornWrite, { nodes: 'all' }, 0.5, 3.2), reboots('all')], 3);
    expect(wrongs(results)).toEqual([]);
    expect(notes(results, 'drops a torn entry')).toBeGreaterThan(10);
    expect(notes(results, 'dies of a storage error')).toBe(0);
  });

  test('damaged logs of a minority: they stay out of it until they are mended', () => {
    const damage = { nodes: ['kv-1', 'kv-4'], ratio: 0.2 };
    const results = runs([strike(corruptDisk, damage, 1, 2), reboots('all')], 2);
    expect(wrongs(results)).toEqual([]);
    expect(notes(results, 'dies of a storage error')).toBeGreaterThanOrEqual(4);
    for (const { facts } of results) {
      const down = facts.down.filter(({ node }) => node === 'kv-1' || node === 'kv-4');
      expect(Math.max(...down.map(({ fromUs, untilUs }) => untilUs - fromUs))).toBeGreaterThan(1e6);
    }
  });

  test('a leader whose disk is full', () => {
    const results = runs([strike(diskFull, { nodes: 'leader' }, 1, 1.5)], 2);
    expect(wrongs(results)).toEqual([]);
    expect(notes(results, 'dies of a storage error')).toBe(2);
  });

  test('clocks that are wrong, and jump', () => {
    const strikes = [
      strike(clockSkew, { within: 2000 }, 0.5, 3),
      strike(clockJump, { by: -3_600_000, nodes: 'majority' }, 1, null),
      strike(crash, { nodes: 'leader' }, 1.2, 1),
      strike(crash, { nodes: 'leader' }, 2.4, 1),
    ];
    expect(wrongs(runs(strikes, 3))).toEqual([]);
  });

  test.each([
    ['before', 'temporarily-unavailable'],
    ['after', 'crash'],
    ['after', 'none'],
  ])('requests that fail %s the work with %s: no error tells a lie', (stage, code) => {
    const strikes = [
      strike(errorRate, { ratio: 0.4, nodes: 'all', stage, code }, 0.5, 3),
      strike(brownOut, { nodes: 'leader', errors: 0.2 }, 1, 2),
      strike(crash, { nodes: 'leader' }, 1.5, 0.5),
    ];
    const results = runs(strikes, 2);
    expect(wrongs(results)).toEqual([]);
    const failed = results.map(({ facts }) => facts.faults[0]?.felt.requestsFailed ?? 0);
    expect(Math.min(...failed)).toBeGreaterThan(100);
  });
});

describe('Raft does not survive', () => {
  const violated = (results: readonly Result[]) => wrongs(results).length;

  test('a power cut on disks that lie', () => {
    const strikes = [
      strike(lyingFsync, { nodes: 'all' }, 0.2, 3),
      strike(restart, { nodes: 'all', after: 50 }, 1.5, null),
    ];
    expect(violated(runs(strikes, 3))).toBeGreaterThan(0);
  });

  test('a majority that comes back without its disks', () => {
    const strikes = [strike(restart, { nodes: 'majority', after: 50, disk: 'lost' }, 1.5, null)];
    expect(violated(runs(strikes, 3))).toBeGreaterThan(0);
  });
});

test('error-rate refuses to tell a caller that nothing happened when it did', () => {
  const refusal = (stage: 'before' | 'after', code: string | undefined) =>
    errorRate.refuse?.({ ratio: 1, nodes: 'all', stage, code }, 5);
  expect(refusal('after', 'abort')).toMatch('error-rate: abort says that nothing happened');
  expect([
    refusal('before', 'abort'),
    refusal('after', 'none'),
    refusal('after', undefined),
  ]).toEqual([null, null, null]);
});
