/**
 * A history split into the objects that can be judged apart: by target and key, and by the parts of
 * an object that operations touch together. A history is linearizable if and only if each object's
 * part is (Herlihy & Wing's locality, 1990); for parts of one object it is Horn & Kroening's
 * P-compositionality (2015).
 */
import type { History, Operation } from '../../sim/history.ts';
import { type Call, callsOf, type SearchModel } from './call.ts';
import type { Part } from './turns.ts';

/** Operations that are judged together. */
export interface ObjectPart extends Part {
  /** The key that the object has in the history, if the model keeps keys apart. */
  readonly key: string | null;
  /** Every operation of the object, of its other parts too. */
  readonly operations: readonly Operation[];
}

interface Shared {
  readonly model: SearchModel;
  readonly key: string | null;
  readonly operations: Operation[];
}

/**
 * Objects in the order in which they were first used. Operations that no model judges are left
 * out.
 */
export function splitByObject(
  history: History,
  modelOf: (operation: Operation) => SearchModel | null,
  objectOf: (operation: Operation) => string,
): ObjectPart[] {
  const objects: Shared[] = [];
  const known = new Map<SearchModel, Map<string, Map<string | null, Shared>>>();
  for (const operation of history) {
    const model = modelOf(operation);
    if (model === null) continue;
    const key = model.byKey ? operation.key : null;
    const ofModel = entry(known, model, () => new Map<string, Map<string | null, Shared>>());
    const ofTarget = entry(ofModel, objectOf(operation), () => new Map<string | null, Shared>());
    const object = ofTarget.get(key);
    if (object !== undefined) object.operations.push(operation);
    else {
      const first: Shared = { model, key, operations: [operation] };
      ofTarget.set(key, first);
      objects.push(first);
    }
  }
  return objects.flatMap((object) =>
    splitCalls(callsOf(object.operations, object.model), object.model).map((calls) => ({
      ...object,
      calls,
    })),
  );
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

/** The calls by what they touch together; all in one where the model does not say. */
function splitCalls(calls: readonly Call[], model: SearchModel): readonly (readonly Call[])[] {
  if (model.partsOf === undefined) return [calls];
  const groups = new Groups();
  const touched: (readonly string[])[] = [];
  for (const { f, input, output } of calls) {
    const parts = model.partsOf(f, input, output);
    if (parts === null) return [calls];
    touched.push(parts);
    for (const part of parts) groups.join(parts[0]!, part);
  }
  const split = new Map<string, Call[]>();
  for (const [i, call] of calls.entries()) {
    const [part] = touched[i]!;
    const group = part === undefined ? '' : groups.of(part);
    const together = split.get(group);
    if (together === undefined) split.set(group, [call]);
    else together.push(call);
  }
  return split.size === 0 ? [calls] : [...split.values()];
}

/** Names that belong together: a forest, each tree a group (Galler & Fischer 1964). */
class Groups {
  readonly #above = new Map<string, string>();

  /** The name that stands for the group. */
  of(name: string): string {
    let root = name;
    for (let above = this.#above.get(root); above !== undefined; above = this.#above.get(root)) {
      root = above;
    }
    for (let at = name; at !== root; ) {
      const above = this.#above.get(at) ?? root;
      this.#above.set(at, root);
      at = above;
    }
    return root;
  }

  join(a: string, b: string): void {
    const root = this.of(a);
    const other = this.of(b);
    if (root !== other) this.#above.set(other, root);
  }
}
