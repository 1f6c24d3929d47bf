/**
 * A text that several edit: a replicated growable array (Roh et al. 2011, "Replicated abstract data
 * types: Building blocks for collaborative applications"), as a tree: each character names the one
 * that it was inserted after, and of several after the same one the later insertion comes first.
 * Deleted characters stay as places.
 */
import { type Crdt, mergeMaps, type ReplicaId } from './crdt.ts';

export type Character = {
  /** The name of the character before it when it was inserted; null: the beginning. */
  readonly after: string | null;
  readonly text: string;
  readonly deleted: boolean;
  /** Higher than that of all characters that its replica knew. */
  readonly clock: number;
};

/** By name: `12@kv-1:1`, the clock and the replica. */
export type TextState = { readonly [name: string]: Character };

export const rga: Crdt<TextState> = {
  bottom: {},
  merge: (a, b) =>
    mergeMaps(a, b, (x, y) => (x.deleted || !y.deleted ? x : { ...x, deleted: true })),
};

/** What a name of any text stands for, where deleted characters stay as places. */
type Texts<V> = { readonly [name: string]: V };

export function isHere(state: Texts<unknown>, name: string): boolean {
  return Object.hasOwn(state, name);
}

/** The delta of an insertion, and the names of the new characters in their order. */
export function inserted(
  state: TextState,
  replica: ReplicaId,
  after: string | null,
  text: string,
): { readonly delta: TextState; readonly names: readonly string[] } {
  const delta: { [name: string]: Character } = {};
  const names: string[] = [];
  let clock = Object.values(state).reduce((most, each) => Math.max(most, each.clock), 0);
  let before = after;
  for (const character of text) {
    clock++;
    const name = `${clock}@${replica}`;
    delta[name] = { after: before, text: character, deleted: false, clock };
    names.push(name);
    before = name;
  }
  return { delta, names };
}

/** The delta of a deletion of a character that is here. */
export function deleted<S extends Texts<{ readonly deleted: boolean }>>(state: S, name: string): S {
  const character = state[name];
  return (character === undefined ? {} : { [name]: { ...character, deleted: true } }) as S;
}

/** The names of all characters that are not deleted, in their order. */
export function inOrder(state: TextState): readonly string[] {
  const followers = new Map<string | null, string[]>();
  for (const [name, { after }] of Object.entries(state)) {
    const siblings = followers.get(after);
    if (siblings === undefined) followers.set(after, [name]);
    else siblings.push(name);
  }
  const isLater = (a: string, b: string) => {
    const [x, y] = [state[a] as Character, state[b] as Character];
    return y.clock - x.clock || (a < b ? 1 : -1);
  };
  const names: string[] = [];
  // A stack in place of recursion: a long text is a deep tree.
  const open: string[] = [];
  const push = (parent: string | null) => {
    for (const name of (followers.get(parent) ?? []).sort(isLater).reverse()) open.push(name);
  };
  push(null);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (!(state[name] as Character).deleted) names.push(name);
    push(name);
  }
  return names;
}

export function textOf(state: Texts<{ readonly text: string }>, names: readonly string[]): string {
  return names.map((name) => state[name]?.text).join('');
}
