// Each fault of links and messages: it is felt, it heals, two of it heal apart, and it does the
// same each time.
import { describe, expect, test } from 'vitest';
import { faults } from '../../src/faults/index.ts';
import reset from '../../src/faults/reset.ts';
import { build } from '../../src/scenarios/run/build.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import type { Felt } from '../../src/sim/fault.ts';
import { holdsOnLinks, type LinkTrial, linkTrials, momentary } from '../support/link-trials.ts';
import { raftUnder, type StrikeSketch } from '../support/raft-scenario.ts';

const SECOND_US = 1_000_000;

function strike(
  { fault, given }: Pick<LinkTrial, 'fault' | 'given'>,
  fromS: number,
  untilS: number,
) {
  const forUs = Math.round((untilS - fromS) * SECOND_US);
  return { fault, params: given, atUs: fromS * SECOND_US, forUs };
}

/** A run that stops to be looked at. */
function watched(strikes: readonly StrikeSketch[]) {
  const { world, strikers } = build(raftUnder(strikes, { seconds: 8 }));
  return {
    world,
    runTo: (seconds: number) => {
      world.run(seconds * SECOND_US);
      expect(world.error).toBeNull();
    },
    felt: (i: number): Felt => ({ ...strikers[i]!.strikes[0]!.tally }),
  };
}

function touched(felt: Felt): readonly string[] {
  return Object.entries(felt).flatMap(([counter, count]) => (count > 0 ? [counter] : []));
}

function total(felt: Felt): number {
  return Object.values(felt).reduce((sum, count) => sum + count, 0);
}

describe.each(linkTrials.map((trial) => [trial.fault.name, trial] as const))('%s', (_, trial) => {
  test('is felt, for what it is', () => {
    const run = watched([strike(trial, 1, 4)]);
    run.runTo(4);
    expect(touched(run.felt(0)).toSorted()).toEqual(trial.felt.toSorted());
  });

  test('heals', () => {
    const run = watched([strike(trial, 1, 3)]);
    run.runTo(0.9);
    expect(holdsOnLinks(run.world)).toBe(0);
    run.runTo(1.1);
    expect(holdsOnLinks(run.world)).toBeGreaterThan(0);
    run.runTo(3.001);
    const felt = run.felt(0);
    expect(holdsOnLinks(run.world)).toBe(0);
    run.runTo(7.9);
    expect(run.felt(0)).toEqual(felt);
  });

  test('two that overlap heal apart', () => {
    // The first ends before the second; the third ends within it.
    const run = watched([strike(trial, 1, 3), strike(trial, 2, 6), strike(trial, 2.5, 4)]);
    run.runTo(4.001);
    const [first, second, third] = [run.felt(0), run.felt(1), run.felt(2)];
    run.runTo(5.9);
    if (trial.settles) expect(holdsOnLinks(run.world)).toBeGreaterThan(0);
    else expect(total(run.felt(1))).toBeGreaterThan(total(second));
    run.runTo(7.9);
    expect(holdsOnLinks(run.world)).toBe(0);
    expect([run.felt(0), run.felt(2)]).toEqual([first, third]);
  });

  test('does the same each time', () => {
    const outcome = (seed: string) => {
      const scenario = raftUnder([strike(trial, 1, 3)], { seed, seconds: 4 });
      const { digests, facts } = simulate(scenario);
      return { digests, felt: facts.faults[0]?.felt };
    };
    expect(outcome('1')).toEqual(outcome('1'));
    expect(outcome('2').digests.order).not.toBe(outcome('1').digests.order);
  });
});

describe('reset', () => {
  const at = (atS: number): StrikeSketch => {
    return { fault: reset, params: {}, atUs: Math.round(atS * SECOND_US), forUs: null };
  };

  test('is felt by what was under way, and by nothing later', () => {
    const run = watched([at(1)]);
    run.runTo(1.5);
    const felt = run.felt(0);
    expect(touched(felt)).toEqual(['messagesDropped']);
    expect(holdsOnLinks(run.world)).toBe(0);
    run.runTo(7.9);
    expect(run.felt(0)).toEqual(felt);
  });

  test('of two, the later takes what the earlier left', () => {
    const run = watched([at(1), at(1.001)]);
    run.runTo(2);
    expect(total(run.felt(0))).toBeGreaterThan(0);
    expect(total(run.felt(1))).toBeGreaterThan(0);
  });

  test('does the same each time, and is over at once', () => {
    const outcome = () => simulate(raftUnder([at(1)], { seconds: 3 }));
    const { digests, facts } = outcome();
    expect(outcome().digests).toEqual(digests);
    const [fact] = facts.faults;
    expect([fact?.injectedAtUs, fact?.healedAtUs]).toEqual([1_000_000, 1_000_000]);
  });
});

test('every fault of these families has a trial', () => {
  const listed = [...faults].filter(([, { family }]) => ['network', 'message'].includes(family));
  const tried = [...linkTrials.map(({ fault }) => fault), ...momentary];
  expect(tried.map(({ name }) => name).toSorted()).toEqual(listed.map(([name]) => name).toSorted());
});
