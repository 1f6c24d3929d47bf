import { expect, test } from 'vitest';
import { costOf, textOf } from './request-fields.ts';

test('a field that is no text is empty', () => {
  expect(textOf({ tenant: 'a' }, 'tenant')).toBe('a');
  expect([textOf({}, 'tenant'), textOf({ tenant: 3 }, 'tenant')]).toEqual(['', '']);
});

test('a cost that makes no sense is that of a usual request: less than none would earn tokens', () => {
  expect([0, 2.5].map((cost) => costOf({ cost }))).toEqual([0, 2.5]);
  expect([-1, Infinity, Number.NaN, 'x', undefined].map((cost) => costOf({ cost }))).toEqual([
    1, 1, 1, 1, 1,
  ]);
});
