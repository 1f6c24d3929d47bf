/**
 * The lock recipe: clients build a lock out of the tree of a coordination service (Hunt et al.
 * 2010, ZooKeeper, section 2.4, "simple locks without herd effect"; with the care that Curator had
 * to learn). Its operations are those of the interface `lock`, and are judged as such.
 *
 * Who wants the lock makes a sequence node that goes with its lease, and looks at the list. If its
 * own is the first, it holds the lock, and the revision of its node is the token. If not, it
 * watches the one before its own only, so that one waiter wakes for each release; and looks again
 * when that is gone, for its owner may have given up. The name has an identifier of the client's,
 * so that it finds its node when the answer to `create` was lost. When it has waited, it looks
 * whether its lease still lives. With the lease the lock is lost: the holder stops by its own
 * clock.
 */

import coordination from '../interfaces/coordination.ts';
import lock from '../interfaces/lock.ts';
import { CallError, type Failure, type Flow, Signal } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Message, NodeId, Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { CoordinationLease } from './parts/coordination-lease.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { leaseParams } from './parts/lease-params.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
  OperationFailed,
} from './workload.ts';

const params = defineParams({
  keys: { type: 'integer', doc: 'How many locks, `k1` and up.', default: 1, min: 1 },
  store: {
    type: 'nodes',
    doc: 'What the lock guards: reads and writes go there. Without it nobody works under the lock.',
    optional: true,
  },
  work: {
    type: 'distribution',
    doc: 'How long a holder has the lock, or works before its write.',
    default: { kind: 'constant', value: 20 },
  },
  times: {
    type: 'integer',
    doc: 'How often each client takes the lock; absent: as long as the load goes on.',
    optional: true,
    min: 1,
  },
  wait: {
    type: 'duration',
    doc: 'How long an acquire waits for its turn; absent: as long as the client is patient. Then it ends as lock-held.',
    optional: true,
    min: 1,
  },
  watch: {
    type: 'choice',
    options: ['predecessor', 'all'],
    doc: 'Whether a waiter watches the node before its own, or the whole list: then all wake for each release.',
    default: 'predecessor',
  },
  guid: {
    type: 'boolean',
    doc: 'Whether names have an identifier, by which a client finds the node of a lost answer. Without, nobody owns it, and nobody gets the lock.',
    default: true,
  },
  shared: {
    type: 'ratio',
    doc: 'Share of the acquires that are for reading: readers have the lock together, and wait only for writers before them.',
    default: 0,
    min: 0,
    max: 1,
  },
  depth: {
    type: 'integer',
    doc: 'How often a holder takes the lock that it has, before it works: it releases it as often. Judge it by mutual-exclusion(reentrant: true).',
    default: 1,
    min: 1,
  },
  'check-lease': {
    type: 'boolean',
    doc: 'Whether a client that has waited looks if its lease still lives, and a holder before it writes.',
    default: true,
  },
  ...leaseParams,
});

type RecipeParams = Params<typeof params>;

const LEASE_OVER = 'lease-over';
/** What a process that holds a lock knows: the path of its node. */
const HELD = 'held';
const TICK_MS = 0.001;

export default defineWorkload({
  name: 'lock-recipe',
  summary: 'Takes locks that clients build out of sequence nodes, leases and watches.',
  params,
  asks: lock,
  speaks: coordination,
  operations: ['acquire', 'read', 'write', 'release'],
  tell: (f, input, output) => {
    if (f === 'write') return `write ${JSON.stringify(input)}`;
    return output === undefined || output === null ? f : `${f} ${JSON.stringify(output)}`;
  },
  generator: (given) => new RecipeGenerator(given),
  act: (given) => new RecipeActor(given),
  outputOf: () => null,
});

type Stage = 'held' | 'read' | 'written';

/** What a process has, as the generator knows it. */
interface Has {
  readonly key: string;
  readonly token: Plain;
  readonly isShared: boolean;
  stage: Stage;
  /** Acquires that are not released. */
  depth: number;
}

/** The input of an acquire for reading. */
const SHARED = 'shared';

class RecipeGenerator implements Generator {
  readonly #given: RecipeParams;
  readonly #finals: FinalPositions;
  readonly #stages = new Map<number, Has>();
  readonly #taken = new Map<number, number>();
  #value = 0;

  constructor(given: RecipeParams) {
    this.#given = given;
    this.#finals = new FinalPositions(given.store === undefined ? 0 : given.keys);
  }

