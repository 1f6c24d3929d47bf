import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeAxis } from './time-axis.ts';

const moment = fc
  .tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 50_000 }))
  .map(([fromUs, length]) => ({ fromUs, untilUs: fromUs + length }));

test('a folded axis is without gaps, strictly increasing, and leads back', () => {
  fc.assert(
    fc.property(
      fc.array(moment, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 1_100_000 }), { minLength: 2, maxLength: 20 }),
      (moments, times) => {
        const axis = TimeAxis.folded(moments, 1_100_000);
        axis.stretches.forEach((stretch, i) => {
          const before = axis.stretches[i - 1];
          expect(stretch.fromUs).toBe(before?.untilUs ?? 0);
          expect(stretch.at).toBeCloseTo((before?.at ?? 0) + (before?.length ?? 0), 9);
        });
        const ordered = [...new Set(times)].sort((a, b) => a - b);
        ordered.forEach((us, i) => {
          expect(axis.us(axis.at(us))).toBeCloseTo(us, 3);
          if (i > 0) expect(axis.at(us)).toBeGreaterThan(axis.at(ordered[i - 1] ?? 0));
        });
      },
    ),
    { seed: 1 },
  );
});

test('a moment of 10 ms among 30 s has as much room as one of a second', () => {
  const axis = TimeAxis.folded(
    [
      { fromUs: 9_000_000, untilUs: 9_010_000 },
      { fromUs: 15_000_000, untilUs: 16_000_000 },
    ],
    30_000_000,
  );
  const room = (fromUs: number, untilUs: number) => axis.at(untilUs) - axis.at(fromUs);
  expect(room(9_000_000, 9_010_000)).toBeCloseTo(room(15_000_000, 16_000_000), 9);
  expect(axis.stretches.map(({ isFolded }) => isFolded)).toEqual([true, false, true, false, true]);
});

test('moments that run together are one', () => {
  const axis = TimeAxis.folded(
    [
      { fromUs: 1000, untilUs: 2000 },
      { fromUs: 1500, untilUs: 2600 },
      { fromUs: 2900, untilUs: 3900 },
    ],
    10_000,
  );
  expect(axis.stretches.filter(({ isFolded }) => !isFolded)).toMatchObject([
    { fromUs: 1000, untilUs: 3900 },
  ]);
});
