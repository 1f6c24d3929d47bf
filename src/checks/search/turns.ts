/**
 * Searches of independent objects, taken in turns: a history is linearizable if and only if each
 * object's part is (see `objects.ts`).
 *
 * Each turn gives every undecided search the same number of steps, twice as many as the turn
 * before, so that a part that is plainly wrong never waits for a hard one.
 */
import type { Call, Reduced, SearchModel } from './call.ts';
import { LinearizationSearch } from './linearization.ts';
import { layOut, type Problem } from './problem.ts';
import { Transitions } from './transitions.ts';
import type { Memory } from './visited.ts';
import { judgeByZones } from './zones.ts';

const FIRST_SLICE = 2048;

/** What a check may spend, whatever the host: so that verdicts are the same everywhere. */
export interface Budget {
  /** Calls tried on states, over all searches. */
  readonly steps: number;
  /** Memory for visited configurations, over all searches. */
  readonly bytes: number;
}

/** A second or two of one core. */
export const DEFAULT_BUDGET: Budget = { steps: 50_000_000, bytes: 192 * 1024 * 1024 };

/** How one part came out. `undecided`: a budget ran out. */
export interface PartOutcome {
  readonly outcome: 'linearizable' | 'not-linearizable' | 'undecided';
  readonly steps: number;
  readonly configurations: number;
  /** At least this many completions, in order of time, can be explained. */
  readonly explained: number;
  /**
   * If the search found one: the calls, by index, in an order that explains the part. Calls that do
   * not matter are missing. Null where the verdict came without an order.
   */
  readonly order: readonly number[] | null;
}

/** How to search. */
export interface SearchOptions {
  readonly budget?: Budget;
  /** False searches even where a verdict is to be had without. Default true. */
  readonly zones?: boolean;
}

/** One object, or one key of it, and what was done to it. */
export interface Part {
  readonly calls: readonly Call[];
  readonly model: SearchModel;
}

/** Searches every part; stops after the turn in which one of them turned out wrong. */
export function searchInTurns(parts: readonly Part[], options: SearchOptions = {}): PartOutcome[] {
  const { budget = DEFAULT_BUDGET, zones = true } = options;
  const memory: Memory = { wordsLeft: Math.floor(budget.bytes / 4) };
  const started = parts.map((part) => start(part, memory, zones));
  let left = budget.steps;
  let wrong = started.some(({ judged }) => judged === false);
  let running = !wrong;
  for (let slice = FIRST_SLICE; running && !wrong && left > 0; slice *= 2) {
    running = false;
    for (const { search } of started) {
      if (search === null || search.state !== 'running' || left <= 0) continue;
      const before = search.steps;
      const state = search.run(Math.min(slice, left));
      left -= search.steps - before;
      if (state === 'not-linearizable') wrong = true;
      if (state === 'running') running = true;
    }
  }
  return started.map(outcomeOf);
}

/** One part alone. */
export function searchOne(
  calls: readonly Call[],
  model: SearchModel,
  options: SearchOptions = {},
): PartOutcome {
  return searchInTurns([{ calls, model }], options)[0]!;
}

interface Started {
  /** How many calls were looked at, and how many of them ended. */
  readonly calls: number;
  readonly closed: number;
  /** Null if the verdict was to be had from the calls as they are. */
  readonly problem: Problem | null;
  /** The verdict, if it was to be had without a search. */
  readonly judged: boolean | null;
  readonly search: LinearizationSearch | null;
}

function start({ calls, model }: Part, memory: Memory, zones: boolean): Started {
  const reduced: Reduced<unknown> = model.reduce?.(calls) ?? { calls };
  if (zones) {
    const judged = model.decide?.(reduced.calls) ?? judgeSequence(reduced.calls, model);
    if (judged !== null) return { ...sizeOf(reduced.calls), problem: null, judged, search: null };
  }
  const transitions = new Transitions(model, reduced);
  const problem = layOut(reduced.calls, model, transitions);
  const judged = zones ? judgeByZones(problem) : null;
  const search = judged === null ? new LinearizationSearch(problem, transitions, memory) : null;
  return { calls: problem.calls.length, closed: problem.closed, problem, judged, search };
}

function sizeOf(calls: readonly Call[]): { calls: number; closed: number } {
  const closed = calls.filter(({ completedAtUs }) => completedAtUs !== Infinity).length;
  return { calls: calls.length, closed };
}

/** Beyond this the search is as fast. */
const SHORT = 256;

/** The verdict on a few calls that came one after another: they have one order. Else null. */
function judgeSequence(calls: readonly Call[], model: SearchModel): boolean | null {
  if (calls.length > SHORT) return null;
  let doneUs = -Infinity;
  for (const { invokedAtUs, completedAtUs } of calls) {
    if (invokedAtUs <= doneUs || completedAtUs === Infinity) return null;
    doneUs = completedAtUs;
  }
  let state: unknown = model.init();
  for (const { f, input, output } of calls) {
    state = model.step(state, f, input, output);
    if (state === null) return false;
  }
  return true;
}

function outcomeOf({ calls, closed, problem, judged, search }: Started): PartOutcome {
  if (search === null || problem === null) {
    return {
      outcome: judged === true ? 'linearizable' : 'not-linearizable',
      steps: calls,
      configurations: 0,
      explained: judged === true ? closed : 0,
      order: null,
    };
  }
  const { state, steps, configurations, reached } = search;
  return {
    outcome: state === 'linearizable' || state === 'not-linearizable' ? state : 'undecided',
    steps,
    configurations,
    explained: reached,
    order:
      state === 'linearizable'
        ? Array.from(search.order, (call) => problem.calls[call]!.index)
        : null,
  };
}
