/**
 * One server's half of watches: who is connected to it, what they wait for, and what they hear
 * (Hunt et al. 2010, ZooKeeper, section 2.1; etcd for watches that go on from a revision).
 *
 * A client hears of a change before it sees the new data: the server sends the event as it applies
 * the change, before it answers anything from the new state, and each answer says how many events
 * went before it. Watches are in the memory of the server that the client talks to. A client that
 * goes to another server brings them along, with the revision that it has seen.
 */
import type { Context, NodeId } from '../../../sim/node.ts';
import type { Coordination } from '../../parts/machines/coordination.ts';
import { type Change, parentOf } from '../../parts/machines/tree.ts';
import { type WatchOf, WatchTable } from '../../parts/watch-table.ts';
import type { LockServiceBug } from './declared.ts';
import type { Event, LockServiceMessage } from './messages.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<LockServiceMessage>;
type Told = Pick<Event, 'path' | 'of' | 'what' | 'revision'>;

interface Watch {
  readonly of: WatchOf;
  readonly path: string;
}

interface Client {
  node: NodeId;
  /** Events sent to it by this server. */
  sent: number;
}

/** How late events are with the bug `event-after-data`. */
const LATE_MS = 200;
const LATE = 'late-event';

export class Watching {
  readonly #machine: Coordination;
  readonly #settings: Settings;
  readonly #bug: LockServiceBug | null;
  readonly #table = new WatchTable();
  readonly #clients = new Map<string, Client>();
  /** The last changes that this server has applied, oldest first. */
  #history: Change[] = [];
  /** All changes after this revision are in the history. */
  #historyFrom = 0;
  readonly #late = new Map<number, { readonly to: NodeId; readonly event: Event }>();
  #lateCount = 0;

  constructor(machine: Coordination, settings: Settings, bug: LockServiceBug | null) {
    this.#machine = machine;
    this.#settings = settings;
    this.#bug = bug;
  }

  get size(): number {
    return this.#table.size;
  }

  /** A request of this lease came from there. */
  hear(lease: string, node: NodeId): void {
    const client = this.#clients.get(lease);
    if (client === undefined) this.#clients.set(lease, { node, sent: 0 });
    else client.node = node;
  }

  nodeOf(lease: string): NodeId | undefined {
    return this.#clients.get(lease)?.node;
  }

  leasesAt(node: NodeId): readonly string[] {
    return [...this.#clients].flatMap(([lease, client]) => (client.node === node ? [lease] : []));
  }

  /** How many events this server has sent to a lease. */
  sentTo(lease: string): number {
    return this.#clients.get(lease)?.sent ?? 0;
  }

  add(of: WatchOf, path: string, lease: string): void {
    this.#table.add(of, path, lease);
  }

  forget(lease: string): void {
    this.#table.forget(lease);
    this.#clients.delete(lease);
  }

  /** The server has applied these changes, in this order. */
  applied(ctx: Ctx, changes: readonly Change[]): void {
    for (const change of changes) {
      this.#remember(change);
      for (const { of, path, what } of watchesOf(change)) {
        const keeps = this.#settings.watch === 'stream';
        for (const lease of this.#table.fire(of, path, keeps)) {
          this.#tell(ctx, lease, { path, of, what, revision: change.revision });
        }
      }
    }
  }

  /** The state has come as a snapshot: nobody knows what has happened in between. */
  restored(ctx: Ctx, before: number): void {
    this.#history = [];
    this.#historyFrom = this.#machine.revision;
    for (const { of, path, watcher } of this.#table.all())
      this.#catchUp(ctx, watcher, { of, path }, before);
  }

  /**
   * A client brings its watches, and has seen everything up to `seen`. False: what has happened
   * since is not kept any more, and a watch that goes on cannot.
   */
  rewatch(ctx: Ctx, lease: string, watches: readonly Watch[], seen: number): boolean {
    const streams = this.#settings.watch === 'stream';
    if (streams && seen < this.#historyFrom) return false;
    for (const watch of watches) {
      this.#table.add(watch.of, watch.path, lease);
      if (this.#bug === 'watch-lost-on-reconnect') continue;
      if (streams) this.#replay(ctx, lease, watch, seen);
      else this.#catchUp(ctx, lease, watch, seen);
    }
    return true;
  }

  /** A timer of the bug `event-after-data`. */
  timeout(ctx: Ctx, tag: string, key: number): boolean {
    if (tag !== LATE) return false;
    const late = this.#late.get(key);
    this.#late.delete(key);
    if (late !== undefined) ctx.send(late.to, late.event);
    return true;
  }

  #remember(change: Change): void {
    this.#history.push(change);
    const { history } = this.#settings;
    if (this.#history.length < 2 * history) return;
    const gone = this.#history.length - history;
    this.#historyFrom = this.#history[gone - 1]?.revision ?? 0;
    this.#history = this.#history.slice(gone);
  }

  /** Tells every change since then. */
  #replay(ctx: Ctx, lease: string, watch: Watch, seen: number): void {
    for (const change of this.#history) {
      if (change.revision <= seen) continue;
      for (const { of, path, what } of watchesOf(change)) {
        if (of !== watch.of || path !== watch.path) continue;
        this.#tell(ctx, lease, { path, of, what, revision: change.revision });
      }
    }
  }

  /**
   * Fires at once if the node is not what the client has seen; one event stands for all changes.
   */
  #catchUp(ctx: Ctx, lease: string, { of, path }: Watch, seen: number): void {
    const [what, changedAt] = this.#changeOf(of, path, seen);
    if (changedAt <= seen) return;
    if (this.#settings.watch === 'once') this.#table.remove(of, path, lease);
    this.#tell(ctx, lease, { path, of, what, revision: this.#machine.revision }, changedAt);
  }

  /** What was done to a node last, and when, as far as it can be known. */
  #changeOf(of: WatchOf, path: string, seen: number): readonly [Event['what'], number] {
    const node = this.#machine.tree.get(path);
    // A node that is not there may have come and gone: its watcher looks again.
    if (node === undefined) return ['deleted', this.#machine.revision];
    if (of === 'children') return ['children', node.childrenChanged];
    if (node.created > seen) return ['created', node.changed];
    return ['changed', node.changed];
  }

  /** `changedAt`: the revision of the last change that it stands for. */
  #tell(ctx: Ctx, lease: string, told: Told, changedAt = told.revision): void {
    const client = this.#clients.get(lease);
    if (client === undefined) return;
    const number = ++client.sent;
    const source = sourceOf(ctx);
    const { path } = told;
    ctx.note('watch fires', { path, revision: changedAt, session: lease, source, number });
    const event: Event = { type: 'event', lease, source, number, ...told };
    if (this.#bug !== 'event-after-data') return ctx.send(client.node, event);
    client.sent--;
    const key = ++this.#lateCount;
    this.#late.set(key, { to: client.node, event: { ...event, number: 0 } });
    ctx.setTimer(LATE, LATE_MS, key);
  }
}

/** Who numbers events: a server that restarts begins again. */
export function sourceOf({ self, life }: Pick<Ctx, 'self' | 'life'>): string {
  return `${self}/${life}`;
}

/** The watches that a change is news for. */
function watchesOf({ path, what }: Change): readonly (Watch & { readonly what: Event['what'] })[] {
  const own = { of: 'data', path, what } as const;
  if (what === 'changed') return [own];
  const parent = { of: 'children', path: parentOf(path), what: 'children' } as const;
  return what === 'deleted' ? [own, { of: 'children', path, what }, parent] : [own, parent];
}
