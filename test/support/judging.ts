/**
 * Judges asked by tests, and what they answered in short.
 */

import type { CheckResult, Facts } from '../../src/checks/checker.ts';
import type { AnyJudge } from '../../src/checks/judge.ts';
import { DEFAULT_BUDGET } from '../../src/checks/search/turns.ts';
import type { History } from '../../src/sim/history.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { handFacts, handLoad } from './hand-history.ts';

/** The verdict of a judge; its first consistency and its defaults, if nothing else is said. */
export function ask(
  judge: AnyJudge,
  history: History,
  { set = {}, consistency }: { readonly set?: object; readonly consistency?: string } = {},
): CheckResult {
  const level = consistency ?? judge.consistencies[0] ?? '';
  return judge.judge(history, defaultsOf(judge.params, set), level, DEFAULT_BUDGET);
}

/** `fail: lost 2, stale 1` or the verdict alone. */
export function brief({ verdict, anomalies = [] }: CheckResult): string {
  const found = anomalies.map(({ name, count }) => `${name} ${count}`);
  return [verdict, ...(found.length > 0 ? [found.join(', ')] : [])].join(': ');
}

/** Facts of a run in which nothing happened but these loads, each on a target of its own. */
export function emptyFacts(
  loads: readonly { readonly name: string; readonly workload: string; readonly target?: string }[],
  down: Facts['down'] = [],
): Facts {
  return handFacts({
    durationUs: 1_000_000,
    endedAtUs: 1_000_000,
    groups: [],
    loads: loads.map(({ name, workload, target = name }) =>
      handLoad(name, workload, target, { timeoutUs: 1_000_000 }),
    ),
    down,
  });
}
