// Intervals against the time of the simulation.
import { expect, test } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { brief } from '../../../test/support/judging.ts';
import { partsOf } from '../findings/parts.ts';
import { judgeTrueTime } from './true-time.ts';

const judge = (history: string) => judgeTrueTime(partsOf(told(history)), 'true-time');

test.each([
  ['around the call', '2-4 a now -> {"earliest": 1, "latest": 9}', 'pass'],
  ['that meets the call', '2-4 a now -> {"earliest": 4, "latest": 9}', 'pass'],
  ['that is over before it', '3-4 a now -> {"earliest": 1, "latest": 2}', 'fail: time-outside 1'],
  ['that begins after it', '3-4 a now -> {"earliest": 5, "latest": 6}', 'fail: time-outside 1'],
  ['of nobody', '3-4? a now', 'unknown'],
  ['that is a number', '3-4 a now -> 9', 'unknown'],
])('an interval %s: %s', (_, history, verdict) => {
  expect(brief(judge(history))).toBe(verdict);
});

test('the clock that is most wrong is named', () => {
  const { summary } = judge(
    '3-4 a now -> {"earliest": 5, "latest": 6}\n 7-8 a now -> {"earliest": 1, "latest": 2}',
  );
  expect(summary).toContain('#1, answered at 0.008s, gives a time that ends 5ms before');
});
