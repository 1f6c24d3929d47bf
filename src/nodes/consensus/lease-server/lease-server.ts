/**
 * A server that lends locks for a time (Gray, Cheriton 1989, Leases). A holder that crashes needs
 * nobody to clean up after it: the lease runs out. Each grant has a token larger than all before,
 * by which a store can tell a holder of the past.
 *
 * The granter's half of the bargain: never to grant again before the whole time is over, by its own
 * clock, whatever it may have forgotten in a crash meanwhile.
 */
import type lock from '../../../interfaces/lock.ts';
import type { ReplyOf, RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import type { Params } from '../../../sim/params.ts';
import { type ErrorReply, isRequest, refuse } from '../../../sim/rpc.ts';
import { FencedRegisters } from '../../parts/fenced-register.ts';
import type { LeaseBug, leaseParams } from './declared.ts';

type LeaseMessage = RequestOf<typeof lock> | ReplyOf<typeof lock> | ErrorReply;
type LeaseContext = Context<LeaseMessage>;
type Acquire = RequestOf<typeof lock, 'acquire'>;

/** What is on disk of a lock: the last token, and who has it. */
type Grant = { readonly token: number; readonly session: string | null; readonly leaseMs: number };

interface Waiter {
  readonly from: NodeId;
  readonly request: Acquire;
  readonly untilMs: number;
}

interface Lock {
  readonly key: string;
  /** Of its timers. */
  readonly number: number;
  token: number;
  /** The session that holds it; null: it is free. */
  holder: string | null;
  /** Until when, by the clock of the leases. */
  untilMs: number;
  leaseMs: number;
  readonly waiters: Waiter[];
}

const EXPIRE = 'expire';
const GRANT = 'grant ';

export class LeaseServer implements Node<LeaseMessage> {
  readonly #given: Params<typeof leaseParams>;
  readonly #bug: LeaseBug | null;
  readonly #locks = new Map<string, Lock>();
  readonly #byNumber: Lock[] = [];
  readonly #registers: FencedRegisters;

  constructor(given: Params<typeof leaseParams>, bug: LeaseBug | null) {
    this.#given = given;
    this.#bug = bug;
    this.#registers = new FencedRegisters({ fence: bug !== 'no-token-check', durable: true });
  }

  /** What was granted before a crash may be held yet, for as long as it was granted at most. */
  start(ctx: LeaseContext): void {
    for (const name of ctx.storage.keys()) {
      if (!name.startsWith(GRANT)) continue;
      const { token, session, leaseMs } = ctx.storage.get(name) as Grant;
      const lock = this.#lockOf(name.slice(GRANT.length));
      lock.token = this.#bug === 'token-per-boot' ? 0 : token;
      if (session === null || !this.#given.persist || this.#bug === 'forget-grants') continue;
      this.#hold(ctx, lock, session, leaseMs);
    }
  }

  receive(ctx: LeaseContext, from: NodeId, m: LeaseMessage): void {
    if (!isRequest(m)) return;
    switch (m.type) {
      case 'acquire':
        return this.#acquire(ctx, from, m as Acquire);
      case 'renew':
        return this.#renew(ctx, from, m as RequestOf<typeof lock, 'renew'>);
      case 'release':
        return this.#release(ctx, from, m as RequestOf<typeof lock, 'release'>);
      case 'write':
        return this.#write(ctx, from, m as RequestOf<typeof lock, 'write'>);
      case 'read': {
        const { key, id } = m as RequestOf<typeof lock, 'read'>;
        const value = this.#registers.read(ctx, key);
        return ctx.send(from, { type: 'read_ok', inReplyTo: id, value });
      }
      default:
        return ctx.send(from, refuse(m, 'not-supported'));
    }
  }

  /** A lease may be over, or the patience of somebody who waits. */
  timeout(ctx: LeaseContext, _tag: string, number: number): void {
    const lock = this.#byNumber[number - 1];
    if (lock !== undefined) this.#settle(ctx, lock);
  }

  inspect(): Detail {
    const held = [...this.#locks.values()].filter(({ holder }) => holder !== null);
    return { held: held.map(({ key, holder, token }) => ({ key, holder, token })) };
  }

  // --- Requests ----------------------------------------------------------------------------------

  #acquire(ctx: LeaseContext, from: NodeId, request: Acquire): void {
    const lock = this.#lockOf(request.key);
    this.#settle(ctx, lock);
    const nowMs = this.#now(ctx);
    // The same session again: the answer to it was lost.
    if (lock.holder === request.session) return this.#grant(ctx, lock, from, request);
    if (lock.holder === null && this.#mayGrant(ctx)) return this.#grant(ctx, lock, from, request);
    // Nobody hears an answer that comes when the asker has given up: the lease would be wasted.
    const waitMs = Math.min(request.waitMs ?? 0, request.timeoutMs ?? Infinity);
    if (waitMs <= 0) {
      return ctx.send(from, notGranted(lock, request));
    }
    lock.waiters.push({ from, request, untilMs: nowMs + waitMs });
    this.#arm(ctx, lock);
  }

  #renew(ctx: LeaseContext, from: NodeId, m: RequestOf<typeof lock, 'renew'>): void {
    const lock = this.#lockOf(m.key);
    this.#settle(ctx, lock);
    if (!holds(lock, m)) return ctx.send(from, refuse(m, 'precondition-failed'));
    this.#hold(ctx, lock, m.session, lock.leaseMs);
    ctx.send(from, { type: 'renew_ok', inReplyTo: m.id, leaseMs: lock.leaseMs });
  }

  #release(ctx: LeaseContext, from: NodeId, m: RequestOf<typeof lock, 'release'>): void {
    const lock = this.#lockOf(m.key);
    this.#settle(ctx, lock);
    if (!holds(lock, m)) return ctx.send(from, refuse(m, 'precondition-failed'));
    this.#free(ctx, lock);
    ctx.note('lets go', { key: lock.key });
    ctx.send(from, { type: 'release_ok', inReplyTo: m.id });
    this.#settle(ctx, lock);
  }

  #write(ctx: LeaseContext, from: NodeId, m: RequestOf<typeof lock, 'write'>): void {
    if (this.#registers.write(ctx, m.key, m.token, m.value)) {
      return ctx.send(from, { type: 'write_ok', inReplyTo: m.id });
    }
    ctx.send(from, refuse(m, 'precondition-failed', 'a later token was seen'));
  }

  // --- Leases ------------------------------------------------------------------------------------

  /** Ends what is over, and gives the lock to the first who still waits. */
  #settle(ctx: LeaseContext, lock: Lock): void {
    const nowMs = this.#now(ctx);
    if (lock.holder !== null && nowMs >= lock.untilMs + this.#given.grace) {
      ctx.note('lease over', { key: lock.key, token: lock.token });
      this.#free(ctx, lock);
    }
    const late = lock.waiters.filter(({ untilMs }) => untilMs <= nowMs);
    for (const waiter of late) {
      lock.waiters.splice(lock.waiters.indexOf(waiter), 1);
      const { from, request } = waiter;
      ctx.send(from, notGranted(lock, request));
    }
    if (lock.holder === null && this.#mayGrant(ctx)) {
      const next = lock.waiters.shift();
      if (next !== undefined) this.#grant(ctx, lock, next.from, next.request);
    }
    this.#arm(ctx, lock);
  }

  #grant(ctx: LeaseContext, lock: Lock, from: NodeId, request: Acquire): void {
    const leaseMs = Math.min(request.leaseMs ?? this.#given.ttl, this.#given.ttl);
    const isNew = lock.holder === null;
    if (isNew) lock.token++;
    this.#hold(ctx, lock, request.session, leaseMs);
    this.#save(ctx, lock);
    if (isNew) ctx.note('holds', { key: lock.key, token: lock.token });
    ctx.send(from, { type: 'acquire_ok', inReplyTo: request.id, token: lock.token, leaseMs });
  }

  #hold(ctx: LeaseContext, lock: Lock, session: string, leaseMs: number): void {
    lock.holder = session;
    lock.leaseMs = leaseMs;
    lock.untilMs = this.#now(ctx) + leaseMs;
    this.#arm(ctx, lock);
  }

  #free(ctx: LeaseContext, lock: Lock): void {
    lock.holder = null;
    this.#save(ctx, lock);
  }

  #save(ctx: LeaseContext, { key, token, holder, leaseMs }: Lock): void {
    ctx.storage.set(`${GRANT}${key}`, { token, session: holder, leaseMs } satisfies Grant);
  }

  /** A server that does not know what it has granted grants nothing until all that is over. */
  #mayGrant(ctx: LeaseContext): boolean {
    const { persist, ttl, grace } = this.#given;
    if (persist || ctx.life === 1 || this.#bug === 'forget-grants') return true;
    return ctx.elapsed() >= ttl + grace;
  }

  #now(ctx: LeaseContext): number {
    return this.#given['lease-clock'] === 'wall' ? ctx.now() : ctx.elapsed();
  }

  /** The next moment at which something may be over. */
  #arm(ctx: LeaseContext, { number, holder, untilMs, waiters }: Lock): void {
    const nowMs = this.#now(ctx);
    const ends = waiters.map((waiter) => waiter.untilMs);
    if (holder !== null) ends.push(untilMs + this.#given.grace);
    else if (waiters.length > 0)
      ends.push(nowMs + this.#given.ttl + this.#given.grace - ctx.elapsed());
    if (ends.length === 0) return ctx.cancelTimer(EXPIRE, number);
    const next = ends.reduce((a, b) => Math.min(a, b));
    ctx.setTimer(EXPIRE, Math.max(0.001, next - nowMs), number);
  }

  #lockOf(key: string): Lock {
    const known = this.#locks.get(key);
    if (known !== undefined) return known;
    const number = this.#byNumber.length + 1;
    const lock: Lock = { key, number, token: 0, holder: null, untilMs: 0, leaseMs: 0, waiters: [] };
    this.#locks.set(key, lock);
    this.#byNumber.push(lock);
    return lock;
  }
}

/** Another has it; or nobody does, and the server must not grant anything yet. */
function notGranted({ holder }: Lock, request: Acquire): ErrorReply {
  if (holder !== null) return refuse(request, 'lock-held', 'another session has it');
  return refuse(request, 'temporarily-unavailable', 'what was granted before the crash may last');
}

function holds(
  { holder, token }: Lock,
  asked: { readonly session: string; readonly token: number },
): boolean {
  return holder !== null && token === asked.token;
}
