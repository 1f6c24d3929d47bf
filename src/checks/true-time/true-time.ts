/**
 * Clocks that know how wrong they may be: the absolute time of the call of `now` lies in the
 * interval that it returns, `earliest <= t(now) <= latest` (Corbett et al. 2012, Spanner, section
 * 3). The call took place between its invocation and its completion, so an interval that is over
 * before the one or begins after the other is wrong, whatever happened between.
 *
 * True time is that of the simulation, which no node sees.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import { formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import type { Part } from '../findings/parts.ts';
import { count, isFields } from '../findings/values.ts';

export function judgeTrueTime(parts: readonly Part[], checker: string): CheckResult {
  const findings = new Findings(['time-outside']);
  let judged = 0;
  for (const { operations } of parts) {
    for (const operation of operations) {
      const interval = intervalIn(operation.output);
      if (operation.outcome !== 'ok' || interval === null) continue;
      judged++;
      report(operation, interval, findings);
    }
  }
  return conclude({
    checker,
    findings,
    numbers: { judged, outsideCount: findings.countOf('time-outside') },
    passed: `Each of ${count(judged, 'interval')} held the true time.`,
    unknown: judged === 0 ? 'No interval was answered.' : null,
  });
}

interface IntervalUs {
  readonly fromUs: number;
  readonly untilUs: number;
}

function report(operation: Operation, { fromUs, untilUs }: IntervalUs, into: Findings): void {
  const { index, invokedAtUs, completedAtUs } = operation;
  const lateUs = fromUs - completedAtUs;
  const earlyUs = invokedAtUs - untilUs;
  const outsideUs = Math.max(lateUs, earlyUs);
  if (outsideUs <= 0) return;
  const side = lateUs > 0 ? 'begins' : 'ends';
  const than = lateUs > 0 ? 'after the answer came' : 'before it was asked for';
  // The most wrong is plainest.
  into.add('time-outside', -outsideUs, () => ({
    sentence: `#${index}, answered at ${formatMomentUs(completedAtUs)}, gives a time that ${side} ${formatDurationUs(outsideUs)} ${than}`,
    operations: [operation],
  }));
}

/** An interval of times in ms; null if it is none. */
export function intervalIn(output: Plain): IntervalUs | null {
  if (!isFields(output)) return null;
  const { earliest, latest } = output;
  if (typeof earliest !== 'number' || typeof latest !== 'number') return null;
  return { fromUs: earliest * 1000, untilUs: latest * 1000 };
}
