// Links that flap: spells as long as drawn and never shorter than told, and an end that ends them.
import { expect, test } from 'vitest';
import flapping from '../../src/faults/flapping.ts';
import { constant, type DistributionSpec } from '../../src/sim/distribution.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { Injection } from '../../src/sim/kernel/injection.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { worldOf } from '../support/stage.ts';

/** Lengths in ms of the spells down and up, by turns, of a link that flaps from 1 s to 61 s. */
function spells(down: DistributionSpec, up: DistributionSpec, shortest: number): readonly number[] {
  const world = worldOf({ a: () => ({}), b: () => ({}) });
  const params = defaultsOf(flapping.params, { nodes: 'a', down, up, shortest });
  const forUs = 60_000_000;
  const fault: AnyFault = flapping;
  const spec = { name: 'flap', fault, params, of: ['a', 'b'], atUs: 1_000_000, forUs };
  new Injection(world, spec);
  const lengths: number[] = [];
  let was = false;
  let sinceUs = 0;
  let oneWay = 0;
  const look = (us: number) => {
    const cut = world.network.isCut(0, 1);
    if (world.network.isCut(1, 0) !== cut) oneWay++;
    if (cut !== was) {
      lengths.push((us - sinceUs) / 1000);
      sinceUs = us;
    }
    was = cut;
    if (us < 70_000_000) world.at(us + 1000, () => look(us + 1000));
  };
  world.at(0, () => look(0));
  world.run(70_000_000);
  expect([was, oneWay]).toEqual([false, 0]);
  return lengths.slice(1);
}

test('goes down and up by turns', () => {
  const lengths = spells(constant(300), constant(700), 100);
  expect(lengths).toHaveLength(119);
  expect(new Set(lengths.filter((_, i) => i % 2 === 0))).toEqual(new Set([300]));
  expect(new Set(lengths.filter((_, i) => i % 2 === 1))).toEqual(new Set([700]));
});

test('no spell is shorter than told, but for the last, which the end cuts short', () => {
  const drawn = { kind: 'exponential', mean: 200, min: 0 } as const;
  const lengths = spells(drawn, drawn, 150).slice(0, -1);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(149);
  expect(lengths.filter((ms) => ms <= 151).length).toBeGreaterThan(lengths.length / 4);
  expect(Math.max(...lengths)).toBeGreaterThan(300);
});
