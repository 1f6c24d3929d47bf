/**
 * Judges: what `dsim check history --model <name>` runs on a history that was made elsewhere. The
 * folder of an idea exports its judge as `judge`, from `index.ts`; the judges of the sequential
 * models stand in `models/judges/`.
 *
 * A judge reads operations as Jepsen and Maelstrom write them: `f` names the operation, `input` is
 * the value of the invocation, `output` that of the completion (of a bare completion both are its
 * value), `key` is set where the line had one, or where the value was a pair of key and value.
 */
import type { History } from '../sim/history.ts';
import type { Params, ParamTable } from '../sim/params.ts';
import type { CheckResult } from './checker.ts';
import type { Budget } from './search/turns.ts';

/** One operation that a judge understands, for its page in the manual. */
export interface OperationDoc {
  readonly f: string;
  /** The value of its invocation, and of its completion: `3`, `[old, new]`, `null`. */
  readonly input: string;
  readonly output: string;
  readonly doc: string;
}

export interface Judge<T extends ParamTable = ParamTable> {
  /** As written after `--model`. */
  readonly name: string;
  readonly summary: string;
  readonly sources: readonly string[];
  readonly operations: readonly OperationDoc[];
  /** What can be set: `--set initial=0`. */
  readonly params: T;
  /** What can be asked for by `--consistency`; the first is the default. Never empty. */
  readonly consistencies: readonly string[];
  /**
   * The verdict. An operation that it does not understand is `unknown`, and so is a budget that ran
   * out. A history without operations is not asked about. One whose answers could not have been
   * wrong contradicts nothing: `pass`, as Jepsen has it, with `numbers.judged` 0; transactions none
   * of which depends on another are `unknown`, as in Elle.
   */
  judge(history: History, params: Params<T>, consistency: string, budget: Budget): CheckResult;
}

export function defineJudge<const T extends ParamTable>(judge: Judge<T>): Judge<T> {
  return judge;
}

// biome-ignore lint/suspicious/noExplicitAny: the list holds judges of all parameter types.
export type AnyJudge = Judge<any>;
