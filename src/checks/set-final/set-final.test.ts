// Sets by their final read.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as final } from './index.ts';

describe('set-final', () => {
  it('demands what was acknowledged, allows what was tried, refuses the rest', () => {
    const history = told(`
      0-1   a  add 1
      0-1   b  add 2
      2-3?  a  add 3
      2-3!  b  add 4
      5-6   c  read -> [2, 3, 9]
    `);
    const result = ask(final, history);
    expect(brief(result)).toBe('fail: lost 1, unexpected 1');
    expect(result.summary).toBe(
      '#0 added 1, acknowledged, but the final read #4 does not show it.',
    );
    expect(result.reasons).toEqual([
      'unexpected: the final read #4 shows 9, which nobody tried to add.',
    ]);
    expect(result.numbers).toMatchObject({ okCount: 2, recoveredCount: 1, acknowledgedCount: 2 });
  });

  it('judges by the read that ended last, and only what was acknowledged before it', () => {
    expect(brief(ask(final, told('0-1 a add 1\n 2-9 b read -> []\n 3-4 c read -> [1]')))).toBe(
      'fail: lost 1',
    );
    expect(brief(ask(final, told('0-3 a add 1\n 2-9 b read -> []')))).toBe('pass');
  });

  it('is unknown without a read', () => {
    expect(ask(final, told('0-1 a add 1'))).toMatchObject({
      verdict: 'unknown',
      summary: 'The set was never read.',
    });
  });

  it('excuses what somebody tried to remove, and refuses what came back', () => {
    const judged = (history: string) => brief(ask(final, told(history)));
    // Whether it is there or not: the removal may have come before the add, or after.
    for (const shown of ['[1]', '[]']) {
      expect(judged(`0-3 a add 1\n 1-2 b remove 1\n 4-5 c read -> ${shown}`)).toBe('pass');
      expect(judged(`0-1 a add 1\n 2-3? b remove 1\n 4-5 c read -> ${shown}`)).toBe('pass');
    }
    expect(judged('0-1 a add 1\n 2-3! b remove 1\n 4-5 c read -> []')).toBe('fail: lost 1');
    const back = ask(final, told('0-1 a add 1\n 2-3 b remove 1\n 4-5 c read -> [1]'));
    expect([brief(back), back.summary]).toEqual([
      'fail: returned 1',
      'The final read #2 shows 1, which #1 had removed after all adds of it.',
    ]);
    expect(judged('0-1? a add 1\n 2-3 b remove 1\n 4-5 c read -> [1]')).toBe('pass');
    expect(judged('0-1 a add 1\n 2-5 b remove 1\n 4-6 c read -> [1]')).toBe('pass');
  });

  it('passes over questions for one element', () => {
    expect(
      brief(ask(final, told('0-1 a add 1\n 2-3 b contains 1 -> true\n 4-5 c read -> []'))),
    ).toBe('fail: lost 1');
  });

  it('counts what an earlier read shows as added', () => {
    const result = ask(final, told('0-1? a add 1\n 2-3 b read -> [1]\n 4-5 c read -> []'));
    expect([brief(result), result.summary]).toEqual([
      'fail: lost 1',
      '#0 added 1, seen by #1, but the final read #2 does not show it.',
    ]);
    // It may have been added since, or by the other.
    expect(brief(ask(final, told('0-1? a add 1\n 2-5 b read -> [1]\n 4-6 c read -> []')))).toBe(
      'pass',
    );
    const twice = '0-1? a add 1\n 0-1? b add 1\n 2-3 b read -> [1]\n 4-5 c read -> []';
    expect(brief(ask(final, told(twice)))).toBe('pass');
  });
});
