/**
 * Values that never go back: timestamps, versions, counters that only grow.
 *
 * Of one process: each answer is at least what it was answered before, which is monotonic reads
 * (Terry et al. 1994) of values that only grow. In real time: each answer is at least every answer
 * that was complete before it was asked for, whoever asked, as a timestamp oracle promises;
 * strictly more where every answer must be new.
 */
import { compareNumbers, isNumeric } from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, isList, show } from '../findings/values.ts';

export const monotonicConsistencies = ['process', 'realtime', 'strict-realtime'] as const;
export type MonotonicConsistency = (typeof monotonicConsistencies)[number];

/** Answers of these are compared; `write` and `set` only make values. */
const READS = ['read', 'now', 'timestamp', 'next', 'inc'];
const OTHERS = ['write', 'set'];

/**
 * Negative, zero, positive; null if the two cannot be compared. Lists go by their first difference,
 * as hybrid clocks `[ms, counter]` do; texts by code units.
 */
export function compareStamps(a: Plain, b: Plain): number | null {
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (!isList(a) || !isList(b)) return null;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const compared = compareStamps(a[i] ?? null, b[i] ?? null);
    if (compared !== 0) return compared;
  }
  return a.length - b.length;
}

export function judgeMonotonic(
  checker: string,
  parts: readonly Part[],
  consistency: MonotonicConsistency,
): CheckResult {
  const stranger = strangerAmong(parts, [...READS, ...OTHERS]);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['went-back', 'repeated']);
  let judged = 0;
  let answered = 0;
  for (const { key, operations } of parts) {
    const answers = operations.filter(
      ({ f, outcome, output }) => outcome === 'ok' && output !== null && READS.includes(f),
    );
    const odd = incomparable(answers);
    if (odd !== null) {
      const [a, b] = odd;
      const both = `#${a.index} answered ${show(a.output)} and #${b.index} ${show(b.output)}`;
      return notJudged(checker, `Nothing was judged: ${both}, which cannot be compared.`);
    }
    answered += answers.length;
    judged +=
      consistency === 'process'
        ? reportProcesses(answers, key, findings)
        : reportRealtime(answers, key, consistency === 'strict-realtime', findings);
  }
  const scope = consistency === 'process' ? 'for its process' : 'in real time';
  return conclude({
    checker,
    findings,
    numbers: {
      judged,
      readCount: answered,
      wentBackCount: findings.countOf('went-back'),
      repeatedCount: findings.countOf('repeated'),
    },
    passed: `None of ${count(answered, 'answer')} went back ${scope}.`,
    unknown: answered === 0 ? 'Nothing was answered.' : null,
  });
}

/** All must be comparable with the first. */
function incomparable(answers: readonly Operation[]): readonly [Operation, Operation] | null {
  const [first] = answers;
  if (first === undefined) return null;
  const other = answers.find(({ output }) => compareStamps(first.output, output) === null);
  return other === undefined ? null : [first, other];
}

/** Returns how many had an earlier answer to be compared with. */
function reportProcesses(
  answers: readonly Operation[],
  key: string | null,
  into: Findings,
): number {
  let compared = 0;
  const last = new Map<number, Operation>();
  for (const answer of answers) {
    const before = last.get(answer.process);
    if (before !== undefined) compared++;
    if (before !== undefined && (compareStamps(answer.output, before.output) ?? 0) < 0) {
      add('went-back', before, answer, key, into);
    }
    last.set(answer.process, answer);
  }
  return compared;
}

function reportRealtime(
  answers: readonly Operation[],
  key: string | null,
  strict: boolean,
  into: Findings,
): number {
  let count = 0;
  const completed = answers.toSorted(
    (a, b) => a.completedAtUs - b.completedAtUs || a.index - b.index,
  );
  let next = 0;
  let largest: Operation | null = null;
  for (const answer of answers) {
    for (; next < completed.length; next++) {
      const before = completed[next];
      if (before === undefined || before.completedAtUs >= answer.invokedAtUs) break;
      if (largest === null || (compareStamps(before.output, largest.output) ?? 0) > 0) {
        largest = before;
      }
    }
    if (largest === null) continue;
    count++;
    const compared = compareStamps(answer.output, largest.output) ?? 0;
    if (compared < 0) add('went-back', largest, answer, key, into);
    else if (compared === 0 && strict) add('repeated', largest, answer, key, into);
  }
  return count;
}

function add(
  name: 'went-back' | 'repeated',
  before: Operation,
  answer: Operation,
  key: string | null,
  into: Findings,
): void {
  const same = before.process === answer.process ? ` of the same process` : '';
  // Close together is plainest.
  into.add(name, answer.index - before.index, () => ({
    sentence: `#${answer.index} answered ${show(answer.output)}${onKey(key)}, though #${before.index}${same} had answered ${show(before.output)} before it was asked`,
    operations: [before, answer],
    key,
  }));
}
