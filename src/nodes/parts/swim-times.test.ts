/**
 * The golden values of hashicorp/memberlist (`util_test.go`, `suspicion_test.go`,
 * `awareness_test.go`).
 */
import { expect, test } from 'vitest';
import {
  confirmationsWanted,
  exchangeMs,
  HealthScore,
  suspicionLeftMs,
  suspicionMs,
  transmitLimit,
} from './swim-times.ts';

test.each([
  [5, 1000],
  [10, 1000],
  [50, 1698],
  [100, 2000],
  [500, 2698],
  [1000, 3000],
])('a suspicion among %i members lasts 3 times %i ms', (members, thirdMs) => {
  expect(suspicionMs(3, members, 1000)).toBe(3 * thirdMs);
});

test.each([
  [0, 0, 30_000],
  [1, 2000, 14_000],
  [2, 3000, 4810],
  [3, 4000, -2000],
  [4, 5000, -3000],
  [5, 10_000, -8000],
])('%i confirmations after %i ms leave %i ms of 2 s to 30 s', (confirmed, elapsed, left) => {
  expect(suspicionLeftMs(confirmed, 3, elapsed, 2000, 30_000)).toBe(left);
});

test.each([
  [0, 2000],
  [1, 1250],
  [2, 810],
  [3, 500],
])('%i confirmations shorten 2 s to %i ms', (confirmed, left) => {
  // memberlist's own test allows 25 ms.
  expect(Math.abs(suspicionLeftMs(confirmed, 3, 0, 500, 2000) - left)).toBeLessThanOrEqual(2);
});

test('a LAN suspicion: 48, 22.76, 8 s among 100, and 24, 11.38, 4 s among 10', () => {
  const of = (members: number) => {
    const wanted = confirmationsWanted(4, members);
    const minMs = suspicionMs(4, members, 1000);
    return [0, 1, 2].map((confirmed) => suspicionLeftMs(confirmed, wanted, 0, minMs, 6 * minMs));
  };
  expect(of(100)).toEqual([48_000, 22_762, 8000]);
  expect(of(10)).toEqual([24_000, 11_381, 4000]);
});

test('a group too small to confirm wants no confirmation', () => {
  expect([3, 4, 10].map((members) => confirmationsWanted(4, members))).toEqual([0, 2, 2]);
  expect(suspicionLeftMs(0, 0, 500, 2000, 30_000)).toBe(1500);
});

test('news are sent mult times the digits of the group', () => {
  expect([0, 1, 9, 10, 99, 100].map((members) => transmitLimit(3, members))).toEqual([
    0, 3, 3, 6, 6, 9,
  ]);
});

test('views are exchanged less often in larger groups', () => {
  const times = [0, 1, 32, 33, 64, 65, 128, 129].map((members) => exchangeMs(1, members));
  expect(times).toEqual([1, 1, 1, 2, 2, 3, 3, 4]);
});

test('the score of health stays between 0 and 7, and scales times', () => {
  const health = new HealthScore(8);
  const seen = [0, -1, -10, 1, -1, 10, -1, -1, -1, -1, -1, -1, -1, -1].map((delta) => {
    health.add(delta);
    return health.score;
  });
  expect(seen).toEqual([0, 0, 0, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
  health.add(2);
  expect(health.scale(500)).toBe(1500);
});
