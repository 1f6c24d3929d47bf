/**
 * What a search for a linearization needs of an operation and of a model.
 *
 * A history names operations with clients, loads and nodes; a search needs only what was asked,
 * what was answered, and when. A model may add knowledge that makes the search fast; leaving it out
 * is always sound.
 *
 * A circle of types with the files of the search: a model knows the search that it speeds up, and
 * the search knows its models.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { Model } from '../checker.ts';
import { show } from '../findings/values.ts';
import { samePlain } from './identity.ts';
import type { Scene, Story } from './scene.ts';

/** One operation as the search sees it. */
export interface Call {
  /** Position in the history: how reports name it. */
  readonly index: number;
  readonly f: string;
  readonly input: Plain;
  /** Undefined when nobody saw it. */
  readonly output: Plain | undefined;
  readonly invokedAtUs: number;
  /** Infinity makes it open: it takes effect at any time after its invocation, or never. */
  readonly completedAtUs: number;
}

/**
 * How an operation of a model whose state is one value meets that value. Absent fields are
 * undefined, since null is a value.
 */
export interface Effect<S> {
  /** It fits in this state only. */
  readonly needs?: S;
  /** It fits in any state but this. */
  readonly refutes?: S;
  /** The state after it, if it takes effect. */
  readonly sets?: S;
}

/** A model with knowledge for the search. Every method is optional and must agree with `step`. */
export interface SearchModel<S = unknown> extends Model<S> {
  /** Why the operation can never have this answer: `no number`; null if it can. */
  misshapen?(f: string, output: Plain): string | null;
  /** Why nobody can ask this of the operation: `no pair of token and value`; null if one can. */
  misasked?(f: string, input: Plain): string | null;
  /** The operations that the model knows. Without it: all. */
  readonly operations?: readonly string[];
  /** What the model takes for the input, if it is more than that: who asked, say. */
  inputOf?(operation: Operation): Plain;
  /**
   * The parts of the object that the operation touches; null is all of them. Operations that share
   * no part, not even by way of others, are then judged apart.
   */
  partsOf?(f: string, input: Plain, output: Plain | undefined): readonly string[] | null;
  /** Wherever the operation fits, it leaves the state as it was. */
  readOnly?(f: string, input: Plain, output: Plain | undefined): boolean;
  /**
   * Whether an answered call could have been wrong, as a read can and a write cannot. Without it: a
   * call that only reads, or whose answer is neither null nor what was asked.
   */
  couldBeWrong?(f: string, input: Plain, output: Plain): boolean;
  /**
   * The output that a `fail` stands for, if it is an observation; else undefined: it did not
   * happen, no more.
   */
  refusal?(f: string, input: Plain, error: string | null): Plain | undefined;
  /**
   * Whatever may change the state says what it `sets`. Null where an operation's effect cannot be
   * told so; a history that has such a one is searched without knowledge of effects.
   */
  effect?(f: string, input: Plain, output: Plain | undefined): Effect<S> | null;
  /** Fewer or simpler calls and states, for these calls alone. */
  reduce?(calls: readonly Call[]): Reduced<S>;
  /** Whether the (reduced) calls are linearizable, or null if only a search can tell. */
  decide?(calls: readonly Call[]): boolean | null;
  /** What a witness shows, where this kind of object has words for it; else null. */
  story?(scene: Scene): Story | null;
}

/** A problem that has a solution if and only if the one it was made of has. */
export interface Reduced<S> {
  /** In the same order; `index` and times of what remains are kept. */
  readonly calls: readonly Call[];
  /** One state for all those that these calls cannot tell apart. */
  merge?(state: S): S;
}

/**
 * The calls of some operations, in the same order. `fail` certainly did not happen and is left out,
 * unless the model reads it as an observation; an open operation that only reads constrains nothing
 * and is left out too.
 */
export function callsOf(operations: readonly Operation[], model: SearchModel): Call[] {
  const calls: Call[] = [];
  for (const operation of operations) {
    const { index, f, invokedAtUs, outcome } = operation;
    const input = model.inputOf === undefined ? operation.input : model.inputOf(operation);
    let output: Plain | undefined = operation.output;
    let completedAtUs = Math.max(operation.completedAtUs, invokedAtUs);
    if (outcome === 'info') {
      if (model.readOnly?.(f, input, undefined)) continue;
      output = undefined;
      completedAtUs = Infinity;
    } else if (outcome === 'fail') {
      output = model.refusal?.(f, input, operation.error);
      if (output === undefined) continue;
    }
    calls.push({ index, f, input, output, invokedAtUs, completedAtUs });
  }
  return calls;
}

/** Says which question or answer is of a shape that the model does not know, if there is one. */
export function misshapenAmong(operations: Iterable<Operation>, model: SearchModel): string | null {
  if (model.misshapen === undefined && model.misasked === undefined) return null;
  for (const { index, f, input, outcome, output } of operations) {
    const asked = outcome === 'fail' ? null : (model.misasked?.(f, input) ?? null);
    if (asked !== null) return `#${index} ${f} asked for ${show(input)}, ${asked}`;
    const why = outcome === 'ok' ? (model.misshapen?.(f, output) ?? null) : null;
    if (why !== null) return `#${index} ${f} answered ${show(output)}, ${why}`;
  }
  return null;
}

/** How many of the calls have an answer that could have been wrong. */
export function countRefutable(calls: readonly Call[], model: SearchModel): number {
  let count = 0;
  for (const { f, input, output, completedAtUs } of calls) {
    if (output === undefined || completedAtUs === Infinity) continue;
    const couldBe =
      model.couldBeWrong?.(f, input, output) ??
      (model.readOnly?.(f, input, output) || (output !== null && !samePlain(output, input)));
    if (couldBe) count++;
  }
  return count;
}

/**
 * The same calls, each made optional unless it is firm: what a search cannot order then, nobody
 * can.
 */
export function relax(
  calls: readonly Call[],
  firm: ReadonlySet<number>,
  model: SearchModel,
): Call[] {
  const relaxed: Call[] = [];
  for (const call of calls) {
    if (firm.has(call.index)) relaxed.push(call);
    else if (!model.readOnly?.(call.f, call.input, call.output)) {
      relaxed.push(call.completedAtUs === Infinity ? call : { ...call, completedAtUs: Infinity });
    }
  }
  return relaxed;
}
