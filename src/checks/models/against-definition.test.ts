/**
 * Every model under the search, its own verdicts and reductions included, against the definition of
 * linearizability: all small histories, and random larger ones. The steps of a model are taken from
 * it; that they are right is the business of its own test.
 */
import { describe, expect, it } from 'vitest';
import { historyOf, type OperationSketch } from '../../../test/support/histories.ts';
import { naivelyLinearizable } from '../../../test/support/naive-linearizability.ts';
import { randomOf } from '../../../test/support/simulated-register.ts';
import { type Kind, smallHistories } from '../../../test/support/small-histories.ts';
import type { History } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { checkLinearizable } from '../linearizable.ts';
import { callsOf, type SearchModel } from '../search/call.ts';
import { searchOne } from '../search/turns.ts';
import { bagModel } from './bag.ts';
import { counter } from './counter.ts';
import { fencingLock, fencingLockModel } from './fencing-lock.ts';
import { ids } from './ids.ts';
import { kv } from './kv.ts';
import { lock, lockModel } from './lock.ts';
import { multiRegister } from './multi-register.ts';
import { nondeterministicRegister } from './nondeterministic-register.ts';
import { queueModel } from './queue.ts';
import { set } from './set.ts';
import { stackModel } from './stack.ts';

const of = (f: string, input: Plain, output: Plain = null): Kind => ({ f, input, output });
const open = (kind: Kind): Kind => ({ ...kind, output: null, outcome: 'info' });
const refused = (kind: Kind): Kind => ({ ...kind, outcome: 'fail', error: 'empty' });

const put = (value: Plain) => of('enqueue', value);
const take = (value: Plain) => of('dequeue', null, value);
const queueKinds = [put(1), put(2), take(1), take(2), take(null), open(put(1)), open(take(1))];
const asStack = (kind: Kind): Kind => ({ ...kind, f: kind.f === 'enqueue' ? 'push' : 'pop' });

interface Case {
  readonly name: string;
  readonly model: SearchModel;
  readonly kinds: readonly Kind[];
  /** So many operations at most in the exhaustive test. */
  readonly most: number;
}

