/**
 * `sequential`: one order of all operations explains them, and keeps the order of each process. For
 * every workload that has a model. No client is of two loads, so loads on different objects are
 * judged apart.
 */
import type { History, Operation } from '../../sim/history.ts';
import { levelOf } from '../causal/levels.ts';
import { type Checker, type CheckResult, type Facts, objectOfLoad, worst } from '../checker.ts';
import { stillHolds, strongestWithout } from '../hierarchy/strongest.ts';
import { modelsByName } from '../models/by-name.ts';
import { register } from '../models/register.ts';
import type { SearchModel } from '../search/call.ts';
import { DEFAULT_BUDGET } from '../search/turns.ts';
import { checkSequential } from './check.ts';

const level = levelOf('sequential');

const sequential: Checker = {
  name: level.name,
  summary: level.summary,
  sources: level.sources,
  judges: [...modelsByName.keys()],
  check,
};

export default sequential;

function check(history: History, facts: Facts): CheckResult {
  const results = objectsOf(history, facts).map(({ model, operations }) => {
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

/** The operations on each object, with its model; loads without a model are left out. */
function objectsOf(
  history: History,
  facts: Facts,
): readonly { readonly model: SearchModel; readonly operations: readonly Operation[] }[] {
  const loads = new Map(facts.loads.map((load) => [load.name, load]));
  const objects = new Map<string, { model: SearchModel; operations: Operation[] }>();
  for (const operation of history) {
    const load = loads.get(operation.load);
    const model =
      load === undefined
        ? register
        : (modelsByName.get(load.model ?? load.workload) ?? modelsByName.get(load.workload));
    if (model === undefined) continue;
    const name = JSON.stringify([model.name, load === undefined ? '' : objectOfLoad(load)]);
    const object = objects.get(name);
    if (object === undefined) objects.set(name, { model, operations: [operation] });
    else object.operations.push(operation);
  }
  return [...objects.values()];
}
