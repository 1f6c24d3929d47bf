/**
 * The calls of one object, laid out for the search: times become positions in one total order of
 * events, and every call a row of numbers.
 *
 * Closed calls are numbered 0..closed-1 in the order of their invocation; open ones follow, those
 * of one class together and in the order of their invocation. Where two events share a time,
 * invocations come before completions, so that the intervals are closed and calls that touch are
 * concurrent.
 */
import type { Call, SearchModel } from './call.ts';
import type { Transitions } from './transitions.ts';

export interface Problem {
  readonly calls: readonly Call[];
  readonly closed: number;
  readonly open: number;
  readonly initial: number;
  /** Position of the invocation, by call. */
  readonly invoked: Int32Array;
  /** Position of the completion, by closed call. */
  readonly completed: Int32Array;
  /** Closed calls in the order of completion. */
  readonly completions: Int32Array;
  /** Class of each call, for the transitions. */
  readonly kind: Int32Array;
  /** 1 if the call never changes the state; by closed call. */
  readonly pure: Uint8Array;
  /**
   * A bit for each closed call, its own between its invocation and its completion and reused
   * afterwards.
   */
  readonly slot: Int32Array;
  readonly slots: number;
  /** A call of the same class that goes first without loss, or -1. */
  readonly twin: Int32Array;
  /**
   * Open calls of one class: chain c is calls chainStart[c]..chainStart[c+1]-1. By first
   * invocation.
   */
  readonly chainStart: Int32Array;
  /** The state that the call needs, and the one it sets, or -1; null if the model does not say. */
  readonly needs: Int32Array | null;
  readonly sets: Int32Array | null;
}

/** Lays the calls out. Interns their classes and the states they name in `transitions`. */
export function layOut(
  calls: readonly Call[],
  model: SearchModel,
  transitions: Transitions,
): Problem {
  const order = byInvocation(calls);
  const total = order.length;
  const kinds = new Int32Array(total);
  for (let i = 0; i < total; i++) kinds[i] = transitions.classOf(order[i]!);
  const { ids, closed, chainStart } = numbersOf(order, kinds);
  const all = new Array<Call>(total);
  const kind = new Int32Array(total);
  const pure = new Uint8Array(closed);
  for (let i = 0; i < total; i++) {
    const id = ids[i]!;
    const call = order[i]!;
    all[id] = call;
    kind[id] = kinds[i]!;
    if (id < closed && model.readOnly?.(call.f, call.input, call.output)) pure[id] = 1;
  }
  const { invoked, completed, completions } = positions(order, ids, all, closed);
  const { slot, slots } = slotsOf(invoked, completed, completions, closed);
  return {
    calls: all,
    closed,
    open: total - closed,
    initial: transitions.initial,
    invoked,
    completed,
    completions,
    kind,
    pure,
    slot,
    slots,
    twin: twinsOf(kind, pure, invoked, completed, closed),
    chainStart,
    ...effectsOf(all, model, transitions),
  };
}

function byInvocation(calls: readonly Call[]): readonly Call[] {
  for (let i = 1; i < calls.length; i++) {
    if (calls[i - 1]!.invokedAtUs > calls[i]!.invokedAtUs) {
      return [...calls].sort((a, b) => a.invokedAtUs - b.invokedAtUs || a.index - b.index);
    }
  }
  return calls;
}

/** The number of each call in this order: closed ones first, then the open ones, chain by chain. */
function numbersOf(
  order: readonly Call[],
  kinds: Int32Array,
): { ids: Int32Array; closed: number; chainStart: Int32Array } {
  const ids = new Int32Array(order.length);
  const chains = new Map<number, number[]>();
  let closed = 0;
  for (let i = 0; i < order.length; i++) {
    if (order[i]!.completedAtUs !== Infinity) {
      ids[i] = closed++;
      continue;
    }
    const chain = chains.get(kinds[i]!);
    if (chain === undefined) chains.set(kinds[i]!, [i]);
    else chain.push(i);
  }
  const chainStart = new Int32Array(chains.size + 1);
  let next = closed;
  let c = 0;
  for (const chain of chains.values()) {
    chainStart[c++] = next;
    for (const i of chain) ids[i] = next++;
  }
  chainStart[c] = next;
  return { ids, closed, chainStart };
}

