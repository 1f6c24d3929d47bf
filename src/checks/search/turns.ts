/**
 * Searches of independent objects, taken in turns: a history is linearizable if and only if each object's part is
 * (Herlihy & Wing's locality, 1990; by key of a map it is Horn & Kroening's P-compositionality, 2015).
 *
 * Each turn gives every undecided search the same number of steps, twice as many as the turn before, so that a part
 * that is plainly wrong never waits for a hard one.
 */
import type { Call, Reduced, SearchModel } from './call.ts';
import { LinearizationSearch } from './linearization.ts';
import { layOut } from './problem.ts';
import { Transitions } from './transitions.ts';
import type { Memory } from './visited.ts';

const FIRST_SLICE = 2048;

/** What a check may spend, whatever the host: so that verdicts are the same everywhere. */
export interface Budget {
  /** Calls tried on states, over all searches. */
  readonly steps: number;
  /** Memory for visited configurations, over all searches. */
  readonly bytes: number;
}

/** A second or two of one core. */
export const DEFAULT_BUDGET: Budget = { steps: 30_000_000, bytes: 192 * 1024 * 1024 };

/** How one part came out. `undecided`: a budget ran out. */
export interface PartOutcome {
  readonly outcome: 'linearizable' | 'not-linearizable' | 'undecided';
  readonly steps: number;
  readonly configurations: number;
  /** The number of completions, in order of time, that were explained at least, and of all that had to be. */
  readonly explained: number;
  readonly completions: number;
  /** If linearizable: calls, by index, in an order that explains the part. Calls that do not matter may be missing. */
  readonly order: readonly number[];
}

/** Searches every part; stops after the turn in which one of them turned out wrong. */
export function searchInTurns(
  parts: readonly (readonly Call[])[],
  model: SearchModel,
  budget: Budget = DEFAULT_BUDGET,
): PartOutcome[] {
  const memory: Memory = { wordsLeft: Math.floor(budget.bytes / 4) };
  const searches = parts.map((calls) => startSearch(calls, model, memory));
  let left = budget.steps;
  let wrong = false;
  let running = searches.length > 0;
  for (let slice = FIRST_SLICE; running && !wrong && left > 0; slice *= 2) {
    running = false;
    for (const { search } of searches) {
      if (search.state !== 'running' || left <= 0) continue;
      const before = search.steps;
      const state = search.run(Math.min(slice, left));
      left -= search.steps - before;
      if (state === 'not-linearizable') wrong = true;
      if (state === 'running') running = true;
    }
  }
  return searches.map(outcomeOf);
}

/** One part alone. */
export function searchOne(calls: readonly Call[], model: SearchModel, budget: Budget): PartOutcome {
  return searchInTurns([calls], model, budget)[0]!;
}

interface Started {
  readonly search: LinearizationSearch;
  readonly calls: readonly Call[];
}

function startSearch(calls: readonly Call[], model: SearchModel, memory: Memory): Started {
  const reduced: Reduced<unknown> = model.reduce?.(calls) ?? { calls };
  const transitions = new Transitions(model, reduced);
  const problem = layOut(reduced.calls, model, transitions);
  return { search: new LinearizationSearch(problem, transitions, memory), calls: problem.calls };
}

function outcomeOf({ search, calls }: Started): PartOutcome {
  const { state } = search;
  return {
    outcome: state === 'linearizable' || state === 'not-linearizable' ? state : 'undecided',
    steps: search.steps,
    configurations: search.configurations,
    explained: search.reached,
    completions: search.levels,
    order: Array.from(search.order, (call) => calls[call]!.index),
  };
}
