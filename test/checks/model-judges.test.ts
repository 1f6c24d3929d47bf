/** The judges of sequential models: what they say of famous mistakes, and how they are set. */
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/checker.ts';
import type { AnyJudge } from '../../src/checks/judge.ts';
import { judgeOfModel } from '../../src/checks/model-judge.ts';
import { judge as bag } from '../../src/checks/models/judges/bag.ts';
import { judge as fencingLock } from '../../src/checks/models/judges/fencing-lock.ts';
import { judge as ids } from '../../src/checks/models/judges/ids.ts';
import { judge as kv } from '../../src/checks/models/judges/kv.ts';
import { judge as kvAppend } from '../../src/checks/models/judges/kv-append.ts';
import { judge as linearCounter } from '../../src/checks/models/judges/linear-counter.ts';
import { judge as lock } from '../../src/checks/models/judges/lock.ts';
import { judge as multiRegister } from '../../src/checks/models/judges/multi-register.ts';
import { judge as nondeterministic } from '../../src/checks/models/judges/nondeterministic-register.ts';
import { judge as queue } from '../../src/checks/models/judges/queue.ts';
import { judge as set } from '../../src/checks/models/judges/set.ts';
import { judge as stack } from '../../src/checks/models/judges/stack.ts';
import type { SearchModel } from '../../src/checks/search/call.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import type { History } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { historyOf, type OperationSketch } from '../support/histories.ts';

type Line = readonly [
  process: number,
  f: string,
  input: Plain,
  output: Plain,
  from: number,
  to: number,
];

const ended = (lines: readonly Line[], outcome: 'ok' | 'info' | 'fail' = 'ok'): OperationSketch[] =>
  lines.map(([process, f, input, output, from, to]) => {
    return { process, f, input, output, from: 1000 * from, to: 1000 * to, key: null, outcome };
  });
const history = (...lines: readonly Line[]): History => historyOf(ended(lines));

interface Asked {
  readonly set?: { readonly [name: string]: unknown };
  readonly consistency?: string;
}

function ask(
  judge: AnyJudge,
  of: History,
  { set: given = {}, consistency }: Asked = {},
): CheckResult {
  const params = defaultsOf(judge.params, given);
  return judge.judge(of, params, consistency ?? judge.consistencies[0] ?? '', DEFAULT_BUDGET);
}

function told(judge: AnyJudge, of: History): string {
  const { verdict, summary, reasons, evidence } = ask(judge, of);
  return [`${verdict}: ${summary}`, ...reasons, `evidence ${evidence.join(' ')}`].join('\n');
}

