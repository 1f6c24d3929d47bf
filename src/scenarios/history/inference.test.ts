/** Which model a history speaks of: only where nothing else fits, and only judges that are there. */
import { describe, expect, test } from 'vitest';
import { judges } from '../../checks/index.ts';
import type { Plain } from '../../sim/node.ts';
import { type Candidate, inferModel } from './inference.ts';
import { readJudgeSettings } from './judge-settings.ts';
import { readHistory } from './read-history.ts';

const candidates: readonly Candidate[] = await Promise.all(
  [...judges].map(async ([name, listed]) => ({
    name,
    operations: (await listed.load()).judge.operations.map(({ f }) => f),
  })),
);

type Done = readonly [f: string, input: Plain, output?: Plain];

function infer(events: readonly Done[], known = candidates) {
  const lines = events.flatMap(([f, input, output = null], process) => [
    JSON.stringify({ process, type: 'invoke', f, value: input }),
    JSON.stringify({ process, type: 'ok', f, value: output }),
  ]);
  return inferModel(readHistory('h', lines.join('\n')).history, known);
}

describe('one model', () => {
  test.each<[string, readonly Done[]]>([
    [
      'register',
      [
        ['write', 1],
        ['read', null, 1],
      ],
    ],
    [
      'register',
      [
        ['cas', [1, 2]],
        ['read', null, 1],
      ],
    ],
    [
      'list-append',
      [
        [
          'txn',
          [
            ['r', 'x', null],
            ['append', 'x', 1],
          ],
        ],
      ],
    ],
    ['list-append', [['append', [['append', 'x', 1]]]]],
    [
      'rw-register',
      [
        ['txn', [['w', 'x', 1]]],
        ['txn', [['r', 'x', null]]],
      ],
    ],
    [
      'log',
      [
        ['send', [['send', 'k', 1]]],
        ['poll', [['poll']], [['poll', { k: [[0, 1]] }]]],
      ],
    ],
    [
      'kv-append',
      [
        ['append', 'a'],
        ['get', null, 'a'],
      ],
    ],
    [
      'bank',
      [
        ['transfer', { from: 0, to: 1, amount: 1 }],
        ['read', null, { '0': 1 }],
      ],
    ],
  ])('%s', (name, events) => {
    expect(infer(events)).toEqual({ kind: 'one', name });
  });
});

test('several models, or none', () => {
  const namesOf = (events: readonly Done[]) => {
    const found = infer(events);
    return found.kind === 'several' ? found.names : [found.name];
  };
  expect(
    namesOf([
      ['enqueue', 1],
      ['dequeue', null, 1],
    ]),
  ).toEqual(expect.arrayContaining(['bag', 'queue', 'total-queue', 'unordered-queue']));
  // Reads of lists may be of a register, or of all that was ever written.
  expect(
    namesOf([
      ['write', 1],
      ['read', null, [1]],
    ]),
  ).toEqual(expect.arrayContaining(['causal-reverse', 'register']));
  // Groups of keys that are read apart from their writes are also how a long fork is looked for.
  expect(
    namesOf([
      ['write', [['w', 0, 1]]],
      ['read', [['r', 0, null]], [['r', 0, 1]]],
    ]),
  ).toContain('long-fork');
  expect(namesOf([['juggle', 1]])).toEqual([]);
  expect(namesOf([])).toEqual([]);
});

test('a judge that is not there is not guessed', () => {
  expect(infer([['write', 1]], [{ name: 'tape', operations: ['write', 'rewind'] }])).toEqual({
    kind: 'one',
    name: 'tape',
  });
});

describe('settings', () => {
  const params = {
    initial: { type: 'text', doc: 'At first.', default: 'null' },
    anomalies: { type: 'list', of: { type: 'text', doc: '' }, doc: 'Only these.', default: [] },
    within: { type: 'duration', doc: 'How late.', optional: true },
    total: { type: 'number', doc: 'How much.' },
  } as const;
  const read = (...sets: string[]) => readJudgeSettings(params, sets, 'bank');

  test('are read as their parameters are declared; texts as they stand', () => {
    expect(read('total=3', 'initial={"a": [1]}', 'anomalies=G1, G2', 'within=1.5s')).toEqual({
      values: { initial: '{"a": [1]}', anomalies: ['G1', 'G2'], within: 1500, total: 3 },
      diagnostics: [],
    });
    expect(read('total=3', 'total=4', 'initial=', 'anomalies=[G0]').values).toEqual({
      initial: '',
      anomalies: ['G0'],
      within: undefined,
      total: 4,
    });
  });

  test.each([
    ['__proto__=1', '`bank` has no parameter `__proto__`'],
    ['totel=1', '`bank` has no parameter `totel`'],
    ['total=x', '`x` is not a number'],
    ['within=5', '`within` needs a unit'],
    ['initial=1', '`bank` needs `total`'],
  ])('%s', (set, message) => {
    expect(read(set).diagnostics.map((each) => each.message)).toContain(message);
  });
});
