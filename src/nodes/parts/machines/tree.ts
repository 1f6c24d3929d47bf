/**
 * A tree of small nodes, as data: paths with values and versions, who owns the ephemeral ones, and
 * the numbers of sequence nodes (Hunt et al. 2010, "ZooKeeper: Wait-free coordination for
 * Internet-scale systems", sections 2.1 and 2.2).
 *
 * It knows nothing of time and of who asks. Each change has a revision, and leaves its traces in
 * `changes` until somebody takes them: the news of watches.
 */
import type { Plain } from '../../../sim/node.ts';

export type TreeNode = {
  value: Plain;
  version: number;
  /** The revisions at which it was made, was changed last, and got or lost a child last. */
  readonly created: number;
  changed: number;
  childrenChanged: number;
  /** How many children were ever made: the next number of a sequence. */
  sequence: number;
  /** The lease that it goes with; null: it stays. */
  owner: string | null;
};

export type What = 'created' | 'changed' | 'deleted';

/** Something that happened to a node, and by that to the children of its parent. */
export interface Change {
  readonly path: string;
  readonly what: What;
  readonly revision: number;
}

const ROOT = '/';
/** Digits of the number of a sequence node, so that names sort as numbers do. */
const SEQUENCE_DIGITS = 10;

export class Tree {
  readonly #nodes = new Map<string, TreeNode>();
  /** By path of the parent, the names of the children. */
  readonly #names = new Map<string, Set<string>>();
  #changes: Change[] = [];

  constructor() {
    this.#nodes.set(ROOT, nodeOf(null, null, 0));
  }

  get(path: string): TreeNode | undefined {
    return this.#nodes.get(path);
  }

  /** The names of the children, in the order of code units; null if there is no such node. */
  children(path: string): readonly string[] | null {
    if (!this.#nodes.has(path)) return null;
    return [...(this.#names.get(path) ?? [])].sort((a, b) => (a < b ? -1 : 1));
  }

  hasChildren(path: string): boolean {
    return (this.#names.get(path)?.size ?? 0) > 0;
  }

  /** The name that the next sequence node below `path`'s parent gets. */
  sequenced(path: string): string {
    const parent = this.#nodes.get(parentOf(path));
    return `${path}${String(parent?.sequence ?? 0).padStart(SEQUENCE_DIGITS, '0')}`;
  }

  /** Makes a node whose parent is there. */
  create(path: string, value: Plain, owner: string | null, revision: number): void {
    this.#nodes.set(path, nodeOf(value, owner, revision));
    this.#addName(path);
    this.#touchParent(path, revision, 1);
    this.#changes.push({ path, what: 'created', revision });
  }

  set(path: string, node: TreeNode, value: Plain, revision: number): void {
    node.value = value;
    node.version++;
    node.changed = revision;
    this.#changes.push({ path, what: 'changed', revision });
  }

  delete(path: string, revision: number): void {
    this.#nodes.delete(path);
    this.#names.get(parentOf(path))?.delete(nameOf(path));
    this.#touchParent(path, revision, 0);
    this.#changes.push({ path, what: 'deleted', revision });
  }

  /** The nodes of a lease, in the order in which they were made. */
  ownedBy(lease: string): readonly string[] {
    const paths: string[] = [];
    for (const [path, { owner }] of this.#nodes) if (owner === lease) paths.push(path);
    return paths;
  }

  /** From now on a node goes with no lease. */
  disown(path: string): void {
    const node = this.#nodes.get(path);
    if (node !== undefined) node.owner = null;
  }

  owners(): ReadonlySet<string> {
    const all = new Set<string>();
    for (const { owner } of this.#nodes.values()) if (owner !== null) all.add(owner);
    return all;
  }

  /** What has happened since this was last asked. */
  takeChanges(): readonly Change[] {
    if (this.#changes.length === 0) return this.#changes;
    const taken = this.#changes;
    this.#changes = [];
    return taken;
  }

  snapshot(): Plain {
    return [...this.#nodes].map(([path, node]): Plain => [path, { ...node }]);
  }

  restore(snapshot: Plain): void {
    this.#nodes.clear();
    this.#names.clear();
    for (const [path, node] of snapshot as unknown as readonly [string, TreeNode][]) {
      this.#nodes.set(path, { ...node });
      if (path !== ROOT) this.#addName(path);
    }
    this.#changes = [];
  }

  #addName(path: string): void {
    const parent = parentOf(path);
    const names = this.#names.get(parent) ?? new Set();
    this.#names.set(parent, names);
    names.add(nameOf(path));
  }

  #touchParent(path: string, revision: number, made: number): void {
    const parent = this.#nodes.get(parentOf(path));
    if (parent === undefined) return;
    parent.childrenChanged = revision;
    parent.sequence += made;
  }
}

/** `/a/b` of `/a/b/c`; `/` of `/a`. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? ROOT : path.slice(0, end);
}

/** `c` of `/a/b/c`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function nodeOf(value: Plain, owner: string | null, revision: number): TreeNode {
  return {
    value,
    version: 0,
    created: revision,
    changed: revision,
    childrenChanged: revision,
    sequence: 0,
    owner,
  };
}