describe('a queue', () => {
  const put = (value: Plain, from: number): Line => [0, 'enqueue', value, null, from, from + 1];
  const take = (value: Plain, from: number): Line => [1, 'dequeue', null, value, from, from + 1];

  it('out of order', () => {
    expect(
      told(queue, history(put(3, 0), put(4, 2), take(4, 4), take(3, 6))),
    ).toMatchInlineSnapshot(`
      "fail: Out of order: 4 came out before 3, which was enqueued before it.
      #0 enqueue 3 was acknowledged at 1ms.
      #1 enqueue 4 was invoked at 2ms: later.
      #2 dequeue → 4 ran from 4ms to 5ms.
      3 came out only later: #3 dequeue → 3 ran from 6ms to 7ms.
      evidence 0 1 2 3"
    `);
  });
  it('out of nowhere', () => {
    expect(told(queue, history(put(4, 0), take(3, 4)))).toMatchInlineSnapshot(`
      "fail: Value from nowhere: dequeued 3, which nobody had enqueued.
      #1 dequeue → 3 ran from 4ms to 5ms.
      No operation ever enqueued 3.
      evidence 1"
    `);
  });
  it('twice', () => {
    expect(told(queue, history(put(3, 0), take(3, 4), take(3, 6)))).toMatchInlineSnapshot(`
      "fail: Dequeued twice: 3 was dequeued by #1 and #2, but enqueued once.
      #1 dequeue → 3 ran from 4ms to 5ms.
      #2 dequeue → 3 ran from 6ms to 7ms.
      3 was enqueued once: #0 enqueue 3.
      evidence 0 1 2"
    `);
  });
  it('said to be empty', () => {
    expect(told(queue, history(put(3, 0), take(null, 4), take(3, 6)))).toMatchInlineSnapshot(`
      "fail: Not empty: #1 dequeue → nothing, though 3 was in the queue.
      #0 enqueue 3 was acknowledged at 1ms.
      #1 dequeue → nothing ran from 4ms to 5ms: all of it later.
      Nobody had dequeued 3 by then.
      evidence 0 1"
    `);
  });
  it('before it was put in', () => {
    expect(told(queue, history(take(3, 0), put(3, 4)))).toMatchInlineSnapshot(`
      "fail: Value from the future: dequeued 3, which nobody had enqueued.
      #0 dequeue → 3 ran from 0µs to 1ms.
      #1 enqueue 3 was invoked only at 4ms.
      evidence 0 1"
    `);
  });

  it('is right where order is by choice', () => {
    const overlapping = history(
      [0, 'enqueue', 1, null, 0, 5],
      [2, 'enqueue', 2, null, 1, 4],
      take(2, 6),
      take(1, 8),
    );
    expect(ask(queue, overlapping).verdict).toBe('pass');
    expect(ask(queue, history(put(1, 0), put(2, 2), take(2, 6), take(1, 8))).verdict).toBe('fail');
    expect(ask(bag, history(put(1, 0), put(2, 2), take(2, 6), take(1, 8))).verdict).toBe('pass');
  });

  it('starts as told, and reads refusals as told', () => {
    const first = history(take(7, 0), take(8, 2));
    expect(ask(queue, first).verdict).toBe('fail');
    expect(ask(queue, first, { set: { initial: '[7, 8]' } }).verdict).toBe('pass');
    const refused = historyOf([
      ...ended([put(1, 0)]),
      ...ended([take(null, 4)], 'fail').map((one) => ({ ...one, error: 'empty' })),
    ]);
    expect(ask(queue, refused).verdict).toBe('pass');
    expect(ask(queue, refused, { set: { as: 'observation' } }).verdict).toBe('fail');
  });

  it('may be sequential where it is not linearizable', () => {
    const late = history(take(null, 4), put(1, 0));
    expect(ask(queue, late).verdict).toBe('fail');
    expect(ask(queue, late, { consistency: 'sequential' }).verdict).toBe('pass');
  });
});

describe.each([
  ['queue', queue, 'enqueue', 'dequeue'],
  ['stack', stack, 'push', 'pop'],
  ['bag', bag, 'enqueue', 'dequeue'],
] as const)('%s', (_, judge, put, take) => {
  it('may be found empty right after what is still to be taken was put, if that overlaps', () => {
    const x: Line = [2, take, null, 'x', 30, 40];
    const touching = history([0, put, 'x', null, 0, 10], [1, take, null, null, 10, 20], x);
    expect(ask(judge, touching).verdict).toBe('pass');
    const after = history([0, put, 'x', null, 0, 10], [1, take, null, null, 11, 20], x);
    expect(ask(judge, after).verdict).toBe('fail');
  });
});

describe('a stack', () => {
  it('from under another', () => {
    const wrong = history(
      [0, 'push', 1, null, 0, 1],
      [0, 'push', 2, null, 2, 3],
      [1, 'pop', null, 1, 4, 5],
    );
    expect(told(stack, wrong)).toMatchInlineSnapshot(`
      "fail: Out of order: 1 was popped from under 2.
      #0 push 1 was acknowledged at 1ms.
      #1 push 2 ran from 2ms to 3ms: later, so 2 lay above 1.
      #2 pop → 1 ran from 4ms to 5ms: nobody had popped 2 by then.
      evidence 0 1 2"
    `);
  });
});

