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
  for (let i = 0; i < total; i++) {
    const id = ids[i]!;
    all[id] = order[i]!;
    kind[id] = kinds[i]!;
  }
  const pure = pureOf(kind, closed, model, transitions);
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
    twin: twinsOf(ids, kind, pure, invoked, completed, transitions.classes),
    chainStart,
    ...effectsOf(kind, model, transitions),
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
  sortByTime(completions, atUs);
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

/** Below this, numbers that are nearly in order are sorted by insertion. */
const FEW = 512;

function sortByTime(numbers: Int32Array, atUs: Float64Array): void {
  if (numbers.length > FEW) {
    numbers.sort((a, b) => atUs[a]! - atUs[b]! || a - b);
    return;
  }
  for (let i = 1; i < numbers.length; i++) {
    const number = numbers[i]!;
    const time = atUs[number]!;
    let to = i;
    for (; to > 0 && atUs[numbers[to - 1]!]! > time; to--) numbers[to] = numbers[to - 1]!;
    numbers[to] = number;
  }
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
 * Here the last to complete of those before is named. One that was over before the call was invoked
 * is done before it anyway, so that only calls in progress at once need be looked at.
 */
function twinsOf(
  ids: Int32Array,
  kind: Int32Array,
  pure: Uint8Array,
  invoked: Int32Array,
  completed: Int32Array,
  classes: number,
): Int32Array {
  const closed = completed.length;
  const twin = new Int32Array(kind.length).fill(-1);
  // By class, the closed calls that may be in progress, from the last invoked back.
  const lastOfKind = new Int32Array(classes).fill(-1);
  const earlier = new Int32Array(closed);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const k = kind[id]!;
    if (id < closed && pure[id] === 1) continue;
    const before = id < closed ? completed[id]! : Infinity;
    let best = -1;
    let kept = -1;
    for (let other = lastOfKind[k]!; other >= 0; other = earlier[other]!) {
      const at = completed[other]!;
      if (at < invoked[id]!) {
        if (kept < 0) lastOfKind[k] = earlier[other]!;
        else earlier[kept] = earlier[other]!;
        continue;
      }
      kept = other;
      if (at < before && (best < 0 || at > completed[best]!)) best = other;
    }
    twin[id] = best;
    if (id >= closed) continue;
    earlier[id] = lastOfKind[k]!;
    lastOfKind[k] = id;
  }
  return twin;
}

function pureOf(
  kind: Int32Array,
  closed: number,
  model: SearchModel,
  transitions: Transitions,
): Uint8Array {
  const pure = new Uint8Array(closed);
  if (model.readOnly === undefined) return pure;
  const ofClass = new Uint8Array(transitions.classes);
  for (let k = 0; k < ofClass.length; k++) {
    const { f, input, output } = transitions.exampleOf(k);
    if (model.readOnly(f, input, output)) ofClass[k] = 1;
  }
  for (let i = 0; i < closed; i++) pure[i] = ofClass[kind[i]!]!;
  return pure;
}

function effectsOf(
  kind: Int32Array,
  model: SearchModel,
  transitions: Transitions,
): { needs: Int32Array | null; sets: Int32Array | null } {
  if (model.effect === undefined) return { needs: null, sets: null };
  const classes = transitions.classes;
  const needsOf = new Int32Array(classes).fill(-1);
  const setsOf = new Int32Array(classes).fill(-1);
  for (let k = 0; k < classes; k++) {
    const { f, input, output } = transitions.exampleOf(k);
    const effect = model.effect(f, input, output);
    if (effect === null) return { needs: null, sets: null };
    if (effect.needs !== undefined) needsOf[k] = transitions.stateOf(effect.needs);
    if (effect.sets !== undefined) setsOf[k] = transitions.stateOf(effect.sets);
  }
  const needs = new Int32Array(kind.length);
  const sets = new Int32Array(kind.length);
  for (let i = 0; i < kind.length; i++) {
    needs[i] = needsOf[kind[i]!]!;
    sets[i] = setsOf[kind[i]!]!;
  }
  return { needs, sets };
}
