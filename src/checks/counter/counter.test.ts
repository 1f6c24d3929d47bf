// Counters by the bounds of each read.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as counter } from './index.ts';

describe('counter', () => {
  it('is at least what was acknowledged before, and at most what was invoked by then', () => {
    const result = ask(
      counter,
      told(`
        0-1   a  add 2
        2-9?  a  add 3
        4-5   b  read -> 1
        6-7   b  read -> 5
        8-9   b  read -> 6
      `),
    );
    expect(brief(result)).toBe('fail: too-low 1, too-high 1');
    expect(result.summary).toBe('#2 read 1, but adds of 2 had been acknowledged before it.');
    expect(result.reasons).toEqual([
      'too-high: #4 read 6, but adds of only 5 had been invoked by its end.',
    ]);
    expect(result.numbers).toMatchObject({ readCount: 3, errorCount: 2, widestBounds: 3 });
  });

  it('counts adds of unknown outcome from the read on that shows them', () => {
    const history = told(`
      0-1   a  add 1
      2-3?  b  add 4
      2-20  c  add 2
      4-6   d  read -> 7
      5-8   e  read -> 1
      7-9   d  read -> 4
      7-9   e  read -> 5
    `);
    const result = ask(counter, history);
    expect(brief(result)).toBe('fail: too-low 1');
    expect(result).toMatchObject({
      summary: '#5 read 4, but adds of 5 had been acknowledged before it, or seen by #3.',
      evidence: [0, 3, 5],
    });
    // A read that saw too much has seen nothing that was added.
    const tooMuch = told('0-1? a add 1\n 2-3 b read -> 9\n 4-5 b read -> 0');
    expect(brief(ask(counter, tooMuch))).toBe('fail: too-high 1');
  });

  it('takes calls before returns at one instant', () => {
    expect(brief(ask(counter, told('0-2 a add 1\n 2-3 b read -> 0')))).toBe('pass');
    expect(brief(ask(counter, told('0-2 b read -> 1\n 2-3 a add 1')))).toBe('pass');
    expect(brief(ask(counter, told('0-2 b read -> 1\n 3-4 a add 1')))).toBe('fail: too-high 1');
  });

  it('has no bounds for decrements', () => {
    expect(ask(counter, told('0-1 a add -1')).summary).toBe(
      'Nothing was judged: #0 adds -1, and this counter takes increments only; pn-counter takes decrements.',
    );
  });
});