describe('a set', () => {
  it('lost an element', () => {
    const wrong = history(
      [0, 'add', 1, null, 0, 1],
      [0, 'add', 2, null, 2, 3],
      [1, 'read', null, [2], 4, 5],
    );
    expect(told(set, wrong)).toMatchInlineSnapshot(`
      "fail: Lost element: #2 read → {2}: it lacks 1, which had been added.
      #0 add 1 was acknowledged at 1ms.
      #2 read → {2} ran from 4ms to 5ms: all of it later.
      Nobody had removed 1.
      evidence 0 2"
    `);
  });
  it('has one that nobody added', () => {
    const wrong = history([0, 'add', 1, null, 0, 1], [1, 'read', null, [1, 9], 4, 5]);
    expect(told(set, wrong)).toMatchInlineSnapshot(`
      "fail: Element from nowhere: #1 read → {1, 9}: it has 9, which nobody had added.
      #1 read → {1, 9} ran from 4ms to 5ms.
      No operation adds 9.
      evidence 1"
    `);
  });
  it('two readers, two orders', () => {
    const wrong = history(
      [0, 'add', 1, null, 0, 9],
      [1, 'add', 2, null, 0, 9],
      [2, 'read', null, [1], 2, 3],
      [3, 'read', null, [2], 2, 3],
    );
    expect(told(set, wrong)).toMatchInlineSnapshot(`
      "fail: Split: reads disagree whether 1 or 2 was added first.
      #2 read → {1} has 1 without 2.
      #3 read → {2} has 2 without 1.
      Nobody removes anything.
      evidence 2 3"
    `);
  });
});

describe('a counter', () => {
  it('that cannot have been', () => {
    const wrong = history(
      [0, 'add', 5, null, 0, 1],
      [1, 'increment', null, null, 2, 6],
      [2, 'read', null, 3, 3, 4],
    );
    expect(told(linearCounter, wrong)).toMatchInlineSnapshot(`
      "fail: Impossible sum: #2 read → 3, where only 5..6 were possible.
      #2 read → 3 ran from 3ms to 4ms.
      What was over before it began makes 5.
      1 more may or may not have come before it.
      evidence 2"
    `);
  });
  it('within bounds, yet by no order', () => {
    const wrong = history(
      [0, 'add', 5, null, 0, 9],
      [1, 'add', 3, null, 0, 9],
      [2, 'read', null, 4, 1, 2],
    );
    expect(told(linearCounter, wrong)).toMatchInlineSnapshot(`
      "fail: No order: no order of operations explains #2 read → 4.
      #2 read → 4 ran from 1ms to 2ms.
      Whenever these took effect, if they did: #0 add 5, #1 add 3.
      It fits in no order, whatever else happened to the key.
      evidence 0 1 2"
    `);
  });
});

describe('locks', () => {
  it('held by two', () => {
    const wrong = history([0, 'acquire', null, null, 0, 1], [1, 'acquire', null, null, 2, 3]);
    expect(told(lock, wrong)).toMatchInlineSnapshot(`
      "fail: Two holders: #1 acquire by p1 while #0 acquire by p0 held.
      #0 acquire by p0 was acknowledged at 1ms.
      p0 had not released it by 3ms.
      #1 acquire by p1 ran from 2ms to 3ms.
      evidence 0 1"
    `);
  });
  it('released by another', () => {
    const lines: readonly Line[] = [
      [0, 'acquire', null, null, 0, 1],
      [1, 'release', null, null, 2, 3],
    ];
    expect(told(lock, history(...lines))).toMatchInlineSnapshot(`
      "fail: Release without hold: #1 release by p1, which had never acquired it.
      #1 release by p1 ran from 2ms to 3ms.
      p1 had not acquired it by then.
      evidence 1"
    `);
    expect(ask(lock, history(...lines), { set: { owner: 'anyone' } }).verdict).toBe('pass');
  });
  it('a token that went back', () => {
    const lines: readonly Line[] = [
      [0, 'acquire', null, 34, 0, 1],
      [0, 'release', null, null, 2, 3],
      [1, 'acquire', null, 33, 4, 5],
    ];
    expect(told(fencingLock, history(...lines))).toMatchInlineSnapshot(`
      "fail: Token went back: #2 acquire by p1 → 33 after #0 acquire by p0 → 34.
      #0 acquire by p0 → 34 was acknowledged at 1ms.
      #2 acquire by p1 → 33 ran from 4ms to 5ms: all of it later.
      So its token had to be greater than 34, and is 33.
      evidence 0 1 2"
    `);
    expect(ask(fencingLock, history(...lines), { set: { leases: true } }).verdict).toBe('fail');
  });
  it('a lease that ran out', () => {
    const lines: readonly Line[] = [
      [0, 'acquire', null, 33, 0, 1],
      [1, 'acquire', null, 34, 4, 5],
      [0, 'release', null, null, 6, 7],
    ];
    expect(ask(fencingLock, history(...lines)).verdict).toBe('fail');
    expect(ask(fencingLock, history(...lines), { set: { leases: true } }).verdict).toBe('pass');
  });
});

