// Any mixture of faults that overlap: the run goes on, and nothing is left of them when all have healed.
import { expect, test } from 'vitest';
import { build } from '../../src/scenarios/run/build.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import { faultTrials, holdsOn, trialScenario } from '../support/fault-trials.ts';
import type { StrikeSketch } from '../support/raft-scenario.ts';

const SEEDS = 12;
const STRIKES = 14;

/** Strikes of random kinds at random times, all on one node, all over by 3 s. */
function drawn(seed: number): readonly StrikeSketch[] {
  const random = new Streams(`mixture ${seed}`).get('strikes');
  return Array.from({ length: STRIKES }, () => {
    const { fault, given } = random.pick(faultTrials);
    const atUs = random.int(200_000, 2_900_000);
    // As many end at the same instants as not.
    const forUs = random.chance(0.5)
      ? random.int(1, 3_000_000 - atUs)
      : Math.ceil((3_000_000 - atUs) / 250_000) * 250_000;
    return { fault, params: given, atUs, forUs };
  });
}

test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))('mixture %i', (seed) => {
  const { world, strikers } = build(trialScenario(drawn(seed), String(seed)));
  world.run(3_300_000);
  expect(world.error).toBeNull();
  expect(strikers.every(({ strikes }) => strikes.every((strike) => !strike.isHeld))).toBe(true);
  expect(holdsOn(world, true)).toEqual([]);
  const felt = strikers.map(({ strikes }) => strikes.map(({ tally }) => ({ ...tally })));
  world.run(4_000_000);
  expect(strikers.map(({ strikes }) => strikes.map(({ tally }) => ({ ...tally })))).toEqual(felt);
});
