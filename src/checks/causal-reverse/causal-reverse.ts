/**
 * Causal reverse: a read saw a write but not one that had been acknowledged, or read, before it was
 * invoked.
 * Strict serializability forbids it.
 *
 * After Jepsen's tests of that name and `comments` (jepsen-io/jepsen, tests/causal_reverse.clj):
 * unique values are written, and reads give all values written. A read that saw a value must have
 * seen everything that was acknowledged before that value's write was invoked; of the values it saw
 * the one invoked last demands the most, so that one comparison a read is enough. A value that
 * somebody may have removed says nothing, whether it is seen or not.
 */
import type { Operation } from '../../sim/history.ts';
import type { CheckResult } from '../checker.ts';
import { type CertainWrite, certainWrites, earliestOf } from '../findings/certain-writes.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, elementsOf, keyOf, show, showSome, type ValueKey } from '../findings/values.ts';

/** The writes of one object: by value, and by the order of their acknowledgement. */
interface Writes {
  /** The first of each value to be invoked. */
  readonly first: ReadonlyMap<ValueKey, Operation>;
  /** The first of each value that was known to have happened, in that order. */
  readonly certain: readonly CertainWrite[];
  /** Place of each value in that order. */
  readonly rank: ReadonlyMap<ValueKey, number>;
}

export function judgeCausalReverse(checker: string, parts: readonly Part[]): CheckResult {
  const stranger = strangerAmong(parts, ['write', 'add', 'read', 'remove', 'contains']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['causal-reverse']);
  let judged = 0;
  let readCount = 0;
  let writeCount = 0;
  for (const { key, operations } of parts) {
    const writes = writesOf(operations);
    writeCount += writes.first.size;
    for (const read of operations) {
      if (read.f !== 'read' || read.outcome !== 'ok') continue;
      if (elementsOf(read.output) === null) {
        const what = `#${read.index} read ${show(read.output)}`;
        return notJudged(checker, `Nothing was judged: ${what}, no list.`);
      }
      readCount++;
      if (judgeRead(read, writes, key, findings)) judged++;
    }
  }
  return conclude({
    checker,
    findings,
    numbers: {
      judged,
      readCount,
      writeCount,
      errorCount: findings.countOf('causal-reverse'),
    },
    passed: `None of ${count(readCount, 'read')} saw a write without what was acknowledged before it.`,
    unknown: readCount === 0 ? 'Nothing was read.' : null,
  });
}

function writesOf(operations: readonly Operation[]): Writes {
  const first = new Map<ValueKey, Operation>();
  const done = operations.filter(({ outcome }) => outcome !== 'fail');
  const removed = new Set(done.filter(({ f }) => f === 'remove').map(({ input }) => keyOf(input)));
  const valueOf = ({ f, input }: Operation) =>
    (f === 'write' || f === 'add') && !removed.has(keyOf(input)) ? input : undefined;
  for (const operation of done) {
    const value = valueOf(operation);
    if (value !== undefined && !first.has(keyOf(value))) first.set(keyOf(value), operation);
  }
  const ordered = [...earliestOf(certainWrites(operations, valueOf))].sort(
    ([, a], [, b]) => a.byUs - b.byUs || a.write.index - b.write.index,
  );
  return {
    first,
    certain: ordered.map(([, write]) => write),
    rank: new Map(ordered.map(([key], rank) => [key, rank])),
  };
}

/** Whether the read could have been wrong: it saw a write before which another was known. */
function judgeRead(read: Operation, writes: Writes, key: string | null, into: Findings): boolean {
  let latest: Operation | null = null;
  const seen = new Set<number>();
  for (const value of elementsOf(read.output) ?? []) {
    const name = keyOf(value);
    const write = writes.first.get(name);
    if (write !== undefined && (latest === null || write.invokedAtUs > latest.invokedAtUs)) {
      latest = write;
    }
    const rank = writes.rank.get(name);
    if (rank !== undefined) seen.add(rank);
  }
  if (latest === null) return false;
  const due = certainBefore(latest.invokedAtUs, writes.certain);
  let seenOfDue = 0;
  for (const rank of seen) if (rank < due) seenOfDue++;
  if (seenOfDue === due) return due > 0;
  const later = latest;
  into.add('causal-reverse', due - seenOfDue, () => {
    const missing = writes.certain.slice(0, due).filter((_, rank) => !seen.has(rank));
    const last = missing.at(-1)!;
    const earlier = last.write;
    const all =
      missing.length === 1 ? '' : ` (missing: ${showSome(missing.map(({ value }) => value))})`;
    const sentence =
      `#${read.index}${onKey(key)} saw ${show(later.input)} without ${show(earlier.input)}, ` +
      `whose write #${earlier.index} was ${last.how} before #${later.index} was invoked${all}`;
    return { sentence, operations: [earlier, later, read], key };
  });
  return true;
}

/** How many had happened before this moment. */
function certainBefore(atUs: number, certain: readonly CertainWrite[]): number {
  let [low, high] = [0, certain.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((certain[middle]?.byUs ?? Infinity) < atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
