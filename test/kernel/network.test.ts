// Links and injections: cuts at both ends of a flight, shapes, overlapping faults, and draws that
// nothing disturbs.
import { expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import type { Fault, Levers } from '../../src/sim/fault.ts';
import { Injection } from '../../src/sim/kernel/injection.ts';
import type { LinkSpec } from '../../src/sim/kernel/network.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import type { Context } from '../../src/sim/node.ts';
import { type Body, fastLink, worldOf } from '../support/stage.ts';

/** Sends one message each ms to `to`, and tells at which ms each arrived. */
function ticker(to: string): () => Body {
  return () => {
    let n = 0;
    return {
      start: (ctx) => ctx.setTimer('tick', 1),
      timeout(ctx) {
        ctx.send(to, { type: 'tick', n: n++ } as never);
        ctx.setTimer('tick', 1);
      },
    };
  };
}

function collector(got: number[], at: number[] = []): () => Body {
  return () => ({
    receive(ctx: Context, _from, message) {
      got.push((message as never as { n: number }).n);
      at.push(ctx.now());
    },
  });
}

function strike(
  world: World,
  name: string,
  atUs: number,
  forUs: number | null,
  pull: (l: Levers) => void,
) {
  const fault: Fault = {
    name,
    summary: '',
    family: 'network',
    params: {},
    shorthand: null,
    inject(levers) {
      pull(levers);
      return { label: name, sides: [], detail: {} };
    },
  };
  return new Injection(world, { name, fault, params: {}, of: ['a', 'b'], atUs, forUs });
}

test('a cut drops what is sent and what arrives while it holds, and counts it', () => {
  const got: number[] = [];
  const world = worldOf(
    { a: ticker('b'), b: collector(got) },
    { link: { ...fastLink, latency: constant(3) } },
  );
  const cut = strike(world, 'cut', 10_500, 5_000, (l) => l.cut('a', 'b'));
  world.run(25_000);
  // Sent at n+1, arriving at n+4: lost if either moment lies in 10.5..15.5.
  const lost = Array.from({ length: 21 }, (_, n) => n).filter((n) => !got.includes(n));
  expect(lost).toEqual([7, 8, 9, 10, 11, 12, 13, 14]);
  expect(cut.latest.tally.messagesDropped).toBe(8);
  expect([cut.latest.injectedAtUs, cut.latest.healedAtUs]).toEqual([10_500, 15_500]);
});

test('a cut is one direction', () => {
  const got: number[] = [];
  const world = worldOf({ a: ticker('b'), b: collector(got) });
  strike(world, 'cut', 0, null, (l) => l.cut('b', 'a'));
  world.run(10_500);
  expect(got).toHaveLength(9);
});

test('faults that overlap heal apart', () => {
  const got: number[] = [];
  const world = worldOf({ a: ticker('b'), b: collector(got) });
  strike(world, 'long', 5_000, 20_000, (l) => l.cut('a', 'b'));
  strike(world, 'short', 6_000, 2_000, (l) => l.cut('a', 'b'));
  const inside = strike(world, 'inside', 9_000, 2_000, (l) => l.crash('b'));
  world.run(40_500);
  expect(got.filter((n) => n > 4 && n < 24)).toEqual([]);
  expect(got).toContain(26);
  expect(inside.latest.healedAtUs).toBe(11_000);
});

test('a node crashed twice boots when the last crash on it heals', () => {
  const world = worldOf({ a: () => ({}), b: () => ({}) });
  strike(world, 'one', 1_000, 5_000, (l) => l.crash('b'));
  strike(world, 'two', 2_000, 10_000, (l) => l.crash('b'));
  world.run(11_000);
  expect(world.hosts[1]!.node).toBeNull();
  world.run(12_000);
  expect(world.hosts[1]!.node).not.toBeNull();
});

test('extra latency delays, counts, and ends with its fault', () => {
  const at: number[] = [];
  const world = worldOf({ a: ticker('b'), b: collector([], at) });
  const slow = strike(world, 'slow', 4_500, 3_000, (l) =>
    l.shapeLink('a', 'b', { extraLatency: constant(10) }),
  );
  world.run(30_500);
  expect(at.slice(0, 8)).toEqual([2, 3, 4, 5, 9, 10, 11, 12]);
  expect(at.filter((t) => t === 16 || t === 17 || t === 18)).toHaveLength(6);
  expect(slow.latest.tally.messagesDelayed).toBe(3);
});

test('a fault that finds no target is tried again for 5 s and then was not felt', () => {
  const world = worldOf({ a: () => ({}), b: () => ({}) });
  let tries = 0;
  const fault: Fault = {
    name: 'never',
    summary: '',
    family: 'process',
    params: {},
    shorthand: null,
    inject: () => {
      tries++;
      return null;
    },
  };
  const never = new Injection(world, {
    name: 'never',
    fault,
    params: {},
    of: [],
    atUs: 0,
    forUs: null,
  });
  world.run(10_000_000);
  expect(tries).toBe(501);
  expect(never.latest.injectedAtUs).toBeNull();
});

const noisy: LinkSpec = {
  latency: { kind: 'exponential', mean: 3, min: 0.5 },
  loss: 0.2,
  duplicate: 0.1,
  reorder: 0.1,
};

test('loss, duplication and reordering happen about as often as they should', () => {
  const got: number[] = [];
  const link = { ...noisy, latency: constant(0.5) };
  worldOf({ a: ticker('b'), b: collector(got) }, { link }).run(20_000_000);
  const distinct = new Set(got).size;
  // Lost unless a copy came, which may be lost too: 0.2 × (1 - 0.1 × 0.8) of 20 000; five standard
  // deviations are 274.
  expect(Math.abs(20_000 - distinct - 3680)).toBeLessThan(274);
  // Both arrive: 0.1 × 0.8 × 0.8; five standard deviations are 174.
  expect(Math.abs(got.length - distinct - 1280)).toBeLessThan(174);
});

function arrivals(pull: ((l: Levers) => void) | null, extra: string[] = []): Map<number, number> {
  const got: number[] = [];
  const at: number[] = [];
  const makers: { [id: string]: () => Body } = { a: ticker('b'), b: collector(got, at) };
  for (const id of extra) makers[id] = ticker('a');
  const world = worldOf(makers, { link: { ...noisy, duplicate: 0 } });
  if (pull !== null) strike(world, 'fault', 500_000, 200_000, pull);
  world.run(2_000_000);
  return new Map(got.map((n, i) => [n, at[i]!]));
}

test('a cut shifts no later draw: the twin run differs only by what the fault did', () => {
  const twin = arrivals(null);
  const cut = arrivals((l) => l.cut('a', 'b'));
  expect(cut.size).toBeLessThan(twin.size - 100);
  for (const [n, at] of cut) expect(twin.get(n)).toBe(at);
});

test('loss by a fault shifts no later draw either', () => {
  const twin = arrivals(null);
  const lossy = arrivals((l) => l.shapeLink('a', 'b', { loss: 0.5 }));
  expect(lossy.size).toBeLessThan(twin.size - 50);
  for (const [n, at] of lossy) expect(twin.get(n)).toBe(at);
});

test('bystanders disturb nobody', () => {
  expect(arrivals(null, ['x', 'y', 'z'])).toEqual(arrivals(null));
});
