/** Values in sentences: an empty text must still be seen. */
import { expect, test } from 'vitest';
import { plainText } from './plain-text.ts';

test.each([
  ['a b', 'a b'],
  ['', '""'],
  [null, 'null'],
  [[1, 'x'], '[1,"x"]'],
])('%j', (value, text) => {
  expect(plainText(value)).toBe(text);
});
