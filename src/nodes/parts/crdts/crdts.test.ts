/** The laws of merging, for every type, and what each type promises. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedRandom } from '../../../../test/support/fixed-random.ts';
import type { Plain } from '../../../sim/node.ts';
import {
  added,
  addedAsG,
  type CounterState,
  counter,
  counterBySum,
  counterValue,
} from './counters.ts';
import type { Crdt } from './crdt.ts';
import { insertedBetween, type LogootState, lettersOf, logoot } from './logoot.ts';
import { type LwwState, lwwMap } from './lww-map.ts';
import { deleted, inOrder, inserted, rga, type TextState, textOf } from './rga.ts';
import {
  addedTo,
  elementsOf,
  type OrSetState,
  orSet,
  present,
  removedFrom,
  twoPhaseSet,
} from './sets.ts';

/** A change at a replica, as drawn: what it is, and which of three replicas makes it. */
type Draw = readonly [kind: number, replica: number, argument: number];
const draws = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 }), fc.nat({ max: 4 })),
  { maxLength: 14 },
);

const changes: { readonly [type: string]: readonly [Crdt<never>, Change] } = {
  counter: [counter as never, (s, r, k, n) => added(s as CounterState, r, k < 2 ? n : -n)],
  'lww-map': [
    lwwMap as never,
    (_, r, k, n, i) => ({ [`k${k}`]: [n, r, i] }) as unknown as LwwState,
  ],
  'or-set': [
    orSet as never,
    (s, r, k, n) => (k < 3 ? addedTo(s as OrSetState, r, n) : removedFrom(s as OrSetState, n)),
  ],
  '2p-set': [twoPhaseSet as never, (_s, _r, k, n) => ({ [String(n)]: k === 3 })],
  rga: [
    rga as never,
    (s, r, k, n) => {
      const names = inOrder(s as TextState);
      const name = names[n % Math.max(1, names.length)];
      if (k === 3 && name !== undefined) return deleted(s as TextState, name);
      return inserted(s as TextState, r, name ?? null, 'ab').delta;
    },
  ],
  logoot: [
    logoot as never,
    (s, r, k, n, i) => {
      const names = lettersOf(s as LogootState);
      const name = names[n % Math.max(1, names.length)];
      if (k === 3 && name !== undefined) return deleted(s as LogootState, name);
      return insertedBetween(s as LogootState, r, name ?? null, 'ab', fixedRandom(i)).delta;
    },
  ],
};
type Change = (state: Plain, replica: string, kind: number, n: number, i: number) => Plain;

/** Three replicas that change and, on kind 2, take over the state of another. */
function play(type: string, drawn: readonly Draw[]): readonly Plain[] {
  const [crdt, change] = changes[type] as readonly [Crdt, Change];
  const states: Plain[] = [crdt.bottom, crdt.bottom, crdt.bottom];
  for (const [i, [kind, replica, n]] of drawn.entries()) {
    const state = states[replica] as Plain;
    const delta = change(state, `r${replica}`, kind, n, i);
    states[replica] = crdt.merge(state, delta);
    if (kind === 2) {
      states[(replica + 1) % 3] = crdt.merge(
        states[(replica + 1) % 3] as Plain,
        states[replica] as Plain,
      );
    }
  }
  return states;
}

describe.each(Object.keys(changes))('%s', (type) => {
  const { merge, bottom } = (changes[type] as readonly [Crdt, Change])[0];

  test('merges associatively, commutatively and idempotently', () => {
    fc.assert(
      fc.property(draws, (drawn) => {
        const [a, b, c] = play(type, drawn) as [Plain, Plain, Plain];
        expect(merge(a, b)).toEqual(merge(b, a));
        expect(merge(a, a)).toEqual(a);
        expect(merge(a, bottom)).toEqual(a);
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      }),
      { numRuns: 150 },
    );
  });
});

test('a counter is the sum of all changes, whatever came when', () => {
  fc.assert(
    fc.property(draws, (drawn) => {
      const states = play('counter', drawn) as readonly CounterState[];
      const sum = drawn.reduce((total, [kind, , n]) => total + (kind < 2 ? n : -n), 0);
      expect(counterValue(states.reduce(counter.merge))).toBe(sum);
    }),
  );
});

