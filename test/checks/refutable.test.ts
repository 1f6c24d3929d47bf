/** No check is green by nature: each finds something wrong on every interface that it judges. */
import { expect, test } from 'vitest';
import type { AnyChecker } from '../../src/checks/checker.ts';
import { checkers } from '../../src/checks/index.ts';
import { operationsOf } from '../../src/sim/interface.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { interfaceNamed } from '../support/hand-history.ts';
import { told } from '../support/jepsen-histories.ts';
import { emptyFacts } from '../support/judging.ts';

/** By interface: histories with a mistake each. */
const wrong: { readonly [asks: string]: readonly string[] } = {
  bank: ['0-1 a read -> {"x": 3}\n 2-3 a read -> {"x": 4}'],
  broadcast: [
    '0-1 a/n1 broadcast 1\n 2-3 a/n1 read -> [1]\n 4-5 b/n2 read -> []',
    '0-1 a/n1 broadcast 1\n 2-3 a/n1 read -> []',
  ],
  coordination: [
    '0-1 a create 1 -> 0\n 2-3 a exists -> null',
    '0-1 a get {"watch": true} -> [1, 0]\n 2-3 a get -> [2, 1]',
  ],
  counter: ['0-1 a/n1 add 1\n 2-3 a/n1 read -> 1\n 4-5 b/n2 read -> 5'],
  echo: ['0-1 a echo "x" -> "y"'],
  effects: ['0-1 a apply r1\n 2-3 b read -> []'],
  ids: ['0-1 a generate -> 1\n 2-3 b generate -> 1'],
  'list-append': [
    '0-1 a txn [["append","x",1],["append","y",1]] -> [["append","x",1],["append","y",1]]\n' +
      '0-1 b txn [["append","x",2],["append","y",2]] -> [["append","x",2],["append","y",2]]\n' +
      '2-3 c txn [["r","x",null],["r","y",null]] -> [["r","x",[1,2]],["r","y",[2,1]]]',
    '0-1 a txn [["append","x",1]] -> [["append","x",1]]\n 2-3 c txn [["r","x",null]] -> [["r","x",[]]]',
  ],
  lock: ['0-1 a acquire -> 1\n 2-3 b acquire -> 2', '0-1 a write [2, 1]\n 2-3 b write [1, 1]'],
  log: [
    '0-1 a send [["send","x","a"]] -> [["send","x",[0,"a"]]]\n 2-3 b send [["send","x","b"]] -> [["send","x",[0,"b"]]]',
  ],
  members: ['2000000-2000001 a/n1 members -> [{"member": "n1", "state": "alive"}]'],
  'pn-counter': ['0-1 a/n1 add 1\n 2-3 a/n1 read -> 1\n 4-5 b/n2 read -> 5'],
  propose: ['0-1 a propose 1 -> 1\n 2-3 b propose 2 -> 2'],
  queue: [
    '0-1 a enqueue 1\n 2-3 b dequeue -> 2\n 4-5 b drain -> []',
    '0-1 a enqueue 1\n 2-3 b dequeue -> 2',
  ],
  register: [
    '0-1 a/n1 write 1\n 2-3 a/n1 write 2\n 4-5 a/n1 read -> 1\n 6-7 b/n2 read -> 2\n 8-9 b/n2 read -> 9',
    '0-1 a/n1 write 1\n 2-3 a/n1 write 2\n 1000004-1000005 a/n1 read -> 1\n 1000006-1000007 b/n2 read -> 2',
  ],
  'rw-register': [
    '0-1 a txn [["w","x",1]] -> [["w","x",1]]\n 2-3 b txn [["r","x",null]] -> [["r","x",null]]',
    // Each reads what the other has written.
    '0-2 a txn [["w","x",1],["r","y",null]] -> [["w","x",1],["r","y",1]]\n' +
      '0-2 b txn [["w","y",1],["r","x",null]] -> [["w","y",1],["r","x",1]]',
    // Two see two writes in two orders.
    '0-1 a txn [["w","x",1]] -> [["w","x",1]]\n 0-1 b txn [["w","y",1]] -> [["w","y",1]]\n' +
      '2-3 c txn [["r","x",null],["r","y",null]] -> [["r","x",1],["r","y",null]]\n' +
      '2-3 d txn [["r","y",null],["r","x",null]] -> [["r","y",1],["r","x",null]]',
  ],
  saga: ['0-1 a saga {"id": "s", "steps": ["f"]}\n 2-3 b audit -> []'],
  set: ['0-1 a/n1 add 1\n 2-3 a/n1 add 2\n 4-5 a/n1 read -> [2]\n 6-7 b/n2 read -> []'],
  siblings: [
    '0-1 a/n1 put 1\n 2-3 a/n1 get -> []',
    '0-1 a/n1 put 1\n 2-3 a/n1 get -> [1]\n 2-3 b/n2 get -> []',
  ],
  text: ['0-1 a/n1 insert [null, "a"] -> ["1"]\n 2-3 a/n1 read -> "a"\n 2-3 b/n2 read -> ""'],
  timestamp: ['0-1 a now -> 2\n 2-3 a now -> 1', '0-1 a now -> {"earliest": 5, "latest": 6}'],
};

const least: { readonly [checker: string]: object } = { 'bounded-staleness': { within: 1 } };

const groups = [{ name: 'n', kind: 'any', nodes: ['n1', 'n2'] }];

const load = async (name: string) => (await checkers.get(name)?.load())?.default as AnyChecker;

/** No promise of the order of versions, so that no cycle of writes to registers can be seen. */
const unseen = new Map([['read-uncommitted', ['rw-register']]]);

test.each(Object.entries(wrong))('histories of %s have its operations', (asks, histories) => {
  const made = histories.flatMap((history) => told(history).map(({ f }) => f));
  const operations = operationsOf(interfaceNamed(asks));
  expect(made.filter((f) => !operations.includes(f))).toEqual([]);
});

test.each([...checkers.keys()])('%s', async (name) => {
  const checker = await load(name);
  const args = defaultsOf(checker.params, least[name] ?? {});
  const verdict = (asks: string, history: string) =>
    checker.check(
      told(history),
      { ...emptyFacts([{ name: 'load', workload: asks }]), groups },
      args,
    ).verdict;
  const green = checker.judges
    .map(({ name: asks }) => asks)
    .filter((asks) => !wrong[asks]?.some((history) => verdict(asks, history) === 'fail'));
  expect(green).toEqual(unseen.get(name) ?? []);
});
