/**
 * One seed of Raft under the nemesis on the kernel: what it violated, and whether the run was worth
 * its name.
 */

import type { FaultFact } from '../../src/checks/checker.ts';
import linearizable from '../../src/checks/linearizable/index.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { touchesOf } from '../../src/sim/fault.ts';
import { ROLE_NOTE } from '../../src/sim/trace.ts';
import { type NemesisOptions, raftUnderNemesis } from '../support/nemesis.ts';

export interface Outcome {
  readonly seed: string;
  /** What broke, in words; null if nothing did. */
  readonly violation: string | null;
  readonly acknowledged: number;
  /** Distinct (node, term) that led. */
  readonly leaders: number;
  readonly unknown: boolean;
  /** What went beyond the budget of the nemesis, in words. */
  readonly beyond: readonly string[];
  /** Kinds of faults that touched something. */
  readonly felt: readonly string[];
  /** Whether the cluster answered everybody soon after all was healed. */
  readonly live: boolean;
}

export function trySeed(options: NemesisOptions): Outcome {
  const result = simulate(raftUnderNemesis(options), { checkInvariants: true });
  const check = linearizable.check(result.history, result.facts);
  const leaders = result.facts.notes.filter(
    ({ label, detail }) => label === ROLE_NOTE && detail['role'] === 'leader',
  );
  const violation =
    result.error !== null
      ? `${result.error.kind}: ${result.error.message}`
      : check.verdict === 'fail'
        ? check.summary
        : null;
  return {
    seed: options.seed,
    violation,
    acknowledged: result.history.filter((op) => op.outcome === 'ok').length,
    leaders: leaders.length,
    unknown: check.verdict === 'unknown',
    beyond: result.facts.nemeses.flatMap(({ beyond }) => beyond),
    felt: feltKinds(result.facts.faults),
    live: result.facts.liveness.every(({ state }) => state === 'live'),
  };
}

function feltKinds(faults: readonly FaultFact[]): readonly string[] {
  const touched = faults.filter(({ felt }) => touchesOf(felt) > 0);
  return [...new Set(touched.map(({ kind }) => kind))];
}
