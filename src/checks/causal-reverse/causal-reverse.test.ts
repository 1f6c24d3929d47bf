// Causal reverse: a later write seen without an earlier one.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as causalReverse } from './index.ts';

describe('causal-reverse', () => {
  it('is a later write without an earlier one', () => {
    const result = ask(
      causalReverse,
      told(`
        0-1  a  write 1
        2-3  a  write 2
        4-5  b  read -> [2]
      `),
    );
    expect(brief(result)).toBe('fail: causal-reverse 1');
    expect(result.summary).toBe(
      '#2 saw 2 without 1, whose write #0 was acknowledged before #1 was invoked.',
    );
    expect(result.evidence).toEqual([0, 1, 2]);
  });

  it('takes adds to a set for writes', () => {
    const found = brief(ask(causalReverse, told('0-1 a add 1\n 2-3 a add 2\n 4-5 b read -> [2]')));
    expect(found).toBe('fail: causal-reverse 1');
  });

  it('says nothing of writes that overlap, or were not acknowledged', () => {
    expect(
      brief(ask(causalReverse, told('0-3 a write 1\n 2-4 c write 2\n 5-6 b read -> [2]'))),
    ).toBe('pass');
    expect(
      brief(ask(causalReverse, told('0-1? a write 1\n 2-4 c write 2\n 5-6 b read -> [2]'))),
    ).toBe('pass');
    expect(
      brief(ask(causalReverse, told('0-1 a write 1\n 2-4? c write 2\n 5-6 b read -> [2]'))),
    ).toBe('fail: causal-reverse 1');
  });

  it('says nothing of what somebody may have removed', () => {
    const judged = (history: string) => brief(ask(causalReverse, told(history)));
    const both = '0-1 a add 1\n 2-3 b add 2';
    expect(judged(`${both}\n 4-5 c read -> [2]`)).toBe('fail: causal-reverse 1');
    expect(judged(`${both}\n 4-5? a remove 1\n 6-7 c read -> [2]`)).toBe('pass');
    expect(judged(`${both}\n 4-5! a remove 1\n 6-7 c read -> [2]`)).toBe('fail: causal-reverse 1');
    expect(judged(`${both}\n 4-5 a contains 1 -> true\n 6-7 c read -> [1, 2]`)).toBe('pass');
  });
});
