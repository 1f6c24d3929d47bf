// The bank: totals, accounts and balances of each read.
import { expect, it } from 'vitest';
import { told } from '../../../test/support/jepsen-histories.ts';
import { ask, brief } from '../../../test/support/judging.ts';
import { accountNames } from './bank.ts';
import { judge as bank } from './index.ts';

it('demands one total of all reads', () => {
  const history = told(`
    0-1  a  read -> {"x": 6, "y": 4}
    2-3  a  transfer {"from": "x", "to": "y", "amount": 1}
    4-5  b  read -> {"x": 5, "y": 4}
    6-7  b  read -> {"x": 5, "y": 8}
  `);
  const result = ask(bank, history);
  expect(brief(result)).toBe('fail: wrong-total 2');
  expect(result.summary).toBe('In #3 the accounts make 13, not 10.');
  expect(result.evidence).toEqual([3]);
  expect(result.numbers).toMatchObject({
    readCount: 3,
    errorCount: 2,
    rightTotals: 1,
    distinctTotals: 3,
    lowestTotal: 9,
    highestTotal: 13,
  });
});

it('takes the total that it is given', () => {
  const history = told('0-1 a read -> {"x": 6, "y": 4}');
  expect(brief(ask(bank, history, { set: { total: 10 } }))).toBe('pass');
  expect(brief(ask(bank, history, { set: { total: 11 } }))).toBe('fail: wrong-total 1');
});

it('refuses debts, strangers and missing balances', () => {
  const debt = told('0-1 a read -> {"x": 11, "y": -1}');
  expect(ask(bank, debt).summary).toBe('In #0 y has -1.');
  expect(brief(ask(bank, debt, { set: { 'negative-balances': true } }))).toBe('pass');
  const stranger = told('0-1 a read -> {"x": 6, "z": 4}');
  expect(brief(ask(bank, stranger, { set: { accounts: 'x,y' } }))).toBe('fail: unexpected-key 1');
  expect(brief(ask(bank, told('0-1 a read -> {"x": 6, "y": null}')))).toBe('fail: nil-balance 1');
});

it('is unknown as long as nobody read', () => {
  expect(ask(bank, told('0-1 a transfer {"from": "x", "to": "y", "amount": 1}'))).toMatchObject({
    verdict: 'unknown',
    summary: 'The accounts were never read.',
  });
});

it('reads accounts as people write them', () => {
  expect([...accountNames('0..3')]).toEqual(['0', '1', '2', '3']);
  expect([...accountNames('[1, "b"], c')]).toEqual(['1', 'b', 'c']);
});
