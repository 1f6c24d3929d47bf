import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readColumns, writeColumns } from './columns.ts';

test('what is written is read back', () => {
  const numbers = fc.array(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), { maxLength: 40 });
  const columns = fc.uniqueArray(
    fc.record({ name: fc.stringMatching(/^[a-z.]{1,12}$/), values: numbers, grows: fc.boolean() }),
    { maxLength: 5, selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(columns, (given) => {
      const read = readColumns(writeColumns(given));
      expect([...read].map(([name, values]) => ({ name, values: [...values] }))).toEqual(
        given.map(({ name, values }) => ({ name, values: values.map((value) => value + 0) })),
      );
    }),
    { seed: 1 },
  );
});

test('many rows', () => {
  const values = Float64Array.from({ length: 200_000 }, (_, i) => i * 37);
  const bytes = writeColumns([{ name: 'sent', values, grows: true }]);
  // A difference of 37 is one byte by zigzag and LEB128.
  expect(bytes.length).toBeLessThan(200_100);
  expect(readColumns(bytes).get('sent')).toEqual(values);
});

test('bytes that are no columns are refused', () => {
  expect(() => readColumns(Uint8Array.of(1, 2, 3))).toThrow('no columns of this version');
  const bytes = writeColumns([{ name: 'a', values: [1, 2, 3] }]);
  expect(() => readColumns(bytes.slice(0, -1))).toThrow('cut short');
});
