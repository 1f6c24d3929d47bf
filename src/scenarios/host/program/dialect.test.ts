/** Maelstrom's words for dsim's, and back, against doc/protocol.md and doc/workloads.md. */
import { describe, expect, test } from 'vitest';
import { errors } from '../../../sim/rpc.ts';
import {
  answerFields,
  codeOfNumber,
  creatingRequest,
  neighbours,
  numberOfCode,
  requestBody,
  serviceAnswer,
  serviceRequest,
} from './dialect.ts';

test.each([
  // The table of errors in doc/protocol.md: which of them are definite.
  [0, false],
  [1, true],
  [10, true],
  [11, true],
  [12, true],
  [13, false],
  [14, true],
  [20, true],
  [21, true],
  [22, true],
  [30, true],
  [1000, false],
])('error %d is as definite as the protocol says', (number, definite) => {
  expect(errors.get(codeOfNumber(number))?.definite).toBe(definite);
});

test('every error has a number that is as definite', () => {
  for (const [code, { definite }] of errors) {
    const number = numberOfCode(code);
    expect([code, errors.get(codeOfNumber(number))?.definite]).toEqual([code, definite]);
  }
});

describe('requests of clients', () => {
  test.each([
    ['echo', { payload: 7 }, { type: 'echo', echo: 7 }],
    ['read', { key: 'k3' }, { type: 'read', key: 3 }],
    ['read', {}, { type: 'read' }],
    ['cas', { key: 'k1', from: 1, to: 2 }, { type: 'cas', key: 1, from: 1, to: 2 }],
    ['write', { key: 'kitten', value: 1 }, { type: 'write', key: 'kitten', value: 1 }],
    ['send', { key: 'k1', value: 9 }, { type: 'send', key: 'k1', msg: 9 }],
    ['poll', { offsets: { k1: 0 } }, { type: 'poll', offsets: { k1: 0 } }],
    ['commit', { offsets: { k1: 4 }, group: 'g' }, { type: 'commit_offsets', offsets: { k1: 4 } }],
    ['committed', { keys: ['k1'] }, { type: 'list_committed_offsets', keys: ['k1'] }],
    [
      'txn',
      {
        txn: [
          ['r', 'k1', null],
          ['append', 'k2', 5],
        ],
      },
      {
        type: 'txn',
        txn: [
          ['r', 1, null],
          ['append', 2, 5],
        ],
      },
    ],
  ])('%s %j', (type, fields, body) => {
    expect(requestBody(type, fields)).toEqual(body);
  });

  test('what the protocol lacks is answered here', () => {
    expect(requestBody('assign', { keys: ['k1'] })).toBeNull();
  });
});

describe('answers of programs', () => {
  test.each([
    [{ type: 'echo' }, { type: 'echo_ok', echo: 7 }, { type: 'echo_ok', payload: 7 }],
    [{ type: 'generate' }, { type: 'generate_ok', id: 'a' }, { type: 'generate_ok', value: 'a' }],
    [{ type: 'read' }, { type: 'read_ok', messages: [1] }, { type: 'read_ok', messages: [1] }],
    [
      { type: 'read' },
      { type: 'read_ok', value: [1] },
      { type: 'read_ok', value: [1], elements: [1] },
    ],
    [
      { type: 'poll' },
      { type: 'poll_ok', msgs: { k1: [[0, 9]] } },
      { type: 'poll_ok', records: { k1: [[0, 9]] } },
    ],
    [{ type: 'commit_offsets' }, { type: 'commit_offsets_ok' }, { type: 'commit_ok' }],
    [
      { type: 'list_committed_offsets' },
      { type: 'list_committed_offsets_ok', offsets: { k1: 2 } },
      { type: 'committed_ok', offsets: { k1: 2 } },
    ],
    [
      { type: 'txn' },
      { type: 'txn_ok', txn: [['r', 1, [5]]] },
      { type: 'txn_ok', txn: [['r', 'k1', [5]]] },
    ],
    // A register that nobody wrote.
    [
      { type: 'read', key: 1 },
      { type: 'error', code: 20, text: 'no key' },
      { type: 'read_ok', value: null },
    ],
    [
      { type: 'cas', key: 1 },
      { type: 'error', code: 22, text: 'it is 4' },
      { type: 'error', code: 'precondition-failed', text: 'it is 4' },
    ],
  ])('to %j: %j', (asked, body, answer) => {
    expect(answerFields(asked, { ...body, in_reply_to: 3 })).toEqual(answer);
  });
});

describe('services', () => {
  test('are asked as stores, by keys that stay apart', () => {
    expect(serviceRequest({ type: 'read', key: 1, msg_id: 4 })).toEqual({
      type: 'read',
      key: 'k1',
    });
    expect(serviceRequest({ type: 'read', key: 'x' })).toEqual({ type: 'read', key: 'x' });
    expect(serviceRequest({ type: 'read', key: [1] })).toEqual({ type: 'read', key: 'k[1]' });
    expect(serviceRequest({ type: 'ts', msg_id: 4 })).toEqual({ type: 'now' });
  });

  test('create a key where that is asked for', () => {
    const cas = { type: 'cas', key: 'x', from: 0, to: 1 };
    expect(creatingRequest(cas)).toBeNull();
    const creating = creatingRequest({ ...cas, create_if_not_exists: true });
    expect(creating).toEqual({ ...cas, from: null });
  });

  test('answer as doc/services.md says', () => {
    const read = { type: 'read', key: 1 };
    expect(serviceAnswer(read, { type: 'read_ok', value: 3 })).toEqual({
      type: 'read_ok',
      value: 3,
    });
    expect(serviceAnswer(read, { type: 'read_ok', value: null })).toMatchObject({ code: 20 });
    expect(serviceAnswer({ type: 'write' }, { type: 'write_ok' })).toEqual({ type: 'write_ok' });
    expect(serviceAnswer({ type: 'ts' }, { type: 'now_ok', value: 8 })).toEqual({
      type: 'ts_ok',
      ts: 8,
    });
    const refused = { type: 'error', code: 'precondition-failed' };
    expect(serviceAnswer({ type: 'cas' }, refused)).toMatchObject({ type: 'error', code: 22 });
  });
});

describe('topologies', () => {
  const edges = (topology: Parameters<typeof neighbours>[1], count: number) => {
    const nodes = Array.from({ length: count }, (_, i) => `n${i + 1}`);
    return Object.entries(neighbours(nodes, topology)).map(([node, near]) => `${node}:${near}`);
  };

  test('have the shapes of their names', () => {
    expect(edges('line', 3)).toEqual(['n1:n2', 'n2:n1,n3', 'n3:n2']);
    expect(edges('grid', 5)).toEqual(['n1:n2,n4', 'n2:n1,n3,n5', 'n3:n2', 'n4:n1,n5', 'n5:n2,n4']);
    expect(edges('tree2', 4)).toEqual(['n1:n2,n3', 'n2:n1,n4', 'n3:n1', 'n4:n2']);
    expect(edges('tree4', 6)[0]).toBe('n1:n2,n3,n4,n5');
    expect(edges('total', 3)).toEqual(['n1:n2,n3', 'n2:n1,n3', 'n3:n1,n2']);
  });
});
