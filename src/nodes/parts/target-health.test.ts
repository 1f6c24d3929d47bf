import { expect, test } from 'vitest';
import { isOwnRefusal, newsOf, newsOfOutcome } from './target-health.ts';

test.each([
  ['ok', 'success'],
  ['key-does-not-exist', 'success'],
  ['precondition-failed', 'success'],
  ['malformed-request', 'success'],
  ['txn-conflict', 'success'],
  ['timeout', 'failure'],
  ['crash', 'failure'],
  ['temporarily-unavailable', 'failure'],
  ['overloaded', 'failure'],
  ['rate-limited', 'none'],
  ['circuit-open', 'none'],
  ['cancelled', 'none'],
  ['a-code-of-its-own', 'none'],
])('%s of the target is %s', (how, news) => {
  expect(newsOf(how)).toBe(news);
  if (how === 'ok') return;
  expect(newsOfOutcome({ ok: false, code: how, from: 'db-1' })).toBe(news);
  expect(newsOfOutcome({ ok: false, code: how, from: null })).toBe('none');
});

test('a refusal is our own if nobody was asked', () => {
  expect(isOwnRefusal({ ok: false, code: 'overloaded', from: null })).toBe(true);
  expect(isOwnRefusal({ ok: false, code: 'overloaded', from: 'db-1' })).toBe(false);
  expect(isOwnRefusal({ ok: false, code: 'timeout', from: null })).toBe(false);
});
