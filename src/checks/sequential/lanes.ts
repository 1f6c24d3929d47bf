/**
 * The operations of a history as the search for a sequential order sees them: in *lanes*, one for
 * the operations of a process, in their order, and one for each open operation, which may take
 * effect after whatever its client did next, or never. All objects and keys together: histories
 * that are sequentially consistent one by one need not be so together.
 */
import type { History, Operation } from '../../sim/history.ts';
import { type Call, callsOf, type SearchModel } from '../search/call.ts';
import { Transitions } from '../search/transitions.ts';

/** One object, or one key of it: its own state. */
export interface LanePart {
  readonly key: string | null;
  readonly operations: readonly Operation[];
  readonly calls: readonly Call[];
}

export interface Lanes {
  readonly model: SearchModel;
  readonly calls: readonly Call[];
  /** Closed calls are 0..closed-1, in the order of the history; open ones follow. */
  readonly closed: number;
  readonly parts: readonly LanePart[];
  readonly part: Int32Array;
  readonly transitions: readonly Transitions[];
  /** Class of each call in the transitions of its part. */
  readonly kind: Int32Array;
  /** 1 if the call never changes the state; by closed call. */
  readonly pure: Uint8Array;
  /** Those of the processes first; then one for each open call, in their order. */
  readonly lanes: readonly Int32Array[];
  readonly lane: Int32Array;
  readonly position: Int32Array;
  /** The call of the same process that must come before this open one, or -1. */
  readonly after: Int32Array;
  /** The state of its part that the call needs, sets; -1 where the model says nothing of it. */
  readonly needs: Int32Array;
  readonly sets: Int32Array;
  /** Whether the model says so of every call; if not, needs and sets are all -1. */
  readonly effects: boolean;
}

/** The parts of a history: by object, and by key where keys are independent to the model. */
export function partsOf(
  history: History,
  model: SearchModel,
  objectOf: (operation: Operation) => string = () => '',
): LanePart[] {
  const byName = new Map<string, Operation[]>();
  for (const operation of history) {
    const name = JSON.stringify([objectOf(operation), model.byKey ? operation.key : null]);
    const others = byName.get(name);
    if (others === undefined) byName.set(name, [operation]);
    else others.push(operation);
  }
  return Array.from(byName.values(), (operations) => {
    const key = model.byKey ? (operations[0]?.key ?? null) : null;
    return { key, operations, calls: withoutUnwanted(callsOf(operations, model), model) };
  });
}

/**
 * Without open calls that set a state that nobody needs. In any order that has such a call nothing
 * fits between it and the next change of state, unless some call observes what the state is *not*.
 */
function withoutUnwanted(calls: readonly Call[], model: SearchModel): readonly Call[] {
  const { effect } = model;
  if (effect === undefined) return calls;
  const of = (call: Call) => effect.call(model, call.f, call.input, call.output);
  const wanted = new Set<string | number>();
  const open = calls.filter(({ completedAtUs }) => completedAtUs === Infinity);
  const isUntold = (call: Call) => of(call)?.refutes !== undefined || of(call) === null;
  if (open.length === 0 || calls.some(isUntold)) return calls;
  const want = (call: Call) => {
    const needs = of(call)?.needs;
    if (needs !== undefined) wanted.add(model.identify(needs));
  };
  for (const call of calls) if (call.completedAtUs !== Infinity) want(call);
  const kept = new Set<Call>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const call of open) {
      const sets = of(call)?.sets;
      if (kept.has(call) || (sets !== undefined && !wanted.has(model.identify(sets)))) continue;
      kept.add(call);
      want(call);
      grew = true;
    }
  }
  return calls.filter((call) => call.completedAtUs !== Infinity || kept.has(call));
}

/** Lays the calls of all parts out. `optional` calls are taken for open ones. */
export function layLanes(
  parts: readonly LanePart[],
  model: SearchModel,
  optional: ReadonlySet<number> = new Set(),
): Lanes {
  const isOpen = (call: Call) => call.completedAtUs === Infinity || optional.has(call.index);
  const entries = parts.flatMap((part, p) => {
    const process = new Map(part.operations.map((o) => [o.index, o.process]));
    return part.calls.flatMap((call) => {
      if (isOpen(call) && model.readOnly?.(call.f, call.input, call.output)) return [];
      return [{ call, part: p, process: process.get(call.index)!, open: isOpen(call) }];
    });
  });
  entries.sort((a, b) => Number(a.open) - Number(b.open) || a.call.index - b.call.index);
  const total = entries.length;
  const closed = entries.filter(({ open }) => !open).length;
  const transitions = parts.map(({ calls }) => new Transitions(model, { calls }));
  const lanes: Lanes = {
    model,
    calls: entries.map(({ call }) => call),
    closed,
    parts,
    part: Int32Array.from(entries, ({ part }) => part),
    transitions,
    kind: new Int32Array(total),
    pure: new Uint8Array(closed),
    lanes: [],
    lane: new Int32Array(total),
    position: new Int32Array(total),
    after: new Int32Array(total).fill(-1),
    needs: new Int32Array(total).fill(-1),
    sets: new Int32Array(total).fill(-1),
    effects: entries.every(({ call }) => model.effect?.(call.f, call.input, call.output) != null),
  };
  const processes = chain(lanes, entries);
  for (let o = 0; o < total; o++) interpret(lanes, o);
  return { ...lanes, lanes: processes };
}

function chain(
  { lane, position, after, closed }: Lanes,
  entries: readonly { readonly call: Call; readonly process: number }[],
): readonly Int32Array[] {
  const numbers = new Map<number, number>();
  const lists: number[][] = [];
  for (let o = 0; o < closed; o++) {
    const { process } = entries[o]!;
    let number = numbers.get(process);
    if (number === undefined) {
      number = lists.length;
      numbers.set(process, number);
      lists.push([]);
    }
    lane[o] = number;
    position[o] = lists[number]!.length;
    lists[number]!.push(o);
  }
  for (let o = closed; o < entries.length; o++) {
    const { process, call } = entries[o]!;
    const own = lists[numbers.get(process) ?? -1] ?? [];
    after[o] = own.findLast((other) => entries[other]!.call.index < call.index) ?? -1;
    lane[o] = lists.length;
    lists.push([o]);
  }
  return lists.map((list) => Int32Array.from(list));
}

function interpret(lanes: Lanes, o: number): void {
  const { model, calls, part, transitions, kind, pure, needs, sets } = lanes;
  const call = calls[o]!;
  const own = transitions[part[o]!]!;
  kind[o] = own.classOf(call);
  if (o < pure.length && model.readOnly?.(call.f, call.input, call.output)) pure[o] = 1;
  if (!lanes.effects) return;
  const effect = model.effect?.(call.f, call.input, call.output);
  if (effect?.needs !== undefined) needs[o] = own.stateOf(effect.needs);
  if (effect?.sets !== undefined) sets[o] = own.stateOf(effect.sets);
}
