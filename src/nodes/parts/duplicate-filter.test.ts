import { expect, test } from 'vitest';
import type { Request } from '../../sim/rpc.ts';
import { DuplicateFilter } from './duplicate-filter.ts';

function request(id: number, given: Partial<Request> = {}): Request {
  return { type: 'write', id, session: 's', serial: 1, attempt: 1, timeoutMs: null, ...given };
}

test('the second copy of a request is distinguished from a new one, late or not', () => {
  const filter = new DuplicateFilter();
  expect(filter.seen('c', request(1))).toBe(false);
  expect(filter.seen('c', request(2, { serial: 2 }))).toBe(false);
  expect(filter.seen('c', request(1))).toBe(true);
  expect(filter.seen('c', request(2, { serial: 2 }))).toBe(true);
});

test('a retry is no copy: it has an id of its own', () => {
  const filter = new DuplicateFilter();
  filter.seen('c', request(1));
  expect(filter.seen('c', request(2, { attempt: 2 }))).toBe(false);
});

test('senders count apart', () => {
  const filter = new DuplicateFilter();
  filter.seen('c', request(1));
  expect(filter.seen('d', request(1))).toBe(false);
});

test('a sender that has rebooted counts from 1 again, and is heard', () => {
  const filter = new DuplicateFilter();
  filter.seen('c', request(1));
  expect(filter.seen('c', request(1, { serial: 9 }))).toBe(false);
  expect(filter.seen('c', request(1, { session: 't' }))).toBe(false);
});

test('copies are forgotten with the window: 4 ids later, here', () => {
  const filter = new DuplicateFilter(4);
  for (let id = 1; id <= 4; id++) filter.seen('c', request(id, { serial: id }));
  expect(filter.seen('c', request(1))).toBe(true);
  filter.seen('c', request(5, { serial: 5 }));
  expect(filter.seen('c', request(1))).toBe(false);
});
