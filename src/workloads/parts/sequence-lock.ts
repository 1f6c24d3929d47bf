/**
 * A lock out of sequence nodes, leases and watches: the part of a client that takes it, keeps it
 * and gives it back (Hunt et al. 2010, ZooKeeper, section 2.4, "simple locks without herd effect").
 * The recipes for locks and for elections are made of it.
 */
import type coordination from '../../interfaces/coordination.ts';
import { type Flow, Signal } from '../../sim/call.ts';
import type { ReplyOf } from '../../sim/interface.ts';
import type { Plain } from '../../sim/node.ts';
import { type ActorContext, OperationFailed } from '../workload.ts';
import type { CoordinationLease } from './coordination-lease.ts';
import { fail, LEASE_OVER, SequenceNodes } from './sequence-nodes.ts';

export interface SequenceLockSpec {
  /** How long it waits for its turn, in ms; absent: as long as the operation may last. */
  readonly wait?: number | undefined;
  /** Whether a waiter watches the node before its own, or the whole list. */
  readonly watch: 'predecessor' | 'all';
  /** Whether names have an identifier. */
  readonly guid: boolean;
  /** Whether it looks after its lease when it has waited, and before it acts. */
  readonly 'check-lease': boolean;
}

/** The node by which a client holds a lock. */
export interface Held {
  readonly key: string;
  readonly path: string;
  readonly token: number;
  /** The lease that it goes with. */
  readonly lease: number;
  /** How often it was acquired and not released. */
  depth: number;
}

/** What a process that holds a lock knows: the path of its node. */
const HELD = 'held';
const TICK_MS = 0.001;
/** It gives up so long before its client does, to say why. */
const MARGIN_MS = 20;

export class SequenceLock {
  readonly #given: SequenceLockSpec;
  readonly #lease: CoordinationLease;
  readonly #nodes: SequenceNodes;
  #held: Held | null = null;
  #guids = 0;

  constructor(given: SequenceLockSpec, lease: CoordinationLease) {
    this.#given = given;
    this.#lease = lease;
    this.#nodes = new SequenceNodes(lease);
  }

  get held(): Held | null {
    return this.#held;
  }

