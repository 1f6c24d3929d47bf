/**
 * What shows that calls cannot be ordered: the first completion that no order explains, and a
 * smallest set of calls up to it.
 *
 * Leaving calls out of a wrong history can make any history wrong: without its write every read is
 * a read from nowhere. So nothing that changes the state is ever left out here; calls are made
 * *optional* instead: like open calls, they take effect at any time after their invocation, or
 * never. That only adds orders. Calls that stay *firm* and fit no order even so are a proof,
 * whatever the others did; and since optional calls may all stay away, the firm ones alone are a
 * history that is not linearizable. (The idea of shrinking by halves is Zeller & Hildebrandt's
 * ddmin, 2002.)
 */
import { type Call, relax, type SearchModel } from './call.ts';
import { layOut } from './problem.ts';
import { Transitions } from './transitions.ts';
import { type Budget, searchOne } from './turns.ts';
import { firstBreach } from './zones.ts';

export interface Witness {
  /**
   * Calls that cannot be ordered, in the order of completion; making any one of them optional
   * leaves an order.
   */
  readonly firm: readonly Call[];
  /** Every call invoked until the last of them completed; those still in progress then are open. */
  readonly prefix: readonly Call[];
  /** Steps spent on making it small. */
  readonly steps: number;
}

/** The first completion that no order explains, and what shows it. */
export interface Breach {
  readonly atUs: number;
  /** To be called once: to find a small one costs several times what finding the breach does. */
  readonly witness: () => Witness;
  /** Steps spent on finding it. */
  readonly steps: number;
}

/**
 * Finds where the calls of one object go wrong that have been found not linearizable. The first
 * `explained` completions can be explained.
 */
export function findBreach(
  calls: readonly Call[],
  model: SearchModel,
  budget: Budget,
  explained = 0,
): Breach {
  const trial = new Trial(model, budget);
  const completions = calls
    .filter(({ completedAtUs }) => completedAtUs !== Infinity)
    .sort(byCompletion);
  const count = firstUnexplained(calls, completions, trial, explained);
  const witness = () => {
    const before = trial.steps;
    const prefix = prefixOf(calls, completions, count, model, true);
    const firm = shrink(prefix, completions.slice(0, count), trial);
    return { firm, prefix, steps: trial.steps - before };
  };
  return { atUs: completions[count - 1]!.completedAtUs, witness, steps: trial.steps };
}

function byCompletion(a: Call, b: Call): number {
  return a.completedAtUs - b.completedAtUs || a.index - b.index;
}

/** Asks whether calls can be ordered, within one budget for all questions. */
class Trial {
  readonly model: SearchModel;
  readonly #budget: Budget;
  steps = 0;

  constructor(model: SearchModel, budget: Budget) {
    this.model = model;
    this.#budget = budget;
  }

