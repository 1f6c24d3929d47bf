import { expect, test } from 'vitest';
import { numberOf } from '../sim/exact-number.ts';
import { listOf, plainOf } from './text-values.ts';

test('a value is JSON where it is JSON, else the text', () => {
  expect(['7', '"7"', 'null', 'kv-1', '{"z": 4}'].map(plainOf)).toEqual([
    7,
    '7',
    null,
    'kv-1',
    { z: 4 },
  ]);
  expect([listOf('[1, 2]'), listOf('1')]).toEqual([[1, 2], [1]]);
});

test('numbers are as exact as those of a history', () => {
  const long = numberOf('9007199254740993');
  expect(plainOf('9007199254740993')).toEqual(long);
  expect(listOf('[1, 9007199254740993]')).toEqual([1, long]);
  expect(plainOf('{"x": 9007199254740993}')).toEqual({ x: long });
  expect(plainOf('9007199254740993')).not.toEqual(plainOf('9007199254740995'));
  const endless = '1'.repeat(10_001);
  expect(plainOf(endless)).toBe(endless);
});