  /** Waits for its turn; gives the token. `isShared`: together with others that read. */
  *acquire(ctx: ActorContext, key: string, isShared = false): Flow<Plain> {
    const held = this.#held;
    if (held !== null && held.key === key && ctx.mine.get(HELD) === held.path) {
      return this.#acquireAgain(ctx, held);
    }
    const directory = `/lock-${key}`;
    yield* this.#nodes.makeDirectory(ctx, directory);
    const lease = yield* this.#lease.whenOpen(ctx);
    const own = yield* this.#makeNode(ctx, directory, isShared);
    let isHeld = false;
    try {
      yield* this.#waitForTurn(ctx, directory, own, lease);
      const token = yield* this.#tokenOf(ctx, own, lease);
      this.#held = { key, path: own, token, lease, depth: 1 };
      ctx.mine.set(HELD, own);
      isHeld = true;
      return token;
    } finally {
      // Who gives up must not stand in the way of those behind.
      if (!isHeld) ctx.fork((later) => this.#nodes.remove(later, own));
    }
  }

  *release(ctx: ActorContext): Flow<Plain> {
    const held = this.#held;
    if (held === null || --held.depth > 0) return null;
    this.#held = null;
    if (held.lease === this.#lease.number) yield* this.#nodes.remove(ctx, held.path);
    return null;
  }

  /** Throws `OperationFailed` if the lock is lost, by this client's own clock. */
  mustHold(ctx: ActorContext): void {
    if (!this.#given['check-lease']) return;
    const held = this.#held;
    const isOver = held === null || held.lease !== this.#lease.number || !this.#lease.isSafe(ctx);
    if (isOver) throw new OperationFailed(LEASE_OVER, 'its lease is over');
  }

  /** Works; one that looks after its lease stops when it is over. */
  *workFor(ctx: ActorContext, workMs: number): Flow {
    const endMs = ctx.elapsed() + workMs;
    if (!this.#given['check-lease']) return yield* ctx.sleep(workMs);
    while (ctx.elapsed() < endMs) {
      this.mustHold(ctx);
      const leftMs = Math.min(endMs, this.#lease.untilMs) - ctx.elapsed();
      yield* ctx.sleep(Math.max(leftMs, TICK_MS));
    }
  }

  #acquireAgain(ctx: ActorContext, held: Held): Plain {
    this.mustHold(ctx);
    held.depth++;
    return held.token;
  }

  #makeNode(ctx: ActorContext, directory: string, isShared: boolean): Flow<string> {
    const { guid } = this.#given;
    const whose = guid ? `${ctx.self}.${this.#lease.number}.${++this.#guids}-` : 'lock-';
    const mark = isShared ? `${READERS}${whose}` : whose;
    const node = { directory, mark, isUnique: guid, value: ctx.self, ephemeral: true };
    return this.#nodes.make(ctx, node);
  }

  *#waitForTurn(ctx: ActorContext, directory: string, own: string, lease: number): Flow {
    const { wait = Infinity, watch } = this.#given;
    const leftMs = ctx.deadline === null ? Infinity : ctx.deadline - ctx.now() - MARGIN_MS;
    const endMs = ctx.elapsed() + Math.min(wait, leftMs);
    for (;;) {
      const woken = new Signal();
      let isFired = false;
      const fired = () => {
        isFired = true;
        woken.wakeAll();
      };
      const name = own.slice(directory.length + 1);
      let before = namesBefore(yield* this.#nodes.list(ctx, directory), name);
      // Who is not the first sets the watch with a second look.
      if (watch === 'all' && before !== null && before.length > 0) {
        before = namesBefore(yield* this.#nodes.list(ctx, directory, fired), name);
      }
      if (before === null) throw new OperationFailed(LEASE_OVER, 'its node is gone');
      const last = before[before.length - 1];
      if (last === undefined) return this.#lease.unwatch('children', directory, fired);
      if (watch === 'predecessor') {
        const body = { type: 'exists', path: `${directory}/${last}` };
        const outcome = yield* this.#lease.watch(ctx, body, fired);
        if (!outcome.ok) fail(ctx, outcome);
        const { version } = outcome.reply as ReplyOf<typeof coordination, 'exists'>;
        if (version === null) {
          this.#lease.unwatch('data', body.path, fired);
          continue;
        }
      }
      while (!isFired) {
        const restMs = endMs - ctx.elapsed();
        if (restMs <= 0) throw new OperationFailed('lock-held', 'others are before it');
        if (restMs === Infinity) yield* ctx.wait(woken);
        else yield* ctx.race([ctx.wait(woken), ctx.sleep(restMs)]);
      }
      if (this.#given['check-lease'] && lease !== this.#lease.number) {
        throw new OperationFailed(LEASE_OVER, 'its lease was over as it waited');
      }
    }
  }

  /**
   * The revision at which its node was made. It asks the service, and by that learns whether the
   * node is still there: the lease may be over since it was listed (etcd-io/etcd#11456).
   */
  *#tokenOf(ctx: ActorContext, own: string, lease: number): Flow<number> {
    const outcome = yield* this.#lease.ask(ctx, { type: 'get', path: own });
    if (!outcome.ok) throw new OperationFailed(LEASE_OVER, 'its node is gone');
    const isOver = lease !== this.#lease.number || !this.#lease.isSafe(ctx);
    if (this.#given['check-lease'] && isOver) throw new OperationFailed(LEASE_OVER);
    return (outcome.reply as ReplyOf<typeof coordination, 'get'>).created as number;
  }
}

/** How the names of those who want to read begin. */
const READERS = 'shared:';

/**
 * Who has to be gone before it is a node's turn, in order: all before it, or for a reader all
 * writers; null if the node is not there.
 */
function namesBefore(names: readonly string[], own: string): readonly string[] | null {
  const at = names.indexOf(own);
  if (at === -1) return null;
  const before = names.slice(0, at);
  return own.startsWith(READERS) ? before.filter((name) => !name.startsWith(READERS)) : before;
}
