/** The context of a session: what it holds, and what it forgets. */
import { expect, test } from 'vitest';
import { seenOf, withSeen } from './session-context.ts';
import { type CausalContext, NOTHING_SEEN } from './version-vector.ts';

const seen = (n: number): CausalContext => ({ vector: { a: n }, dots: [] });

test('a session brings along what it has seen of each key', () => {
  const first = withSeen(undefined, 'x', seen(1));
  const both = withSeen(first, 'y', seen(2));
  const later = withSeen(both, 'x', seen(3));
  expect([seenOf(later, 'x'), seenOf(later, 'y')]).toEqual([seen(3), seen(2)]);
  expect([seenOf(later, 'z'), seenOf(null, 'x'), seenOf([1], '0')]).toEqual(
    Array(3).fill(NOTHING_SEEN),
  );
});

test('it holds the 64 keys used last', () => {
  let context = withSeen(undefined, 'k0', seen(0));
  for (let i = 1; i < 64; i++) context = withSeen(context, `k${i}`, seen(i));
  context = withSeen(context, 'k0', seen(100));
  context = withSeen(context, 'k64', seen(64));
  expect(Object.keys(context)).toHaveLength(64);
  expect([seenOf(context, 'k0'), seenOf(context, 'k1')]).toEqual([seen(100), NOTHING_SEEN]);
});
