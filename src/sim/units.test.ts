// Numbers for people: three digits of a duration, thousands apart, shares that never round up to all.
import { expect, test } from 'vitest';
import {
  formatCount,
  formatDurationUs,
  formatMeasured,
  formatMomentUs,
  formatRatio,
  formatRatioUp,
  formatShare,
} from './units.ts';

test.each([
  [0, '0µs'],
  [7.25, '7.25µs'],
  [450, '450µs'],
  [999.7, '1000µs'],
  [1000, '1ms'],
  [1005, '1ms'],
  [8250, '8.25ms'],
  [12_340, '12.3ms'],
  [99_940, '99.9ms'],
  [100_400, '100ms'],
  [999_499, '999ms'],
  [999_500, '1s'],
  [1125, '1.13ms'],
  [1_125_000, '1.13s'],
  [1_845_001, '1.85s'],
  [119_500_000, '120s'],
  [150_500_000, '2m31s'],
  [1_840_000, '1.84s'],
  [59_960_000, '60s'],
  [119_999_999, '120s'],
  [120_000_000, '2m'],
  [150_400_000, '2m30s'],
  [3_600_000_000, '60m'],
  [-12_340, '-12.3ms'],
  [Infinity, '∞'],
])('%d µs is %s', (us, text) => {
  expect(formatDurationUs(us)).toBe(text);
});

test('moments align, shares are rounded down, and thousands stand apart', () => {
  expect(formatMomentUs(12_840_400)).toBe('12.840s');
  expect([0, 1, 0.99999, 0.5, 0.00004].map(formatRatio)).toEqual([
    '0%',
    '100%',
    '99.99%',
    '50.00%',
    '0.00%',
  ]);
  expect([999, 1000, 1_234_567.6].map(formatCount)).toEqual(['999', '1,000', '1,234,568']);
  expect([0, 1, 0.03699349820698568, 0.5].map(formatRatioUp)).toEqual([
    '0%',
    '100%',
    '3.70%',
    '50.00%',
  ]);
  expect([0.1, 0.99995, 0.07, 1 - 0.999].map(formatShare)).toEqual([
    '10%',
    '99.995%',
    '7%',
    '0.1%',
  ]);
});

test.each([
  [0.25, 'ratio', '25.00%'],
  [8.25, 'ms', '8.25ms'],
  [11_204, 'count', '11,204'],
  [96.5, 'per-second', '96.5/s'],
  [64, 'bytes', '64 B'],
] as const)('%d as %s: %s', (value, unit, text) => {
  expect(formatMeasured(value, unit)).toBe(text);
});