  /** True only if they certainly cannot: a question beyond the budget is answered by false. */
  isWrong(calls: readonly Call[]): boolean {
    const left = this.#budget.steps - this.steps;
    if (left <= 0) return false;
    const budget = { steps: Math.ceil(left / 2), bytes: this.#budget.bytes };
    const { outcome, steps } = searchOne(calls, this.model, { budget });
    this.steps += steps;
    return outcome === 'not-linearizable';
  }
}

/**
 * The least number of completions that cannot be explained together. Prefixes of a linearizable
 * history are linearizable, so bisection finds it; it starts from what zones show, or next to what
 * the search explained, since that is most often it.
 */
function firstUnexplained(
  calls: readonly Call[],
  completions: readonly Call[],
  trial: Trial,
  known: number,
): number {
  const isWrong = (count: number) =>
    trial.isWrong(prefixOf(calls, completions, count, trial.model));
  let explained = Math.min(known, completions.length - 1);
  let wrong = breachOf(calls, completions, trial.model);
  const near = known > 0 ? explained + 1 : wrong - 1;
  for (let step = 1; wrong - explained > 1; step *= 2) {
    const count = known > 0 ? near + step - 1 : near - step + 1;
    if (count <= explained || count >= wrong) break;
    const found = isWrong(count);
    if (found) wrong = count;
    else explained = count;
    if (found === known > 0) break;
  }
  while (wrong - explained > 1) {
    const middle = (explained + wrong) >>> 1;
    if (isWrong(middle)) wrong = middle;
    else explained = middle;
  }
  return wrong;
}

/** A number of completions that surely cannot all be ordered. */
function breachOf(
  calls: readonly Call[],
  completions: readonly Call[],
  model: SearchModel,
): number {
  const reduced = model.reduce?.(calls) ?? { calls };
  const problem = layOut(reduced.calls, model, new Transitions(model, reduced));
  // The reduction keeps every call that ended.
  if (problem.closed !== completions.length) return completions.length;
  return firstBreach(problem) ?? completions.length;
}

/**
 * The calls as known when the `count`-th completion had come: what was still in progress is open,
 * its output unseen; or seen in hindsight, which lets fewer calls prove as much.
 */
function prefixOf(
  calls: readonly Call[],
  completions: readonly Call[],
  count: number,
  model: SearchModel,
  hindsight = false,
): Call[] {
  const known = new Set<Call>();
  for (let i = 0; i < count; i++) known.add(completions[i]!);
  const untilUs = completions[count - 1]!.completedAtUs;
  const prefix: Call[] = [];
  for (const call of calls) {
    if (call.invokedAtUs > untilUs) continue;
    const output = hindsight ? call.output : undefined;
    if (known.has(call) || call.completedAtUs === Infinity) prefix.push(call);
    else if (!model.readOnly?.(call.f, call.input, output)) {
      prefix.push({ ...call, output, completedAtUs: Infinity });
    }
  }
  return prefix;
}

/** The firm calls that remain when as many as possible are made optional. */
function shrink(prefix: readonly Call[], completions: readonly Call[], trial: Trial): Call[] {
  const isWrong = (firm: readonly Call[]) => isProof(prefix, firm, trial);
  const enough = lastThatAreWrong(completions, isWrong);
  const relevant = relevantTo(enough, prefix, completions, trial.model);
  const few = shrinkFirm(enough, completions, trial.model, (firm) => {
    return isProof(relevant, firm, trial);
  });
  // That what was left out does not matter is likely, and here made sure of.
  return isWrong(few) ? few : shrinkFirm(enough, completions, trial.model, isWrong);
}

/** Whether these calls cannot be ordered when all the others are optional. */
function isProof(prefix: readonly Call[], firm: readonly Call[], trial: Trial): boolean {
  return trial.isWrong(relax(prefix, new Set(firm.map(({ index }) => index)), trial.model));
}

/** The calls that may matter to these firm ones, or may take the place of one of them. */
function relevantTo(
  firm: readonly Call[],
  prefix: readonly Call[],
  completions: readonly Call[],
  model: SearchModel,
): readonly Call[] {
  const relaxed = relax(prefix, new Set(firm.map(({ index }) => index)), model);
  const kept = model.reduce?.(relaxed).calls;
  if (kept === undefined) return prefix;
  const indices = new Set(
    [...kept, ...lateOnes(firm.at(-1)!, completions, model)].map(({ index }) => index),
  );
  return prefix.filter(({ index }) => indices.has(index));
}

function shrinkFirm(
  enough: readonly Call[],
  completions: readonly Call[],
  model: SearchModel,
  isWrong: (firm: readonly Call[]) => boolean,
): Call[] {
  let firm = enough;
  // A story of writes is easier to follow than one of reads: try without the reads first.
  const last = firm.at(-1)!;
  const writes = firm.filter((call) => call === last || !readsOnly(call, model));
  if (writes.length < firm.length && isWrong(writes)) firm = writes;
  for (let size = firm.length >>> 1; size >= 1; size >>>= 1) {
    firm = withoutChunks(firm, size, isWrong);
  }
  firm = withLatest(firm, completions, isWrong, model);
  for (;;) {
    const fewer = withoutChunks(firm, 1, isWrong);
    if (fewer.length === firm.length) return fewer;
    firm = fewer;
  }
}

/** How many late writes, at most, are tried in place of an early one. */
const LATE_MAX = 8;

/**
 * A later write that was over before the last firm call began, in place of an earlier firm one if
 * it proves as much: the shorter the time between them, the plainer the story.
 */
function withLatest(
  firm: readonly Call[],
  completions: readonly Call[],
  isWrong: (firm: readonly Call[]) => boolean,
  model: SearchModel,
): readonly Call[] {
  const last = firm.at(-1)!;
  for (const later of lateOnes(last, completions, model)) {
    if (firm.includes(later)) return firm;
    for (const earlier of firm) {
      if (earlier === last) continue;
      const other = [...firm.filter((call) => call !== earlier), later].sort(byCompletion);
      if (isWrong(other)) return other;
    }
  }
  return firm;
}

/** The latest writes that were over before the last call began, the last first. */
function lateOnes(last: Call, completions: readonly Call[], model: SearchModel): readonly Call[] {
  const late: Call[] = [];
  for (let i = completions.length - 1; i >= 0 && late.length < LATE_MAX; i--) {
    const call = completions[i]!;
    if (call.completedAtUs < last.invokedAtUs && !readsOnly(call, model)) late.push(call);
  }
  return late;
}

/** The last completions: twice as many each time, until they are enough. */
function lastThatAreWrong(
  completions: readonly Call[],
  isWrong: (firm: readonly Call[]) => boolean,
): readonly Call[] {
  for (let size = 1; size < completions.length; size *= 2) {
    const firm = completions.slice(-size);
    if (isWrong(firm)) return firm;
  }
  return completions;
}

/** Leaves out chunks of this size, the oldest first, wherever the rest is still wrong. */
function withoutChunks(
  firm: readonly Call[],
  size: number,
  isWrong: (firm: readonly Call[]) => boolean,
): Call[] {
  let kept = [...firm];
  for (let from = 0; from < kept.length; ) {
    const rest = [...kept.slice(0, from), ...kept.slice(from + size)];
    if (rest.length > 0 && isWrong(rest)) kept = rest;
    else from += size;
  }
  return kept;
}

function readsOnly({ f, input, output }: Call, model: SearchModel): boolean {
  return model.readOnly?.(f, input, output) ?? false;
}