describe('the others', () => {
  it('an identifier given twice', () => {
    const wrong = history([0, 'generate', null, 'a', 0, 1], [1, 'generate', null, 'a', 0, 1]);
    expect(told(ids, wrong)).toMatchInlineSnapshot(`
      "fail: Identifier given twice: #0 and #1 both got a.
      #0 generate → a ran from 0µs to 1ms.
      #1 generate → a ran from 0µs to 1ms.
      evidence 0 1"
    `);
  });
  it('a transaction that saw half of another', () => {
    const wrong = history(
      [
        0,
        'txn',
        [
          ['w', 'x', 1],
          ['w', 'y', 1],
        ],
        null,
        0,
        1,
      ],
      [
        1,
        'txn',
        [
          ['r', 'x', null],
          ['r', 'y', null],
        ],
        [
          ['r', 'x', 1],
          ['r', 'y', null],
        ],
        2,
        3,
      ],
    );
    expect(told(multiRegister, wrong)).toMatchInlineSnapshot(`
      "fail: Stale read: #1 txn x=1 y=null after #0 txn x←1 y←1 was acknowledged.
      #0 txn x←1 y←1 was acknowledged at 1ms.
      #1 txn x=1 y=null ran from 2ms to 3ms: all of it later, yet y=null is older.
      evidence 0 1"
    `);
  });
  it('registers that nobody touches together are judged apart', () => {
    const apart = history(
      [0, 'write', { x: 1 }, null, 0, 1],
      [0, 'write', { y: 1 }, null, 2, 3],
      [1, 'read', ['x', 'z'], { x: 1, z: null }, 4, 5],
    );
    expect(ask(multiRegister, apart).verdict).toBe('pass');
    expect(ask(multiRegister, apart, { set: { initial: '{"z": 4}' } }).verdict).toBe('fail');
  });
  it('an append that is gone, and one that a put replaced', () => {
    const lost = history(
      [0, 'append', 'a', null, 0, 1],
      [0, 'append', 'b', null, 2, 3],
      [1, 'get', null, 'b', 4, 5],
    );
    expect(told(kvAppend, lost)).toMatchInlineSnapshot(`
      "fail: Lost append: #2 get → "b", without the "a" of #0.
      #0 append "a" was acknowledged at 1ms.
      #2 get → "b" ran from 4ms to 5ms: all of it later.
      Nobody puts: what was appended stays.
      evidence 0 2"
    `);
    const got = history([1, 'get', null, 'ab', 4, 5]);
    expect(ask(kvAppend, got, { set: { initial: 'ab' } }).verdict).toBe('pass');
  });
  it('a value that was deleted', () => {
    const wrong = history(
      [0, 'put', 1, null, 0, 1],
      [0, 'delete', null, null, 2, 3],
      [1, 'get', null, 1, 4, 5],
    );
    expect(told(kv, wrong)).toMatchInlineSnapshot(`
      "fail: Lost write: #2 get → 1 after #1 delete was acknowledged.
      #1 delete was acknowledged at 3ms.
      #2 get → 1 ran from 4ms to 5ms: all of it later.
      1 was set last by #0 put 1, over before #1 began.
      No operation ever saw the value of #1.
      evidence 0 1 2"
    `);
  });
  it('a value that was not put', () => {
    const wrong = history(
      [0, 'put-any', [1, 2], null, 0, 1],
      [1, 'get-any', null, [1], 2, 3],
      [1, 'get-all', null, [2], 4, 5],
    );
    expect(told(nondeterministic, wrong)).toMatchInlineSnapshot(`
      "fail: No order: no order of operations explains #2 get-all → [2].
      #1 get-any → [1] ran from 2ms to 3ms.
      #2 get-all → [2] ran from 4ms to 5ms.
      Whenever these took effect, if they did: #0 put-any [1,2].
      They fit in no order, whatever else happened to the key.
      evidence 0 1 2"
    `);
  });
});

