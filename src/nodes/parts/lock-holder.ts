/**
 * The holder's half of a lock with a lease, for a node that serves others by right of it: it asks a
 * lock service for the lock, renews in time, and stops by its own clock when the lease is over
 * (Gray, Cheriton 1989, Leases; Burrows 2006, Chubby, section 2.4). The other half is whatever
 * answers the interface `lock`.
 *
 * An answer to `acquire` gives the token and no time: it may be the answer to an earlier try, whose
 * lease began long ago. The lock counts as held from the first `renew` on that is answered, and a
 * lease counts from when its renewal was *sent*, shortened by what clocks may run apart.
 */
import type lock from '../../interfaces/lock.ts';
import type { BodyOf, ReplyOf } from '../../sim/interface.ts';
import type { Context, NodeId } from '../../sim/node.ts';
import { type ErrorReply, type Reply, requestOf } from '../../sim/rpc.ts';
import { trustedLeaseMs } from './trusted-lease.ts';

export interface LockHolderSpec {
  /** Those that it asks, in turn: members of a group that answers `lock`. */
  readonly servers: readonly NodeId[];
  readonly key: string;
  /** The lease that it asks for; the service has the last word. */
  readonly leaseMs: number;
  /** By how much the pace of clocks may be wrong, as a share. */
  readonly drift: number;
}

/** The tag of its timer. */
export const LOCK = 'lock';
/** An acquire waits at the service for this share of the lease; then it is asked again. */
const WAIT_SHARE = 0.5;
/** A lease is renewed, and an answer waited for, for this share of it. */
const RENEW_SHARE = 1 / 3;
/** Who was refused asks again after this share of the lease. */
const AGAIN_SHARE = 0.05;

// biome-ignore lint/suspicious/noExplicitAny: the messages of the kind that holds the lock.
type AnyContext = Context<any>;
type Asked = Extract<BodyOf<typeof lock>, { readonly type: 'acquire' | 'renew' }>;

export class LockHolder {
  readonly #spec: LockHolderSpec;
  #server = 0;
  /** Of its session: a number for each question, and one for each time that it is asked. */
  #serial = 0;
  #lastId = 0;
  /** The question that is open: what it asks, the first of its ids, and when that was sent. */
  #open: { readonly body: Asked; readonly firstId: number; readonly askedMs: number } | null = null;
  #token: number | null = null;
  #untilMs = -Infinity;

  constructor(spec: LockHolderSpec) {
    this.#spec = spec;
  }

  /**
   * At boot. What an earlier life held is over when the service says so: it has another session.
   */
  start(ctx: AnyContext): void {
    this.#acquire(ctx);
  }

  /** The token, while the lease lives by the holder's own clock; null: it must not act. */
  heldToken(ctx: AnyContext): number | null {
    return ctx.elapsed() < this.#untilMs ? this.#token : null;
  }

  /** An answer of the service. */
  receive(ctx: AnyContext, m: Reply): void {
    const open = this.#open;
    if (open === null || m.inReplyTo < open.firstId || m.inReplyTo > this.#lastId) return;
    this.#open = null;
    const { body, askedMs } = open;
    if (m.type === 'error') return this.#refused(ctx, body, m as ErrorReply);
    if (body.type === 'acquire') {
      this.#token = (m as unknown as ReplyOf<typeof lock, 'acquire'>).token;
      return this.#renew(ctx);
    }
    const { leaseMs = Infinity } = m as unknown as ReplyOf<typeof lock, 'renew'>;
    const { drift } = this.#spec;
    this.#untilMs = askedMs + trustedLeaseMs(leaseMs, drift);
    const nextMs = askedMs + Math.min(leaseMs, this.#spec.leaseMs) * RENEW_SHARE;
    ctx.setTimer(LOCK, Math.max(1, nextMs - ctx.elapsed()));
  }

  /** Its timer: an answer did not come, or it is time to ask. */
  timeout(ctx: AnyContext): void {
    const open = this.#open;
    if (open !== null) this.#server = (this.#server + 1) % this.#spec.servers.length;
    // The same acquire again: it may have been carried out. A renewal counts from its own sending.
    if (open?.body.type === 'acquire') return this.#send(ctx, open.body);
    if (this.#token === null) this.#acquire(ctx);
    else this.#renew(ctx);
  }

  /** Lets others have it, and asks again after a while. */
  giveBack(ctx: AnyContext, restMs: number): void {
    const token = this.#token;
    this.#lose(ctx, restMs);
    if (token === null) return;
    this.#serial++;
    this.#send(ctx, { type: 'release', key: this.#spec.key, token });
    ctx.setTimer(LOCK, restMs);
  }

  #acquire(ctx: AnyContext): void {
    const { key, leaseMs } = this.#spec;
    this.#ask(ctx, { type: 'acquire', key, leaseMs, waitMs: leaseMs * WAIT_SHARE });
  }

  #renew(ctx: AnyContext): void {
    this.#ask(ctx, { type: 'renew', key: this.#spec.key, token: this.#token as number });
  }

  #ask(ctx: AnyContext, body: Asked): void {
    this.#open = { body, firstId: this.#lastId + 1, askedMs: ctx.elapsed() };
    this.#serial++;
    this.#send(ctx, body);
  }

  #send(ctx: AnyContext, body: BodyOf<typeof lock>): void {
    const { servers, leaseMs } = this.#spec;
    const waitMs = body.type === 'acquire' ? (body.waitMs ?? 0) : 0;
    const patienceMs = waitMs + leaseMs * RENEW_SHARE;
    const session = `${ctx.self}#${ctx.life}`;
    const id = ++this.#lastId;
    const attempt = id - (this.#open?.firstId ?? id) + 1;
    const request = requestOf(body, id, session, this.#serial, attempt, patienceMs);
    ctx.send(servers[this.#server] as NodeId, request);
    ctx.setTimer(LOCK, patienceMs);
  }

  #refused(ctx: AnyContext, body: Asked, { code }: ErrorReply): void {
    const againMs = this.#spec.leaseMs * AGAIN_SHARE;
    // The lease is over, or the lock is another's: whatever its own clock says.
    if (body.type === 'renew' && code === 'precondition-failed') return this.#lose(ctx, againMs);
    if (code !== 'lock-held') this.#server = (this.#server + 1) % this.#spec.servers.length;
    ctx.setTimer(LOCK, againMs);
  }

  #lose(ctx: AnyContext, againMs: number): void {
    this.#open = null;
    this.#token = null;
    this.#untilMs = -Infinity;
    ctx.setTimer(LOCK, againMs);
  }
}
