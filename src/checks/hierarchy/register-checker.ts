/** Checkers of the hierarchy for loads of registers, one a level: what `expect:` names. */
import { type LevelName, levelOf } from '../causal/levels.ts';
import type { Checker } from '../checker.ts';
import { REGISTER_WORKLOAD, registerOf, registerOperations } from './register-operations.ts';
import { checkWithNext } from './strongest.ts';

/** A level below sequential consistency as a checker. */
export function registerChecker(name: LevelName): Checker {
  const level = levelOf(name);
  const { summary, sources } = level;
  return {
    name,
    summary,
    sources,
    judges: [REGISTER_WORKLOAD],
    check: (history, facts) =>
      checkWithNext(registerOperations(history, facts), level, { objectOf: registerOf(facts) }),
  };
}
