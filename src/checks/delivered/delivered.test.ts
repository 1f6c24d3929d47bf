// Delivery: what every node knows at last.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief, emptyFacts } from '../../../test/support/judging.ts';
import deliveredChecker, { judge as delivery } from './index.ts';

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

  it('counts what somebody saw before as known, whatever its broadcaster heard', () => {
    const result = ask(
      delivery,
      told(`
        0-1?  a/n1  broadcast 1
        2-3   a/n1  read -> [1]
        4-5   b/n2  read -> []
      `),
    );
    expect([brief(result), result.summary]).toEqual([
      'fail: missing 1',
      '#0 broadcast 1, seen by #1, but n2 does not know it in its final read #2.',
    ]);
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
    // A node keeps the case of its name at the head of a sentence.
    const told9 = ask(delivery, told('0-1 a/n1 broadcast 1\n 2-3 b/n-2 read -> [1, 9]'));
    expect(told9.summary).toBe('n-2 knew 9 in #1, which nobody had broadcast by then.');
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
