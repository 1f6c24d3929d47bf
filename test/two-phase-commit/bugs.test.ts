/**
 * Each mistake by hand, in the fewest steps: with the `bug:` switch it happens, without it the same
 * steps are harmless. And under faults: the check that a bug names catches it within a few seeds.
 */
import { describe, expect, test } from 'vitest';
import { type Bug, bugs } from '../../src/nodes/transactions/two-phase-commit/bugs.ts';
import type { Settings } from '../../src/nodes/transactions/two-phase-commit/settings.ts';
import {
  answers,
  type Bank,
  bankOf,
  boot,
  crash,
  fire,
  nth,
  read,
  to,
  torn,
  transfer,
} from './bank-cluster.ts';
import { chaos, run, violationOf } from './bank-scenario.ts';

/** Runs the steps without the bug and with it. */
function both<T>(
  bug: Bug,
  steps: (bank: Bank) => T,
  { disk, ...settings }: Partial<Settings> & { readonly disk?: 'by-hand' } = {},
): { without: T; with: T } {
  const given = { settings, ...(disk === undefined ? {} : { disk }) };
  return { without: steps(bankOf(2, given)), with: steps(bankOf(2, { ...given, bug })) };
}

function balances(bank: Bank): string | undefined {
  bank.settle();
  answers(bank);
  return answers(read(bank).settle())[0];
}

test('forget-prepared: others change the account, and the late commit overwrites them', () => {
  const seen = both('forget-prepared', (bank) => {
    // Committed, and p1 hears nothing of it before it crashes.
    transfer(bank, 'k1', 'k2', 30).deliver().deliver().drop(to('p1')).settle();
    boot(crash(bank, 'p1'), 'p1').deliver();
    bank.drop(({ message }) => message.type === 'commit').settle();
    transfer(bank, 'k1', 'k2', 50).settle(({ message }) => message.type !== 'commit');
    bank.settle();
    fire(bank, 'c', 'resend').settle();
    return balances(bank);
  });
  expect(seen).toEqual({ without: 'read_ok 20 180', with: 'read_ok 70 180' });
});

test('unilateral-abort: who has voted yes goes back, and the others have committed', () => {
  const seen = both('unilateral-abort', (bank) => {
    transfer(bank, 'k1', 'k2', 30).deliver().deliver().drop(to('p1')).settle();
    fire(bank, 'p1', 'ask');
    return torn(bank);
  });
  expect(seen.without).toBe(null);
  expect(seen.with).toBe('c has committed transaction 1000000001, and p1 has aborted it');
});

test('presume-wrong: what was aborted is committed where nobody has heard of it', () => {
  const seen = both('presume-wrong', (bank) => {
    transfer(bank, 'k1', 'k2', 101).deliver().deliver().drop().settle();
    fire(bank, 'p2', 'ask').settle();
    return torn(bank);
  });
  expect(seen.without).toBe(null);
  expect(seen.with).toContain('p2 has committed transaction 1000000001, and');
});

test('decide-apart: some commit, and some abort', () => {
  const seen = both('decide-apart', (bank) => {
    transfer(bank, 'k1', 'k2', 30)
      .deliver()
      .deliver(({ from }) => from === 'p1')
      .drop();
    fire(bank, 'c', 'votes').settle();
    return torn(bank);
  });
  expect(seen.without).toBe(null);
  expect(seen.with).toBe('c has committed transaction 1000000001, and p2 has aborted it');
});

test('ack-before-log: a crash takes back the yes that the coordinator has relied on', () => {
  const seen = both(
    'ack-before-log',
    (bank) => {
      const disks = ['p1', 'p2', 'c'];
      const flush = (...nodes: readonly string[]) => {
        for (const node of nodes) bank.at(node).flush();
        return bank.collect();
      };
      transfer(bank, 'k1', 'k2', 30).deliver();
      flush('p1');
      bank.deliver();
      flush('c');
      boot(crash(bank, 'p2'), 'p2').settle();
      for (let i = 0; i < 9; i++) flush(...disks).settle();
      const answered = answers(bank);
      if (answered.length === 0) fire(bank, 'c', 'votes').settle();
      answers(bank);
      read(bank).settle();
      return [...answered, ...answers(bank)];
    },
    { disk: 'by-hand' },
  );
  expect(seen).toEqual({ without: ['read_ok 100 100'], with: ['transfer_ok', 'read_ok 70 100'] });
});

describe('under faults', () => {
  /** The first of the three seeds on which each is looked for. */
  const hunts: { readonly [B in Bug]: number } = {
    'forget-prepared': 8,
    'unilateral-abort': 1,
    'presume-wrong': 1,
    'decide-apart': 1,
    'ack-before-log': 10,
  };

  test.each(Object.keys(bugs) as Bug[])('%s is caught by the check that it names', (bug) => {
    const { caughtBy } = bugs[bug];
    const checkInvariants = caughtBy === 'atomicity';
    const found: string[] = [];
    for (let i = 0; i < 3 && found.length === 0; i++) {
      const seed = hunts[bug] + i;
      const text = chaos({ seed, group: `, bug: ${bug}` });
      const violation = violationOf(run(text, { checkInvariants }));
      if (violation === null) continue;
      found.push(violation);
      expect(violationOf(run(chaos({ seed }), { checkInvariants }))).toBe(null);
    }
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(caughtBy);
  });

  test.each([
    ['commit', 1],
    ['abort', 9],
  ])('heuristic: %s makes or loses money, and the bank sees it', (how, seed) => {
    const group = `, heuristic: ${how}, heuristic-after: 100ms`;
    expect(violationOf(run(chaos({ seed, group })))).toMatch(/^bank/);
    expect(violationOf(run(chaos({ seed })))).toBe(null);
  });
});

test('transactions are numbered by the life of the coordinator', () => {
  const bank = bankOf(2);
  boot(crash(bank, 'c'), 'c');
  transfer(bank, 'k1', 'k2', 1).settle();
  expect(bank.at('c').inspect()['latest']).toBe(nth(1) + nth(0));
});
