import { expect, test } from 'vitest';
import { Registers } from './registers.ts';

test('a key never written reads as null, and can be set from null', () => {
  const registers = new Registers();
  expect(registers.read('x')).toBe(null);
  expect(registers.compareAndSet('x', null, 1)).toBe(true);
  expect(registers.read('x')).toBe(1);
});

test('compare-and-set changes nothing when the value is another', () => {
  const registers = new Registers();
  registers.write('x', { a: [1] });
  expect(registers.compareAndSet('x', { a: [2] }, 'new')).toBe(false);
  expect(registers.read('x')).toEqual({ a: [1] });
  expect(registers.compareAndSet('x', { a: [1] }, 'new')).toBe(true);
  expect([...registers.entries()]).toEqual([['x', 'new']]);
});

test('keys are apart', () => {
  const registers = new Registers();
  registers.write('x', 1);
  registers.write('y', 2);
  registers.write('x', 3);
  expect(registers.size).toBe(2);
  expect([...registers.entries()]).toEqual([
    ['x', 3],
    ['y', 2],
  ]);
});
