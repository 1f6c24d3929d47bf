/** The bank workload: mix, accounts, amounts, heat, and one final read each. */
import { expect, test } from 'vitest';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { defaultsOf } from '../sim/params.ts';
import bank from './bank.ts';
import type { Invocation } from './workload.ts';

type Given = Parameters<typeof defaultsOf<typeof bank.params>>[1];

function invocations(count: number, given: Given = {}, heat?: string): Invocation[] {
  const generator = bank.generator(defaultsOf(bank.params, given));
  const random = fixedRandom(1);
  return Array.from({ length: count }, (_, i) => generator.next(i % 3, random, heat)).filter(
    (one) => one !== null,
  );
}

type Transfer = { readonly from: string; readonly to: string; readonly amount: number };

const transfers = (count: number, given: Given = {}, heat?: string) =>
  invocations(count, { reads: 0, ...given }, heat).map(({ input }) => input as Transfer);

test('a transfer is between two accounts, any as often, of any amount up to the most', () => {
  const seen = transfers(6000, { accounts: 3, 'max-amount': 4 });
  expect(seen.filter(({ from, to }) => from === to)).toEqual([]);
  const pairs = new Map<string, number>();
  for (const { from, to } of seen) pairs.set(from + to, (pairs.get(from + to) ?? 0) + 1);
  expect([...pairs.keys()].sort()).toEqual(['k1k2', 'k1k3', 'k2k1', 'k2k3', 'k3k1', 'k3k2']);
  // 1000 each, with a standard deviation of 29.
  for (const count of pairs.values()) expect(Math.abs(count - 1000)).toBeLessThan(116);
  expect(new Set(seen.map(({ amount }) => amount))).toEqual(new Set([1, 2, 3, 4]));
});

test('two accounts, of which one is nearly always chosen, still make transfers', () => {
  const choose = { kind: 'hotspot', keys: 0.5, operations: 0.99 } as const;
  const seen = transfers(200, { accounts: { count: 2, choose, missing: 0, fresh: 0 } });
  expect(seen.filter(({ from, to }) => from === to)).toEqual([]);
});

test('a heat is on one side of every transfer, now this and now that', () => {
  const generator = bank.generator(defaultsOf(bank.params, { accounts: 9, reads: 0.2 }));
  const random = fixedRandom(1);
  const calm = invocations(500, { accounts: 9, reads: 0.2 });
  let moved = 0;
  let pays = 0;
  for (const [i, one] of calm.entries()) {
    const hot = generator.next(i % 3, random, 'k7');
    expect(generator.wasMoved).toBe(JSON.stringify(hot) !== JSON.stringify(one));
    if (one.f === 'read') {
      expect(hot).toEqual(one);
      continue;
    }
    // What it touches anyway stays, and so does one of the two sides, and the amount.
    const [before, after] = [one.input as Transfer, hot?.input as Transfer];
    expect([after.from, after.to]).toContain('k7');
    expect(after.amount).toBe(before.amount);
    expect(after.from === before.from || after.to === before.to).toBe(true);
    if (generator.wasMoved === true) moved++;
    if (after.from === 'k7') pays++;
  }
  // Of 400 transfers 7 in 9 do not touch it, and it pays half: standard deviations of 8.3 and 10.
  expect(Math.abs(moved - 311)).toBeLessThan(42);
  expect(Math.abs(pays - 200)).toBeLessThan(50);
  const unknown = bank.generator(defaultsOf(bank.params, { accounts: 9, reads: 0 }));
  expect(unknown.next(0, fixedRandom(1), 'k10')).toEqual(
    invocations(1, { accounts: 9, reads: 0 })[0],
  );
  expect(unknown.wasMoved).toBe(false);
});

test.each([0, 0.3, 1])('the share of reads is %f', (reads) => {
  const share = invocations(4000, { reads }).filter(({ f }) => f === 'read').length / 4000;
  // A standard deviation of at most 0.008.
  expect(Math.abs(share - reads)).toBeLessThan(0.03);
});

test('the request says what the history says', () => {
  for (const { f, key, input, request } of invocations(50)) {
    expect(key).toBe(null);
    expect(request).toEqual(f === 'read' ? { type: 'read' } : { type: f, ...(input as Transfer) });
  }
});

test('each process ends with one read', () => {
  const generator = bank.generator(defaultsOf(bank.params));
  const random = fixedRandom(1);
  const last = [1, 2, 1].map((process) => generator.last(process, random)?.f ?? null);
  expect(last).toEqual(['read', 'read', null]);
});

test('a read is judged by the balances, and people read transfers', () => {
  const reply = { type: 'read_ok', inReplyTo: 1, balances: { k1: 3 } };
  expect(bank.outputOf('read', reply)).toEqual({ k1: 3 });
  expect(bank.outputOf('transfer', { type: 'transfer_ok', inReplyTo: 2 })).toBe(null);
  expect(bank.tell?.('transfer', { from: 'k1', to: 'k2', amount: 5 }, undefined)).toBe(
    'transfer 5 k1→k2',
  );
});
