/**
 * A counter that starts at zero and only grows: each read lies between what was surely added before
 * it and what may have been added by its end.
 *
 * After Jepsen's checker `counter` (jepsen-io/jepsen, checker.clj): the lower bound of a read is
 * the sum of the adds that were acknowledged before it was invoked, the upper bound the sum of
 * those invoked before it completed, without those that failed. At one instant calls come before
 * returns.
 *
 * Beyond Jepsen's, what a read saw of adds whose outcome nobody knows counts as added for every
 * read that begins after it.
 */
import {
  compareNumbers,
  greater,
  isNumeric,
  minus,
  type Numeric,
  plus,
  roughly,
} from '../../sim/exact-number.ts';
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings, shortNumbers } from '../findings/findings.ts';
import { noNumber, notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { count, show } from '../findings/values.ts';
import { countWhile } from '../search/count-while.ts';

export interface CounterRead {
  readonly read: Operation;
  readonly lower: Numeric;
  readonly value: Numeric;
  readonly upper: Numeric;
  /** The read before it that saw adds of unknown outcome; null if `lower` has none of these. */
  readonly shownBy: Operation | null;
}

/** Reads with their bounds, in the order of completion. Adds that are no numbers count as 0. */
export function counterReads({ operations }: Part): readonly CounterRead[] {
  const adds = operations.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
  const invoked = new RunningSum(adds.map((add) => [add.invokedAtUs, amountOf(add)]));
  const acknowledged = new RunningSum(
    adds.filter(({ outcome }) => outcome === 'ok').map((add) => [add.completedAtUs, amountOf(add)]),
  );
  const reads = operations
    .filter(({ f, outcome, output }) => f === 'read' && outcome === 'ok' && isNumeric(output))
    .map((read) => ({
      read,
      lower: acknowledged.before(read.invokedAtUs),
      value: amount(read.output),
      upper: invoked.until(read.completedAtUs),
      shownBy: null,
    }))
    .sort((a, b) => a.read.completedAtUs - b.read.completedAtUs || a.read.index - b.read.index);
  const seen = new SeenUnknown(adds, reads);
  return reads.map((bounded) => {
    const shown = seen.before(bounded.read.invokedAtUs);
    if (shown === null) return bounded;
    return { ...bounded, lower: plus(bounded.lower, shown.amount), shownBy: shown.read };
  });
}

/**
 * How much of the adds of unknown outcome reads have surely seen: what they returned beyond all
 * acknowledged adds that were invoked by then, whether a read saw these or not.
 */
class SeenUnknown {
  readonly #moments: number[] = [];
  readonly #most: { readonly amount: Numeric; readonly read: Operation }[] = [];

  /** Takes reads in the order of completion. */
  constructor(adds: readonly Operation[], reads: readonly CounterRead[]) {
    if (!adds.some(({ outcome }) => outcome === 'info')) return;
    const sure = adds.filter(({ outcome }) => outcome === 'ok');
    const invoked = new RunningSum(sure.map((add) => [add.invokedAtUs, amountOf(add)]));
    let most: Numeric = 0;
    for (const { read, value, upper } of reads) {
      // One that returns too much has seen what never was.
      if (compareNumbers(value, upper) > 0) continue;
      const amount = minus(value, invoked.until(read.completedAtUs));
      if (compareNumbers(amount, most) <= 0) continue;
      most = amount;
      this.#moments.push(read.completedAtUs);
      this.#most.push({ amount, read });
    }
  }

  /** The most that a read had seen which ended before this moment; null if none saw any. */
  before(atUs: number): { readonly amount: Numeric; readonly read: Operation } | null {
    return this.#most[countWhile(this.#moments, (moment) => moment < atUs) - 1] ?? null;
  }
}

function amountOf({ input }: Operation): Numeric {
  return amount(input);
}

function amount(value: Plain): Numeric {
  return isNumeric(value) ? value : 0;
}

/** Sums of amounts up to a moment. */
class RunningSum {
  readonly #moments: readonly number[];
  readonly #sums: readonly Numeric[];

  constructor(amounts: readonly (readonly [number, Numeric])[]) {
    const sorted = amounts.toSorted(([a], [b]) => a - b);
    this.#moments = sorted.map(([atUs]) => atUs);
    let sum: Numeric = 0;
    this.#sums = sorted.map(([, amount]) => {
      sum = plus(sum, amount);
      return sum;
    });
  }

  /** Of the moments before this one. */
  before(atUs: number): Numeric {
    return this.#sums[countWhile(this.#moments, (moment) => moment < atUs) - 1] ?? 0;
  }

  /** Of the moments until this one, itself included. */
  until(atUs: number): Numeric {
    return this.#sums[countWhile(this.#moments, (moment) => moment <= atUs) - 1] ?? 0;
  }
}

export function judgeCounter(checker: string, parts: readonly Part[]): CheckResult {
  const refusal = strangerAmong(parts, ['add', 'read']) ?? decrement(parts) ?? noNumber(parts);
  if (refusal !== null) return notJudged(checker, refusal);
  const findings = new Findings(['too-low', 'too-high']);
  let readCount = 0;
  let errorCount = 0;
  let widest: Numeric = 0;
  for (const part of parts) {
    for (const bounded of counterReads(part)) {
      const { lower, value, upper } = bounded;
      readCount++;
      widest = greater(widest, minus(upper, lower));
      if (compareNumbers(value, lower) >= 0 && compareNumbers(value, upper) <= 0) continue;
      errorCount++;
      report(bounded, part, findings);
    }
  }
  return conclude({
    checker,
    findings,
    numbers: {
      judged: readCount,
      readCount,
      errorCount,
      ...shortNumbers({ widestBounds: widest }),
    },
    passed:
      readCount === 0
        ? 'Not tested: the counter was never read.'
        : `All ${count(readCount, 'read')} lie between what was surely and what was possibly added.`,
  });
}

function decrement(parts: readonly Part[]): string | null {
  for (const { operations } of parts) {
    const strange = operations.find(({ f, input }) => f === 'add' && !isAmount(input));
    if (strange === undefined) continue;
    const { index, input } = strange;
    return `Nothing was judged: #${index} adds ${show(input)}, and this counter takes increments only; pn-counter takes decrements.`;
  }
  return null;
}

function isAmount(input: unknown): boolean {
  return isNumeric(input) && compareNumbers(input, 0) >= 0;
}

function report(bounded: CounterRead, { key, operations }: Part, into: Findings): void {
  const { read, lower, value, upper, shownBy } = bounded;
  const isLow = compareNumbers(value, lower) < 0;
  const distance = roughly(isLow ? minus(lower, value) : minus(value, upper));
  // The clearest is shown: the one that is furthest out.
  into.add(isLow ? 'too-low' : 'too-high', -distance, () => {
    const adds = operations.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
    const orSeen = shownBy === null ? '' : `, or seen by #${shownBy.index}`;
    const sentence = isLow
      ? `#${read.index} read ${value}${onKey(key)}, but adds of ${lower} had been acknowledged before it${orSeen}`
      : `#${read.index} read ${value}${onKey(key)}, but adds of only ${upper} had been invoked by its end`;
    const concerned = isLow
      ? adds.filter(({ completedAtUs }) => completedAtUs < read.invokedAtUs)
      : adds.filter(({ invokedAtUs }) => invokedAtUs <= read.completedAtUs);
    // The adds are evidence where they are few enough to be looked at.
    const shown = concerned.length <= 8 ? concerned : concerned.slice(-1);
    const by = isLow && shownBy !== null ? [shownBy] : [];
    return { sentence, operations: [...shown, ...by, read], key };
  });
}
