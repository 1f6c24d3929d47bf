// What replicas answer at last: delivery, convergence, lost writes.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief, emptyFacts } from '../../../test/support/judging.ts';
import convergedChecker from '../converged.ts';
import deliveredChecker from '../delivered.ts';
import delivery from '../judges/broadcast-delivery.ts';
import convergence from '../judges/convergence.ts';
import lostWrites from '../judges/no-lost-writes.ts';
import lostChecker from '../no-lost-writes.ts';

describe('delivered', () => {
  it('demands every acknowledged broadcast in the final read of every node', () => {
    const result = ask(
      delivery,
      told(`
        0-1   a/n1  broadcast 1
        2-3   b/n2  broadcast 2
        6-7   a/n1  read -> [1, 2]
        6-7   b/n2  read -> [2]
      `),
    );
    expect(brief(result)).toBe('fail: missing 1');
    expect(result.summary).toBe(
      '#0 broadcast 1, acknowledged by n1, but n2 does not know it in its final read #3.',
    );
    expect(result.evidence).toEqual([0, 3]);
  });

  it('does not mind how long it took, nor an uncertain one that only some know', () => {
    const result = ask(
      delivery,
      told(`
        0-1   a/n1  broadcast 1
        2-3   b/n2  read -> []
        2-3?  a/n1  broadcast 2
        6-7   a/n1  read -> [1, 2]
        6-7   b/n2  read -> [1]
      `),
    );
    expect(result).toMatchObject({
      verdict: 'pass',
      numbers: { acknowledgedCount: 1, nodeCount: 2, partlyDelivered: 1, latencyMaxMs: 1 },
    });
  });

  it('refuses what comes from nowhere, from the future, or from a failed broadcast', () => {
    expect(brief(ask(delivery, told('0-1 a broadcast 1\n 2-3 b read -> [1, 9]')))).toBe(
      'fail: from-nowhere 1',
    );
    expect(
      brief(ask(delivery, told('0-1 b read -> [1]\n 2-3 a broadcast 1\n 4-5 b read -> [1]'))),
    ).toBe('fail: from-nowhere 1');
    expect(brief(ask(delivery, told('0-1! a broadcast 1\n 2-3 b read -> [1]')))).toBe(
      'fail: refused 1',
    );
  });

  it('is unknown if a node that was asked has no final read, unless it is down', () => {
    const history = told('0-1 a/n1 broadcast 1\n 0-1 b/n2 broadcast 2\n 4-5 a/n1 read -> [1, 2]');
    expect(ask(delivery, history)).toMatchObject({
      verdict: 'unknown',
      summary: 'n2 was not read after the last broadcast had ended.',
    });
    const loads = [{ name: 'load', workload: 'broadcast' }];
    expect(deliveredChecker.check(history, emptyFacts(loads)).verdict).toBe('unknown');
    const down = [{ node: 'n2', fromUs: 2000, untilUs: 1_000_000 }];
    expect(deliveredChecker.check(history, emptyFacts(loads, down)).verdict).toBe('pass');
    const back = [{ node: 'n2', fromUs: 2000, untilUs: 3000 }];
    expect(deliveredChecker.check(history, emptyFacts(loads, back)).verdict).toBe('unknown');
  });
});

describe('converged', () => {
  it('compares the last answers of replicas, lists in any order', () => {
    const same = told('0-1 a add 1\n 2-3 a/n1 read -> [1, 2]\n 2-3 b/n2 read -> [2, 1]');
    expect(brief(ask(convergence, same))).toBe('pass');
    expect(brief(ask(convergence, same, { set: { ordered: true } }))).toBe('fail: diverged 1');
    const result = ask(
      convergence,
      told('0-1 a write 1\n 2-3 a/n1 read -> 1\n 2-3 b/n2 read -> 2\n 2-3 c/n3 read -> 1'),
    );
    expect(brief(result)).toBe('fail: diverged 1');
    expect(result.summary).toBe('3 replicas ended in 2 states: n1 has 1 (#1), n2 has 2 (#2).');
  });

  it('looks at reads after the last write only, the last of each replica', () => {
    const history = told(`
      0-5  a     write 1
      1-2  b/n2  read -> 0
      6-7  b/n2  read -> 0
      6-7  a/n1  read -> 1
      8-9  b/n2  read -> 1
    `);
    expect(brief(ask(convergence, history))).toBe('pass');
    expect(ask(convergence, history.slice(0, 3)).summary).toBe(
      'Only one replica was read after the last write had ended.',
    );
  });

  it('judges the targets of two loads apart', () => {
    const history = [
      ...told('2-3 a/n1 read@x -> 1\n 2-3 b/n2 read@x -> 1'),
      ...told('2-3 c/m1 read@x -> 2\n 2-3 d/m2 read@x -> 2').map((each) => ({
        ...each,
        load: 'other',
      })),
    ];
    const loads = (target: string) => [
      { name: 'load', workload: 'register', target: 'kv' },
      { name: 'other', workload: 'register', target },
    ];
    expect(convergedChecker.check(history, emptyFacts(loads('store'))).verdict).toBe('pass');
    expect(convergedChecker.check(history, emptyFacts(loads('kv'))).verdict).toBe('fail');
  });
});

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
