/** Zones: how much goes where, by who is well; the numbers are those of Envoy's documentation. */
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import { type PlaceOptions, placeOf } from '../../../../test/support/stage.ts';
import type { NodeId } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import { Balancer, type BalancerBug } from './balancers.ts';
import { balancerSpecOf, loadBalancerParams } from './params.ts';
import { type ZoneSpec, Zones } from './zones.ts';

/** `a-1` is in zone a. */
const zoneOf = (id: NodeId) => id.slice(0, 1);
const inZone = (zone: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${zone}-${i + 1}`);

interface Given extends Partial<ZoneSpec> {
  /** How many of a zone's targets are well. */
  readonly well: { readonly [zone: string]: number };
  readonly each?: number;
}

/** The share of requests that each zone gets, and whether health may be ignored. */
function shares({ well, each = 100, ...more }: Given) {
  const zones = new Zones({
    mode: 'priority',
    weights: {},
    overProvisioning: 1.4,
    order: [],
    own: 'a',
    zoneOf,
    balancers: ['a-lb'],
    ...more,
  });
  const members = Object.keys(well).flatMap((zone) => inZone(zone, each));
  const isWell = (id: NodeId) => Number(id.slice(2)) <= (well[zoneOf(id)] as number);
  const random = fixedRandom(3);
  const got: { [zone: string]: number } = {};
  const tries = 1500;
  let mayPanic = false;
  for (let i = 0; i < tries; i++) {
    const choice = zones.pick(members, isWell, random);
    mayPanic = choice.mayPanic;
    const names = [...new Set(choice.members.map(zoneOf))].join('+');
    got[names] = (got[names] ?? 0) + 1 / tries;
  }
  return { got, mayPanic };
}

/** Three standard deviations of 1,500 draws. */
const WITHIN = 0.039;

describe('priority', () => {
  test.each([
    [100, 1],
    [72, 1],
    [71, 0.994],
    [50, 0.7],
    [25, 0.35],
    [0, 0],
  ])('with %i of 100 well at home %f stays, the rest goes on', (well, share) => {
    const { got, mayPanic } = shares({ well: { a: well, b: 100 } });
    expect(Math.abs((got['a'] ?? 0) - share)).toBeLessThan(
      share === 0 || share === 1 ? 1e-9 : WITHIN,
    );
    expect(Math.abs((got['b'] ?? 0) - (1 - share))).toBeLessThan(WITHIN);
    expect(mayPanic).toBe(false);
  });

  test('with a quarter well in each they share, and only then health may be ignored', () => {
    const { got, mayPanic } = shares({ well: { a: 25, b: 25 } });
    expect(Math.abs((got['a'] ?? 0) - 0.5)).toBeLessThan(WITHIN);
    expect(mayPanic).toBe(true);
  });

  test('the zones of the order come one after another, all others as one', () => {
    const well = { a: 0, b: 50, c: 100, d: 100 };
    const { got } = shares({ well, order: ['b'] });
    expect(Math.abs((got['b'] ?? 0) - 0.7)).toBeLessThan(WITHIN);
    expect(Math.abs((got['c+d'] ?? 0) - 0.3)).toBeLessThan(WITHIN);
  });

  test('with none well anywhere all are as good', () => {
    expect(shares({ well: { a: 0, b: 0 } })).toEqual({
      got: { 'a+b': expect.closeTo(1) },
      mayPanic: true,
    });
  });
});

describe('weighted', () => {
  test.each([
    [100, 0.5],
    [70, 0.98 / 1.98],
    [50, 0.7 / 1.7],
  ])('of equal weights, with %i of 100 well one gets %f', (well, share) => {
    const { got } = shares({ mode: 'weighted', well: { a: well, b: 100 } });
    expect(Math.abs((got['a'] ?? 0) - share)).toBeLessThan(WITHIN);
  });

  test('a weight of 0 gets nothing, of 3 three times that of 1', () => {
    const weights = { a: 3, c: 0 };
    const { got } = shares({ mode: 'weighted', weights, well: { a: 100, b: 100, c: 100 } });
    expect(Math.abs((got['a'] ?? 0) - 0.75)).toBeLessThan(WITHIN);
    expect(got['c']).toBeUndefined();
  });
});

describe('aware', () => {
  test('with as many targets as balancers in each zone nothing leaves it', () => {
    const balancers = ['a-lb', 'b-lb'];
    expect(shares({ mode: 'aware', balancers, well: { a: 100, b: 100 } }).got).toEqual({
      a: expect.closeTo(1),
    });
  });

  /** Half of the balancers and a fifth of the targets: two fifths of its requests stay. */
  test('with fewer targets all get the same: the rest goes where there is room', () => {
    const balancers = ['a-lb', 'b-lb'];
    const { got } = shares({ mode: 'aware', balancers, well: { a: 25, b: 100 } });
    expect(Math.abs((got['a'] ?? 0) - 0.4)).toBeLessThan(WITHIN);
    expect(Math.abs((got['b'] ?? 0) - 0.6)).toBeLessThan(WITHIN);
  });

  test('without a target at home all zones are as good', () => {
    expect(shares({ mode: 'aware', own: 'z', well: { a: 9, b: 9 } }).got).toEqual({
      'a+b': expect.closeTo(1),
    });
  });
});

describe('in a balancer', () => {
  const targets = [...inZone('a', 4), ...inZone('b', 4)];
  const place: PlaceOptions = {
    regions: { lb: 'a', ...Object.fromEntries(targets.map((id) => [id, zoneOf(id)])) },
  };
  const balancer = (given: object, bug: BalancerBug | null = null) => {
    const values = defaultsOf(loadBalancerParams, {
      targets,
      zones: 'priority',
      ...given,
    } as never);
    const made = new Balancer(balancerSpecOf(values, placeOf('lb', place), bug));
    const silent = () => {};
    made.start({ random: fixedRandom(4), elapsed: () => 0, note: silent, measure: silent });
    return made;
  };
  const chosen = (made: Balancer, open: readonly NodeId[] = targets, count = 400) => {
    const got: { [id: NodeId]: number } = {};
    for (let i = 0; i < count; i++) {
      const id = made.choose(open, targets);
      made.ended(id, 'ok');
      got[id] = (got[id] ?? 0) + 1;
    }
    return got;
  };

  test('turns go on within the zone', () => {
    expect(chosen(balancer({}))).toEqual({ 'a-1': 100, 'a-2': 100, 'a-3': 100, 'a-4': 100 });
  });

  test('a request that all of the zone have failed goes to another one', () => {
    expect(Object.keys(chosen(balancer({}), inZone('b', 4)))).toEqual(inZone('b', 4));
  });

  test('two of four down: .7 stay, with two of them; the mistake keeps all', () => {
    const share = (bug: BalancerBug | null) => {
      const made = balancer({}, bug);
      for (const id of ['a-1', 'a-2']) made.health.checked(id, false);
      const got = chosen(made, targets, 1500);
      expect(got['a-1']).toBeUndefined();
      return ((got['a-3'] ?? 0) + (got['a-4'] ?? 0)) / 1500;
    };
    expect(Math.abs(share(null) - 0.7)).toBeLessThan(WITHIN);
    expect(share('no-spill')).toBe(1);
  });

  test('no panic at home while the other zone can take the rest; panic when both are ill', () => {
    const made = balancer({ 'panic-below': 0.5 });
    for (const id of ['a-1', 'a-2', 'a-3']) made.health.checked(id, false);
    expect(Object.keys(chosen(made))).not.toContain('a-1');
    for (const id of ['b-1', 'b-2', 'b-3']) made.health.checked(id, false);
    expect(Object.keys(chosen(made)).sort()).toEqual(targets);
  });
});
