/**
 * The lock workload: clients take a lock, work, write what the lock guards, and give it back. It
 * has the holder's half of a lease: a client renews in time, counts from when it asked, leaves room
 * for clocks that run apart, and stops by itself when its time is over. Each of these can be taken
 * away.
 *
 * A process asks for the lock; it reads what the lock guards, works on it and writes it, as often
 * as it is asked to; then it releases, whatever became of the writes. The work is part of the read,
 * so that a write begins when it is sent. Checkers take it for a holder from the answer to its
 * `acquire` until it invokes its `release`. Use it with `pace: closed` and a short `think`, so that
 * a holder whose lease is over says so at once.
 */
import lock from '../interfaces/lock.ts';
import type { Flow, Fork } from '../sim/call.ts';
import type { OperationOutcome } from '../sim/history.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { NodeId, Plain, Random } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import {
  type Actor,
  type ActorContext,
  defineWorkload,
  type Generator,
  type Invocation,
  OperationFailed,
} from './workload.ts';

const params = defineParams({
  keys: {
    type: 'integer',
    doc: 'How many locks, `k1` and up; each client takes one at a time.',
    default: 1,
    min: 1,
  },
  store: {
    type: 'nodes',
    doc: 'What the lock guards, if it is not kept by the lock service itself: writes go there.',
    optional: true,
  },
  work: {
    type: 'distribution',
    doc: 'How long a holder works before each write.',
    default: { kind: 'constant', value: 20 },
  },
  writes: { type: 'integer', doc: 'Guarded writes of one holder.', default: 1, min: 0 },
  shared: {
    type: 'ratio',
    doc: 'Share of the acquires that are for reading: where the service knows that, readers have the lock together. They write nothing.',
    default: 0,
    min: 0,
    max: 1,
  },
  'first-value': {
    type: 'integer',
    doc: 'The first value written; the next are one more each.',
    default: 1,
  },
  wait: { type: 'duration', doc: 'How long an acquire waits at the service.', default: 0, min: 0 },
  lease: {
    type: 'duration',
    doc: 'The lease that it asks for. Absent: what the service gives.',
    optional: true,
    min: 1,
  },
  renew: {
    type: 'ratio',
    doc: 'The share of a lease after which it is renewed; 0: never.',
    default: 0.3333,
    min: 0,
    max: 1,
  },
  drift: {
    type: 'ratio',
    doc: 'By how much clocks may run fast or slow: a holder stops that much sooner. 0: it trusts its clock.',
    default: 0.01,
    min: 0,
    max: 0.9,
  },
  'count-from': {
    type: 'choice',
    options: ['send', 'reply'],
    doc: 'Whether a lease counts from when it was asked for, or from when the answer came: then it ends too late.',
    default: 'send',
  },
  check: {
    type: 'choice',
    options: ['write', 'work', 'never'],
    doc: 'When a holder looks whether its lease is over: before each write too, only before it works, or not at all.',
    default: 'write',
  },
});

type LockParams = Params<typeof params>;

export default defineWorkload({
  name: 'lock',
  summary: 'Takes locks, works, writes under the token, releases; keeps leases as a holder should.',
  params,
  asks: lock,
  operations: ['acquire', 'read', 'write', 'release'],
  tell: (f, input, output) => {
    if (f === 'write') return `write ${JSON.stringify(input)}`;
    return output === undefined || output === null ? f : `${f} ${JSON.stringify(output)}`;
  },
  generator: (given) => new LockGenerator(given),
  act: (given) => new LockActor(given),
  outputOf: (f, reply) => (f === 'read' ? (reply as ReplyOf<typeof lock, 'read'>).value : null),
});

/** What a process is about: after its acquire was answered it reads and writes, then releases. */
interface Stage {
  readonly key: string;
  readonly token: Plain;
  readonly isShared: boolean;
  /** Times that it still works; who reads does not write then. */
  writesLeft: number;
  hasRead: boolean;
}

class LockGenerator implements Generator {
  readonly #given: LockParams;
  readonly #stages = new Map<number, Stage>();
  readonly #finals: FinalPositions;
  #value: number;

  constructor(given: LockParams) {
    this.#given = given;
    this.#finals = new FinalPositions(given.keys);
    this.#value = given['first-value'];
  }

