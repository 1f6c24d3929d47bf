/** Any level of the hierarchy asked of a history of registers, by its name. */
import type { History } from '../../sim/history.ts';
import { checkWeakLevel, refusalOf } from '../causal/check.ts';
import { levelOf } from '../causal/levels.ts';
import type { RegisterConventions } from '../causal/register-history.ts';
import type { CheckResult } from '../checker.ts';
import { checkLinearizable } from '../linearizable/index.ts';
import { registerModel } from '../models/register.ts';
import { type Budget, DEFAULT_BUDGET } from '../search/turns.ts';
import { checkSequential } from '../sequential/check.ts';

/** Throws RangeError if there is no such level in `LEVELS`. */
export function checkLevel(
  history: History,
  name: string,
  conventions: RegisterConventions = {},
  budget: Budget = DEFAULT_BUDGET,
): CheckResult {
  const level = levelOf(name);
  const refusal = refusalOf(history, level.name);
  if (refusal !== null) return refusal;
  if (level.name === 'linearizable') {
    const { objectOf } = conventions;
    const apart =
      objectOf === undefined
        ? history
        : history.map((o) => ({ ...o, key: JSON.stringify([objectOf(o), o.key]) }));
    return checkLinearizable(apart, modelOf(conventions), budget);
  }
  if (level.name === 'sequential') {
    return checkSequential(history, modelOf(conventions), budget, conventions.objectOf);
  }
  return checkWeakLevel(history, level.name, conventions, budget);
}

function modelOf({ initial = null, failedCas = 'ignored' }: RegisterConventions) {
  return registerModel({ initial, failedCas });
}
