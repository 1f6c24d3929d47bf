/** Version vectors and contexts: the laws of the order, and what a context says exactly. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type CausalContext,
  compareVectors,
  contextDescends,
  covers,
  type Dot,
  descends,
  increment,
  latestOf,
  mergeContexts,
  mergeVectors,
  NOTHING_SEEN,
  sameContext,
  type VersionVector,
  withDot,
} from './version-vector.ts';

const vectors = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 4 }));
const dots = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 6 })));

/** The context of exactly these events, built one by one. */
function contextOf(events: readonly Dot[]): CausalContext {
  return events.reduce(withDot, NOTHING_SEEN);
}

/** All events up to 6 of the three actors that a context has seen: the definition. */
function eventsOf(context: CausalContext): readonly string[] {
  return ['a', 'b', 'c'].flatMap((actor) =>
    [1, 2, 3, 4, 5, 6].filter((n) => covers(context, [actor, n])).map((n) => `${actor}${n}`),
  );
}

test('vectors are ordered, and merging gives the least one above both', () => {
  fc.assert(
    fc.property(vectors, vectors, vectors, (a, b, c) => {
      const merged = mergeVectors(a, b);
      expect(descends(merged, a) && descends(merged, b)).toBe(true);
      if (descends(c, a) && descends(c, b)) expect(descends(c, merged)).toBe(true);
      const mirrored = {
        equal: 'equal',
        before: 'after',
        after: 'before',
        concurrent: 'concurrent',
      };
      expect(compareVectors(b, a)).toBe(mirrored[compareVectors(a, b)]);
    }),
  );
});

test('an event more is after, and two that nobody has seen together are concurrent', () => {
  const a: VersionVector = { x: 2 };
  expect(compareVectors(increment(a, 'x'), a)).toBe('after');
  expect(compareVectors(increment(a, 'x'), increment(a, 'y'))).toBe('concurrent');
  expect(compareVectors({}, { x: 0 })).toBe('equal');
});

test('a context covers the events that it was made of, and no other', () => {
  fc.assert(
    fc.property(dots, (events) => {
      const expected = new Set(events.map(([actor, n]) => `${actor}${n}`));
      expect(new Set(eventsOf(contextOf(events)))).toEqual(expected);
    }),
  );
});

test('contexts merge and compare as the sets of their events, in whatever order they came', () => {
  fc.assert(
    fc.property(dots, dots, (left, right) => {
      const [a, b] = [contextOf(left), contextOf(right)];
      const union = new Set([...eventsOf(a), ...eventsOf(b)]);
      expect(new Set(eventsOf(mergeContexts(a, b)))).toEqual(union);
      expect(mergeContexts(a, b)).toEqual(contextOf([...right, ...left]));
      const within = eventsOf(b).every((event) => eventsOf(a).includes(event));
      expect(contextDescends(a, b)).toBe(within);
      expect(sameContext(a, contextOf([...left].reverse()))).toBe(true);
    }),
  );
});

test('dots become part of the vector as soon as nothing is missing before them', () => {
  const gap = withDot(withDot(NOTHING_SEEN, ['a', 1]), ['a', 3]);
  expect(gap).toEqual({ vector: { a: 1 }, dots: [['a', 3]] });
  expect(withDot(gap, ['a', 2])).toEqual({ vector: { a: 3 }, dots: [] });
  expect(latestOf(gap, 'a')).toBe(3);
  expect(latestOf(gap, 'b')).toBe(0);
});