describe('every judge', () => {
  const judges = [
    bag,
    fencingLock,
    ids,
    kv,
    kvAppend,
    linearCounter,
    lock,
    multiRegister,
    nondeterministic,
    queue,
    set,
    stack,
  ];

  it.each(judges.map((judge) => [judge.name, judge] as const))(
    '%s passes where there is nothing, and judges nothing that it does not know',
    (_, judge) => {
      for (const consistency of judge.consistencies) {
        expect(ask(judge, [], { consistency })).toMatchObject({ verdict: 'pass' });
        const strange = history([0, 'explode', 1, null, 0, 1]);
        expect(ask(judge, strange, { consistency })).toMatchObject({
          verdict: 'unknown',
          summary: expect.stringContaining("'explode'"),
        });
      }
    },
  );

  it.each(judges.map((judge) => [judge.name, judge] as const))(
    '%s knows the operations that it lists',
    (_, judge) => {
      for (const { f } of judge.operations) {
        // A container takes no null, and a guarded write has a token.
        const input = f === 'write' ? [1, 1] : 1;
        const open = historyOf(ended([[0, f, input, null, 0, 1]], 'info'));
        expect(ask(judge, open)).toMatchObject({
          verdict: 'pass',
          summary: 'Not tested: no operation was answered.',
        });
      }
    },
  );
});

describe('null in a container', () => {
  it.each([
    [queue, 'enqueue', 'dequeue'],
    [bag, 'enqueue', 'dequeue'],
    [stack, 'push', 'pop'],
  ] as const)('cannot be told from nothing: %#', (judge, put, take) => {
    const taken = { process: 1, f: take, input: null, output: null, from: 2000, to: 3000 };
    const verdict = (outcome: 'ok' | 'info' | 'fail') => {
      const [first] = ended([[0, put, null, null, 0, 1]], outcome);
      return ask(judge, historyOf([first!, { ...taken, key: null, outcome: 'ok' }]));
    };
    for (const outcome of ['ok', 'info'] as const) {
      expect(verdict(outcome)).toMatchObject({
        verdict: 'unknown',
        summary: `Nothing was judged: #0 ${put} asked for null, which stands for an empty one.`,
      });
    }
    expect(verdict('fail').verdict).toBe('pass');
  });
});

describe('an own model', () => {
  const votes: SearchModel<number> = {
    name: 'votes',
    summary: 'a count of votes',
    operations: ['vote', 'count'],
    byKey: true,
    init: () => 0,
    step: (state, f, _input, output) => {
      if (f === 'vote') return state + 1;
      return output === undefined || output === state ? state : null;
    },
    identify: (state) => state,
    describe: (f, _input, output) => (f === 'vote' ? f : `count → ${JSON.stringify(output)}`),
  };

  it('has a judge', () => {
    const judge = judgeOfModel(votes);
    expect(judge.operations.map(({ f }) => f)).toEqual(['vote', 'count']);
    const right = history([0, 'vote', null, null, 0, 3], [1, 'count', null, 1, 1, 2]);
    expect(ask(judge, right).verdict).toBe('pass');
    const wrong = history([0, 'vote', null, null, 0, 1], [1, 'count', null, 0, 2, 3]);
    expect(told(judge, wrong)).toMatchInlineSnapshot(`
      "fail: No order: no order of operations explains #1 count → 0.
      #0 vote ran from 0µs to 1ms.
      #1 count → 0 ran from 2ms to 3ms.
      They fit in no order, whatever else happened to the key.
      evidence 0 1"
    `);
  });
});
