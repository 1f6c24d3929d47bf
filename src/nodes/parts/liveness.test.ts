/** Who seems to be alive. */
import { expect, test } from 'vitest';
import { Liveness } from './liveness.ts';

test('a silent peer is reported once, and again after it was heard', () => {
  const liveness = new Liveness(['a', 'b'], 100, 0);
  liveness.heard('a', 60);
  expect(liveness.newlySilent(99)).toEqual([]);
  expect(liveness.newlySilent(100)).toEqual(['b']);
  expect(liveness.newlySilent(120)).toEqual([]);
  expect([liveness.isAlive('a'), liveness.isAlive('b')]).toEqual([true, false]);
  expect(liveness.heard('b', 130)).toBe(true);
  expect(liveness.heard('b', 131)).toBe(false);
  expect(liveness.isAlive('b')).toBe(true);
  expect(liveness.newlySilent(231)).toEqual(['a', 'b']);
  expect(liveness.silentCount).toBe(2);
});

test('strangers are neither heard nor missed', () => {
  const liveness = new Liveness(['a'], 100, 0);
  expect(liveness.heard('client', 5)).toBe(false);
  expect(liveness.isAlive('me')).toBe(true);
  expect(liveness.lastHeardMs('client')).toBe(0);
});
