/**
 * Cycles of calls that must come before themselves: the steps of a short one, each with why it must
 * be so. Iterative: histories are longer than stacks are deep.
 */
import type { Lanes } from './lanes.ts';

export type ForcedKind = 'process' | 'wr' | 'ww' | 'rw';

/** One call must come before another, because of a third where there is one. */
export interface Forced {
  readonly from: number;
  readonly to: number;
  readonly kind: ForcedKind;
  /**
   * Of `ww`: the call that found what `to` had set, after `from`. Of `rw`: the call that set what
   * `from` found, before `to`; -1 if that was the initial state. Else -1.
   */
  readonly because: number;
  /** Why the third comes before or after: a path of steps that were known before this one. */
  readonly known: readonly Forced[];
}

/** A step as it was added: what came later cannot be why. */
export interface Added extends Forced {
  readonly number: number;
}

/** How many calls, at most, are tried as the start of a cycle. */
const STARTS_MAX = 32;

/** A cycle that stands on few calls. There must be one. */
export function shortestCycle(
  lanes: Lanes,
  edges: readonly (readonly Added[])[],
): readonly Forced[] {
  const starts = onCycles(lanes, edges);
  let best: readonly Forced[] = [];
  let least = Infinity;
  const stride = Math.max(1, Math.floor(starts.length / STARTS_MAX));
  for (let i = 0; i < starts.length; i += stride) {
    const path = pathTo(lanes, edges, starts[i]!, starts[i]!, Infinity);
    const cycle = path.map((step) => justified(lanes, edges, step));
    const size = cycle.length === 0 ? Infinity : callsOfSteps(cycle).size;
    if (size >= least) continue;
    best = cycle;
    least = size;
  }
  return best;
}

/** The calls that steps stand on. */
export function callsOfSteps(steps: readonly Forced[]): Set<number> {
  const found = new Set<number>();
  const visit = ({ from, to, because, known }: Forced) => {
    found.add(from).add(to);
    if (because >= 0) found.add(because);
    for (const step of known) visit(step);
  };
  for (const step of steps) visit(step);
  return found;
}

/** With why: steps stand only on steps that were added before them, so this ends. */
function justified(
  lanes: Lanes,
  edges: readonly (readonly Added[])[],
  { number, ...step }: Added,
): Forced {
  if (step.because < 0) return step;
  const path =
    step.kind === 'ww'
      ? pathTo(lanes, edges, step.from, step.because, number)
      : pathTo(lanes, edges, step.because, step.to, number);
  return { ...step, known: path.map((one) => justified(lanes, edges, one)) };
}

/** The calls of one cycle: any, found by walking back among those that never came free. */
function onCycles(lanes: Lanes, edges: readonly (readonly Forced[])[]): readonly number[] {
  const total = lanes.calls.length;
  const state = new Uint8Array(total);
  for (let root = 0; root < total; root++) {
    if (state[root] !== 0) continue;
    const stack = [root];
    const cursor = [0];
    state[root] = 1;
    while (stack.length > 0) {
      const o = stack[stack.length - 1]!;
      const at = cursor[cursor.length - 1]!++;
      const before = predecessorOf(lanes, edges, o, at);
      if (before === undefined) {
        state[o] = 2;
        stack.pop();
        cursor.pop();
      } else if (state[before] === 1) return stack.slice(stack.indexOf(before));
      else if (state[before] === 0) {
        state[before] = 1;
        stack.push(before);
        cursor.push(0);
      }
    }
  }
  return [];
}

function predecessorOf(
  { lane, lanes, position }: Lanes,
  edges: readonly (readonly Forced[])[],
  o: number,
  at: number,
): number | undefined {
  const own = edges[o]!;
  if (at < own.length) return own[at]!.from;
  if (at > own.length || position[o] === 0) return undefined;
  return lanes[lane[o]!]![position[o]! - 1];
}

/**
 * A path along steps below a number, or an empty one. Breadth first backwards, steps along a lane
 * for nothing.
 */
function pathTo(
  lanes: Lanes,
  edges: readonly (readonly Added[])[],
  start: number,
  end: number,
  below: number,
): readonly Added[] {
  const via = new Map<number, Added>();
  let current = [end];
  while (current.length > 0) {
    const later: number[] = [];
    while (current.length > 0) {
      const o = current.pop()!;
      for (const edge of edges[o]!) {
        if (edge.number >= below || via.has(edge.from)) continue;
        via.set(edge.from, edge);
        if (edge.from === start) return unwound(via, start, end);
        later.push(edge.from);
      }
      const at = lanes.position[o]!;
      if (at === 0) continue;
      const from = lanes.lanes[lanes.lane[o]!]![at - 1]!;
      if (via.has(from)) continue;
      via.set(from, { from, to: o, kind: 'process', because: -1, known: [], number: -1 });
      if (from === start) return unwound(via, start, end);
      current.push(from);
    }
    current = later;
  }
  return [];
}

function unwound(via: ReadonlyMap<number, Added>, start: number, end: number): readonly Added[] {
  const steps: Added[] = [];
  let o = start;
  do {
    const step = via.get(o)!;
    const last = steps[steps.length - 1];
    if (step.kind === 'process' && last?.kind === 'process') {
      steps[steps.length - 1] = { ...last, to: step.to };
    } else steps.push(step);
    o = step.to;
  } while (o !== end);
  return steps;
}
