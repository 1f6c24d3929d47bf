import { expect, test } from 'vitest';
import type { ReplyBody } from '../../../sim/call.ts';
import type { Command } from './machine.ts';
import { Sessions, SUPERSEDED } from './sessions.ts';

const OK: ReplyBody = { type: 'write_ok' };
const REFUSED: ReplyBody = { type: 'error', code: 'precondition-failed' };

function write(session: string, serial: number, value = 1, key = 'x'): Command {
  return { type: 'write', session, serial, key, value };
}

test('what was recorded is found, by serial and content (thesis 6.3)', () => {
  const sessions = new Sessions(9);
  expect(sessions.find(write('s', 1))).toBe(null);
  sessions.record(write('s', 1), OK);
  expect(sessions.find(write('s', 1))).toBe(OK);
  expect(sessions.find(write('s', 1, 2))).toBe(null);
  expect(sessions.find(write('s', 1, 1, 'y'))).toBe(null);
  expect(sessions.find(write('s', 2))).toBe(null);
  expect(sessions.find(write('t', 1))).toBe(null);
});

test('a write and a compare-and-set of one serial are two commands', () => {
  const cas: Command = {
    type: 'cas',
    session: 's',
    serial: 1,
    key: 'x',
    from: null,
    to: { a: 1 },
  };
  const sessions = new Sessions(9);
  sessions.record(write('s', 1), OK);
  expect(sessions.find(cas)).toBe(null);
  sessions.record(cas, REFUSED);
  expect(sessions.find({ ...cas, to: { a: 1 } })).toBe(REFUSED);
  expect(sessions.find({ ...cas, to: { a: 2 } })).toBe(null);
  expect(sessions.find(write('s', 1))).toBe(OK);
});

test('a session that goes on forgets the answers before', () => {
  const sessions = new Sessions(9);
  sessions.record(write('s', 1), OK);
  sessions.record(write('s', 3), OK);
  expect(sessions.find(write('s', 1))).toBe(SUPERSEDED);
  expect(sessions.find(write('s', 2))).toBe(SUPERSEDED);
  expect(sessions.find(write('s', 3))).toBe(OK);
});

test.each([
  ['a table', (table: Sessions) => table],
  ['one that was restored', restored],
])('the session that wrote longest ago is forgotten first: %s', (_, made) => {
  const before = new Sessions(2);
  before.record(write('a', 1), OK);
  before.record(write('b', 1), OK);
  before.record(write('a', 2), OK);
  const sessions = made(before);
  sessions.record(write('c', 1), OK);
  expect(sessions.size).toBe(2);
  expect(sessions.find(write('b', 1))).toBe(null);
  expect(sessions.find(write('a', 2))).toBe(OK);
  expect(sessions.find(write('c', 1))).toBe(OK);
});

function restored(table: Sessions): Sessions {
  const other = new Sessions(2);
  other.restore(table.snapshot());
  return other;
}
