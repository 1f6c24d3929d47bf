/**
 * Money that is moved but neither made nor lost: every read of all accounts has the same total.
 *
 * After Jepsen's bank test (jepsen-io/jepsen, tests/bank.clj): of each answered read the first of
 * these is reported: an account that does not exist, a balance that is missing, a wrong total, a
 * negative balance.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
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
  const totals = new Map<number, number>();
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
      totals.set(sum, (totals.get(sum) ?? 0) + 1);
      if (sum === total) right++;
      const verdict = verdictOn(read, total, options);
      if (verdict === null) continue;
      errorCount++;
      report(read, verdict, part.key, findings);
    }
  }
  const sums = [...totals.keys()];
  const extremes =
    sums.length === 0
      ? {}
      : {
          lowestTotal: sums.reduce((a, b) => Math.min(a, b)),
          highestTotal: sums.reduce((a, b) => Math.max(a, b)),
        };
  const expected = options.total === null ? 'what the first one has' : String(options.total);
  return conclude({
    checker,
    findings,
    numbers: {
      judged: readCount,
      readCount,
      errorCount,
      rightTotals: right,
      distinctTotals: totals.size,
      ...extremes,
    },
    passed: `All ${count(readCount, 'read')} have the same total, ${expected}.`,
    unknown: readCount === 0 ? 'The accounts were never read.' : null,
  });
}

function totalOf(read: Operation | undefined): number {
  if (read === undefined || !isFields(read.output)) return 0;
  return Object.values(read.output).reduce<number>((sum, balance) => sum + numberOf(balance), 0);
}

function numberOf(balance: Plain): number {
  return typeof balance === 'number' ? balance : 0;
}

function verdictOn(read: Operation, total: number, options: BankOptions): ReadVerdict | null {
  const { accounts, allowNegative } = options;
  const balances = Object.entries(isFields(read.output) ? read.output : {});
  const strangers = balances.filter(([name]) => accounts !== null && !accounts.has(name));
  if (strangers.length > 0) {
    const names = showSome(strangers.map(([name]) => name));
    const because = `it has balances of ${names}, no accounts of this bank`;
    return { wrong: 'unexpected-key', because, badness: strangers.length };
  }
  const missing = balances.filter(([, balance]) => typeof balance !== 'number');
  if (missing.length > 0) {
    const because = `there is no balance of ${showSome(missing.map(([name]) => name))}`;
    return { wrong: 'nil-balance', because, badness: missing.length };
  }
  const sum = totalOf(read);
  if (sum !== total) {
    const because = `the accounts make ${sum}, not ${total}`;
    return { wrong: 'wrong-total', because, badness: Math.abs(sum - total) };
  }
  const negative = balances.filter(([, balance]) => numberOf(balance) < 0);
  if (negative.length > 0 && !allowNegative) {
    const shown = negative.map(([name, balance]) => `${name} has ${show(balance)}`);
    const debt = negative.reduce((all, [, balance]) => all - numberOf(balance), 0);
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
