/** The heartbeat monitor against its formulas, and by hand. */
import { describe, expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { times } from '../../../../test/support/long.ts';
import { fastLink, Stage } from '../../../../test/support/stage.ts';
import { constant, type DistributionSpec } from '../../../sim/distribution.ts';
import system from './index.ts';

interface Cast {
  readonly count?: number;
  readonly params?: object;
  readonly loss?: number;
  readonly latency?: DistributionSpec;
  readonly bug?: string;
}

function cast({ count = 2, params = {}, loss = 0, latency = constant(1), bug }: Cast = {}) {
  const members = Array.from({ length: count }, (_, i) => `m${i + 1}`);
  const stage = new Stage({ link: { ...fastLink, loss, latency } });
  for (const id of members) {
    const more = bug === undefined ? {} : { bug };
    stage.addSystem(id, system, {
      params: params as never,
      place: { members, group: 'm' },
      ...more,
    });
  }
  stage.onSent = () => stage.sent.splice(0);
  return stage;
}

const CRASHES = times(36, 300);

const suspicions = (stage: Stage) => stage.notes.filter((note) => note.includes('suspects')).length;

describe('a fixed timeout T, beats h apart, a delay d', () => {
  test('from a crash to the suspicion: uniform on T-h+d to T+d, 301 ms on average', () => {
    const stage = cast();
    const took: number[] = [];
    for (let i = 0; i < CRASHES; i++) {
      const atMs = 1000 + i * 2000;
      stage.until(atMs).crash('m2');
      const before = stage.notes.length;
      // It comes T-h+d after the crash at the earliest.
      stage.until(atMs + 240);
      while (stage.notes.length === before) stage.step(1);
      took.push(stage.nowMs - atMs);
      stage.until(atMs + 1000).boot('m2');
    }
    const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
    // The deviation of a uniform time of 100 ms is 29 ms; the steps of this loop are 1 ms.
    expect(Math.abs(mean - 301.5)).toBeLessThan((3 * 29) / Math.sqrt(CRASHES));
    expect(Math.min(...took)).toBeGreaterThanOrEqual(251);
    expect(Math.max(...took)).toBeLessThanOrEqual(352);
  });

  // (1-p) p^m / h for each pair, m = floor(T / h).
  test.each([
    [0.2, 0.064, times(20, 200)],
    [0.1, 0.009, times(60, 600)],
  ])('a loss of %f makes %f false suspicions a second', (loss, rate, seconds) => {
    const stage = cast({ count: 10, loss });
    stage.until(seconds * 1000);
    const wanted = rate * 90 * seconds;
    const near = times(3 / Math.sqrt(wanted), 0.15);
    expect(Math.abs(suspicions(stage) / wanted - 1)).toBeLessThan(near);
  });
});

// phi 1, 2, 3: a chance of 10, 1 and 0.1 % (Hayashibara et al. 2004). Gaps that ended a suspicion
// are not learned, so that what is left looks more regular: at phi 2 by 1.415 times as many are
// suspected, where the deviation of what lies below the threshold gives that threshold.
test.each([
  [1, 'learns-every-gap', 1, 100, 300],
  [2, 'learns-every-gap', 1, 100, 600],
  [3, 'learns-every-gap', 1, 200, 2000],
  [2, undefined, 1.415, 100, 600],
] as const)('normal jitter, phi %i (%s): %f times 10^-phi of the beats come too late', (...row) => {
  const [phi, bug, factor, short, long] = row;
  // The time between two beats has a deviation of sqrt(2) times that of the delay.
  const latency: DistributionSpec = { kind: 'normal', mean: 50, sd: 5 } as never;
  const params = { detector: 'phi', threshold: phi, 'min-std': 0.1 };
  const stage = cast({ count: 4, params, latency, ...(bug === undefined ? {} : { bug }) });
  const seconds = times(short, long);
  stage.until(seconds * 1000);
  const wanted = (factor * 12 * 10 * seconds) / 10 ** phi;
  expect(Math.abs(suspicions(stage) / wanted - 1)).toBeLessThan(3 / Math.sqrt(wanted) + 0.1);
});

// After enough beats that the seed of the detector is forgotten; the last one came up to a beat ago.
test.each([
  ['akka-cluster', 4522.6, 1000],
  ['akka-remote', 11_579.9, 1000],
  ['cassandra', 18_420.7, 1000],
  ['hdfs', 630_000, 3000],
])('preset %s: suspects %f ms after the last beat', (preset, silenceMs, beatMs) => {
  const stage = cast({ params: { preset } });
  stage.until(300_000).crash('m2');
  stage.until(300_000 + silenceMs - beatMs - 5);
  expect(suspicions(stage)).toBe(0);
  stage.until(300_000 + silenceMs + 5);
  expect(stage.notes).toEqual(['m1 suspects {"of":"m2"}']);
});

test('a knob wins over the preset', () => {
  const stage = cast({ params: { preset: 'akka-cluster', pause: 0 } });
  stage.until(300_000).crash('m2').until(301_600);
  expect(suspicions(stage)).toBe(1);
});

describe('by hand', () => {
  test('a member that was heard again is trusted', () => {
    const stage = cast();
    stage.until(500).crash('m2').until(1500).boot('m2').until(2500);
    expect(stage.notes).toEqual(['m1 suspects {"of":"m2"}', 'm1 trusts {"of":"m2"}']);
  });

  test('who was paused itself judges nobody by that silence', () => {
    const story = (params: object) => {
      const stage = cast({ params });
      stage.until(1000).pause('m1', 3000);
      // What comes to a paused machine is lost once its buffers are full.
      const heal = stage.levers().cut('m2', 'm1');
      stage.until(3950);
      heal();
      stage.until(6000);
      return stage.notes.filter((note) => note.startsWith('m1'));
    };
    expect(story({ 'own-pause': 500 })).toEqual([]);
    expect(story({})).toEqual(['m1 suspects {"of":"m2"}', 'm1 trusts {"of":"m2"}']);
  });

  test('a new life has no history', () => {
    const stage = cast({ params: { detector: 'phi', 'min-std': 1 } });
    stage.until(20_000).crash('m2').until(21_000).boot('m2').until(30_000).crash('m2');
    const before = stage.notes.length;
    stage.step(400);
    expect(stage.notes.slice(before)).toEqual(['m1 suspects {"of":"m2"}']);
  });

  test('in a ring of monitors each is watched by the next ones only', () => {
    const stage = cast({ count: 5, params: { monitors: 2 } });
    stage.until(1000).crash('m3').until(3000);
    expect(stage.notes.map((note) => note.slice(0, 2)).sort()).toEqual(['m4', 'm5']);
  });

  test('answers who is trusted', () => {
    const stage = cast();
    stage.onSent = null;
    stage.until(500).crash('m2').until(1500);
    const asked = stage.ask('m1', { type: 'members' });
    expect(stage.answers().get(asked)).toMatchObject({
      members: [
        { member: 'm1', state: 'alive', incarnation: 1 },
        { member: 'm2', state: 'suspect', incarnation: 1 },
      ],
    });
  });
});

test('learns-every-gap: after one long pause crashes are found late', {
  timeout: 30_000,
}, async () => {
  const file = 'src/nodes/membership/heartbeat-monitor/example.yaml';
  const sets = [
    'faults=[{ at: 5s, for: 4s, pause: m-4 }, { at: 12s, for: 10s, name: gone, crash: m-4 }]',
    'expect=[max detection(m) <= 800ms]',
  ];
  expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
  const wrong = await runLaidOver({ file, sets: [...sets, 'nodes.m.bug=learns-every-gap'] });
  expect(violatedIn(wrong)).toEqual(['max detection(m) <= 800ms']);
});
