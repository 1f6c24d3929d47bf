/** Checkers of the hierarchy for loads of registers, one a level: what `expect:` names. */
import type { History, Operation } from '../../sim/history.ts';
import { type LevelName, levelOf } from '../causal/levels.ts';
import type { Checker, Facts } from '../checker.ts';
import { checkWithNext } from './strongest.ts';

/** The workload whose operations are those of registers. */
export const REGISTER_WORKLOAD = 'register';

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
      checkWithNext(registerOperations(history, facts), level, { objectOf: targetOf(facts) }),
  };
}

/**
 * The operations of loads of registers; those of loads that are not in the facts are taken for
 * such.
 */
export function registerOperations(history: History, facts: Facts): History {
  const others = new Set(
    facts.loads
      .filter(({ workload, model }) => (model ?? workload) !== REGISTER_WORKLOAD)
      .map(({ name }) => name),
  );
  return others.size === 0 ? history : history.filter(({ load }) => !others.has(load));
}

/** Loads on different targets act on different registers. */
export function targetOf({ loads }: Facts): (operation: Operation) => string {
  const targets = new Map(loads.map(({ name, target }) => [name, target]));
  return ({ load }) => targets.get(load) ?? '';
}
