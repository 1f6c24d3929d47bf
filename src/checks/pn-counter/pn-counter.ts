/**
 * A counter that takes increments and decrements and is read at last: the value must be the sum of
 * all acknowledged adds and of some of those whose outcome nobody knows.
 *
 * After Maelstrom's checker of its pn-counter and g-counter workloads (jepsen-io/maelstrom,
 * workload/pn_counter.clj): the acceptable values are kept as intervals. A read is final if its
 * history marks it so; in a history without marks, if it is the last of its node and no add was
 * under way or came later. A read before may have missed any add, so that only the bounds of all
 * sums bind it.
 */
import {
  compareNumbers,
  greater,
  isNumeric,
  isWholeNumber,
  lesser,
  type Numeric,
  plus,
} from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { markedFinal, noFinalRead, replicaOf } from '../findings/final-reads.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { noNumber, notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, show } from '../findings/values.ts';

/** Integers from the first to the second, both included. */
export type Interval = readonly [Numeric, Numeric];

export interface PnCounter {
  /** In ascending order, with gaps between them. */
  readonly acceptable: readonly Interval[];
  /** Gaps had to be closed, because there were too many: what is in one is not judged. */
  readonly isCoarse: boolean;
  readonly finalReads: readonly Operation[];
  readonly badReads: readonly Operation[];
  /** Reads that are not final, and out of reach of any sum. */
  readonly impossibleReads: readonly Operation[];
}

/** At most this many intervals are kept apart. */
const INTERVALS_MAX = 4096;

export function pnCounter({ operations }: Part): PnCounter {
  const adds = operations.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
  const reads = operations.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const quietFromUs = adds.reduce(
    (latest, { endedAtUs }) => Math.max(latest, givenUp(endedAtUs)),
    -1,
  );
  const lastInvokedAtUs = adds.reduce((latest, add) => Math.max(latest, add.invokedAtUs), -1);
  const late = reads.filter(
    ({ invokedAtUs }) => invokedAtUs > quietFromUs && invokedAtUs >= lastInvokedAtUs,
  );
  const lastOfEach = new Map(late.map((read) => [replicaOf(read), read]));
  const finals = new Set(markedFinal(operations) ?? lastOfEach.values());
  const isFinal = (read: Operation) => finals.has(read);
  const { acceptable, isCoarse } = acceptableSums(adds);
  const [low, high] = reach(adds);
  const finalReads = reads.filter(isFinal);
  return {
    acceptable,
    isCoarse,
    finalReads,
    badReads: finalReads.filter((read) => !contains(acceptable, read.output)),
    impossibleReads: reads.filter(
      (read) => !isFinal(read) && !contains([[low, high]], read.output),
    ),
  };
}

/** An operation that never ended does not keep the rest from being final. */
function givenUp(endedAtUs: number): number {
  return endedAtUs === Infinity ? -1 : endedAtUs;
}

function amountOf({ input }: Operation): Numeric {
  return isNumeric(input) ? input : 0;
}

/** The sums of all acknowledged adds and any of the others. */
export function acceptableSums(adds: readonly Operation[]): {
  readonly acceptable: readonly Interval[];
  readonly isCoarse: boolean;
} {
  let sure: Numeric = 0;
  const open: Numeric[] = [];
  for (const add of adds) {
    if (add.outcome === 'ok') sure = plus(sure, amountOf(add));
    else if (amountOf(add) !== 0) open.push(amountOf(add));
  }
  let acceptable: Interval[] = [[sure, sure]];
  let isCoarse = false;
  for (const amount of open) {
    const shifted = acceptable.map(
      ([low, high]): Interval => [plus(low, amount), plus(high, amount)],
    );
    acceptable = merge(acceptable, shifted);
    if (acceptable.length <= INTERVALS_MAX) continue;
    acceptable = closeGaps(acceptable);
    isCoarse = true;
  }
  return { acceptable, isCoarse };
}

