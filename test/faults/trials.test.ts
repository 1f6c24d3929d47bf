// Each fault: it is felt, it heals, two of it heal apart, and it does the same each time.
import { describe, expect, test } from 'vitest';
import { faults } from '../../src/faults/index.ts';
import join from '../../src/faults/join.ts';
import { build } from '../../src/scenarios/run/build.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { AnyFault, Felt } from '../../src/sim/fault.ts';
import {
  type FaultTrial,
  faultTrials,
  holdsOn,
  struckAtOnce,
  trialScenario,
} from '../support/fault-trials.ts';
import type { StrikeSketch } from '../support/raft-scenario.ts';

/** The trials' unit of time: long enough for each fault to tell. */
const UNIT_US = 500_000;

function strike(trial: FaultTrial, from: number, until: number): StrikeSketch {
  const { fault, given: params } = trial;
  return { fault, params, atUs: from * UNIT_US, forUs: (until - from) * UNIT_US };
}

function total(felt: Felt): number {
  return Object.values(felt).reduce((sum, count) => sum + count, 0);
}

/** A run that stops to be looked at: strikes of the trial, then what stands beside them. */
function watched(trial: FaultTrial, strikes: readonly StrikeSketch[]) {
  const { world, strikers } = build(trialScenario([...strikes, ...(trial.beside ?? [])]));
  return {
    world,
    runTo: (units: number) => {
      world.run(units * UNIT_US);
      expect(world.error).toBeNull();
    },
    endChaos: () => {
      for (const striker of strikers) striker.endChaos();
    },
    felt: (i: number): Felt => ({ ...strikers[i]!.strikes[0]!.tally }),
  };
}

describe.each(faultTrials.map((trial) => [trial.fault.name, trial] as const))('%s', (_, trial) => {
  test('is felt', () => {
    const run = watched(trial, [strike(trial, 1, 3)]);
    run.runTo(3);
    const felt = run.felt(0);
    for (const counter of trial.felt) expect([counter, felt[counter]]).not.toEqual([counter, 0]);
  });

  test('heals', () => {
    const run = watched(trial, [strike(trial, 1, 3)]);
    run.runTo(2.5);
    expect(holdsOn(run.world).length).toBeGreaterThan(0);
    run.runTo(3.001);
    const felt = run.felt(0);
    run.runTo(7.9);
    expect(holdsOn(run.world, trial.leavesError)).toEqual([]);
    expect(run.felt(0)).toEqual(felt);
  });

  test('two that overlap heal apart', () => {
    // The first ends before the second; the third ends within it.
    const run = watched(trial, [strike(trial, 1, 3), strike(trial, 2, 6), strike(trial, 2.5, 4)]);
    run.runTo(4.001);
    const [first, second, third] = [run.felt(0), run.felt(1), run.felt(2)];
    run.runTo(5.9);
    expect(total(run.felt(1))).toBeGreaterThan(total(second));
    run.runTo(7.9);
    expect(holdsOn(run.world, trial.leavesError)).toEqual([]);
    expect([run.felt(0), run.felt(2)]).toEqual([first, third]);
  });

  test('does the same each time', () => {
    const outcome = (seed: string) => {
      const strikes = [strike(trial, 1, 3), ...(trial.beside ?? [])];
      const { digests, facts } = simulate(trialScenario(strikes, seed), { untilUs: 3.5 * UNIT_US });
      return { digests, felt: facts.faults[0]?.felt };
    };
    const first = outcome('1');
    expect(outcome('1')).toEqual(first);
    expect(outcome('2').digests.order).not.toBe(first.digests.order);
  });
});

describe('join', () => {
  const joining = (fault: AnyFault, at: number): StrikeSketch => {
    return { fault, params: { nodes: 'kv-2' }, atUs: at * UNIT_US, forUs: null };
  };
  const trial: FaultTrial = { fault: join, given: {}, felt: [] };

  test('the node is absent until it strikes, and felt to be', () => {
    const run = watched(trial, [joining(join, 2)]);
    run.runTo(1.9);
    expect(holdsOn(run.world)).toEqual(['down', 'kept down']);
    run.runTo(2.1);
    expect(holdsOn(run.world)).toEqual([]);
    expect(run.felt(0).eventsSuppressed).toBeGreaterThan(0);
    expect(run.world.lives.down[0]).toEqual({ node: 'kv-2', fromUs: 0, untilUs: 2 * UNIT_US });
    const felt = run.felt(0);
    run.runTo(5);
    expect(run.felt(0)).toEqual(felt);
  });

  test('of two that keep it out, both must let it in', () => {
    const run = watched(trial, [joining(join, 3), joining(join, 2)]);
    run.runTo(2.5);
    expect(holdsOn(run.world)).toEqual(['down', 'kept down']);
    run.runTo(3.1);
    expect(holdsOn(run.world)).toEqual([]);
  });

  test('one that never strikes lets them in when chaos is over', () => {
    const run = watched(trial, [joining(join, 100)]);
    run.runTo(4);
    expect(holdsOn(run.world)).toEqual(['down', 'kept down']);
    run.endChaos();
    run.runTo(5);
    expect(holdsOn(run.world)).toEqual([]);
  });

  test('does the same each time', () => {
    const digests = () => simulate(trialScenario([joining(join, 2)])).digests;
    expect(digests()).toEqual(digests());
  });
});

test('every fault of these families has a trial', () => {
  const families = ['process', 'disk', 'clock', 'load', 'dependency'];
  const listed = [...faults].filter(([, { family }]) => families.includes(family));
  const tried = [...faultTrials.map(({ fault }) => fault), ...struckAtOnce];
  expect(tried.map(({ name }) => name).toSorted()).toEqual(listed.map(([name]) => name).toSorted());
});
