/** The address by hand: how fast it moves, who has it, and what caches do. */
import { describe, expect, test } from 'vitest';
import { answering, ok } from '../../../../test/support/services.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';
import { masterDownMs, params, priorityOf, refuseSettings } from './settings.ts';

interface Scene {
  readonly params?: { readonly [name: string]: unknown };
  readonly bug?: string;
}

/** The address, two routers r1 and r2, and behind them s1 and s2. */
function scene({ params: given = {}, bug }: Scene = {}): Stage {
  const stage = new Stage();
  const roles = { address: ['vip'], router: ['r1', 'r2'] };
  const members = ['vip', 'r1', 'r2'];
  for (const id of members) {
    stage.addSystem(id, system, {
      params: { target: ['s1', 's2'], ...given },
      ...(bug === undefined ? {} : { bug }),
      place: { members, roles, role: id === 'vip' ? 'address' : 'router' },
    });
  }
  for (const id of ['s1', 's2']) stage.add(id, () => answering(0, ok));
  return stage;
}

const holders = (stage: Stage) =>
  [...stage.views()].flatMap(([id, view]) => (view['role'] === 'holder' ? [id] : []));

describe('the time until the address is taken', () => {
  test.each([
    [100, 2610, 3610, 3109],
    [200, 2219, 3219, 2719],
    [254, 2008, 3008, 2508],
  ])('at priority %i: from %i to %i ms after the crash', (priority, least, most, mean) => {
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      // The backup has this priority, the holder a higher one.
      const above = Math.min(50, 254 - priority);
      const stage = scene({ params: { priority: priority + above, step: above } });
      // Adverts come each second from the moment of the take-over on.
      const crashAtMs = 10_000 + i * 50 + 25;
      stage.until(crashAtMs).crash('r1');
      while (holders(stage).length === 0) stage.step(10);
      times.push(stage.nowMs - crashAtMs);
    }
    expect(Math.min(...times)).toBeGreaterThanOrEqual(least - 60);
    expect(Math.max(...times)).toBeLessThanOrEqual(most + 60);
    const measured = times.reduce((sum, time) => sum + time, 0) / times.length;
    expect(Math.abs(measured - mean)).toBeLessThan(30);
  });

  test('is three adverts and a skew, which version 3 counts in adverts', () => {
    const of = (set: object) => masterDownMs(defaultsOf(params, { target: [], ...set }), 100);
    expect(of({})).toBeCloseTo(3609.375, 6);
    expect(of({ advert: 100 })).toBeCloseTo(300 + 609.375, 6);
    expect(of({ advert: 100, version: 'v3' })).toBeCloseTo(300 + 60.9375, 6);
  });
});

describe('a farewell', () => {
  test('lets the next one take the address after its skew alone', () => {
    const stage = scene();
    stage.until(6000);
    stage.levers().tellToLeave('r1');
    const fromMs = stage.nowMs;
    stage.step(1);
    expect(holders(stage)).toEqual([]);
    while (holders(stage).length === 0) stage.step(1);
    // A message on its way, and (256 - 100) / 256 s.
    expect(stage.nowMs - fromMs).toBeCloseTo(611, 0);
    expect(holders(stage)).toEqual(['r2']);
    // Who has said farewell does not take it back.
    expect(holders(stage.step(5000))).toEqual(['r2']);
  });

  test('of one that does not hold it is none', () => {
    const stage = scene();
    stage.until(6000);
    stage.levers().tellToLeave('r2');
    expect(holders(stage.step(5000))).toEqual(['r1']);
  });
});

