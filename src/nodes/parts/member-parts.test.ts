/** The structures of membership: views, news to pass on, the order of probes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Streams } from '../../sim/kernel/random.ts';
import { positionsOf } from './member-index.ts';
import {
  ALIVE,
  DEAD,
  LEFT,
  type MemberState,
  MemberView,
  SUSPECT,
  stateNames,
  UNKNOWN,
} from './member-view.ts';
import { ProbeOrder } from './probe-order.ts';
import { RumourQueue } from './rumour-queue.ts';

const stream = (name: string) => new Streams(1).get(name);

test('members have one table of positions for one list', () => {
  const members = ['a', 'b'];
  expect(positionsOf(members).get('b')).toBe(1);
  expect(positionsOf(members)).toBe(positionsOf(members));
});

describe('views', () => {
  const piece = fc.tuple(
    fc.constantFrom<MemberState>(ALIVE, SUSPECT, DEAD, LEFT),
    fc.integer({ min: 1, max: 5 }),
  );

  test('the same news in any order lead to the same belief', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.integer(), (news, seed) => {
        const believe = (all: readonly (readonly [MemberState, number])[]) => {
          const view = new MemberView(1);
          for (const [state, incarnation] of all) {
            if (view.isNews(0, state, incarnation)) view.set(0, state, incarnation);
          }
          // Dead and left weigh the same: the first that comes stays.
          const state = view.stateOf(0);
          return [state === LEFT ? DEAD : state, view.incarnationOf(0)];
        };
        const shuffled = new Streams(Math.abs(seed)).get('order').shuffle(news);
        expect(believe(shuffled)).toEqual(believe(news));
      }),
    );
  });

  test('counts agree with the states', () => {
    const view = new MemberView(4);
    view.set(0, ALIVE, 1);
    view.set(1, SUSPECT, 2);
    view.set(1, DEAD, 2);
    view.set(2, LEFT, 1);
    expect(stateNames.map((_, state) => view.countOf(state as MemberState))).toEqual([
      1, 1, 0, 1, 1,
    ]);
    expect([view.known, view.isIn(0), view.isIn(1), view.stateOf(3)]).toEqual([
      3,
      true,
      false,
      UNKNOWN,
    ]);
    expect(() => view.set(1, ALIVE, 1)).toThrow('never goes back');
  });
});

describe('news to pass on', () => {
  test('those sent the fewest times go first, and each a limited number of times', () => {
    const queue = new RumourQueue<string, string>();
    queue.add('a', 'a1', 10);
    expect(queue.take(100, 3)).toEqual(['a1']);
    queue.add('b', 'b1', 10);
    queue.add('c', 'c1', 10);
    expect(queue.take(20, 3)).toEqual(['b1', 'c1']);
    expect(queue.take(20, 3)).toEqual(['a1', 'b1']);
    expect(queue.take(100, 3)).toEqual(['c1', 'a1', 'b1']);
    expect(queue.take(100, 3)).toEqual(['c1']);
    expect([queue.size, queue.take(100, 3)]).toEqual([0, []]);
  });

  test('newer news of a subject take the place of older ones, and count as never sent', () => {
    const queue = new RumourQueue<string, string>();
    queue.add('a', 'suspect', 10);
    queue.take(100, 2);
    queue.add('a', 'alive', 10);
    expect([queue.take(100, 2), queue.take(100, 2), queue.size]).toEqual([['alive'], ['alive'], 0]);
  });

  test('what does not fit waits, and what fits goes', () => {
    const queue = new RumourQueue<string, string>();
    queue.add('long', 'long', 90);
    queue.add('longer', 'longer', 95);
    queue.add('short', 'short', 10);
    expect(queue.take(100, 1)).toEqual(['long', 'short']);
    expect(queue.take(100, 1)).toEqual(['longer']);
  });
});

describe('the order of probes', () => {
  test('each round has every member once', () => {
    const order = new ProbeOrder(20);
    order.addAll(20);
    const random = stream('order');
    const rounds = [0, 1, 2].map(() => Array.from({ length: 20 }, () => order.next(random)));
    for (const round of rounds) {
      expect([...round].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(
        Array.from({ length: 20 }, (_, i) => i),
      );
    }
    expect(rounds[0]).not.toEqual(rounds[1]);
  });

  test('nobody is probed later than 2n - 1 periods after the last time, and never much sooner found', () => {
    const members = 12;
    const order = new ProbeOrder(members);
    order.addAll(members);
    const random = stream('longest');
    const last = new Int32Array(members);
    let longest = 0;
    for (let period = 1; period <= 20_000; period++) {
      const position = order.next(random) ?? 0;
      longest = Math.max(longest, period - (last[position] as number));
      last[position] = period;
    }
    // Of n others: last in one round, and first in the one before.
    expect(longest).toBe(2 * members - 1);
  });

  test('a member that joins comes in the round under way; one that is dropped comes no more', () => {
    const order = new ProbeOrder(10);
    for (let i = 0; i < 5; i++) order.add(i);
    const random = stream('join');
    order.next(random);
    order.add(9);
    expect(Array.from({ length: 5 }, () => order.next(random))).toContain(9);
    order.retain((position) => position !== 9);
    expect(Array.from({ length: 10 }, () => order.next(random))).not.toContain(9);
    expect(new ProbeOrder(3).next(random)).toBe(null);
  });

  // Das, Gupta, Motivala 2002, section 4.3: the sum over t of ((m - t) / m)^m, with m = n - 1.
  test.each([
    [5, 1.383],
    [10, 1.482],
    [50, 1.562],
  ])('%i members: the first probe of one comes after %f periods', (n, periods) => {
    const trials = 2000;
    const random = stream(`first ${n}`);
    let sum = 0;
    for (let trial = 0; trial < trials; trial++) {
      let first = n;
      for (let prober = 1; prober < n; prober++) {
        const order = new ProbeOrder(n);
        for (let i = 0; i < n; i++) if (i !== prober) order.add(i);
        let step = 1;
        while (step < first && order.next(random) !== 0) step++;
        first = Math.min(first, step);
      }
      sum += first;
    }
    // The standard deviation is about 0.7 periods.
    expect(Math.abs(sum / trials - periods)).toBeLessThan((3 * 0.7) / Math.sqrt(trials));
  });
});
