/**
 * What one node keeps on its disk: its copies of keys, and hints for silent nodes in a place of
 * their own (Dynamo, section 4.6).
 */
import type { NodeId, Plain, Storage } from '../../../sim/node.ts';
import {
  NOTHING_WRITTEN,
  type SiblingSet,
  sameSet,
  type VersionScheme,
} from '../../parts/sibling-set.ts';

const COPY = 'copy/';
const HINT = 'hint/';

export interface Hint {
  readonly key: string;
  readonly set: SiblingSet;
  /** More with every change. */
  readonly number: number;
}

type StoredHint = { readonly set: SiblingSet; readonly number: number };

export class Replica {
  readonly #storage: Storage;
  readonly #scheme: VersionScheme;
  readonly #copies = new Map<string, SiblingSet>();
  /** By node, by key. */
  readonly #hints = new Map<NodeId, Map<string, Hint>>();
  #hintNumber = 0;
  #hintCount = 0;

  constructor(storage: Storage, scheme: VersionScheme) {
    this.#storage = storage;
    this.#scheme = scheme;
    for (const name of storage.keys()) {
      const value = storage.get(name);
      if (name.startsWith(COPY)) this.#copies.set(name.slice(COPY.length), value as SiblingSet);
      if (name.startsWith(HINT)) this.#restoreHint(name, value as StoredHint);
    }
  }

  /** What it knows of a key, as a copy or as hints: what it answers a read with. */
  held(key: string): SiblingSet {
    let held = this.copy(key);
    for (const hints of this.#hints.values()) {
      const hint = hints.get(key);
      if (hint !== undefined) held = this.#scheme.merge(held, hint.set);
    }
    return held;
  }

  copy(key: string): SiblingSet {
    return this.#copies.get(key) ?? NOTHING_WRITTEN;
  }

  /** The keys of its copies, in the order first written. */
  keys(): IterableIterator<string> {
    return this.#copies.keys();
  }

  /** Merges into its copy; writes nothing if it knew all that. */
  merge(key: string, set: SiblingSet): void {
    const held = this.copy(key);
    const merged = this.#scheme.merge(held, set);
    if (!sameSet(merged, held)) this.put(key, merged);
  }

  put(key: string, set: SiblingSet): void {
    this.#copies.set(key, set);
    this.#storage.set(COPY + key, set as Plain);
  }

  /** Forgets a key altogether. */
  drop(key: string): void {
    this.#copies.delete(key);
    this.#storage.delete(COPY + key);
  }

  // --- Hints ------------------------------------------------------------------------------------

  keepHint(node: NodeId, key: string, set: SiblingSet): void {
    const hints = this.#hintsFor(node);
    const before = hints.get(key);
    if (before === undefined) this.#hintCount++;
    const merged = before === undefined ? set : this.#scheme.merge(before.set, set);
    this.#hintNumber++;
    const number = this.#hintNumber;
    hints.set(key, { key, set: merged, number });
    this.#storage.set(hintName(node, key), { set: merged, number } as Plain);
  }

  hintsFor(node: NodeId): readonly Hint[] {
    return [...(this.#hints.get(node)?.values() ?? [])];
  }

  /** The node has taken the hint, unless it has become more since. */
  dropHint(node: NodeId, key: string, number: number): boolean {
    const hints = this.#hints.get(node);
    if (hints?.get(key)?.number !== number) return false;
    hints.delete(key);
    this.#hintCount--;
    this.#storage.delete(hintName(node, key));
    return true;
  }

  get hintCount(): number {
    return this.#hintCount;
  }

  get keyCount(): number {
    return this.#copies.size;
  }

  #hintsFor(node: NodeId): Map<string, Hint> {
    let hints = this.#hints.get(node);
    if (hints === undefined) {
      hints = new Map();
      this.#hints.set(node, hints);
    }
    return hints;
  }

  #restoreHint(name: string, { set, number }: StoredHint): void {
    const [node = '', ...rest] = name.slice(HINT.length).split('/');
    const key = rest.join('/');
    this.#hintsFor(node).set(key, { key, set, number });
    this.#hintNumber = Math.max(this.#hintNumber, number);
    this.#hintCount++;
  }
}

/** Names of nodes have no slash. */
function hintName(node: NodeId, key: string): string {
  return `${HINT}${node}/${key}`;
}
