/** The map from numbers: it holds what a Map holds, whatever comes and goes. */
import { expect, test } from 'vitest';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { NumberMap } from './number-map.ts';

/** Some numbers count up, some are far away, negative, or meet others in the table. */
function keyFrom(random: ReturnType<typeof fixedRandom>, next: number): number {
  const kind = random.int(0, 9);
  if (kind < 7) return next;
  return kind === 7 ? 64 * random.int(-9, 9) : random.int(-5, 40);
}

test('it holds what a Map holds, at every step', () => {
  const random = fixedRandom(7);
  const map = new NumberMap<string>();
  const model = new Map<number, string>();
  const most: number[] = [];
  // One `expect` for all: thirty thousand of them take a second.
  const wrong: unknown[] = [];
  const compare = (step: number, found: unknown, expected: unknown) => {
    if (found !== expected) wrong.push([step, found, expected]);
  };
  for (let step = 0; step < 4000; step++) {
    const key = keyFrom(random, step);
    // It grows for some time, then empties again.
    if (random.chance(step % 800 < 400 ? 0.7 : 0.3)) {
      map.set(key, `v${step}`);
      model.set(key, `v${step}`);
    } else {
      const held = [...model.keys()];
      const gone = held.length > 0 && random.chance(0.9) ? random.pick(held) : key;
      compare(step, map.take(gone), model.get(gone));
      model.delete(gone);
    }
    most.push(map.size);
    compare(step, map.size, model.size);
    compare(step, map.get(key), model.get(key));
    if (step % 50 === 0) for (const [one, value] of model) compare(step, map.get(one), value);
  }
  expect(wrong).toEqual([]);
  expect(Math.max(...most)).toBeGreaterThan(100);
  expect(map.values().sort()).toEqual([...model.values()].sort());
});

test('keys that meet in one place are all found when one of them goes', () => {
  const map = new NumberMap<string>();
  for (const key of [7, 15, 23]) map.set(key, `${key}`);
  expect(map.take(7)).toBe('7');
  expect([map.get(15), map.get(23), map.get(7)]).toEqual(['15', '23', undefined]);
  expect(map.take(7)).toBe(undefined);
  expect(map.size).toBe(2);
});