  next(process: number, random: Random): Invocation {
    const stage = this.#stages.get(process);
    if (stage === undefined) return this.#acquire(random);
    const { key, token, isShared } = stage;
    if (stage.writesLeft > 0 && !stage.hasRead) return readOf(key);
    if (stage.writesLeft > 0 && !isShared) {
      const value = this.#value++;
      const request = { type: 'write', key, token, value } as const;
      return { f: 'write', key, input: [token, value], request };
    }
    this.#stages.delete(process);
    return { f: 'release', key, input: null, request: { type: 'release', key, token } };
  }

  heard(process: number, what: Invocation, outcome: OperationOutcome, output: Plain): void {
    if (what.f === 'acquire' && outcome === 'ok') {
      const key = what.key as string;
      const { writes } = this.#given;
      const isShared = what.input === SHARED;
      const stage = { key, token: output, isShared, writesLeft: writes, hasRead: false };
      this.#stages.set(process, stage);
      return;
    }
    const stage = this.#stages.get(process);
    if (stage === undefined) return;
    // Who has lost the lock writes no more.
    if (outcome !== 'ok') stage.writesLeft = 0;
    else if (what.f === (stage.isShared ? 'read' : 'write')) stage.writesLeft--;
    stage.hasRead = what.f === 'read' && !stage.isShared;
  }

  #acquire(random: Random): Invocation {
    const { keys, shared } = this.#given;
    const key = `k${random.int(1, keys)}`;
    return acquireOf(key, this.#given, shared > 0 && random.chance(shared));
  }

  /** Reads of all keys, to see what is left. */
  last(process: number): Invocation | null {
    const i = this.#finals.next(process);
    return i === null ? null : readOf(`k${i + 1}`);
  }
}

function readOf(key: string): Invocation {
  return { f: 'read', key, input: null, request: { type: 'read', key } };
}

/** The input of an acquire for reading. */
const SHARED = 'shared';

function acquireOf(key: string, { wait, lease }: LockParams, shared: boolean): Invocation {
  const request = {
    type: 'acquire',
    key,
    ...(wait > 0 ? { waitMs: wait } : {}),
    ...(lease === undefined ? {} : { leaseMs: lease }),
    ...(shared ? { shared } : {}),
  } as const;
  return { f: 'acquire', key, input: shared ? SHARED : null, request };
}

const LEASE_OVER = 'lease-over';
/** What clocks count in, in ms. */
const TICK_MS = 0.001;

/** The lock that a client has, as far as it knows. */
interface Held {
  readonly key: string;
  readonly token: number;
  /** By the clock that never jumps; Infinity for a lock without a lease. */
  untilMs: number;
  keeper: Fork | null;
}

const isOver = (ctx: ActorContext, held: Held) => ctx.elapsed() >= held.untilMs;

class LockActor implements Actor {
  readonly #given: LockParams;
  #held: Held | null = null;

  constructor(given: LockParams) {
    this.#given = given;
  }

  *invoke(ctx: ActorContext, what: Invocation): Flow<Plain> {
    switch (what.f) {
      case 'acquire':
        return yield* this.#acquire(ctx, what);
      case 'write':
        return yield* this.#write(ctx, what);
      case 'release':
        return yield* this.#release(ctx, what);
      default:
        return yield* this.#read(ctx, what);
    }
  }

