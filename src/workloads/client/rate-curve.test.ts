/** Arrivals of loads whose rate changes: how many come in which window. */
import { describe, expect, test } from 'vitest';
import { ClientDrive } from '../../../test/support/drive-client.ts';
import register from '../register.ts';
import { type ClientPace, clientSpecs } from './load.ts';
import { bursts, diurnal, phases, RateCurve, type RateShape, ramp } from './rate-curve.ts';

const SECOND_US = 1_000_000;

/** Moments in seconds at which the clients of a load ask, until so many seconds. */
function arrivals(
  shape: RateShape,
  kind: 'poisson' | 'constant',
  seconds: number,
  clients = 1,
): number[] {
  const specs = clientSpecs({
    name: 'load',
    workload: register,
    clients: Array.from({ length: clients }, (_, i) => `load-${i + 1}`),
    target: 'kv',
    targets: ['kv'],
    pinned: [],
    timeoutUs: Infinity,
    pace: { kind: 'open', arrivals: kind, perSecond: 1, shape },
    startUs: 0,
    stopUs: seconds * SECOND_US,
    operationsMax: Infinity,
  });
  const read = { f: 'read', key: 'k', input: null, request: { type: 'read', key: 'k' } };
  return specs
    .flatMap((spec, i) => {
      const generator = { next: () => read, last: () => null };
      const drive = new ClientDrive(spec, generator, () => [], i + 1).until(seconds * 1000);
      return drive.history.map(({ invokedAtUs }) => invokedAtUs / SECOND_US);
    })
    .sort((a, b) => a - b);
}

const within = (times: readonly number[], from: number, until: number): number =>
  times.filter((time) => time >= from && time < until).length;

describe('evenly spaced arrivals come where the integral of the rate is whole', () => {
  test('a ramp: t = sqrt(2 n / slope), then at the rate where it ends', () => {
    const times = arrivals(ramp(0, 100, 10 * SECOND_US), 'constant', 12);
    // The integral is 5 t²: 500 arrivals in 10 s, and then 100 a second.
    expect(times.length).toBe(700);
    for (const n of [0, 1, 20, 320, 499]) expect(times[n]).toBeCloseTo(Math.sqrt(n / 5), 5);
    expect(within(times, 10, 11)).toBe(100);
  });

  test('downwards to nothing, and it is over', () => {
    const times = arrivals(ramp(100, 0, 4_005_000), 'constant', 20);
    // 200.25 in all, and one at the start; 150.06 in the first two seconds.
    expect(times.length).toBe(201);
    expect(within(times, 0, 2)).toBe(151);
  });

  test('bursts at the end of each period', () => {
    const times = arrivals(bursts(10, 200, SECOND_US, 5 * SECOND_US), 'constant', 15);
    for (const period of [0, 5, 10]) {
      expect(within(times, period, period + 3.9999)).toBeGreaterThanOrEqual(39);
      expect(within(times, period, period + 3.9999)).toBeLessThanOrEqual(40);
      expect(Math.abs(within(times, period + 4, period + 5) - 200)).toBeLessThanOrEqual(1);
    }
  });

  test('phases, one after another, and then no more', () => {
    const shape = phases([
      { forUs: 2 * SECOND_US, from: 50, to: 50 },
      { forUs: 3 * SECOND_US, from: 0, to: 0 },
      { forUs: SECOND_US, from: 100, to: 200 },
    ]);
    const times = arrivals(shape, 'constant', 30);
    expect(within(times, 0, 1.9999)).toBe(100);
    expect(within(times, 2.0001, 4.9999)).toBe(0);
    expect(within(times, 4.9999, 6)).toBe(150);
    expect(within(times, 6, 30)).toBe(0);
  });

  test('the clients of a load together are spaced as one', () => {
    const alone = arrivals(ramp(10, 90, 5 * SECOND_US), 'constant', 8, 1);
    const together = arrivals(ramp(10, 90, 5 * SECOND_US), 'constant', 8, 3);
    expect(together.length).toBe(alone.length);
    for (const [i, time] of together.entries()) expect(time).toBeCloseTo(alone[i] ?? 0, 4);
  });
});

describe('random arrivals: counts in windows are Poisson around the integral', () => {
  test('the course of a day', () => {
    const [low, high, day] = [50, 450, 24];
    const times = arrivals(diurnal(low, high, day * SECOND_US), 'poisson', 2 * day);
    const rate = (hour: number) =>
      low + ((high - low) * (1 - Math.cos((2 * Math.PI * hour) / day))) / 2;
    for (let hour = 0; hour < 2 * day; hour++) {
      // Straight lines: the trapezoid over the hour.
      const mean = (rate(hour) + rate(hour + 1)) / 2;
      expect(Math.abs(within(times, hour, hour + 1) - mean)).toBeLessThan(5 * Math.sqrt(mean));
    }
    const total = (2 * day * (low + high)) / 2;
    expect(Math.abs(times.length - total)).toBeLessThan(5 * Math.sqrt(total));
  });

  test('a ramp', () => {
    const times = arrivals(ramp(0, 400, 10 * SECOND_US), 'poisson', 10, 4);
    for (let second = 0; second < 10; second++) {
      const mean = 40 * (second + 0.5);
      expect(Math.abs(within(times, second, second + 1) - mean)).toBeLessThan(5 * Math.sqrt(mean));
    }
  });
});

test('an arrival may be many periods away, or never come', () => {
  const curve = new RateCurve(bursts(0, 1, SECOND_US, 10 * SECOND_US), 1);
  expect(curve.after(0, 0.5) / SECOND_US).toBeCloseTo(9.5, 9);
  expect(curve.after(9.5 * SECOND_US, 0.75) / SECOND_US).toBeCloseTo(19.25, 9);
  expect(curve.after(9.5 * SECOND_US, 1000.25) / SECOND_US).toBeCloseTo(10_009.75, 6);
  expect(new RateCurve(ramp(1, 0, SECOND_US), 1).after(0, 1)).toBe(Infinity);
  expect(new RateCurve(bursts(0, 0, 1, 2), 1).after(0, 1)).toBe(Infinity);
});

test('a load without a shape has no curve', () => {
  const pace: ClientPace | undefined = clientSpecs({
    name: 'load',
    workload: register,
    clients: ['load'],
    target: 'kv',
    targets: ['kv'],
    pinned: [],
    timeoutUs: 1,
    pace: { kind: 'open', arrivals: 'poisson', perSecond: 1 },
    startUs: 0,
    stopUs: 1,
    operationsMax: 1,
  })[0]?.pace;
  expect(pace).toMatchObject({ curve: null });
});