/** The union of two ascending lists of intervals; those that touch become one. */
function merge(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const merged: [Numeric, Numeric][] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    const next =
      right === undefined || (left !== undefined && compareNumbers(left[0], right[0]) <= 0)
        ? left
        : right;
    if (next === left) i++;
    else j++;
    if (next === undefined) break;
    const last = merged.at(-1);
    if (last !== undefined && compareNumbers(next[0], plus(last[1], 1)) <= 0) {
      last[1] = greater(last[1], next[1]);
    } else merged.push([next[0], next[1]]);
  }
  return merged;
}

/** Every second gap closed. */
function closeGaps(intervals: readonly Interval[]): Interval[] {
  const closed: Interval[] = [];
  for (let i = 0; i < intervals.length; i += 2) {
    const first = intervals[i] as Interval;
    closed.push([first[0], (intervals[i + 1] ?? first)[1]]);
  }
  return closed;
}

/** The least and the greatest sum of any of these adds. */
function reach(adds: readonly Operation[]): Interval {
  let [low, high]: Interval = [0, 0];
  for (const add of adds) {
    low = plus(low, lesser(0, amountOf(add)));
    high = plus(high, greater(0, amountOf(add)));
  }
  return [low, high];
}

function contains(intervals: readonly Interval[], value: Plain): boolean {
  if (!isWholeNumber(value)) return false;
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNumbers(intervals[middle]?.[1] ?? Infinity, value) < 0) low = middle + 1;
    else high = middle;
  }
  const [from = Infinity] = intervals[low] ?? [];
  return compareNumbers(from, value) <= 0;
}

export function judgePnCounter(checker: string, parts: readonly Part[]): CheckResult {
  const refusal = strangerAmong(parts, ['add', 'read']) ?? fraction(parts) ?? noNumber(parts);
  if (refusal !== null) return notJudged(checker, refusal);
  const findings = new Findings(['bad-final-read', 'impossible-read']);
  const total = { final: 0, bad: 0, intervals: 0, adds: 0 };
  let unread: string | null = null;
  let coarse = false;
  for (const part of parts) {
    const counter = pnCounter(part);
    const adds = part.operations.filter(({ f }) => f === 'add');
    total.adds += adds.length;
    total.final += counter.finalReads.length;
    total.bad += counter.badReads.length;
    total.intervals += counter.acceptable.length;
    coarse ||= counter.isCoarse;
    if (counter.finalReads.length === 0 && adds.length > 0) {
      const late = `No read${onKey(part.key)} was invoked after the last add had ended.`;
      unread ??= noFinalRead(part, late);
    }
    report(counter, part, findings);
  }
  const roughly = coarse ? ', as far as that many open adds can be distinguished' : '';
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.final,
      addCount: total.adds,
      finalReadCount: total.final,
      badReadCount: total.bad,
      acceptableIntervals: total.intervals,
    },
    passed:
      total.final === 0
        ? 'Nothing was added, and no final read contradicts it.'
        : `All ${count(total.final, 'final read')} are sums of what was acknowledged and of some of the rest${roughly}.`,
    unknown: unread,
  });
}

function fraction(parts: readonly Part[]): string | null {
  for (const { operations } of parts) {
    const strange = operations.find(({ f, input }) => f === 'add' && !isWholeNumber(input));
    if (strange === undefined) continue;
    return `Nothing was judged: #${strange.index} adds ${show(strange.input)}, which is no integer.`;
  }
  return null;
}

function report(counter: PnCounter, { key, operations }: Part, into: Findings): void {
  const { acceptable, badReads, impossibleReads } = counter;
  for (const read of badReads) {
    into.add('bad-final-read', read.index, () => {
      const allowed = acceptable
        .slice(0, 4)
        .map(([low, high]) => (low === high ? low : `${low}..${high}`));
      const more = acceptable.length > 4 ? ' or one of more intervals' : '';
      const sentence = `#${read.index} read ${show(read.output)}${onKey(key)} at last, but only ${allowed.join(' or ')}${more} can be the sum`;
      const adds = operations.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
      return { sentence, operations: [...(adds.length <= 8 ? adds : []), read], key };
    });
  }
  for (const read of impossibleReads) {
    into.add('impossible-read', read.index, () => ({
      sentence: `#${read.index} read ${show(read.output)}${onKey(key)}, which no sum of adds can be`,
      operations: [read],
      key,
    }));
  }
}
