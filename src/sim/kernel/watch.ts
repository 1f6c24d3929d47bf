/**
 * Who looks on while a world runs: invariants, checked after each event of a member of their group,
 * and watchers, such as a fault that waits for a condition.
 */
import { InvariantError } from '../assert.ts';
import { type Detail, type NodeId, StorageError } from '../node.ts';
import type { Host } from './host.ts';
import type { WorldInvariant, WorldNode } from './world-spec.ts';

/** Called after each event of a node with its number, after each strike and heal with null. */
export type Watcher = (changed: number | null) => void;

export class Watch {
  /** There is something to do after each event of a node. */
  looking: boolean;
  private readonly nodes: readonly WorldNode[];
  private readonly invariants: ReadonlyMap<string, readonly WorldInvariant[]> | null;
  private readonly watchers: Watcher[] = [];
  /** By group, the latest view of each member that is up. */
  private readonly views = new Map<string, Map<NodeId, Detail>>();

  /** `invariants` by group; null: they are not checked. */
  constructor(
    nodes: readonly WorldNode[],
    invariants: ReadonlyMap<string, readonly WorldInvariant[]> | null,
  ) {
    this.nodes = nodes;
    this.invariants = invariants;
    this.looking = invariants !== null;
  }

  /** The watcher must change nothing, but may plan an action for this instant. */
  add(watcher: Watcher): void {
    this.watchers.push(watcher);
    this.looking = true;
  }

  /** Something has changed that is no event of a node. */
  tell(): void {
    for (const watcher of this.watchers) watcher(null);
  }

  /** A node has had an event. */
  lookAt(host: Host): void {
    if (this.invariants !== null) this.check(host, this.invariants);
    for (const watcher of this.watchers) watcher(host.index);
  }

  private check(host: Host, all: ReadonlyMap<string, readonly WorldInvariant[]>): void {
    const { group, id } = this.nodes[host.index]!;
    const invariants = all.get(group);
    if (invariants === undefined || invariants.length === 0) return;
    let views = this.views.get(group);
    if (views === undefined) {
      views = new Map();
      this.views.set(group, views);
    }
    if (host.node === null) views.delete(id);
    else views.set(id, viewOf(host));
    for (const invariant of invariants) {
      const broken = invariant.check(views, this.views);
      if (broken !== null) {
        throw new InvariantError(`${invariant.name} (${invariant.source}): ${broken}`);
      }
    }
  }
}

const NOTHING: Detail = {};

/** The view of a node, if it is up. What it reads meanwhile is not counted as felt by anybody. */
export function viewOf({ clock, disk, node }: Host): Detail {
  if (node?.inspect === undefined) return NOTHING;
  clock.observed = true;
  disk.observed = true;
  try {
    return node.inspect();
  } catch (error) {
    // A record that cannot be read makes a view impossible, but no observer may change the run.
    if (error instanceof StorageError) return NOTHING;
    throw error;
  } finally {
    clock.observed = false;
    disk.observed = false;
  }
}
