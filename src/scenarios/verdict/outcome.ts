/** The number behind an expectation, for whoever draws it. */
import { recoveryOf } from '../../checks/metrics/recovery.ts';
import type { MetricUnit } from '../../sim/units.ts';
import type { Result } from '../result.ts';
import { windowsOf } from './expectations.ts';

export interface OutcomeNumber {
  readonly unit: MetricUnit;
  /** null: nothing was measured. Infinity is an answer that never came. */
  readonly value: number | null;
}

/** Of the i-th expectation; null where it is no number. */
export function outcomeNumber(
  { scenario, history, facts }: Result,
  i: number,
): OutcomeNumber | null {
  const expectation = scenario.expect[i];
  if (expectation === undefined || !('window' in expectation)) return null;
  if (expectation.kind === 'sometimes') return null;
  const { args, window } = expectation;
  const opened = windowsOf(window, facts);
  if (expectation.kind === 'metric') {
    const { unit } = expectation.metric;
    if (typeof opened === 'string') return { unit, value: null };
    return { unit, value: expectation.metric.measure(args, opened, history, facts).value };
  }
  const found = typeof opened === 'string' ? opened : recoveryOf(args, opened, history, facts);
  return { unit: 'ms', value: typeof found === 'string' ? null : found.afterUs / 1000 };
}
