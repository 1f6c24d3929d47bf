/**
 * One seed of Raft under the nemesis on the kernel: what it violated, and whether the run was worth
 * its name.
 */

import linearizable from '../../src/checks/linearizable.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
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
  };
}
