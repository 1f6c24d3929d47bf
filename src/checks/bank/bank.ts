/**
 * Money that is moved but neither made nor lost: every read of all accounts has the same total.
 *
 * After Jepsen's bank test (jepsen-io/jepsen, tests/bank.clj): of each answered read the first of
 * these is reported: an account that does not exist, a balance that is missing, a wrong total, a
 * negative balance.
 */
import {
  compareNumbers,
  greater,
  isNumeric,
  lesser,
  minus,
  type Numeric,
  plus,
  roughly,
} from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings, shortNumbers } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isFields, show, showSome } from '../findings/values.ts';

export interface BankOptions {
  readonly checker: string;
  /** Null: the total of the read that ended first. */
  readonly total: number | null;
  /** Names of the accounts that may appear; null: any. */
  readonly accounts: ReadonlySet<string> | null;
  readonly allowNegative: boolean;
}

/** Accounts as a user writes them: `a,b,c`, `0..9`, `[0,1,2]`, or these together. */
export function accountNames(text: string): ReadonlySet<string> {
  const words = text.split(/[\s,[\]"']+/).filter((word) => word !== '');
  const names = words.flatMap((word) => {
    const [, first, last] = /^(\d{1,6})\.\.(\d{1,6})$/.exec(word) ?? [];
    if (first === undefined || last === undefined) return [word];
    const count = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length: count }, (_, i) => String(Number(first) + i));
  });
  return new Set(names);
}

type Wrong = 'unexpected-key' | 'nil-balance' | 'wrong-total' | 'negative-value';

interface ReadVerdict {
  readonly wrong: Wrong;
  /** `the accounts make 99, not 100`. */
  readonly because: string;
  /** The worse, the larger. */
  readonly badness: number;
}

export function judgeBank(parts: readonly Part[], options: BankOptions): CheckResult {
  const { checker } = options;
  const stranger = strangerAmong(parts, ['read', 'transfer']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['wrong-total', 'negative-value', 'nil-balance', 'unexpected-key']);
  const totals = new Map<string, { total: Numeric; reads: number }>();
  let judged = 0;
  let readCount = 0;
  let errorCount = 0;
  let right = 0;
  for (const part of parts) {
    const reads = part.operations
      .filter(({ f, outcome }) => f === 'read' && outcome === 'ok')
      .sort((a, b) => a.completedAtUs - b.completedAtUs || a.index - b.index);
    const unreadable = reads.find(({ output }) => !isFields(output));
    if (unreadable !== undefined) {
      const { index, output } = unreadable;
      return notJudged(checker, `Nothing was judged: #${index} read ${show(output)}, no accounts.`);
    }
    const total = options.total ?? totalOf(reads[0]);
    for (const read of reads) {
      const sum = totalOf(read);
      readCount++;
      // Without a balance there is no total to be wrong.
      if (isFields(read.output) && Object.keys(read.output).length > 0) judged++;
      const alike = totals.get(String(sum));
      if (alike === undefined) totals.set(String(sum), { total: sum, reads: 1 });
      else alike.reads++;
      if (compareNumbers(sum, total) === 0) right++;
      const verdict = verdictOn(read, total, options);
      if (verdict === null) continue;
      errorCount++;
      report(read, verdict, part.key, findings);
    }
  }
  const sums = Array.from(totals.values(), ({ total }) => total);
  const extremes =
    sums.length === 0
      ? {}
      : { lowestTotal: sums.reduce(lesser), highestTotal: sums.reduce(greater) };
  const expected = options.total === null ? 'what the first one has' : String(options.total);
  return conclude({
    checker,
    findings,
    numbers: {
      judged,
      readCount,
      errorCount,
      rightTotals: right,
      distinctTotals: totals.size,
      ...shortNumbers(extremes),
    },
    passed: `All ${count(readCount, 'read')} have the same total, ${expected}.`,
    unknown: readCount === 0 ? 'The accounts were never read.' : null,
  });
}

function totalOf(read: Operation | undefined): Numeric {
  if (read === undefined || !isFields(read.output)) return 0;
  return Object.values(read.output).reduce<Numeric>((sum, of) => plus(sum, balanceOf(of)), 0);
}

function balanceOf(balance: Plain): Numeric {
  return isNumeric(balance) ? balance : 0;
}

function verdictOn(read: Operation, total: Numeric, options: BankOptions): ReadVerdict | null {
  const { accounts, allowNegative } = options;
  const balances = Object.entries(isFields(read.output) ? read.output : {});
  const strangers = balances.filter(([name]) => accounts !== null && !accounts.has(name));
  if (strangers.length > 0) {
    const names = showSome(strangers.map(([name]) => name));
    const because = `it has balances of ${names}, no accounts of this bank`;
    return { wrong: 'unexpected-key', because, badness: strangers.length };
  }
  const missing = balances.filter(([, balance]) => !isNumeric(balance));
  if (missing.length > 0) {
    const because = `there is no balance of ${showSome(missing.map(([name]) => name))}`;
    return { wrong: 'nil-balance', because, badness: missing.length };
  }
  const sum = totalOf(read);
  if (compareNumbers(sum, total) !== 0) {
    const because = `the accounts make ${sum}, not ${total}`;
    return { wrong: 'wrong-total', because, badness: Math.abs(roughly(minus(sum, total))) };
  }
  const negative = balances.filter(([, balance]) => compareNumbers(balanceOf(balance), 0) < 0);
  if (negative.length > 0 && !allowNegative) {
    const shown = negative.map(([name, balance]) => `${name} has ${show(balance)}`);
    const debt = negative.reduce((all, [, balance]) => all - roughly(balanceOf(balance)), 0);
    return { wrong: 'negative-value', because: shown.slice(0, 3).join(', '), badness: debt };
  }
  return null;
}

function report(read: Operation, verdict: ReadVerdict, key: string | null, into: Findings): void {
  const { wrong, because, badness } = verdict;
  into.add(wrong, -badness, () => ({
    sentence: `in #${read.index}${onKey(key)} ${because}`,
    operations: [read],
    key,
  }));
}
