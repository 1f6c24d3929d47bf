/**
 * Who waits to hear of which node. A watch on data fires when the node is made, changed or deleted;
 * one on children when a child comes or goes, and when the node itself does (Hunt et al. 2010,
 * ZooKeeper, section 2.1).
 */

export type WatchOf = 'data' | 'children';

export class WatchTable {
  readonly #watchers = {
    data: new Map<string, Set<string>>(),
    children: new Map<string, Set<string>>(),
  };

  get size(): number {
    let size = 0;
    for (const of of ['data', 'children'] as const) {
      for (const watchers of this.#watchers[of].values()) size += watchers.size;
    }
    return size;
  }

  /** The same watch twice is one. */
  add(of: WatchOf, path: string, watcher: string): void {
    const watchers = this.#watchers[of].get(path) ?? new Set();
    this.#watchers[of].set(path, watchers);
    watchers.add(watcher);
  }

  /** Who is to hear of a change, in the order in which they came. Unless `keep`, they are gone. */
  fire(of: WatchOf, path: string, keep: boolean): readonly string[] {
    const watchers = this.#watchers[of].get(path);
    if (watchers === undefined) return [];
    if (!keep) this.#watchers[of].delete(path);
    return [...watchers];
  }

  remove(of: WatchOf, path: string, watcher: string): void {
    const watchers = this.#watchers[of].get(path);
    if (watchers?.delete(watcher) === true && watchers.size === 0) this.#watchers[of].delete(path);
  }

  /** The watcher is gone, with all its watches. */
  forget(watcher: string): void {
    for (const of of ['data', 'children'] as const) {
      for (const path of [...this.#watchers[of].keys()]) this.remove(of, path, watcher);
    }
  }

  /** All watches, in the order in which their nodes were first watched. */
  all(): readonly { readonly of: WatchOf; readonly path: string; readonly watcher: string }[] {
    return (['data', 'children'] as const).flatMap((of) =>
      [...this.#watchers[of]].flatMap(([path, watchers]) =>
        [...watchers].map((watcher) => ({ of, path, watcher })),
      ),
    );
  }
}
