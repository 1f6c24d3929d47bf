import { expect, test } from 'vitest';
import { Counter } from './counter.ts';
import { OnceMachine } from './once.ts';
import { SUPERSEDED } from './sessions.ts';

const add = (session: string, serial: number, delta = 1) => ({
  type: 'add',
  session,
  serial,
  delta,
});
const read = { type: 'read', session: 'r', serial: 1 };
const sum = (once: OnceMachine) => once.apply(read)['value' as never];

test('an update is executed once, and a retry has the answer of the first time', () => {
  const once = new OnceMachine(new Counter(), 10);
  const first = once.apply(add('a', 1));
  expect(once.apply(add('a', 1))).toBe(first);
  expect(sum(once)).toBe(1);
  // Two different commands under one serial are two commands.
  once.apply(add('a', 1, 5));
  once.apply(add('b', 1));
  expect(sum(once)).toBe(7);
  once.apply(add('a', 2));
  expect(once.apply(add('a', 1))).toBe(SUPERSEDED);
  expect(sum(once)).toBe(8);
});

test('a snapshot holds the sessions', () => {
  const once = new OnceMachine(new Counter(), 10);
  once.apply(add('a', 1));
  const other = new OnceMachine(new Counter(), 10);
  other.restore(JSON.parse(JSON.stringify(once.snapshot())));
  other.apply(add('a', 1));
  expect(sum(other)).toBe(1);
  // It shares nothing with the one that it came from.
  once.apply(add('a', 2));
  expect(other.apply(add('a', 2))).toEqual({ type: 'add_ok' });
});

test('beyond its size the session is forgotten that has been idle for longest', () => {
  const once = new OnceMachine(new Counter(), 2);
  once.apply(add('a', 1));
  once.apply(add('b', 1));
  once.apply(add('a', 2));
  once.apply(add('c', 1));
  expect([once.find(add('a', 2)), once.find(add('b', 1))]).toEqual([{ type: 'add_ok' }, null]);
});