const observing = { refused: 'observation' } as const;
const cases: readonly Case[] = (
  [
    ['queue', queueModel(), queueKinds, 4],
    [
      'queue that says when it is empty',
      queueModel(observing),
      [put(1), put(2), take(1), take(2), refused(take(1)), open(take(1))],
      4,
    ],
    ['queue with something in it', queueModel({ initial: [1, 2] }), queueKinds, 3],
    ['bag', bagModel(), queueKinds, 4],
    ['stack', stackModel(), queueKinds.map(asStack), 4],
    [
      'set',
      set,
      [
        of('add', 1),
        of('add', 2),
        open(of('add', 1)),
        of('read', null, []),
        of('read', null, [1]),
        of('read', null, [2, 1]),
        of('remove', 1),
      ],
      4,
    ],
    [
      'set whose answers tell',
      set,
      [
        of('add', 1, true),
        of('add', 1, false),
        of('remove', 1, true),
        of('contains', 1, true),
        of('contains', 1, false),
        open(of('add', 1)),
        open(of('remove', 1)),
        of('read', null, [1]),
      ],
      3,
    ],
    [
      'counter',
      counter,
      [
        of('add', 1),
        of('add', 2),
        of('decrement', null),
        open(of('add', 2)),
        of('read', null, 0),
        of('read', null, 1),
        of('read', null, 2),
      ],
      4,
    ],
    [
      'counter that answers',
      counter,
      [
        of('add-and-get', 1, 1),
        of('add-and-get', 1, 2),
        of('increment', null),
        open(of('add-and-get', 1)),
        of('read', null, 1),
        of('read', null, 2),
      ],
      3,
    ],
    [
      'kv',
      kv,
      [
        of('put', 'a'),
        of('append', 'b'),
        of('delete', null),
        open(of('append', 'b')),
        of('get', null, 'a'),
        of('get', null, 'ab'),
        of('get', null, null),
      ],
      4,
    ],
    [
      'kv without appends',
      kv,
      [
        of('put', 1),
        of('cas', [1, 2]),
        of('delete', null),
        open(of('delete', null)),
        open(of('cas', [1, 2])),
        of('get', null, 1),
        of('get', null, 2),
        of('get', null, null),
      ],
      3,
    ],
    [
      'lock',
      lock,
      [
        of('acquire', 'a'),
        of('acquire', 'b'),
        of('release', 'a'),
        of('release', 'b'),
        of('acquire', 'a', false),
        open(of('acquire', 'a')),
        open(of('release', 'a')),
      ],
      4,
    ],
    [
      'mutex',
      lockModel({ owner: 'anyone' }),
      [
        of('acquire', null),
        of('release', null),
        open(of('release', null)),
        open(of('acquire', null)),
        of('acquire', null, false),
      ],
      4,
    ],
    [
      'fencing lock',
      fencingLock,
      [
        of('acquire', 'a', 1),
        of('acquire', 'a', 2),
        of('acquire', 'b', 3),
        of('release', 'a'),
        open(of('acquire', 'b')),
        open(of('release', 'a')),
      ],
      4,
    ],
    [
      'leased lock',
      fencingLockModel({ leases: true }),
      [
        of('acquire', 'a', 1),
        of('acquire', 'b', 2),
        of('release', 'a'),
        open(of('acquire', 'b')),
        of('acquire', 'b', 3),
      ],
      4,
    ],
    [
      'ids',
      ids,
      [
        of('generate', null, 1),
        of('generate', null, 2),
        of('generate', null, 3),
        open(of('generate', null)),
      ],
      4,
    ],
    [
      'multi-register',
      multiRegister,
      [
        of('txn', [
          ['w', 'x', 1],
          ['w', 'y', 1],
        ]),
        of(
          'txn',
          [
            ['r', 'x', null],
            ['w', 'x', 2],
          ],
          [
            ['r', 'x', 1],
            ['w', 'x', 2],
          ],
        ),
        of('read', ['x', 'y'], { x: 1, y: 1 }),
        of('read', ['x', 'y'], { x: 2, y: 1 }),
        of('read', ['y'], { y: null }),
        open(of('write', { y: 1 })),
      ],
      4,
    ],
    [
      'nondeterministic register',
      nondeterministicRegister,
      [
        of('put-any', [1, 2]),
        open(of('put-any', [1])),
        of('get-any', null, [1]),
        of('get-any', null, [2]),
        of('get-all', null, [1]),
        of('get-all', null, [1, 2]),
        of('get-all', null, []),
      ],
      3,
    ],
  ] as const
).map(([name, model, kinds, most]) => ({ name, model: model as SearchModel, kinds, most }));

/** As the model reads it: who asked, and refusals that are observations. */
function asRead(history: History, model: SearchModel): History {
  return history.map((operation) => {
    const { f, error, outcome } = operation;
    const input = model.inputOf?.(operation) ?? operation.input;
    const output = outcome === 'fail' ? model.refusal?.(f, input, error) : undefined;
    return output === undefined
      ? { ...operation, input }
      : { ...operation, input, outcome: 'ok', output };
  });
}

interface Tally {
  yes: number;
  no: number;
  readonly different: string[];
}

function compare(histories: Iterable<History>, model: SearchModel): Tally {
  const tally: Tally = { yes: 0, no: 0, different: [] };
  for (const history of histories) {
    const expected = naivelyLinearizable(asRead(history, model), model);
    tally[expected ? 'yes' : 'no']++;
    if (tally.different.length > 2) continue;
    const calls = callsOf(history, model);
    const found = [true, false].map((zones) => searchOne(calls, model, { zones }).outcome);
    if (found.every((outcome) => outcome === (expected ? 'linearizable' : 'not-linearizable'))) {
      continue;
    }
    tally.different.push(`${found}, not ${expected}: ${sketch(history)}`);
  }
  return tally;
}

