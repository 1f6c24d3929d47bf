/**
 * Linearizability: every operation seems to take effect at one moment between its call and its answer (Herlihy &
 * Wing 1990). The history is split by object and key, each part is searched for an order (see `search/`), and what
 * cannot be ordered is reduced to its smallest witness and told in words.
 *
 * Operations that ended `info` may have taken effect at any moment after their call, or never; `fail` certainly did
 * not happen. An exhausted budget is the verdict `unknown`, never success.
 */
import type { History, Operation } from '../sim/history.ts';
import { formatCount } from '../sim/units.ts';
import type { Checker, CheckResult, Facts } from './checker.ts';
import kvAppend from './models/kv-append.ts';
import register from './models/register.ts';
import { callsOf, type SearchModel } from './search/call.ts';
import { explain } from './search/explain.ts';
import { type Budget, DEFAULT_BUDGET, type Part, type PartOutcome, searchInTurns } from './search/turns.ts';
import { findWitness, type Witness } from './search/witness.ts';

const NAME = 'linearizable';

/** The operations of one object, or of one key of it. */
interface ObjectPart extends Part {
  readonly key: string | null;
  readonly operations: readonly Operation[];
}

/**
 * Whether a history of one object, or of independent keys, is linearizable under a model. Operations that the model does
 * not know make it `unknown`.
 */
export function checkLinearizable(
  history: History,
  model: SearchModel,
  budget: Budget = DEFAULT_BUDGET,
): CheckResult {
  return checkParts(split(history, () => model, () => ''), budget);
}

/**
 * The checker for these models, by the name of the workload they judge. Loads on different targets act on different
 * objects; operations of loads that are not in the facts are judged by the model of `otherwise`, as one object.
 */
export function linearizableUnder(
  models: ReadonlyMap<string, SearchModel>,
  otherwise: SearchModel,
): Checker {
  return {
    name: NAME,
    summary: 'Every operation seems to take effect at one moment between its call and its answer.',
    sources: [
      'Herlihy, Wing: Linearizability: A Correctness Condition for Concurrent Objects (TOPLAS 1990)',
      'Wing, Gong: Testing and Verifying Concurrent Objects (JPDC 1993)',
      'Gibbons, Korach: Testing Shared Memories (SIAM J. Comput. 1997)',
      'Lowe: Testing for Linearizability (Concurrency and Computation 2017)',
    ],
    judges: [...models.keys()],
    check(history: History, facts: Facts): CheckResult {
      const loads = new Map(facts.loads.map((load) => [load.name, load]));
      const modelOf = ({ load }: Operation) => {
        const fact = loads.get(load);
        return fact === undefined ? otherwise : (models.get(fact.workload) ?? null);
      };
      return checkParts(split(history, modelOf, ({ load }) => loads.get(load)?.target ?? ''), DEFAULT_BUDGET);
    },
  };
}

export const linearizable: Checker = linearizableUnder(
  new Map<string, SearchModel>([
    ['register', register as SearchModel],
    ['kv-append', kvAppend as SearchModel],
  ]),
  register as SearchModel,
);

export default linearizable;
