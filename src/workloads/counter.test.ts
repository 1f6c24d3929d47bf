import { expect, test } from 'vitest';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { defaultsOf } from '../sim/params.ts';
import counter from './counter.ts';

test('adds from 1 to `most`, reads its share, and each process reads once in the end', () => {
  const generator = counter.generator(defaultsOf(counter.params, { reads: 0.25, most: 3 }));
  const random = fixedRandom(1);
  const added = Array.from({ length: 400 }, () => generator.next(1, random)).flatMap((asked) =>
    asked?.f === 'add' ? [asked.input as number] : [],
  );
  expect(new Set(added)).toEqual(new Set([1, 2, 3]));
  // Four deviations of a share of 400.
  expect(Math.abs(1 - added.length / 400 - 0.25)).toBeLessThan(4 * Math.sqrt(0.1875 / 400));
  expect([1, 2, 1].map((process) => generator.last(process, random)?.f)).toEqual([
    'read',
    'read',
    undefined,
  ]);
});
