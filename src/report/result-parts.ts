/** The parts of a result by the names of their types, and the checks of a verdict. */
import type { Result } from '../scenarios/result.ts';

export type CheckResult = Result['checks'][number];
export type Anomaly = NonNullable<CheckResult['anomalies']>[number];
export type Dependency = Anomaly['edges'][number];
export type FaultFact = Result['facts']['faults'][number];
export type Facts = Result['facts'];
export type LivenessFact = Facts['liveness'][number];
export type NemesisFact = Facts['nemeses'][number];
export type Operation = Result['history'][number];

/** A check that failed or could not tell, once each: those of expectations and any others. */
export function checksOf(result: Result, verdict: CheckResult['verdict']): readonly CheckResult[] {
  const seen = new Map<string, CheckResult>();
  const judged = result.judged.flatMap(({ check }) => (check === null ? [] : [check]));
  for (const check of [...judged, ...result.checks]) {
    if (check.verdict === verdict && !seen.has(check.checker)) seen.set(check.checker, check);
  }
  return [...seen.values()];
}
