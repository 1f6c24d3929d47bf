/**
 * A counter that starts at zero and only grows: each read lies between what was surely added before
 * it and what may have been added by its end.
 *
 * After Jepsen's checker `counter` (jepsen-io/jepsen, checker.clj): the lower bound of a read is
 * the sum of the adds that were acknowledged before it was invoked, the upper bound the sum of
 * those invoked before it completed, without those that failed. At one instant calls come before
 * returns.
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

export interface CounterRead {
  readonly read: Operation;
  readonly lower: Numeric;
  readonly value: Numeric;
  readonly upper: Numeric;
}

/** Reads with their bounds, in the order of completion. Adds that are no numbers count as 0. */
export function counterReads({ operations }: Part): readonly CounterRead[] {
  const adds = operations.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
  const invoked = new RunningSum(adds.map((add) => [add.invokedAtUs, amountOf(add)]));
  const acknowledged = new RunningSum(
    adds.filter(({ outcome }) => outcome === 'ok').map((add) => [add.completedAtUs, amountOf(add)]),
  );
  return operations
    .filter(({ f, outcome, output }) => f === 'read' && outcome === 'ok' && isNumeric(output))
    .map((read) => ({
      read,
      lower: acknowledged.before(read.invokedAtUs),
      value: amount(read.output),
      upper: invoked.until(read.completedAtUs),
    }))
    .sort((a, b) => a.read.completedAtUs - b.read.completedAtUs || a.read.index - b.read.index);
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
    return this.#sums[this.#countWhile((moment) => moment < atUs) - 1] ?? 0;
  }

  /** Of the moments until this one, itself included. */
  until(atUs: number): Numeric {
    return this.#sums[this.#countWhile((moment) => moment <= atUs) - 1] ?? 0;
  }

  #countWhile(holds: (moment: number) => boolean): number {
    let [low, high] = [0, this.#moments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#moments[middle] ?? Infinity)) low = middle + 1;
      else high = middle;
    }
    return low;
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
  const { read, lower, value, upper } = bounded;
  const isLow = compareNumbers(value, lower) < 0;
  const distance = roughly(isLow ? minus(lower, value) : minus(value, upper));
  // The clearest is shown: the one that is furthest out.
  into.add(isLow ? 'too-low' : 'too-high', -distance, () => {
    const adds = operations.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
    const sentence = isLow
      ? `#${read.index} read ${value}${onKey(key)}, but adds of ${lower} had been acknowledged before it`
      : `#${read.index} read ${value}${onKey(key)}, but adds of only ${upper} had been invoked by its end`;
    const concerned = isLow
      ? adds.filter(({ completedAtUs }) => completedAtUs < read.invokedAtUs)
      : adds.filter(({ invokedAtUs }) => invokedAtUs <= read.completedAtUs);
    // The adds are evidence where they are few enough to be looked at.
    const shown = concerned.length <= 8 ? concerned : concerned.slice(-1);
    return { sentence, operations: [...shown, read], key };
  });
}
