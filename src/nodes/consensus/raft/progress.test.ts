import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InFlight, Progress } from './progress.ts';

test('the ring of messages under way behaves as a list of them', () => {
  const step = fc.oneof(fc.constant('add' as const), fc.integer({ min: 0, max: 40 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (max, steps) => {
      const ring = new InFlight(max);
      let list: number[] = [];
      let last = 0;
      for (const each of steps) {
        if (each === 'add') {
          if (list.length === max) continue;
          last += 2;
          list.push(last);
          ring.add(last);
        } else {
          list = list.filter((index) => index > each);
          ring.freeUpTo(each);
        }
        expect(ring.full).toBe(list.length === max);
      }
    }),
    { seed: 5, numRuns: 500 },
  );
});

test('a follower that is probed again has nothing under way', () => {
  const follower = new Progress('n2', 1, 1);
  follower.becomeReplicate(5);
  follower.inFlight.add(5);
  expect(follower.inFlight.full).toBe(true);
  follower.becomeProbe(3);
  expect([follower.state, follower.nextIndex, follower.inFlight.full]).toEqual(['probe', 3, false]);
});
