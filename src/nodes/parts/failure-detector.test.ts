/** Failure detectors against their definitions and the defaults of Akka and Cassandra. */
import { describe, expect, test } from 'vitest';
import { type DetectorSpec, deviationsFor, FailureDetector, phiOf } from './failure-detector.ts';

const spec: DetectorSpec = {
  model: 'normal',
  timeoutMs: 350,
  threshold: 8,
  window: 1000,
  minStdMs: 0.001,
  pauseMs: 0,
  heartbeatMs: 100,
  learnsAll: false,
};

/** A detector that has heard heartbeats apart by these gaps, and the time of the last. */
function heard(gaps: readonly number[], given: Partial<DetectorSpec> = {}) {
  const detector = new FailureDetector({ ...spec, ...given }, 0);
  let nowMs = 0;
  for (const gap of gaps) {
    nowMs += gap;
    detector.beat(nowMs, false);
  }
  return { detector, nowMs };
}

const steady = (gapMs: number, count = 1000) => Array.from({ length: count }, () => gapMs);

test.each([
  [1, 1.282, 1.282],
  [3, 3.09, 3.059],
  [5, 4.265, 4.119],
  [8, 5.612, 5.226],
  [10, 6.361, 5.799],
])('phi %i is reached after %f deviations, by Akka after %f', (phi, normal, logistic) => {
  expect(deviationsFor(phi, 'normal')).toBeCloseTo(normal, 3);
  expect(deviationsFor(phi, 'logistic')).toBeCloseTo(logistic, 3);
  for (const model of ['normal', 'logistic'] as const) {
    expect(phiOf(deviationsFor(phi, model), model)).toBeCloseTo(phi, 6);
  }
});

test('an Akka cluster suspects 4.523 s after the last beat', () => {
  const akka = { model: 'logistic', heartbeatMs: 1000, pauseMs: 3000, minStdMs: 100 } as const;
  const { detector, nowMs } = heard(steady(1000), akka);
  expect(detector.leftMs(nowMs)).toBeCloseTo(4523, 0);
  expect(detector.phi(nowMs + detector.silenceMs())).toBeCloseTo(8, 3);
});

test('Cassandra suspects after 18.42 mean gaps', () => {
  const { detector } = heard(steady(1000), { model: 'exponential' });
  expect(detector.silenceMs() / 1000).toBeCloseTo(18.42, 2);
});

test('a fixed timeout is what it says', () => {
  const { detector, nowMs } = heard(steady(40), { model: 'fixed' });
  expect([detector.leftMs(nowMs), detector.leftMs(nowMs + 350)]).toEqual([350, 0]);
  expect(detector.phi(nowMs + 175)).toBe(0.5);
});

describe('what is learned', () => {
  test('before the second beat: the heartbeat, with a quarter of it as deviation', () => {
    const { detector } = heard([]);
    expect(detector.silenceMs()).toBeCloseTo(100 + 5.612 * 25, 1);
  });

  test('only the last gaps of the window count', () => {
    const { detector } = heard([...steady(500, 10), ...steady(100, 20)], {
      window: 20,
      minStdMs: 1,
    });
    expect(detector.silenceMs()).toBeCloseTo(105.6, 1);
  });

  test('the gap that ended a suspicion is not learned, or one pause blinds', () => {
    const silenceAfter = (learnsAll: boolean) => {
      const { detector, nowMs } = heard(steady(100, 50), { learnsAll, minStdMs: 1 });
      detector.beat(nowMs + 10_000, true);
      return detector.silenceMs();
    };
    expect(silenceAfter(false)).toBeLessThan(250);
    expect(silenceAfter(true)).toBeGreaterThan(5000);
  });

  test('a silence that is excused is forgotten', () => {
    const { detector, nowMs } = heard(steady(100));
    detector.excuse(nowMs + 5000);
    expect(detector.phi(nowMs + 5050)).toBeLessThan(1);
  });
});