  next(process: number, random: Random): Invocation | null {
    const { keys, depth, shared, store } = this.#given;
    const has = this.#stages.get(process);
    if (has === undefined) {
      const key = `k${random.int(1, keys)}`;
      const isShared = shared > 0 && random.chance(shared);
      return this.#acquire(process, key, isShared);
    }
    const { key, token, stage, isShared } = has;
    if (stage === 'held' && has.depth < depth) return acquireOf(key, isShared);
    if (stage === 'held' && store !== undefined) return invocation('read', key, null);
    if (stage === 'read' && !isShared) return invocation('write', key, [token, ++this.#value]);
    has.stage = 'written';
    if (--has.depth === 0) this.#stages.delete(process);
    return invocation('release', key, null, token);
  }

  heard(process: number, what: Invocation, outcome: OperationOutcome, output: Plain): void {
    const { f, key, input } = what;
    const has = this.#stages.get(process);
    if (f === 'acquire' && outcome === 'ok' && has !== undefined) has.depth++;
    else if (f === 'acquire' && outcome === 'ok') {
      this.#taken.set(process, (this.#taken.get(process) ?? 0) + 1);
      const isShared = input === SHARED;
      const stage = 'held';
      this.#stages.set(process, { key: key as string, token: output, isShared, stage, depth: 1 });
    }
    if (has === undefined) return;
    if (f === 'read' && outcome === 'ok') has.stage = 'read';
    else if (f === 'read' || f === 'write' || outcome !== 'ok') has.stage = 'written';
  }

  last(process: number): Invocation | null {
    const i = this.#finals.next(process);
    return i === null ? null : invocation('read', `k${i + 1}`, null);
  }

  #acquire(process: number, key: string, isShared: boolean): Invocation | null {
    const { times = Infinity } = this.#given;
    return (this.#taken.get(process) ?? 0) >= times ? null : acquireOf(key, isShared);
  }
}

function acquireOf(key: string, isShared: boolean): Invocation {
  return { f: 'acquire', key, input: isShared ? SHARED : null, request: { type: 'acquire', key } };
}

function invocation(f: string, key: string, input: Plain, token?: Plain): Invocation {
  const written = Array.isArray(input)
    ? { token: input[0] as Plain, value: input[1] as Plain }
    : {};
  const shown = token === undefined ? written : { token };
  return { f, key, input, request: { type: f, key, ...shown } };
}

/** The node by which a client holds a lock, or waits for it. */
interface Held {
  readonly key: string;
  readonly path: string;
  readonly token: number;
  /** The lease that it goes with. */
  readonly lease: number;
  /** How often it was acquired and not released. */
  depth: number;
}

class RecipeActor implements Actor {
  readonly #given: RecipeParams;
  readonly #lease: CoordinationLease;
  #held: Held | null = null;
  #guids = 0;

  constructor(given: RecipeParams) {
    this.#given = given;
    this.#lease = new CoordinationLease(given);
  }

  start(ctx: ActorContext): Flow {
    return this.#lease.keep(ctx);
  }

  *invoke(ctx: ActorContext, { f, key, input, request }: Invocation): Flow<Plain> {
    switch (f) {
      case 'acquire':
        return yield* this.#acquire(ctx, key as string, input === SHARED);
      case 'release':
        return yield* this.#release(ctx);
      case 'read':
        return yield* this.#read(ctx, request);
      default:
        this.#mustHold(ctx);
        yield* ctx.call(this.#store, request);
        return null;
    }
  }

  receive(ctx: ActorContext, from: NodeId, message: Message): void {
    this.#lease.receive(ctx, from, message);
  }

  get #store(): readonly NodeId[] {
    return this.#given.store as readonly NodeId[];
  }

  // --- The recipe --------------------------------------------------------------------------------

  *#acquire(ctx: ActorContext, key: string, isShared: boolean): Flow<Plain> {
    const held = this.#held;
    if (held !== null && held.key === key && ctx.mine.get(HELD) === held.path) {
      return this.#acquireAgain(ctx, held);
    }
    const directory = `/lock-${key}`;
    yield* this.#makeDirectory(ctx, directory);
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
      if (!isHeld) ctx.fork((later) => this.#remove(later, own));
    }
  }

  #acquireAgain(ctx: ActorContext, held: Held): Plain {
    this.#mustHold(ctx);
    held.depth++;
    return held.token;
  }

