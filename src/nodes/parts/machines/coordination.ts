/**
 * The state of a coordination service: a tree of nodes, leases, and locks that are nodes of the
 * tree (Hunt et al. 2010, ZooKeeper, section 2; Burrows 2006, Chubby, sections 2.3 to 2.8).
 *
 * The machine has no clock. That a lease is over, or the delay of a lost lock, is a command of its
 * own, which the server proposes that leads: so all replicas take the ephemeral nodes away at the
 * same place in the order. Replicated without such a server, leases last until they are closed.
 *
 * Locks (`acquire`, `release`, and what they guard) are leases with one ephemeral node under
 * `/locks`, whose token is the revision at which it was made: greater than all before it, over
 * changes of the leader and restarts (the sequencer of Chubby, the create revision of etcd). Those
 * who share a lock to read have a node each, under `/readers` (Chubby, section 2.4: a lock is held
 * by one in exclusive mode, or by any number in shared mode).
 */
import coordination from '../../../interfaces/coordination.ts';
import lock from '../../../interfaces/lock.ts';
import { errorBody, type ReplyBody } from '../../../sim/call.ts';
import type { BodyOf } from '../../../sim/interface.ts';
import type { Plain } from '../../../sim/node.ts';
import { NOT_HELD, PAST, TAKEN } from './locks.ts';
import { type Command, type Machine, unknownCommand } from './machine.ts';
import { type Change, parentOf, Tree, type TreeNode } from './tree.ts';

/** A lease is over: the server that leads has not heard of it for its whole time. */
export type Expire = { readonly type: 'expire'; readonly lease: string };
/** The delay of a path that a lost holder has left is over. */
export type Undelay = { readonly type: 'undelay'; readonly path: string };

type Asked = BodyOf<typeof coordination> | BodyOf<typeof lock> | Expire | Undelay;
type Asking<T extends Asked['type']> = Extract<Asked, { readonly type: T }>;

export interface CoordinationOptions {
  /** The shortest and longest lease that is given, in ms. */
  readonly leaseMinMs: number;
  readonly leaseMaxMs: number;
  /** Whether a path whose holder was lost must not be made again until `undelay`. */
  readonly delays: boolean;
  /** For how long a server keeps a ping before it answers, in ms; 0: it answers at once. */
  readonly holdMs?: number;
  /** The bug: the nodes of a lease become ordinary ones when it is over. */
  readonly ephemeralsSurvive?: boolean;
  /** The bug: an ephemeral node is made whether or not its lease still lives. */
  readonly leasesUnchecked?: boolean;
  /** The bug: who wants a lock alone looks for another such holder only. */
  readonly readersUnseen?: boolean;
}

const ANY_LEASE: CoordinationOptions = { leaseMinMs: 0, leaseMaxMs: Infinity, delays: false };
const LOCKS = '/locks';
const READERS = '/readers';
/** What a lock's lease lasts if nobody says. */
const LOCK_LEASE_MS = 10_000;

const READS: ReadonlySet<string> = new Set([
  'get',
  'exists',
  'children',
  'sync',
  'rewatch',
  'ping',
  'renew',
  'read',
]);

/** What a lock guards, and the greatest token that a write has shown. */
type Guarded = { value: Plain; seen: number };

export class Coordination implements Machine {
  readonly answers = [coordination, lock];
  readonly tree = new Tree();
  readonly #options: CoordinationOptions;
  #revision = 0;
  /** By lease, how long it lasts in ms. */
  readonly #leases = new Map<string, number>();
  /** Paths whose holder was lost, with the revision at which it was. */
  readonly #delayed = new Map<string, number>();
  readonly #guarded = new Map<string, Guarded>();

  constructor(options: CoordinationOptions = ANY_LEASE) {
    this.#options = options;
    this.tree.create(LOCKS, null, null, 0);
    this.tree.takeChanges();
  }

  get revision(): number {
    return this.#revision;
  }

  get leases(): ReadonlyMap<string, number> {
    return this.#leases;
  }

  get delayed(): ReadonlyMap<string, number> {
    return this.#delayed;
  }

  apply(command: Command): ReplyBody {
    return this.#apply(command as unknown as Asked, command);
  }

  isRead(type: string): boolean {
    return READS.has(type);
  }

