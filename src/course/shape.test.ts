/** The readers of YAML values: what they take, and the words for what they do not. */
import { expect, test } from 'vitest';
import {
  boolean,
  fields,
  integer,
  list,
  matching,
  number,
  oneOf,
  optional,
  pair,
  type Reader,
  record,
  text,
  withKey,
} from './shape.ts';

const exercise = fields({
  title: text,
  points: optional(integer(0, 100), 5),
  gate: optional(boolean),
  hunt: optional(fields({ bug: text, share: number(0, 1) })),
  tiers: optional(list(pair(text, integer(0))), []),
  wrong: optional(record(matching(/^[a-z]+$/, 'a word'), fields({ says: text })), {}),
  order: optional(oneOf('asc', 'desc')),
});

test('a value that fits is read, with what was left out', () => {
  expect(
    exercise({ title: 'Echo', tiers: [['10ms', 3]], wrong: { a: { says: 'no' } } }, ''),
  ).toEqual({
    title: 'Echo',
    points: 5,
    gate: undefined,
    hunt: undefined,
    tiers: [['10ms', 3]],
    wrong: { a: { says: 'no' } },
    order: undefined,
  });
});

const either = withKey('code', fields({ code: text }), fields({ yaml: text }));

const titled = (more: object) => ({ title: 'Echo', ...more });
const cases: readonly (readonly [Reader<unknown>, value: unknown, message: string])[] = [
  [exercise, [], 'the file: expected a map'],
  [exercise, {}, 'title: expected a text'],
  [
    exercise,
    titled({ point: 1 }),
    'point: expected one of title, points, gate, hunt, tiers, wrong, order',
  ],
  [
    exercise,
    titled({ toString: 1 }),
    'toString: expected one of title, points, gate, hunt, tiers, wrong, order',
  ],
  [exercise, titled({ points: 101 }), 'points: expected an integer from 0 to 100'],
  [exercise, titled({ points: 0.5 }), 'points: expected an integer from 0 to 100'],
  [exercise, titled({ gate: 'yes' }), 'gate: expected true or false'],
  [
    exercise,
    titled({ hunt: { bug: 'a', share: Number.NaN } }),
    'hunt.share: expected a number from 0 to 1',
  ],
  [exercise, titled({ hunt: { share: 1 } }), 'hunt.bug: expected a text'],
  [exercise, titled({ tiers: [['1ms', -1]] }), 'tiers.0.1: expected an integer of at least 0'],
  [exercise, titled({ tiers: [['1ms']] }), 'tiers.0: expected a list of two'],
  [exercise, titled({ tiers: {} }), 'tiers: expected a list'],
  [exercise, titled({ wrong: { A1: { says: '' } } }), 'wrong.A1: expected a word'],
  [exercise, titled({ wrong: { a: null } }), 'wrong.a: expected a map'],
  [exercise, titled({ order: 'up' }), 'order: expected asc or desc'],
  [list(text, 1), [], 'the file: expected a list of at least 1'],
  [either, { code: 1 }, 'code: expected a text'],
  [either, {}, 'yaml: expected a text'],
];

test.each(cases)('%o refuses %o', (reader, value, message) => {
  expect(() => reader(value, '')).toThrow(message);
});
