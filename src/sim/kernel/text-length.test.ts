/** Against the text itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textLength } from './text-length.ts';

test('is that of the JSON text, for whatever JSON can hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(textLength(value)).toBe(JSON.stringify(value).length);
    }),
    { seed: 3, numRuns: 500 },
  );
});

test.each([
  [0, -0, 9, 10, -10, 999, 1000, 1e15, 1e21, 0.1, -2.5, 123456789012345],
  ['', 'a"b\\c', 'é', '\n\t\u0001', '\ud800', '😀'],
  { type: 'x', absent: undefined, list: [undefined, null, {}, []], deep: { a: { b: true } } },
])('of %j', (value) => {
  expect(textLength(value)).toBe(JSON.stringify(value).length);
});
