/**
 * Verdicts without a search, in O(n log n), for registers whose values are all different: Gibbons &
 * Korach, "Testing shared memories" (1997), on the case where each value is written once, so that a
 * read shows which write it saw.
 *
 * The *cluster* of a value is the call that sets it and those that need it. While the last of them
 * is to come the state stays, so a linearization puts whole clusters one after another. The *zone*
 * of a cluster lies between its first completion f and its last invocation s. If f < s the zone is
 * *forward*: something of the cluster is over before something of it begins, and the value is in
 * force from f to s. Else it is *backward*, and all of the cluster can happen at one moment of
 * s..f. In every order
 * 1. no call that needs a value completes before the one that sets it is invoked,
 * 2. no two forward zones overlap,
 * 3. no backward zone lies within a forward one, and
 * 4. no two calls replace the same value.
 * With reads and writes alone these suffice: take forward zones in their order and each backward
 * one at a moment outside of them. With compare-and-sets, which tie one cluster to the next, or
 * values set more than once, which are left out here, a breach is still proof, but the absence of
 * one is not.
 */
import type { Problem } from './problem.ts';

/**
 * False if the calls are not linearizable, true if they are; null if only a search can tell. Until
 * a position in the order of events, if one is given: what was in progress then is open.
 */
export function judgeByZones(problem: Problem, until = Infinity): boolean | null {
  if (problem.needs === null || problem.sets === null) return null;
  const clusters = new Clusters(problem, problem.needs, problem.sets, until);
  if (clusters.impossible || !isDisjoint(clusters)) return false;
  return clusters.exact ? true : null;
}

/**
 * How many completions, in their order, it takes until zones show that the calls are not
 * linearizable; null if they do not show it.
 */
export function firstBreach(problem: Problem): number | null {
  const { completions, completed, closed } = problem;
  if (judgeByZones(problem) !== false) return null;
  let fine = 0;
  let wrong = closed;
  while (wrong - fine > 1) {
    const middle = (fine + wrong) >>> 1;
    if (judgeByZones(problem, completed[completions[middle - 1]!]!) === false) wrong = middle;
    else fine = middle;
  }
  return wrong;
}

function isDisjoint({ count, first, last }: Clusters): boolean {
  const forward: number[] = [];
  for (let c = 0; c < count; c++) if (first[c]! < last[c]!) forward.push(c);
  forward.sort((a, b) => first[a]! - first[b]! || a - b);
  for (let i = 1; i < forward.length; i++) {
    if (first[forward[i]!]! < last[forward[i - 1]!]!) return false;
  }
  for (let c = 0; c < count; c++) {
    if (first[c]! < last[c]!) continue;
    const around = lastBefore(forward, first, last[c]!);
    if (around >= 0 && first[c]! < last[around]!) return false;
  }
  return true;
}

/** The last forward zone that starts before this position, or -1; they are sorted and disjoint. */
function lastBefore(forward: readonly number[], first: Float64Array, position: number): number {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (first[forward[middle]!]! < position) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : forward[low - 1]!;
}

/** Stands for whatever made the initial value, before all calls. */
const BEFORE_ALL = -2;
const SEVERAL = -3;

class Clusters {
  count = 0;
  /** Position of the first completion in the cluster, and of the last invocation. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  /** Whether zones settle it, if there is no breach. */
  exact = true;
  /** A value that nobody sets, or in time, or that was replaced twice. */
  impossible = false;

  readonly #until: number;

  constructor(problem: Problem, needs: Int32Array, sets: Int32Array, until: number) {
    const { closed, open } = problem;
    this.#until = until;
    // One for each call that sets a value, and one for the initial value.
    this.first = new Float64Array(closed + open + 1);
    this.last = new Float64Array(closed + open + 1);
    const setters = this.#settersOf(problem, needs, sets);
    const clusterOf = this.#start(problem, sets);
    this.#addNeeds(problem, needs, sets, setters, clusterOf);
  }

  /** Who sets each needed state: a call, BEFORE_ALL, or SEVERAL. */
  #settersOf(problem: Problem, needs: Int32Array, sets: Int32Array): Map<number, number> {
    const { closed, open, invoked, completed, pure, initial } = problem;
    const until = this.#until;
    const setters = new Map<number, number>();
    const needed = new Set<number>();
    for (let o = 0; o < closed; o++) {
      if (needs[o]! >= 0 && completed[o]! <= until) needed.add(needs[o]!);
    }
    if (needed.has(initial)) setters.set(initial, BEFORE_ALL);
    for (let o = 0; o < closed + open; o++) {
      if (invoked[o]! > until) continue;
      const state = sets[o]!;
      // Zones know of calls that only read or only write.
      if (state < 0 ? needs[o]! < 0 : needs[o]! >= 0) this.exact = false;
      if (o < closed && pure[o] === 1 && state >= 0) this.exact = false;
      if (state < 0 || !needed.has(state)) continue;
      if (setters.has(state)) this.exact = false;
      setters.set(state, setters.has(state) ? SEVERAL : o);
    }
    return setters;
  }

  /**
   * A cluster for each call that sets a value, alone so far; the last one is the initial value's.
   */
  #start(problem: Problem, sets: Int32Array): Int32Array {
    const { closed, open, invoked, completed } = problem;
    const clusterOf = new Int32Array(closed + open).fill(-1);
    for (let o = 0; o < closed + open; o++) {
      if (sets[o]! < 0 || invoked[o]! > this.#until) continue;
      const c = this.count++;
      clusterOf[o] = c;
      this.first[c] = o < closed && completed[o]! <= this.#until ? completed[o]! : Infinity;
      this.last[c] = invoked[o]!;
    }
    const initial = this.count++;
    this.first[initial] = -1;
    this.last[initial] = -2;
    return clusterOf;
  }

  #addNeeds(
    problem: Problem,
    needs: Int32Array,
    sets: Int32Array,
    setters: ReadonlyMap<number, number>,
    clusterOf: Int32Array,
  ): void {
    const { closed, invoked, completed } = problem;
    const replaced = new Set<number>();
    for (let o = 0; o < closed; o++) {
      const state = needs[o]!;
      if (state < 0 || completed[o]! > this.#until) continue;
      const setter = setters.get(state);
      if (setter === SEVERAL) continue;
      const replaces = sets[o]! >= 0 && sets[o] !== state;
      const late = setter !== undefined && setter >= 0 && completed[o]! < invoked[setter]!;
      if (setter === undefined || late || (replaces && replaced.has(state))) {
        this.impossible = true;
        return;
      }
      if (replaces) replaced.add(state);
      const c = setter === BEFORE_ALL ? this.count - 1 : clusterOf[setter]!;
      this.first[c] = Math.min(this.first[c]!, completed[o]!);
      this.last[c] = Math.max(this.last[c]!, invoked[o]!);
    }
  }
}