describe('who has it', () => {
  test('one router at a time: the other one after a crash, the first again when it is back', () => {
    const stage = scene();
    stage.until(6000);
    expect(holders(stage)).toEqual(['r1']);
    stage.crash('r1').step(4000);
    expect(holders(stage)).toEqual(['r2']);
    stage.boot('r1').step(5000);
    expect(holders(stage)).toEqual(['r1']);
  });

  test('without preemption it stays where it is', () => {
    const stage = scene({ params: { preempt: false } });
    stage.until(6000).crash('r1').step(4000).boot('r1').step(8000);
    expect(holders(stage)).toEqual(['r2']);
  });

  test('one that is back leaves it where it is for the delay of its preemption', () => {
    const stage = scene({ params: { 'preempt-delay': 10_000 } });
    stage.until(6000).crash('r1').step(4000).boot('r1').step(9000);
    expect(holders(stage)).toEqual(['r2']);
    expect(holders(stage.step(5000))).toEqual(['r1']);
  });

  test('two that cannot hear each other both have it, until they can', () => {
    const stage = scene();
    stage.until(6000);
    const levers = stage.levers();
    const heals = [levers.cut('r1', 'r2'), levers.cut('r2', 'r1')];
    stage.step(5000);
    expect(holders(stage)).toEqual(['r1', 'r2']);
    for (const heal of heals) heal();
    expect(holders(stage.step(2000))).toEqual(['r1']);
  });
});

describe('requests', () => {
  const asked = (stage: Stage) => {
    stage.sent.splice(0);
    const id = stage.ask('vip', { type: 'request' }, 200);
    stage.step(300);
    const to = stage.sent.find(
      ({ from, message }) => from === 'vip' && message.type === 'request',
    )?.to;
    return [to, stage.answers().get(id)?.type];
  };

  test('go to the holder; before there is one they are refused', () => {
    const stage = scene();
    expect(asked(stage)).toEqual([undefined, 'error']);
    stage.until(6000);
    expect(asked(stage)).toEqual(['s1', 'request_ok']);
    stage.crash('r1').crash('s1').step(4000);
    expect(asked(stage)).toEqual(['s2', 'request_ok']);
  });

  test('with a cache they go on to the old holder until the entry is too old', () => {
    const stage = scene({ params: { 'arp-cache': 10_000 } });
    stage.until(6000);
    asked(stage);
    expect(asked(stage)).toEqual(['s1', 'request_ok']);
    stage.crash('r1').crash('s1').step(4000);
    expect(asked(stage)[0]).toBe('s1');
    stage.step(7000);
    asked(stage);
    expect(asked(stage)).toEqual(['s2', 'request_ok']);
  });
});

describe('a switch that learns from adverts', () => {
  const cut = (stage: Stage) => {
    const levers = stage.levers();
    const heals = [levers.cut('r1', 'r2'), levers.cut('r2', 'r1')];
    return () => {
      for (const heal of heals) heal();
    };
  };
  const flaps = (stage: Stage) => stage.measured().filter((line) => line.includes('flaps')).length;

  test('moves the address with each advert while two hold it, and says so', () => {
    const stage = scene({ params: { learns: 'adverts' } });
    stage.until(6000);
    const heal = cut(stage);
    stage.step(8000);
    heal();
    // Two routers of an advert a second each, for five seconds.
    expect(flaps(stage)).toBeGreaterThanOrEqual(8);
    const before = flaps(stage.step(1100));
    expect(flaps(stage.step(10_000))).toBe(before);
    expect(stage.node('vip').inspect?.()).toMatchObject({ holder: 's1' });
  });

  test('sees no two owners in a take-over, nor when the first is back', () => {
    const stage = scene({ params: { learns: 'adverts' } });
    stage.until(6000).crash('r1').step(4000).boot('r1').step(6000);
    expect([holders(stage), flaps(stage)]).toEqual([['r1'], 0]);
  });

  test('double-master: both keep it when they hear each other again', () => {
    const stage = scene({ params: { learns: 'adverts' }, bug: 'double-master' });
    stage.until(6000);
    const heal = cut(stage);
    stage.step(5000);
    heal();
    stage.step(2000);
    const before = flaps(stage);
    expect(holders(stage)).toEqual(['r1', 'r2']);
    expect(flaps(stage.step(5000)) - before).toBeGreaterThanOrEqual(8);
  });
});

test('each router has a node behind it, and its own priority', () => {
  const given = defaultsOf(params, { target: ['a', 'b'] });
  expect(refuseSettings(given, 2)).toBeNull();
  expect(refuseSettings(given, 3)).toContain('one each');
  const both = { ...given, learns: 'adverts', 'arp-cache': 1000 } as const;
  expect(refuseSettings(both, 2)).toContain('no such cache');
  expect([0, 1, 2].map((place) => priorityOf(given, place))).toEqual([200, 100, 1]);
});
