/**
 * `sequential`: one order of all operations explains them, and keeps the order of each process. For
 * every workload that has a model. No client is of two loads, so loads on different objects are
 * judged apart.
 */
import type { History } from '../../sim/history.ts';
import type { Interface } from '../../sim/interface.ts';
import { levelOf } from '../causal/levels.ts';
import { type Checker, type CheckResult, type Facts, NO_ARGUMENTS, worst } from '../checker.ts';
import { stillHolds, strongestWithout } from '../hierarchy/strongest.ts';
import { judgedBy, judgedObjects } from '../judged-loads.ts';
import { modelsByInterface } from '../models/by-interface.ts';
import { register } from '../models/register.ts';
import { DEFAULT_BUDGET } from '../search/turns.ts';
import { checkSequential } from './check.ts';

const level = levelOf('sequential');

const sequential: Checker = {
  name: level.name,
  summary: level.summary,
  sources: level.sources,
  judges: [...modelsByInterface.keys()],
  ...NO_ARGUMENTS,
  check,
};

export default sequential;

function check(history: History, facts: Facts): CheckResult {
  const modelOf = (asks: Interface) => modelsByInterface.get(asks)!;
  const objects = judgedObjects(judgedBy(sequential, history, facts), (asks) => modelOf(asks).name);
  const results = objects.map(({ asks, operations }) => {
    const model = modelOf(asks);
    const result = checkSequential(operations, model);
    if (result.verdict !== 'fail' || model.name !== register.name) return result;
    const share = { ...DEFAULT_BUDGET, steps: DEFAULT_BUDGET.steps / 8 };
    const held = strongestWithout(operations, level, {}, share);
    return { ...result, next: [stillHolds(held)] };
  });
  const verdict = worst(results.map((result) => result.verdict));
  const shown = results.find((result) => result.verdict === verdict);
  if (shown === undefined) return checkSequential([], register);
  const numbers: { [name: string]: number } = {};
  for (const result of results) {
    for (const [name, value] of Object.entries(result.numbers)) {
      numbers[name] = (numbers[name] ?? 0) + value;
    }
  }
  return { ...shown, numbers };
}
