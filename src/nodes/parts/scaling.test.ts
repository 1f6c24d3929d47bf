/** How many members an autoscaler wants. */
import { describe, expect, test } from 'vitest';
import { Scaling, type ScalingSpec } from './scaling.ts';

const spec = (more: Partial<ScalingSpec> = {}): ScalingSpec => ({
  min: 1,
  max: 100,
  target: 60,
  tolerance: 0.1,
  upFactor: 2,
  upStep: 4,
  stabilizeMs: 0,
  coolDownMs: 0,
  naive: false,
  ...more,
});

/** The documentation's own examples: members, what each has, what it should have. */
test.each([
  [50, 90, 75, 60],
  [4, 90, 60, 6],
  [3, 62, 60, 3],
  [10, 66.1, 60, 12],
  [10, 30, 60, 5],
])('%i members at %f of %f: %i', (ready, each, target, wanted) => {
  const seen = { ready, starting: 0, sum: ready * each };
  expect(new Scaling(spec({ target })).wish(seen)).toBe(wanted);
});

test('what saturates grows by one over the target at a time: 3, 5, 8, 12', () => {
  const scaling = new Scaling(spec({ target: 0.7 }));
  const counts = [3];
  for (let i = 0; i < 3; i++) {
    const ready = counts[i] as number;
    counts.push(scaling.decide(i * 15_000, { ready, starting: 0, sum: ready }));
  }
  expect(counts).toEqual([3, 5, 8, 12]);
});

describe('members that are starting', () => {
  /** 400/s for three ready members of 35 each; the others take four periods to start. */
  const grown = (naive: boolean) => {
    const scaling = new Scaling(spec({ target: 35, naive }));
    let now = 3;
    for (let period = 0; period < 4; period++) {
      now = scaling.decide(period * 15_000, { ready: 3, starting: now - 3, sum: 400 });
    }
    return now;
  };

  test('count with nothing: 12 are enough', () => {
    expect(grown(false)).toBe(12);
  });

  test('counted as if they carried load they are asked for again and again', () => {
    expect(grown(true)).toBeGreaterThan(40);
  });
});

test('it grows to double, or by four, in one period', () => {
  const scaling = new Scaling(spec());
  expect(scaling.decide(0, { ready: 1, starting: 0, sum: 6000 })).toBe(5);
  expect(scaling.decide(0, { ready: 10, starting: 0, sum: 60_000 })).toBe(20);
});

test('it shrinks only as far as the highest wish of the last while', () => {
  const scaling = new Scaling(spec({ stabilizeMs: 300_000 }));
  const at = (ms: number, ready: number, sum: number) =>
    scaling.decide(ms, { ready, starting: 0, sum });
  expect(at(0, 10, 600)).toBe(10);
  expect(at(100_000, 10, 240)).toBe(10);
  expect(at(300_001, 10, 180)).toBe(4);
});

test('after a change it cools down', () => {
  const scaling = new Scaling(spec({ coolDownMs: 60_000 }));
  const seen = { ready: 4, starting: 0, sum: 480 };
  expect(scaling.decide(0, seen)).toBe(8);
  expect(scaling.decide(59_999, seen)).toBe(4);
  expect(scaling.decide(60_000, seen)).toBe(8);
});