  *#acquire(ctx: ActorContext, { key, request }: Invocation): Flow<Plain> {
    const askedMs = ctx.elapsed();
    const reply = yield* ctx.call(ctx.target, request);
    const { token, leaseMs } = reply as ReplyOf<typeof lock, 'acquire'>;
    const held: Held = { key: key as string, token, untilMs: Infinity, keeper: null };
    if (leaseMs !== undefined) {
      held.untilMs = this.#until(ctx, leaseMs, askedMs);
      held.keeper = this.#keep(ctx, held, leaseMs);
    }
    this.#held?.keeper?.cancel();
    this.#held = held;
    const { check, renew } = this.#given;
    if (check === 'never' || !isOver(ctx, held)) return token;
    // Who has waited for long looks whether its lease still lives (etcd#11456).
    if (renew > 0) yield* this.#renew(ctx, held, leaseMs as number);
    if (!isOver(ctx, held)) return token;
    this.#held = null;
    held.keeper?.cancel();
    yield* ctx.attempt(ctx.target, { type: 'release', key: held.key, token });
    throw new OperationFailed(LEASE_OVER, 'it was over before the answer came');
  }

  /** ttl (1 - r) / (1 + r) from when it was asked for (Gray, Cheriton 1989, section 5). */
  #until(ctx: ActorContext, leaseMs: number, askedMs: number): number {
    const { drift } = this.#given;
    const fromMs = this.#given['count-from'] === 'send' ? askedMs : ctx.elapsed();
    return fromMs + (leaseMs * (1 - drift)) / (1 + drift);
  }

  /** Renews until it is cancelled or refused. */
  #keep(ctx: ActorContext, held: Held, leaseMs: number): Fork | null {
    const { renew } = this.#given;
    if (renew === 0) return null;
    const once = (own: ActorContext) => this.#renew(own, held, leaseMs);
    return ctx.fork(function* (own: ActorContext): Flow {
      for (;;) {
        yield* own.sleep(leaseMs * renew);
        if (!(yield* once(own))) return;
      }
    });
  }

  /** Asks for the whole lease again; false if it is refused. */
  *#renew(ctx: ActorContext, held: Held, leaseMs: number): Flow<boolean> {
    const askedMs = ctx.elapsed();
    const request = { type: 'renew', key: held.key, token: held.token };
    const timeoutMs = leaseMs * this.#given.renew;
    const outcome = yield* ctx.attempt(ctx.target, request, { timeoutMs });
    if (outcome.ok) held.untilMs = this.#until(ctx, leaseMs, askedMs);
    return outcome.ok || outcome.code !== 'precondition-failed';
  }

  /** A holder works on what it has read. */
  *#read(ctx: ActorContext, { key, request }: Invocation): Flow<Plain> {
    const held = this.#held;
    const read = () => ctx.call(this.#store(ctx), request);
    if (held === null || held.key !== key) {
      return ((yield* read()) as ReplyOf<typeof lock, 'read'>).value;
    }
    const { check, work } = this.#given;
    return yield* this.#unlessCancelled(held, function* (this: LockActor) {
      if (check !== 'never') this.#mustHold(ctx, held);
      const { value } = (yield* read()) as ReplyOf<typeof lock, 'read'>;
      yield* this.#workFor(ctx, held, ctx.random.draw(work));
      return value;
    });
  }

  *#write(ctx: ActorContext, { key, request }: Invocation): Flow<Plain> {
    const held = this.#held;
    if (held === null || held.key !== key) throw new OperationFailed(LEASE_OVER);
    return yield* this.#unlessCancelled(held, function* (this: LockActor) {
      if (this.#given.check === 'write') this.#mustHold(ctx, held);
      yield* ctx.call(this.#store(ctx), request);
      return null;
    });
  }

  /** Without an answer the process is over, and nobody releases: the lease must run out. */
  *#unlessCancelled(held: Held, flow: (this: LockActor) => Flow<Plain>): Flow<Plain> {
    let isDone = false;
    try {
      const value = yield* flow.call(this);
      isDone = true;
      return value;
    } finally {
      if (!isDone) held.keeper?.cancel();
    }
  }

  #mustHold(ctx: ActorContext, held: Held): void {
    if (isOver(ctx, held)) throw new OperationFailed(LEASE_OVER, 'its lease is over');
  }

  /** Works; one that looks before it writes stops when its lease is over. */
  *#workFor(ctx: ActorContext, held: Held, workMs: number): Flow {
    const endMs = ctx.elapsed() + workMs;
    for (;;) {
      const nowMs = ctx.elapsed();
      if (nowMs >= endMs) return;
      const looks = this.#given.check === 'write';
      if (looks) this.#mustHold(ctx, held);
      const leftMs = looks ? Math.min(endMs, held.untilMs) - nowMs : endMs - nowMs;
      // Less than a tick of the clock would be no wait at all.
      yield* ctx.sleep(Math.max(leftMs, TICK_MS));
    }
  }

  *#release(ctx: ActorContext, { request }: Invocation): Flow<Plain> {
    const held = this.#held;
    this.#held = null;
    held?.keeper?.cancel();
    yield* ctx.call(ctx.target, request);
    return null;
  }

  #store(ctx: ActorContext): string | readonly NodeId[] {
    return this.#given.store ?? ctx.target;
  }
}
