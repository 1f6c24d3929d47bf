/** Checkers of the hierarchy for loads of registers, one a level: what `expect:` names. */
import register from '../../interfaces/register.ts';
import { type LevelName, levelOf } from '../causal/levels.ts';
import { type Checker, NO_ARGUMENTS } from '../checker.ts';
import { judgedBy } from '../judged-loads.ts';
import { checkWithNext } from './strongest.ts';

/** A level below sequential consistency as a checker. */
export function registerChecker(name: LevelName): Checker {
  const level = levelOf(name);
  const { summary, sources } = level;
  const judges = [register];
  return {
    name,
    summary,
    sources,
    judges,
    ...NO_ARGUMENTS,
    check(history, facts) {
      const { operations, objectOf } = judgedBy({ judges }, history, facts);
      return checkWithNext(operations, level, { objectOf });
    },
  };
}
