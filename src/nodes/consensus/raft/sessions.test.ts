import { expect, test } from 'vitest';
import type { CasCommand, WriteCommand } from './messages.ts';
import { Sessions } from './sessions.ts';

function write(session: string, serial: number, value = 1, key = 'x'): WriteCommand {
  return { type: 'write', session, serial, key, value };
}

test('what was recorded is found, by serial and content (thesis 6.3)', () => {
  const sessions = new Sessions(9);
  expect(sessions.find(write('s', 1))).toBe(null);
  sessions.record(write('s', 1), 'ok');
  expect(sessions.find(write('s', 1))).toBe('ok');
  expect(sessions.find(write('s', 1, 2))).toBe(null);
  expect(sessions.find(write('s', 1, 1, 'y'))).toBe(null);
  expect(sessions.find(write('s', 2))).toBe(null);
  expect(sessions.find(write('t', 1))).toBe(null);
});

test('a write and a compare-and-set of one serial are two commands', () => {
  const cas: CasCommand = {
    type: 'cas',
    session: 's',
    serial: 1,
    key: 'x',
    from: null,
    to: { a: 1 },
  };
  const sessions = new Sessions(9);
  sessions.record(write('s', 1), 'ok');
  expect(sessions.find(cas)).toBe(null);
  sessions.record(cas, 'precondition-failed');
  expect(sessions.find({ ...cas, to: { a: 1 } })).toBe('precondition-failed');
  expect(sessions.find({ ...cas, to: { a: 2 } })).toBe(null);
  expect(sessions.find(write('s', 1))).toBe('ok');
});

test('a session that goes on forgets the answers before', () => {
  const sessions = new Sessions(9);
  sessions.record(write('s', 1), 'ok');
  sessions.record(write('s', 3), 'ok');
  expect(sessions.find(write('s', 1))).toBe('superseded');
  expect(sessions.find(write('s', 2))).toBe('superseded');
  expect(sessions.find(write('s', 3))).toBe('ok');
});

test('the session that wrote longest ago is forgotten first', () => {
  const sessions = new Sessions(2);
  sessions.record(write('a', 1), 'ok');
  sessions.record(write('b', 1), 'ok');
  sessions.record(write('a', 2), 'ok');
  sessions.record(write('c', 1), 'ok');
  expect(sessions.size).toBe(2);
  expect(sessions.find(write('b', 1))).toBe(null);
  expect(sessions.find(write('a', 2))).toBe('ok');
  expect(sessions.find(write('c', 1))).toBe('ok');
});
