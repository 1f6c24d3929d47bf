/** What interfaces say to a cache. */
import { describe, expect, test } from 'vitest';
import counter from '../../interfaces/counter.ts';
import lock from '../../interfaces/lock.ts';
import propose from '../../interfaces/propose.ts';
import register from '../../interfaces/register.ts';
import request from '../../interfaces/request.ts';
import set from '../../interfaces/set.ts';
import { defineInterface, type Interface } from '../../sim/interface.ts';
import { CacheRules, sameOutcome } from './cache-rules.ts';

const rulesOf = (...answers: readonly Interface[]) => new CacheRules(answers);

describe('requests', () => {
  test('that read are held by type and fields, in whatever order', () => {
    const rules = rulesOf(register, request);
    expect(rules.read({ type: 'read', key: 'a' })).toEqual({ name: 'read key="a"', object: 'a' });
    const one = rules.read({ type: 'request', key: 'a', path: '/x' });
    expect(rules.read({ type: 'request', path: '/x', key: 'a' })).toEqual(one);
    // A text that looks like two fields is one.
    expect(rules.read({ type: 'request', key: 'a" path="/x' })?.name).not.toBe(one?.name);
    expect(rulesOf(set).read({ type: 'read' })).toEqual({ name: 'read', object: null });
  });

  test('that write, do both, or have fields that nobody declares, are not', () => {
    const rules = rulesOf(register, propose);
    expect(rules.read({ type: 'write', key: 'a', value: 1 })).toBeNull();
    expect(rules.read({ type: 'propose', key: 'a', value: 1 })).toBeNull();
    expect(rules.read({ type: 'read', key: 'a', context: 1 })).toBeNull();
    expect(rulesOf().read({ type: 'read', key: 'a' })).toBeNull();
  });

  test('that only have to do with other things leave entries alone', () => {
    expect(rulesOf(lock).writes('renew')).toBe(false);
    expect(rulesOf(lock).writes('release')).toBe(true);
    expect(rulesOf(lock).writes('unheard-of')).toBe(true);
  });

  test('of one type in two interfaces are held only if both read', () => {
    const odd = { ...counter, requests: { read: { ...counter.requests.read, writes: true } } };
    expect(rulesOf(register, counter).read({ type: 'read', key: 'a' })).not.toBeNull();
    expect(rulesOf(register, odd).read({ type: 'read', key: 'a' })).toBeNull();
  });
});

describe('a write implies the answer of a read', () => {
  test('if it has its fields', () => {
    const [implied] = rulesOf(register).written(
      { type: 'write', key: 'a', value: 5 },
      { type: 'write_ok' },
    );
    expect(implied).toEqual({
      name: 'read key="a"',
      object: 'a',
      reply: { type: 'read_ok', inReplyTo: 0, value: 5 },
    });
  });

  test('also together with its own answer, which goes first', () => {
    const reads = { harmless: true, reads: true, fields: { path: 'text' } } as const;
    const versions = defineInterface({
      name: 'versions',
      summary: 'Values with versions.',
      requests: {
        get: { doc: '', ...reads, reply: { value: 'plain', version: 'integer' } },
        exists: { doc: '', ...reads, reply: { version: { either: ['integer', 'null'] } } },
        set: {
          doc: '',
          fields: { path: 'text', value: 'plain', version: { optional: 'integer' } },
          reply: { version: 'integer' },
          writes: true,
        },
      },
    });
    const body = { type: 'set', path: '/a', value: 5, version: 3 };
    const implied = rulesOf(versions).written(body, { type: 'set_ok', version: 4 });
    expect(implied.map(({ reply }) => reply)).toEqual([
      { type: 'get_ok', inReplyTo: 0, value: 5, version: 4 },
      { type: 'exists_ok', inReplyTo: 0, version: 4 },
    ]);
  });

  test('else not', () => {
    const cas = { type: 'cas', key: 'a', from: 1, to: 2 };
    expect(rulesOf(register).written(cas, { type: 'cas_ok' })).toEqual([]);
    expect(rulesOf(counter).written({ type: 'add', delta: 1 }, { type: 'add_ok' })).toEqual([]);
    const propose1 = { type: 'propose', key: 'a', value: 1 };
    expect(rulesOf(propose, register).written(propose1, { type: 'propose_ok' })).toEqual([]);
  });
});

test('nothing is there: an error that answers, or only nulls', () => {
  const rules = rulesOf(register, request);
  const reply = (value: unknown) =>
    ({ ok: true, reply: { type: 'read_ok', inReplyTo: 1, value }, from: 'db' }) as never;
  const failure = (code: string) => ({ ok: false, code, from: 'db' }) as const;
  expect(rules.isNegative('read', reply(null))).toBe(true);
  expect(rules.isNegative('read', reply(0))).toBe(false);
  expect(rules.isNegative('read', failure('key-does-not-exist'))).toBe(true);
  expect(rules.isNegative('read', failure('timeout'))).toBe(false);
  expect(rules.isNegative('request', reply(null))).toBe(false);
});

test('two answers are alike whatever they answer', () => {
  const reply = (inReplyTo: number, value: number) =>
    ({ ok: true, reply: { type: 'read_ok', inReplyTo, value }, from: `db-${inReplyTo}` }) as never;
  const failure = (code: string) => ({ ok: false, code, from: null }) as const;
  expect(sameOutcome(reply(1, 5), reply(2, 5))).toBe(true);
  expect(sameOutcome(reply(1, 5), reply(2, 6))).toBe(false);
  expect(sameOutcome(reply(1, 5), failure('abort'))).toBe(false);
  expect(sameOutcome(failure('abort'), failure('abort'))).toBe(true);
  expect(sameOutcome(failure('abort'), failure('crash'))).toBe(false);
});
