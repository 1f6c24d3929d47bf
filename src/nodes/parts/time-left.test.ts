/** What is left of a request's time, where rounding would leave a little forever. */
import { expect, test } from 'vitest';
import type { FlowContext } from '../../sim/call.ts';
import { inWholeUs, timeLeft } from './time-left.ts';

const left = (deadline: number | null, now: number) =>
  timeLeft({ deadline, now: () => now } as FlowContext);

test('it counts whole µs', () => {
  expect(0.1 + 0.2 - 0.3).toBeGreaterThan(0);
  expect(left(0.1 + 0.2, 0.3)).toBe(0);
  expect(left(0.3, 0.1)).toBe(0.2);
  expect(left(5, 7)).toBe(-2);
  expect(left(null, 7)).toBe(Infinity);
});

test('of what rounding leaves nothing is left to wait for', () => {
  expect([inWholeUs(0.0004), inWholeUs(0.0006), inWholeUs(12.5)]).toEqual([0, 0.001, 12.5]);
});
