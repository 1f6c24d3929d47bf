// Writes that surely happened, by acknowledgement or by a read.
import { expect, test } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import type { Operation } from '../../sim/history.ts';
import { certainWrites, earliestOf } from './certain-writes.ts';

const valueOf = ({ f, input }: Operation) => (f === 'write' ? input : undefined);
const certain = (history: string) => certainWrites(told(history), valueOf);
const brief = (history: string) =>
  certain(history).map(({ write, how, byUs }) => [write.index, how, byUs]);

test('what was acknowledged has happened, and what failed has not', () => {
  expect(brief('0-1 a write 1\n 2-3! a write 2\n 4-5 b read -> 2')).toEqual([
    [0, 'acknowledged', expect.any(Number)],
  ]);
});

test('of unknown outcome, what a read shows has happened by the end of the first', () => {
  const history = '0-1? a write 1\n 2-9 b read -> 1\n 3-5 c read -> [2, 1]';
  const [, , read] = told(history);
  expect(brief(history)).toEqual([[0, 'seen by #2', read?.completedAtUs]]);
  expect(brief('0-1? a write 1\n 2-3? b read -> 1')).toEqual([]);
});

test('a read shows none of several writes of one value', () => {
  expect(brief('0-1? a write 1\n 0-1? b write 1\n 2-3 c read -> 1')).toEqual([]);
  expect(brief('0-1? a write 1\n 0-1! b write 1\n 2-3 c read -> 1')).toHaveLength(1);
});

test('a read that was over before the write began does not show it', () => {
  expect(brief('0-1 b read -> 1\n 2-3? a write 1')).toEqual([]);
});

test('of several writes of one value the earliest is known first', () => {
  const earliest = earliestOf(certain('0-9 a write 1\n 2-4 b write 1\n 5-6 c write 2'));
  expect([...earliest.values()].map(({ write }) => write.index)).toEqual([1, 2]);
});
