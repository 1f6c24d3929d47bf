/** Models with operations to make histories of, for tests that hold for every model. */

import { bagModel } from '../../src/checks/models/bag.ts';
import { counter } from '../../src/checks/models/counter.ts';
import { fencingLock, fencingLockModel } from '../../src/checks/models/fencing-lock.ts';
import { ids } from '../../src/checks/models/ids.ts';
import { kv } from '../../src/checks/models/kv.ts';
import { lock, lockModel } from '../../src/checks/models/lock.ts';
import { multiRegister } from '../../src/checks/models/multi-register.ts';
import { nondeterministicRegister } from '../../src/checks/models/nondeterministic-register.ts';
import { queueModel } from '../../src/checks/models/queue.ts';
import { set } from '../../src/checks/models/set.ts';
import { stackModel } from '../../src/checks/models/stack.ts';
import type { SearchModel } from '../../src/checks/search/call.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { historyOf, type OperationSketch } from './histories.ts';
import type { Kind } from './small-histories.ts';

export const of = (f: string, input: Plain, output: Plain = null): Kind => ({ f, input, output });
export const open = (kind: Kind): Kind => ({ ...kind, output: null, outcome: 'info' });
const refused = (kind: Kind): Kind => ({ ...kind, outcome: 'fail', error: 'empty' });

export const put = (value: Plain) => of('enqueue', value);
export const take = (value: Plain) => of('dequeue', null, value);
export const drain = (values: Plain) => of('drain', null, values);
const drainKinds = [
  put(1),
  put(2),
  take(1),
  take(null),
  drain([]),
  drain([1]),
  drain([2, 1]),
  open(drain([])),
  open(put(2)),
];
const queueKinds = [put(1), put(2), take(1), take(2), take(null), open(put(1)), open(take(1))];
export const asStack = (kind: Kind): Kind => ({
  ...kind,
  f: kind.f === 'enqueue' ? 'push' : 'pop',
});

export interface ModelCase {
  readonly name: string;
  readonly model: SearchModel;
  readonly kinds: readonly Kind[];
  /** The most operations in the exhaustive test. */
  readonly most: number;
}

const observing = { refused: 'observation' } as const;
export const modelCases: readonly ModelCase[] = (
  [
    ['queue', queueModel(), queueKinds, 4],
    [
      'queue that says when it is empty',
      queueModel(observing),
      [put(1), put(2), take(1), take(2), refused(take(1)), open(take(1))],
      4,
    ],
    ['queue with something in it', queueModel({ initial: [1, 2] }), queueKinds, 3],
    ['queue that is drained', queueModel(), drainKinds, 3],
    ['bag', bagModel(), queueKinds, 4],
    ['bag that is drained', bagModel(), drainKinds, 3],
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
      'store that a lock guards',
      fencingLock,
      [
        of('write', [1, 'a']),
        of('write', [2, 'b']),
        open(of('write', [2, 'b'])),
        of('read', null, 'a'),
        of('read', null, 'b'),
        of('acquire', 'a', 1),
        of('acquire', 'b', 2),
        of('release', 'a'),
      ],
      3,
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
export function asRead(history: History, model: SearchModel): History {
  return history.map((operation) => {
    const { f, error, outcome } = operation;
    const input = model.inputOf?.(operation) ?? operation.input;
    const output = outcome === 'fail' ? model.refusal?.(f, input, error) : undefined;
    return output === undefined
      ? { ...operation, input }
      : { ...operation, input, outcome: 'ok', output };
  });
}

/** Up to eight operations, each of any kind; touching and empty intervals are common. */
export function mess(random: () => number, kinds: readonly Kind[], most = 8): History {
  const int = (below: number) => Math.floor(random() * below);
  const sketches = Array.from({ length: 2 + int(most - 1) }, (_, process): OperationSketch => {
    const from = int(14);
    const kind = kinds[int(kinds.length)] ?? put(0);
    return { ...kind, process, from, to: from + int(8) };
  });
  return historyOf(sketches);
}