  *#makeDirectory(ctx: ActorContext, path: string): Flow {
    const there = yield* this.#lease.ask(ctx, { type: 'exists', path });
    if (there.ok && (there.reply as ReplyOf<typeof coordination, 'exists'>).version !== null)
      return;
    const body = { type: 'create', path, value: null };
    const made = yield* this.#lease.ask(ctx, body, { timeoutMs: PATIENCE_MS });
    if (made.ok || made.code === 'key-already-exists') return;
    if (made.code !== 'timeout' || isLate(ctx)) fail(ctx, made);
    yield* this.#makeDirectory(ctx, path);
  }

  /** Makes the sequence node, and finds it again if the answer was lost. */
  *#makeNode(ctx: ActorContext, directory: string, isShared: boolean): Flow<string> {
    const { guid } = this.#given;
    const whose = guid ? `${ctx.self}.${this.#lease.number}.${++this.#guids}-` : 'lock-';
    const mark = isShared ? `${READERS}${whose}` : whose;
    for (;;) {
      const body = {
        type: 'create',
        path: `${directory}/${mark}`,
        value: ctx.self,
        ephemeral: true,
        sequence: true,
      };
      const made = yield* this.#lease.ask(ctx, body, { timeoutMs: PATIENCE_MS });
      if (made.ok) return (made.reply as ReplyOf<typeof coordination, 'create'>).path;
      if (made.code === 'precondition-failed') throw new OperationFailed(LEASE_OVER, made.text);
      if (isLate(ctx)) fail(ctx, made);
      if (!guid) continue;
      const lost = (yield* this.#list(ctx, directory)).find((name) => name.startsWith(mark));
      if (lost !== undefined) return `${directory}/${lost}`;
    }
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
      let before = namesBefore(yield* this.#list(ctx, directory), name);
      // Who is not the first sets the watch with a second look.
      if (watch === 'all' && before !== null && before.length > 0) {
        before = namesBefore(yield* this.#list(ctx, directory, fired), name);
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

  *#list(
    ctx: ActorContext,
    path: string,
    fired: (() => void) | null = null,
  ): Flow<readonly string[]> {
    const body = { type: 'children', path };
    const outcome =
      fired === null
        ? yield* this.#lease.ask(ctx, body)
        : yield* this.#lease.watch(ctx, body, fired);
    if (!outcome.ok) return fail(ctx, outcome);
    const { children } = outcome.reply as ReplyOf<typeof coordination, 'children'>;
    return [...children].sort((a, b) => (sequenceOf(a) < sequenceOf(b) ? -1 : 1));
  }

  *#release(ctx: ActorContext): Flow<Plain> {
    const held = this.#held;
    if (held === null || --held.depth > 0) return null;
    this.#held = null;
    if (held.lease === this.#lease.number) yield* this.#remove(ctx, held.path);
    return null;
  }

  /** Until it is gone: by this, or with the lease. */
  *#remove(ctx: ActorContext, path: string): Flow {
    const { number } = this.#lease;
    while (number === this.#lease.number) {
      const options = { timeoutMs: PATIENCE_MS };
      const outcome = yield* this.#lease.ask(ctx, { type: 'delete', path }, options);
      if (outcome.ok || outcome.code === 'key-does-not-exist') return;
      if (isLate(ctx)) fail(ctx, outcome);
    }
  }

  // --- Work --------------------------------------------------------------------------------------

  *#read(ctx: ActorContext, request: Invocation['request']): Flow<Plain> {
    const held = this.#held;
    if (held !== null) this.#mustHold(ctx);
    const reply = yield* ctx.call(this.#store, request);
    const { value } = reply as ReplyOf<typeof lock, 'read'>;
    if (held !== null) yield* this.#workFor(ctx, ctx.random.draw(this.#given.work));
    return value;
  }

  /** Works, and stops when the lease is over. */
  *#workFor(ctx: ActorContext, workMs: number): Flow {
    const endMs = ctx.elapsed() + workMs;
    while (ctx.elapsed() < endMs) {
      this.#mustHold(ctx);
      const leftMs = Math.min(endMs, this.#lease.untilMs) - ctx.elapsed();
      yield* ctx.sleep(Math.max(leftMs, TICK_MS));
    }
  }

  #mustHold(ctx: ActorContext): void {
    if (!this.#given['check-lease']) return;
    const held = this.#held;
    const isOver = held === null || held.lease !== this.#lease.number || !this.#lease.isSafe(ctx);
    if (isOver) throw new OperationFailed(LEASE_OVER, 'its lease is over');
  }
}

/** How long it waits for the answer to a change before it looks what became of it, in ms. */
const PATIENCE_MS = 1000;
/** It gives up so long before its client does, to say why. */
const MARGIN_MS = 20;
const SEQUENCE_DIGITS = 10;

function sequenceOf(name: string): string {
  return name.slice(-SEQUENCE_DIGITS);
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

/** At its deadline an operation gets no answer, and no time passes between its tries. */
function isLate(ctx: ActorContext): boolean {
  return ctx.deadline !== null && ctx.now() >= ctx.deadline;
}

function fail(ctx: ActorContext, { code, text, from }: Failure): never {
  throw new CallError(code, ctx.target, from, text);
}