test('the mistakes of counters', () => {
  const one = added({}, 'a', 3);
  expect(counterValue(counterBySum.merge(one, one))).toBe(6);
  const up = addedAsG({}, 'a', 5);
  const down = addedAsG(up, 'a', -2);
  expect(counterValue(counter.merge(up, down))).toBe(5);
});

test('an OR-set: a concurrent addition wins over a removal, and an element can come back', () => {
  const first = orSet.merge(orSet.bottom, addedTo(orSet.bottom, 'a', 'x'));
  const removed = orSet.merge(first, removedFrom(first, 'x'));
  const addedAgain = orSet.merge(first, addedTo(first, 'b', 'x'));
  expect(elementsOf(removed)).toEqual([]);
  expect(elementsOf(orSet.merge(removed, addedAgain))).toEqual(['x']);
  expect(elementsOf(orSet.merge(removed, first))).toEqual([]);
  expect(elementsOf(orSet.merge(removed, addedTo(removed, 'a', 'x')))).toEqual(['x']);
});

test('a 2P-set never takes an element again', () => {
  const state = twoPhaseSet.merge({ '"x"': true, '"y"': false }, { '"x"': false });
  expect(present(state)).toEqual(['y']);
});

test('a text: what one wrote in a row stays together, wherever others insert', () => {
  const { delta, names } = inserted({}, 'a', null, 'ac');
  const left = inserted(delta, 'a', names[0] ?? null, '123').delta;
  const right = inserted(delta, 'b', names[0] ?? null, 'xyz').delta;
  const merged = [left, right].reduce(rga.merge, delta);
  const text = textOf(merged, inOrder(merged));
  expect(['a123xyzc', 'axyz123c']).toContain(text);
  const gone = rga.merge(merged, deleted(merged, names[0] ?? ''));
  expect(textOf(gone, inOrder(gone))).toBe(text.slice(1));
});

test('Logoot: what is inserted stands right after its left neighbour, at any depth', () => {
  const places = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 0, max: 2 })), {
    minLength: 10,
    maxLength: 60,
  });
  fc.assert(
    fc.property(places, fc.integer(), (drawn, seed) => {
      // A random stream that draws 1 leaves no room on the first levels.
      const random = seed % 2 === 0 ? fixedRandom(seed) : { ...fixedRandom(seed), int: () => 1 };
      let state: LogootState = {};
      for (const [place, replica] of drawn) {
        const before = lettersOf(state);
        const at = Math.min(place, before.length);
        const { delta, names } = insertedBetween(
          state,
          `r${replica}`,
          before[at - 1] ?? null,
          'xy',
          random,
        );
        state = logoot.merge(state, delta);
        expect(lettersOf(state)).toEqual(before.toSpliced(at, 0, ...names));
      }
    }),
    { numRuns: 60 },
  );
});

test('words that two write at one place stay whole in RGA, and mix in Logoot', () => {
  const texts = Array.from({ length: 20 }, (_, seed) => {
    const random = fixedRandom(seed);
    const words = ['one', 'TWO'].map(
      (word, i) => insertedBetween({}, `r${i}`, null, word, random).delta,
    );
    const merged = words.reduce(logoot.merge);
    return textOf(merged, lettersOf(merged));
  });
  for (const text of texts) {
    // Each word keeps its own order.
    expect([text.replace(/[A-Z]/g, ''), text.replace(/[a-z]/g, '')]).toEqual(['one', 'TWO']);
  }
  expect(texts.filter((text) => !/^(oneTWO|TWOone)$/.test(text)).length).toBeGreaterThan(10);
  const [a, b] = ['one', 'TWO'].map((word, i) => inserted({}, `r${i}`, null, word).delta);
  const whole = rga.merge(a as TextState, b as TextState);
  expect(textOf(whole, inOrder(whole))).toMatch(/^(oneTWO|TWOone)$/);
});
