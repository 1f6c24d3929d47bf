// Counters by the sums that are possible.
import { describe, expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { judge as pnCounter } from './index.ts';
import { acceptableSums } from './pn-counter.ts';

describe('pn-counter', () => {
  it('accepts the sum of what was acknowledged and of any of the rest', () => {
    const adds = '0-1 a add 10\n 0-2? b add 5\n 0-3? c add -1\n';
    const values = [8, 9, 10, 11, 13, 14, 15, 16];
    const verdicts = values.map((value) => ask(pnCounter, told(`${adds} 5-6 d read -> ${value}`)));
    expect(values.filter((_, i) => verdicts[i]?.verdict === 'pass')).toEqual([9, 10, 14, 15]);
    expect(verdicts[3]?.summary).toBe(
      '#3 read 11 at last, but only 9..10 or 14..15 can be the sum.',
    );
  });

  it('finds every sum among many, and nothing between them', () => {
    const adds = [1, 10, 100, 1000]
      .map((amount, i) => `0-1? ${'abcd'[i]} add ${amount}`)
      .join('\n');
    const verdictOf = (value: number) =>
      ask(pnCounter, told(`${adds}\n 5-6 e read -> ${value}`)).verdict;
    for (let chosen = 0; chosen < 16; chosen++) {
      const sum = Number(chosen.toString(2));
      expect([sum, verdictOf(sum)]).toEqual([sum, 'pass']);
      for (const other of [sum - 2, sum + 2])
        expect([other, verdictOf(other)]).toEqual([other, 'fail']);
    }
  });

  it('asks of reads that are not final only that some sum is possible', () => {
    const history = told('0-9 a add 3\n 0-8 b add -1\n 1-2 c read -> 3\n 10-11 c read -> 2');
    expect(brief(ask(pnCounter, history))).toBe('pass');
    const impossible = told('0-9 a add 3\n 1-2 c read -> 4\n 10-11 c read -> 3');
    expect(brief(ask(pnCounter, impossible))).toBe('fail: impossible-read 1');
  });

  it('takes the last read of each node as its final one where no read is marked', () => {
    const caughtUp = told('0-1 a add 3\n 0-1 b add -1\n 2-3 a read -> 3\n 9-10 a read -> 2');
    expect(brief(ask(pnCounter, caughtUp))).toBe('pass');
    const other = told('0-1 a add 3\n 0-1 b add -1\n 2-3 b read -> 3\n 9-10 a read -> 2');
    expect(brief(ask(pnCounter, other))).toBe('fail: bad-final-read 1');
  });

  it('is unknown without a final read', () => {
    expect(ask(pnCounter, told('0-9 a add 3\n 1-2 c read -> 3'))).toMatchObject({
      verdict: 'unknown',
      summary: 'No read was invoked after the last add had ended.',
    });
  });

  it('keeps gaps apart until there are too many, and then never refuses what is possible', () => {
    const open = (amounts: readonly number[]) =>
      told(amounts.map((amount, i) => `${i}-? a add ${amount}`).join('\n'));
    expect(acceptableSums(open([10, 20, 40]))).toEqual({
      acceptable: [0, 10, 20, 30, 40, 50, 60, 70].map((sum) => [sum, sum]),
      isCoarse: false,
    });
    const powers = Array.from({ length: 16 }, (_, i) => 3 * 2 ** i);
    const { acceptable, isCoarse } = acceptableSums(open(powers));
    expect(isCoarse).toBe(true);
    expect(acceptable.length).toBeLessThanOrEqual(4096);
    const sums = Array.from({ length: 2 ** 16 }, (_, i) => 3 * i);
    const accepted = (sum: number) =>
      acceptable.some(([low, high]) => Number(low) <= sum && sum <= Number(high));
    expect(sums.filter((_, i) => i % 977 === 0).every(accepted)).toBe(true);
  });

  it('says how far a pass carries where gaps had to be closed', () => {
    const asked = (count: number) => {
      const adds = Array.from({ length: count }, (_, i) => `${i}-? a${i} add ${3 * 2 ** i}`);
      return ask(pnCounter, told([...adds, '90-91 d read -> 3'].join('\n')));
    };
    const caveat = 'as far as that many open adds can be distinguished';
    expect([asked(16).verdict, asked(16).summary]).toEqual([
      'pass',
      expect.stringContaining(caveat),
    ]);
    expect([asked(3).verdict, asked(3).summary.includes(caveat)]).toEqual(['pass', false]);
  });
});