function sketch(history: History): string {
  return history
    .map(({ f, input, output, outcome, invokedAtUs, endedAtUs }) => {
      const what = `${f} ${JSON.stringify(input)} ${JSON.stringify(output)} ${outcome}`;
      return `${invokedAtUs}..${endedAtUs} ${what}`;
    })
    .join('; ');
}

/** Of these, every history of four operations; of the others, every fourth. */
const thorough = ['queue', 'stack', 'lock'];

describe('all small histories', () => {
  it.each(cases)('of a $name', ({ name, model, kinds, most }) => {
    for (let count = 1; count <= most; count++) {
      const histories = smallHistories(count, count < 4 ? 3 : 2, kinds);
      const step = count < 4 || thorough.includes(name) ? 1 : 4;
      const { yes, no, different } = compare(everyNth(histories, step), model);
      expect(different).toEqual([]);
      if (count === most) expect(Math.min(yes, no)).toBeGreaterThan(50);
    }
  });
});

function* everyNth<T>(items: Iterable<T>, step: number): Generator<T> {
  let i = 0;
  for (const item of items) if (i++ % step === 0) yield item;
}

/** Up to eight operations, each of any kind; touching and empty intervals are common. */
function mess(random: () => number, kinds: readonly Kind[], most = 8): History {
  const int = (below: number) => Math.floor(random() * below);
  const sketches = Array.from({ length: 2 + int(most - 1) }, (_, process): OperationSketch => {
    const from = int(14);
    const kind = kinds[int(kinds.length)] ?? put(0);
    return { ...kind, process, from, to: from + int(8) };
  });
  return historyOf(sketches);
}

describe('random histories', () => {
  it.each(cases)('of a $name', ({ model, kinds }) => {
    const random = randomOf(7);
    const histories = Array.from({ length: 1500 }, () => mess(random, kinds));
    const { yes, no, different } = compare(histories, model);
    expect(different).toEqual([]);
    expect(Math.min(yes, no)).toBeGreaterThan(20);
  });

  const values = [1, 2, 3, 4];
  it.each<[string, SearchModel, readonly Kind[]]>([
    ['queue', queueModel() as SearchModel, []],
    ['bag', bagModel() as SearchModel, []],
    ['stack', stackModel() as SearchModel, []],
  ])('of a %s with values put in once', (name, model) => {
    const random = randomOf(11);
    const int = (below: number) => Math.floor(random() * below);
    const histories = Array.from({ length: 4000 }, () => {
      const chosen = values.slice(0, 1 + int(4));
      const kinds = chosen.flatMap((value) => [
        random() < 0.2 ? open(put(value)) : put(value),
        ...(random() < 0.8 ? [take(value)] : []),
      ]);
      if (random() < 0.4) kinds.push(take(null));
      if (random() < 0.3) kinds.push(open(take(0)));
      return historyOf(
        kinds.map((kind, process) => {
          const from = int(14);
          return { ...(name === 'stack' ? asStack(kind) : kind), process, from, to: from + int(8) };
        }),
      );
    });
    const { yes, no, different } = compare(histories, model);
    expect(different).toEqual([]);
    expect(Math.min(yes, no)).toBeGreaterThan(500);
  });
});

describe('the story of every failure', () => {
  it.each(cases)('of a $name is a proof by itself, in words', ({ model, kinds }) => {
    const random = randomOf(13);
    let failures = 0;
    for (let i = 0; i < 300; i++) {
      const history = mess(random, kinds, 6);
      const result = checkLinearizable(history, model);
      if (result.verdict !== 'fail') continue;
      failures++;
      expect(result.summary).toMatch(/^[A-Z].*: .*#?\d.*\.$/);
      const shown = asRead(history, model).filter(({ index }) => result.evidence.includes(index));
      expect(naivelyLinearizable(shown, model)).toBe(false);
    }
    expect(failures).toBeGreaterThan(5);
  });
});
