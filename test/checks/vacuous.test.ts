/**
 * Runs in which nothing could have contradicted a check: it passes none of them with something
 * judged. A check that says nothing of what it judged is asked nothing here.
 */
import { expect, test } from 'vitest';
import type { AnyChecker } from '../../src/checks/checker.ts';
import { checkers } from '../../src/checks/index.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { told } from '../support/jepsen-histories.ts';
import { emptyFacts } from '../support/judging.ts';

/** By interface: histories that contradict nothing, whatever a system did. */
const idle: { readonly [asks: string]: readonly string[] } = {
  bank: ['0-1 a transfer {"from": "x", "to": "y", "amount": 1}', '0-1 a read -> {}'],
  broadcast: ['0-1 a/n1 broadcast 1', '0-1? a/n1 broadcast 1'],
  counter: ['0-1 a/n1 add 1', '0-1? a/n1 add 1\n 2-3? b/n2 read'],
  effects: ['0-1 a apply r1', '0-1? a apply r1'],
  ids: ['0-1? a generate'],
  'list-append': [
    '0-1 a txn [["append","x",1]] -> [["append","x",1]]\n 2-3 b txn [["r","y",null]] -> [["r","y",[]]]',
    '0-1! a txn [["append","x",1]]',
    '0-1? a txn [["append","x",1]]',
  ],
  lock: ['0-1! a acquire\n 2-3! b acquire', '0-1? a acquire\n 2-3? b acquire'],
  log: ['0-1? a send [["send","x","a"]]'],
  'pn-counter': ['0-1 a/n1 add 1', '0-1? a/n1 add 1\n 2-3? b/n2 read'],
  queue: ['0-1 a enqueue 1', '0-1 a enqueue 1\n 2-3? b drain', '0-1? a dequeue'],
  register: [
    '0-1 a/n1 write 1\n 2-3 b/n2 write 2',
    '0-1? a/n1 write 1\n 2-3? b/n2 read',
    '0-1! a/n1 write 1\n 2-3! b/n2 read',
  ],
  'rw-register': [
    '0-1 a txn [["w","x",1]] -> [["w","x",1]]\n 2-3 b txn [["w","x",2]] -> [["w","x",2]]',
    '0-1 a txn [["r","x",null]] -> [["r","x",null]]\n 2-3 b txn [["r","x",null]] -> [["r","x",null]]',
  ],
  saga: ['0-1? a saga {"id": "s", "steps": ["f"]}'],
  set: ['0-1 a/n1 add 1', '0-1? a/n1 add 1\n 2-3? b/n2 read', '0-1! a/n1 add 1'],
  siblings: ['0-1 a put 1', '0-1? a put 1\n 2-3? a get'],
  timestamp: ['0-1 a now -> 1\n 2-3 b now -> 2', '0-1? a now'],
};

/** What single checks could not have found wrong either. */
const idleFor: { readonly [check: string]: { readonly [asks: string]: readonly string[] } } = {
  'causal-reverse': {
    set: ['0-1 a/n1 read -> []\n 2-3 b/n2 add 1', '0-1 a add 1\n 2-3 b read -> [1]'],
  },
  delivered: { broadcast: ['0-1 a/n1 read -> []\n 2-3 a/n1 broadcast 1'] },
  fenced: { lock: ['0-1 a write [1, 1]', '0-1 a acquire -> 1'] },
  'mutual-exclusion': { lock: ['0-1 a write [1, 1]', '0-1 a acquire -> 1'] },
  'read-uncommitted': {
    'rw-register': [
      '0-1 a txn [["w","x",1]] -> [["w","x",1]]\n 2-3 b txn [["r","x",null]] -> [["r","x",1]]',
    ],
  },
};

const least: { readonly [checker: string]: object } = { 'bounded-staleness': { within: 1 } };

test.each([...checkers.keys()])('%s', async (name) => {
  const checker = (await checkers.get(name)?.load())?.default as AnyChecker;
  const args = defaultsOf(checker.params, least[name] ?? {});
  const wrong = checker.judges.flatMap(({ name: asks }) => {
    const facts = emptyFacts([{ name: 'load', workload: asks }]);
    // That a queue was never emptied is what `total-queue` calls lost.
    const any = name === 'total-queue' ? [] : (idle[asks] ?? []);
    const histories = ['', ...any, ...(idleFor[name]?.[asks] ?? [])];
    return histories.flatMap((history) => {
      const { verdict, summary, numbers } = checker.check(
        history === '' ? [] : told(history),
        facts,
        args,
      );
      const isVacuous = verdict === 'unknown' || (verdict === 'pass' && numbers['judged'] === 0);
      return isVacuous ? [] : [`${asks}: ${history}: ${verdict}: ${summary}`];
    });
  });
  expect(wrong).toEqual([]);
});