/** Places in the total order of events; of those that share a time, invocations come first. */
function positions(
  order: readonly Call[],
  ids: Int32Array,
  all: readonly Call[],
  closed: number,
): Pick<Problem, 'invoked' | 'completed' | 'completions'> {
  const atUs = new Float64Array(closed);
  const completions = new Int32Array(closed);
  for (let id = 0; id < closed; id++) {
    atUs[id] = all[id]!.completedAtUs;
    completions[id] = id;
  }
  completions.sort((a, b) => atUs[a]! - atUs[b]! || a - b);
  const invoked = new Int32Array(order.length);
  const completed = new Int32Array(closed);
  let next = 0;
  let position = 0;
  for (let r = 0; r < closed; r++) {
    const done = completions[r]!;
    while (next < order.length && order[next]!.invokedAtUs <= atUs[done]!) {
      invoked[ids[next++]!] = position++;
    }
    completed[done] = position++;
  }
  while (next < order.length) invoked[ids[next++]!] = position++;
  return { invoked, completed, completions };
}

/** Interval colouring: no two calls in progress at once share a slot. */
function slotsOf(
  invoked: Int32Array,
  completed: Int32Array,
  completions: Int32Array,
  closed: number,
): { slot: Int32Array; slots: number } {
  const slot = new Int32Array(closed);
  const free: number[] = [];
  let slots = 0;
  let r = 0;
  for (let i = 0; i < closed; i++) {
    while (r < closed && completed[completions[r]!]! < invoked[i]!) {
      free.push(slot[completions[r++]!]!);
    }
    slot[i] = free.pop() ?? slots++;
  }
  return { slot, slots };
}

/**
 * Of two calls of one class, e and l, where e is invoked no later and completed no later than l, e
 * may as well go first: in an order that has l first, swap them. Each of them still lies within its
 * interval, and the states are the same. If the order leaves e out, e is open, so l is too and e
 * can take its place. Each swap removes at least one inversion among the calls of the class, so all
 * the pairs may be demanded at once.
 *
 * Open calls of one class follow each other in their chain; here the last closed call before each
 * is named, and for a closed call the last to complete of those concurrent with it.
 */
function twinsOf(
  kind: Int32Array,
  pure: Uint8Array,
  invoked: Int32Array,
  completed: Int32Array,
  closed: number,
): Int32Array {
  const twin = new Int32Array(kind.length).fill(-1);
  const ofKind = new Map<number, number[]>();
  for (let i = 0; i < closed; i++) {
    if (pure[i] === 1) continue;
    const before = ofKind.get(kind[i]!);
    if (before === undefined) {
      ofKind.set(kind[i]!, [i]);
      continue;
    }
    twin[i] = lastCompleted(before, completed, completed[i]!);
    before.push(i);
  }
  for (let i = closed; i < kind.length; i++) {
    const sameKind = ofKind.get(kind[i]!);
    if (sameKind === undefined) continue;
    const before = sameKind.filter((other) => invoked[other]! < invoked[i]!);
    twin[i] = lastCompleted(before, completed, Infinity);
  }
  return twin;
}

function lastCompleted(calls: readonly number[], completed: Int32Array, before: number): number {
  let last = -1;
  for (const call of calls) {
    const at = completed[call]!;
    if (at < before && (last < 0 || at > completed[last]!)) last = call;
  }
  return last;
}

function effectsOf(
  all: readonly Call[],
  model: SearchModel,
  transitions: Transitions,
): { needs: Int32Array | null; sets: Int32Array | null } {
  if (model.effect === undefined) return { needs: null, sets: null };
  const needs = new Int32Array(all.length).fill(-1);
  const sets = new Int32Array(all.length).fill(-1);
  for (let i = 0; i < all.length; i++) {
    const { f, input, output } = all[i]!;
    const effect = model.effect(f, input, output);
    if (effect === null) return { needs: null, sets: null };
    if (effect.needs !== undefined) needs[i] = transitions.stateOf(effect.needs);
    if (effect.sets !== undefined) sets[i] = transitions.stateOf(effect.sets);
  }
  return { needs, sets };
}
