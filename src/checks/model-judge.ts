/**
 * A judge for any sequential model: what `dsim check` needs beyond the model itself. An own model
 * is the default export of a file of yours, a `SearchModel`: `name`, `summary`, `init`, `step`,
 * `identify`, `describe` and `byKey`, all pure; `operations` names what it knows, so that a
 * misspelt operation is reported and not judged as a wrong one. Everything else makes it faster or
 * its words better, and can be left out.
 *
 *     const counter: Model<number> = {
 *       name: 'tally',
 *       summary: 'a counter of votes',
 *       operations: ['vote', 'count'],
 *       byKey: true,
 *       init: () => 0,
 *       step: (votes, f, input, output) => {
 *         if (f === 'vote') return votes + 1;
 *         return output === undefined || output === votes ? votes : null;
 *       },
 *       identify: (votes) => votes,
 *       describe: (f, input, output) => (f === 'vote' ? 'vote' : `count → ${output}`),
 *     };
 *     export default counter;
 */
import type { Params, ParamTable } from '../sim/params.ts';
import { defineJudge, type Judge, type OperationDoc } from './judge.ts';
import { checkLinearizable } from './linearizable/index.ts';
import type { SearchModel } from './search/call.ts';
import { checkSequential } from './sequential/check.ts';

/** What a judge of a model says besides. */
export interface ModelJudge<T extends ParamTable> {
  readonly name: string;
  readonly summary: string;
  readonly sources: readonly string[];
  readonly operations: readonly OperationDoc[];
  readonly params: T;
  /** Throws RangeError if the parameters make no model. */
  model(params: Params<T>): SearchModel;
}

const SOURCES: readonly string[] = [
  'Herlihy, Wing: Linearizability (TOPLAS 1990)',
  'Lowe: Testing for Linearizability (Concurrency and Computation 2017)',
];

export function modelJudge<const T extends ParamTable>(of: ModelJudge<T>): Judge<T> {
  const { name, summary, sources, operations, params } = of;
  return defineJudge({
    name,
    summary,
    sources: [...SOURCES, ...sources],
    operations,
    params,
    consistencies: ['linearizable', 'sequential'],
    judge(history, given, consistency, budget) {
      const check = consistency === 'sequential' ? checkSequential : checkLinearizable;
      return check(history, of.model(given), budget);
    },
  });
}

/** The judge of a model without parameters: one of the user's own. */
export function judgeOfModel(model: SearchModel): Judge<Record<never, never>> {
  const { name, summary, operations = [] } = model;
  return modelJudge({
    name,
    summary,
    sources: [],
    operations: operations.map((f) => ({ f, input: '', output: '', doc: `As ${name} has it.` })),
    params: {},
    model: () => model,
  });
}
