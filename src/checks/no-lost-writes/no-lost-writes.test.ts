// Lost writes: what is gone from the last answers.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief, emptyFacts } from '../../../test/support/judging.ts';
import lostChecker, { judge as lostWrites } from './index.ts';

describe('no-lost-writes', () => {
  it('finds a write whose place an older one has at last', () => {
    const result = ask(
      lostWrites,
      told(`
        0-1  a  write 1
        2-3  b  write 2
        4-5  a  read -> 1
      `),
    );
    expect(brief(result)).toBe('fail: lost-write 1');
    expect(result.summary).toBe(
      '#1, the write of 2, was acknowledged, but at last #2 read 1 of #0, which was over before #1 was invoked.',
    );
    expect(result.evidence).toEqual([0, 1, 2]);
  });

  it.each([
    ['a race', '0-3 a write 1\n 2-4 b write 2\n 6-7 a read -> 1', 'pass'],
    ['a late one', '0-1? a write 1\n 2-4 b write 2\n 6-7 a read -> 1', 'pass'],
    ['a replica', '0-1 a write 1\n 2-4 b write 2\n 6-7 a read -> 1\n 6-7 b read -> 2', 'pass'],
    ['nothing left', '0-1 a write 1\n 2-3 b read -> null', 'fail: lost-write 1'],
    ['out of nothing', '0-1 a write 1\n 2-3 b read -> 7', 'fail: from-nowhere 1'],
    ['a failed one', '0-1 a write 1\n 2-3! b write 2\n 4-5 b read -> 2', 'fail: from-nowhere 1'],
    ['a swap', '0-1 a write 1\n 2-3 a cas [1, 2]\n 4-5 b read -> 1', 'fail: lost-write 1'],
    ['a key', '0-1 a write@x 1\n 2-3 a write@y 2\n 4-5 b read@x -> 1', 'unknown'],
    ['a set', '0-1 a add 1\n 2-3 a add 2\n 4-5 b read -> [1]', 'fail: lost-write 1'],
    ['removed', '0-1 a add 1\n 2-3? a remove 1\n 4-5 b read -> []', 'pass'],
    ['a text', '0-1 a append ab\n 2-3 a append cd\n 4-5 b read -> "ab"', 'fail: lost-write 1'],
    ['too early', '0-1 a add 1\n 2-9 a add 2\n 4-5 b read -> []', 'unknown'],
  ])('%s: %s', (_, history, verdict) => {
    expect(brief(ask(lostWrites, told(history)))).toBe(verdict);
  });

  it.each([
    ['side by side', '0-1 a put 1\n 0-1 b put 2\n 4-5 c get -> [1, 2]', 'pass'],
    ['gone', '0-1 a put 1\n 2-3 b put 2\n 4-5 c get -> [2]', 'fail: lost-write 1'],
    ['replaced', '0-1 a put 1\n 2-3 b get -> [1]\n 4-5 b put 2\n 6-7 c get -> [2]', 'pass'],
    ['own', '0-1 a put 1\n 2-3 a put 2\n 6-7 c get -> [2]', 'pass'],
    ['refused', '0-1 a put 1\n 2-3! a put 2\n 6-7 c get -> []', 'fail: lost-write 1'],
    ['deleted', '0-1 a put 1\n 2-3 a delete\n 6-7 c get -> []', 'pass'],
    ['nobody wrote it', '0-1 a put 1\n 6-7 c get -> [1, 9]', 'fail: from-nowhere 1'],
  ])('of siblings, %s: %s', (_, history, verdict) => {
    expect(brief(ask(lostWrites, told(history)))).toBe(verdict);
  });

  it('takes transactions apart', () => {
    const history = told(`
      0-1  a  txn [["append", "x", 1], ["append", "y", 2]]
      2-3  b  txn [["r", "x", null], ["r", "y", null]] -> [["r", "x", [1]], ["r", "y", []]]
    `);
    const result = ask(lostWrites, history);
    expect(brief(result)).toBe('fail: lost-write 1');
    expect(result).toMatchObject({ key: 'y', evidence: [0, 1] });
    const facts = emptyFacts([{ name: 'load', workload: 'list-append' }]);
    expect(lostChecker.check(history, facts)).toMatchObject({ verdict: 'fail', key: 'y' });
  });

  it('knows the initial value', () => {
    const history = told('0-1! a write 1\n 0-1? b write 3\n 2-3 b read -> 0');
    expect(brief(ask(lostWrites, history, { set: { initial: '0' } }))).toBe('unknown');
    expect(brief(ask(lostWrites, history))).toBe('fail: from-nowhere 1');
  });
});
