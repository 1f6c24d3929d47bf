/** What checkers make of their arguments in `expect:`: each changes a verdict. */
import { expect, test } from 'vitest';
import type { AnyChecker } from '../../src/checks/checker.ts';
import { checkers } from '../../src/checks/index.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { told } from '../support/jepsen-histories.ts';
import { brief, emptyFacts } from '../support/judging.ts';

type Args = { readonly [name: string]: unknown };
type Row = readonly [
  checker: string,
  asks: string,
  history: string,
  before: readonly [Args, string],
  after: readonly [Args, string],
];

const balances = '0-1 a read -> {"x": -3, "y": 4}';
const twoWrites = '0-1 a write 1\n 2-3 a write 2\n 9-10 b read -> 1';
const early =
  '0-1 p poll [["poll"]] -> [["poll", {"x": [[0, "a"]]}]]\n' +
  '2-3 q send [["send", "x", "a"]] -> [["send", "x", [0, "a"]]]';
const twoKeys = ['0-1 a', '2-3 b']
  .map((read) => `${read} read [["r","x",null],["r","y",null]] -> [["r","x",1],["r","y",null]]`)
  .join('\n');
const late = '0-1 a add 1\n 3-4 b read -> []\n 5-6 c read -> [1]';
const twice = '0-1 a enqueue 1\n 2-3 b dequeue -> 1\n 4-5 b dequeue -> 1';

const overdrawn = { 'negative-balances': true };
const rows: readonly Row[] = [
  ['bank', 'bank', balances, [{}, 'fail: negative-value 1'], [overdrawn, 'pass']],
  [
    'bank',
    'bank',
    balances,
    [overdrawn, 'pass'],
    [{ ...overdrawn, total: 8 }, 'fail: wrong-total 1'],
  ],
  [
    'bank',
    'bank',
    balances,
    [overdrawn, 'pass'],
    [{ ...overdrawn, accounts: 'x' }, 'fail: unexpected-key 1'],
  ],
  ['bounded-staleness', 'register', twoWrites, [{ within: 1 }, 'fail'], [{ within: 10 }, 'pass']],
  [
    ...(['bounded-staleness', 'register', twoWrites] as const),
    [{ within: 10, versions: 1 }, 'pass'],
    [{ within: 10, versions: 0 }, 'fail'],
  ],
  [
    ...(['converged', 'set', '0-1 a/n1 read -> [1, 2]\n 0-1 b/n2 read -> [2, 1]'] as const),
    [{}, 'pass'],
    [{ ordered: true }, 'fail: diverged 1'],
  ],
  [
    ...(['exactly-once', 'effects', '0-1 a apply r1\n 2-3 b read -> ["r1", "r1"]'] as const),
    [{}, 'fail: applied-twice 1'],
    [{ consistency: 'at-least-once' }, 'pass'],
  ],
  [
    ...(['log', 'log', early] as const),
    [{}, 'pass'],
    [{ consistency: 'strict-realtime' }, 'fail: G1c-realtime 1'],
  ],
  ['long-fork', 'rw-register', twoKeys, [{}, 'pass'], [{ n: 3 }, 'unknown']],
  [
    ...(['monotonic', 'timestamp', '0-1 a now -> 2\n 2-3 b now -> 1\n 4-5 b now -> 3'] as const),
    [{}, 'pass'],
    [{ consistency: 'realtime' }, 'fail: went-back 1'],
  ],
  [
    ...(['mutual-exclusion', 'lock', '0-1 a acquire\n 100-101 b acquire'] as const),
    [{}, 'fail: two-holders 1'],
    [{ lease: 50 }, 'pass'],
  ],
  [
    ...(['mutual-exclusion', 'lock', '0-1 a acquire\n 2-3 a acquire'] as const),
    [{}, 'fail: two-holders 1'],
    [{ reentrant: true }, 'pass'],
  ],
  ['set-full', 'set', late, [{}, 'pass'], [{ consistency: 'linearizable' }, 'fail: stale 1']],
  [
    ...(['total-queue', 'queue', twice] as const),
    [{}, 'pass'],
    [{ consistency: 'exactly-once' }, 'fail: duplicated 1'],
  ],
];

const groups = [{ name: 'n', kind: 'any', nodes: ['n1', 'n2'] }];

const load = async (name: string) => (await checkers.get(name)?.load())?.default as AnyChecker;

test.each(rows)('%s over %s, %j: %j, %j', async (name, asks, history, ...cases) => {
  const checker = await load(name);
  const facts = { ...emptyFacts([{ name: 'load', workload: asks }]), groups };
  for (const [args, verdict] of cases) {
    const result = checker.check(told(history), facts, defaultsOf(checker.params, args));
    expect(brief(result)).toBe(verdict);
  }
});

test('no argument of any checker is left out', async () => {
  const declared: string[] = [];
  for (const name of checkers.keys()) {
    for (const param of Object.keys((await load(name)).params)) declared.push(`${name} ${param}`);
  }
  const tried = rows.flatMap(([name, , , , [args]]) =>
    Object.keys(args).map((param) => `${name} ${param}`),
  );
  expect([...new Set(tried)].sort()).toEqual(declared.sort());
});