  snapshot(): Plain {
    return {
      revision: this.#revision,
      tree: this.tree.snapshot(),
      leases: [...this.#leases],
      delayed: [...this.#delayed],
      guarded: [...this.#guarded].map(([key, state]): Plain => [key, { ...state }]),
    };
  }

  restore(snapshot: Plain): void {
    const { revision, tree, leases, delayed, guarded } = snapshot as unknown as {
      readonly revision: number;
      readonly tree: Plain;
      readonly leases: readonly [string, number][];
      readonly delayed: readonly [string, number][];
      readonly guarded: readonly [string, Guarded][];
    };
    this.#revision = revision;
    this.tree.restore(tree);
    refill(this.#leases, leases);
    refill(this.#delayed, delayed);
    refill(
      this.#guarded,
      guarded.map(([key, state]) => [key, { ...state }]),
    );
  }

  /** The node of a lock that somebody holds alone. */
  lockNode(key: string): TreeNode | undefined {
    return this.tree.get(lockPath(key));
  }

  /** The node by which a session has the lock already; undefined: it has it not. */
  grantOf(key: string, session: string, shared: boolean): TreeNode | undefined {
    if (!shared) {
      const node = this.lockNode(key);
      return node?.value === session ? node : undefined;
    }
    const directory = readersPath(key);
    const names = this.tree.children(directory) ?? [];
    const nodes = names.map((name) => this.tree.get(`${directory}/${name}`));
    return nodes.find((node) => node?.value === session);
  }

  /** Whether the lock may be given now: to one alone, or to one more that reads. */
  isFree(key: string, shared: boolean): boolean {
    if (this.lockNode(key) !== undefined || this.#delayed.has(lockPath(key))) return false;
    if (shared || this.#options.readersUnseen === true) return true;
    const directory = readersPath(key);
    if (this.tree.hasChildren(directory)) return false;
    // What a lost reader does last may still be under way.
    return [...this.#delayed.keys()].every((path) => parentOf(path) !== directory);
  }

  takeChanges(): readonly Change[] {
    return this.tree.takeChanges();
  }

  /** Ephemeral nodes whose lease is over: there must be none. */
  orphans(): readonly string[] {
    return [...this.tree.owners()].filter((owner) => !this.#leases.has(owner));
  }

  #apply(asked: Asked, command: Command): ReplyBody {
    switch (asked.type) {
      case 'create':
        return this.#create(asked);
      case 'set':
        return this.#set(asked);
      case 'delete':
        return this.#delete(asked);
      case 'get':
        return this.#get(asked.path);
      case 'exists':
        return this.#ok('exists_ok', { version: this.tree.get(asked.path)?.version ?? null });
      case 'children': {
        const children = this.tree.children(asked.path);
        return children === null ? NO_NODE : this.#ok('children_ok', { children });
      }
      case 'sync':
        return this.#ok('sync_ok', {});
      case 'rewatch':
        return this.#ok('rewatch_ok', {});
      case 'open':
        return this.#open(asked.leaseMs);
      case 'ping':
        return this.#ping(asked.lease);
      case 'close':
        this.#endLease(asked.lease, false);
        return this.#ok('close_ok', {});
      case 'expire':
        this.#endLease(asked.lease, true);
        return this.#ok('expire_ok', {});
      case 'undelay':
        this.#delayed.delete(asked.path);
        return this.#ok('undelay_ok', {});
      default:
        return this.#applyLock(asked, command);
    }
  }

  #applyLock(asked: Asked, command: Command): ReplyBody {
    switch (asked.type) {
      case 'acquire':
        return this.#acquire(asked, command.session);
      case 'renew':
        return this.#holds(asked.key, asked.token)
          ? { type: 'renew_ok', leaseMs: this.#leases.get(leaseOf(asked)) ?? 0 }
          : NOT_HELD;
      case 'release':
        if (!this.#holds(asked.key, asked.token)) return NOT_HELD;
        this.#endLease(leaseOf(asked), false);
        return { type: 'release_ok' };
      case 'write':
        return this.#write(asked);
      case 'read':
        return { type: 'read_ok', value: this.#guarded.get(asked.key)?.value ?? null };
      default:
        return unknownCommand(command);
    }
  }

  // --- The tree ----------------------------------------------------------------------------------

  #create(asked: Asking<'create'>): ReplyBody {
    const { value, ephemeral = false, sequence = false, lease } = asked;
    const parent = this.tree.get(parentOf(asked.path));
    if (parent === undefined) return errorBody('key-does-not-exist', 'there is no parent');
    if (parent.owner !== null) return errorBody('precondition-failed', 'the parent is ephemeral');
    const lives = this.#options.leasesUnchecked === true || this.#leases.has(lease ?? '');
    if (ephemeral && (lease === undefined || !lives)) return LEASE_OVER;
    const path = sequence ? this.tree.sequenced(asked.path) : asked.path;
    if (this.tree.get(path) !== undefined) return errorBody('key-already-exists');
    if (this.#delayed.has(path)) return errorBody('lock-held', 'its last holder was lost');
    this.tree.create(path, value, ephemeral ? (lease as string) : null, ++this.#revision);
    return this.#ok('create_ok', { path });
  }

  #get(path: string): ReplyBody {
    const node = this.tree.get(path);
    if (node === undefined) return NO_NODE;
    const { value, version, created } = node;
    return this.#ok('get_ok', { value, version, created });
  }

  #set({ path, value, version }: Asking<'set'>): ReplyBody {
    const node = this.tree.get(path);
    if (node === undefined) return NO_NODE;
    if (version !== undefined && version !== node.version) return OTHER_VERSION;
    this.tree.set(path, node, value, ++this.#revision);
    return this.#ok('set_ok', { version: node.version });
  }

  #delete({ path, version }: Asking<'delete'>): ReplyBody {
    const node = this.tree.get(path);
    if (node === undefined || path === '/') return NO_NODE;
    if (version !== undefined && version !== node.version) return OTHER_VERSION;
    if (this.tree.hasChildren(path)) return errorBody('precondition-failed', 'it has children');
    this.tree.delete(path, ++this.#revision);
    return this.#ok('delete_ok', {});
  }

  // --- Leases ------------------------------------------------------------------------------------

  #open(leaseMs: number): ReplyBody {
    const lease = `lease-${++this.#revision}`;
    const given = this.#give(lease, leaseMs);
    const { holdMs = 0 } = this.#options;
    return this.#ok('open_ok', { lease, leaseMs: given, ...(holdMs > 0 ? { holdMs } : {}) });
  }

  /** A new lease: it lasts as long as was wanted, within what the service allows. */
  #give(lease: string, wantedMs: number): number {
    const { leaseMinMs, leaseMaxMs } = this.#options;
    const leaseMs = Math.min(Math.max(wantedMs, leaseMinMs), leaseMaxMs);
    this.#leases.set(lease, leaseMs);
    return leaseMs;
  }

  #ping(lease: string): ReplyBody {
    const leaseMs = this.#leases.get(lease);
    if (leaseMs === undefined) return LEASE_OVER;
    return this.#ok('ping_ok', { leaseMs, epoch: 0 });
  }

  /** A lost holder delays who comes next; one that gave back does not (Chubby, section 2.4). */
  #endLease(lease: string, isLost: boolean): void {
    if (!this.#leases.delete(lease)) return;
    this.#revision++;
    for (const path of this.tree.ownedBy(lease)) {
      if (this.#options.ephemeralsSurvive === true) {
        this.tree.disown(path);
        continue;
      }
      this.tree.delete(path, this.#revision);
      if (isLost && this.#options.delays) this.#delayed.set(path, this.#revision);
    }
  }

  // --- Locks -------------------------------------------------------------------------------------

  #acquire({ key, leaseMs, shared = false }: Asking<'acquire'>, session: string): ReplyBody {
    // The session that has it asks again: the answer to it was lost.
    const own = this.grantOf(key, session, shared);
    if (own !== undefined) return this.#granted(key, own);
    if (!this.isFree(key, shared)) return TAKEN;
    const token = ++this.#revision;
    const lease = leaseOf({ key, token });
    this.#give(lease, leaseMs ?? LOCK_LEASE_MS);
    if (shared) {
      const directory = readersPath(key);
      for (const each of [READERS, directory]) {
        if (this.tree.get(each) === undefined) this.tree.create(each, null, null, token);
      }
    }
    const path = shared ? readerPath(key, token) : lockPath(key);
    this.tree.create(path, session, lease, token);
    return this.#granted(key, this.tree.get(path) as TreeNode);
  }

  #granted(key: string, { created }: TreeNode): ReplyBody {
    const leaseMs = this.#leases.get(leaseOf({ key, token: created }));
    const lasts = leaseMs === undefined || leaseMs === Infinity ? {} : { leaseMs };
    return { type: 'acquire_ok', token: created, ...lasts };
  }

  #holds(key: string, token: number): boolean {
    const isReader = this.tree.get(readerPath(key, token)) !== undefined;
    return isReader || this.lockNode(key)?.created === token;
  }

  #write({ key, token, value }: Asking<'write'>): ReplyBody {
    const state = this.#guarded.get(key);
    if (state !== undefined && token < state.seen) return PAST;
    this.#revision++;
    this.#guarded.set(key, { value, seen: token });
    return { type: 'write_ok' };
  }

  #ok(type: string, fields: { readonly [field: string]: Plain }): ReplyBody {
    return { type, ...fields, revision: this.#revision };
  }
}

function refill<V>(map: Map<string, V>, rows: readonly (readonly [string, V])[]): void {
  map.clear();
  for (const [key, value] of rows) map.set(key, value);
}

/** Where a lock of the interface `lock` is in the tree. */
export function lockPath(key: string): string {
  return `${LOCKS}/${key}`;
}

/** Where those are that share a lock of the interface `lock`: a node each. */
export function readersPath(key: string): string {
  return `${READERS}/${key}`;
}

function readerPath(key: string, token: number): string {
  return `${readersPath(key)}/${token}`;
}

/** The lock of the interface `lock` to which a node of the tree belongs; null for other nodes. */
export function lockOfPath(path: string): string | null {
  const parent = parentOf(path);
  if (parent === LOCKS) return path.slice(LOCKS.length + 1);
  return parentOf(parent) === READERS ? parent.slice(READERS.length + 1) : null;
}

/** The lease of a grant. */
export function leaseOf({ key, token }: { readonly key: string; readonly token: number }): string {
  return `lock-${key}-${token}`;
}

const NO_NODE = errorBody('key-does-not-exist');
const OTHER_VERSION = errorBody('precondition-failed', 'the version is another');
const LEASE_OVER = errorBody('precondition-failed', 'the lease is over');
