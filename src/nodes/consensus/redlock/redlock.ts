/**
 * Redlock (the algorithm of the Redis documentation, "Distributed Locks with Redis"): a lock is
 * held by who has set the same random value at a majority of independent masters, within less than
 * its time to live.
 *
 * Each member is a master, and runs the algorithm for the clients that ask it, as the library in a
 * client would. It asks all masters at once and waits for each `master-timeout`; it has won with a
 * majority if time is left: ttl - elapsed - (ttl × drift + 2 ms). If not, it takes its value back
 * from *all* masters, since an answer may be lost, waits for a random time and tries again.
 *
 * The value is random so that nobody frees another's lock. It is no fencing token: it does not
 * grow. And the majority rests on clocks: when one jumps, or a master forgets, two majorities meet
 * in a master that has given the lock to both (Kleppmann 2016, How to do distributed locking).
 */
import type { Context, Detail, Node, NodeId } from '../../../sim/node.ts';
import type { Params } from '../../../sim/params.ts';
import { isRequest, refuse } from '../../../sim/rpc.ts';
import type { Place } from '../../../sim/system.ts';
import { majority } from '../../parts/quorum.ts';
import { Master } from './master.ts';
import type { Asked, AskMaster, RedlockMessage } from './messages.ts';
import type { RedlockBug, redlockParams } from './settings.ts';

type Ctx = Context<RedlockMessage>;

const ROUND = 'round';
const RETRY = 'retry';
/** The rest of the allowance for drift, beside the share: what Redis' expiry rounds to. */
const DRIFT_FIXED_MS = 2;
/** Values are drawn from these; as good as unique. */
const VALUE_MAX = 0x7fffffff;

/** One try to get, keep or free a lock at all masters. */
interface Round {
  readonly number: number;
  readonly kind: 'acquire' | 'renew' | 'release';
  readonly asked: Asked;
  readonly value: number;
  readonly ttlMs: number;
  readonly beganMs: number;
  /** Tries that are left after this one. */
  readonly triesLeft: number;
  readonly granted: Set<NodeId>;
  readonly answered: Set<NodeId>;
}

export class Redlock implements Node<RedlockMessage> {
  readonly #given: Params<typeof redlockParams>;
  readonly #members: readonly NodeId[];
  readonly #bug: RedlockBug | null;
  readonly #master: Master;
  readonly #rounds = new Map<number, Round>();
  /** Tries that wait for their turn. */
  readonly #waiting = new Map<number, Round>();
  #count = 0;

  constructor(given: Params<typeof redlockParams>, { members }: Place, bug: RedlockBug | null) {
    this.#given = given;
    this.#members = members;
    this.#bug = bug;
    this.#master = new Master(given);
  }

  start(ctx: Ctx): void {
    this.#master.start(ctx);
  }

  receive(ctx: Ctx, from: NodeId, m: RedlockMessage): void {
    if (isRequest(m)) return this.#request(ctx, from, m as never);
    switch (m.type) {
      case 'set-lock':
      case 'extend-lock':
      case 'delete-lock':
        return this.#asMaster(ctx, from, m);
      case 'set-lock-reply':
        return this.#heard(ctx, from, m.round, m.isSet);
      case 'touch-lock-reply':
        return this.#heard(ctx, from, m.round, m.was);
    }
  }

  timeout(ctx: Ctx, tag: string, key: number): void {
    if (tag === ROUND) {
      const round = this.#rounds.get(key);
      if (round !== undefined) this.#conclude(ctx, round);
      return;
    }
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (waiting === undefined) return;
    const { asked, value, triesLeft } = waiting;
    this.#begin(ctx, 'acquire', asked, value, triesLeft);
  }

  inspect(): Detail {
    return { held: this.#master.held, rounds: this.#rounds.size };
  }

  // --- Requests ----------------------------------------------------------------------------------

  #request(ctx: Ctx, from: NodeId, request: Asked['request']): void {
    const asked = { from, request };
    switch (request.type) {
      case 'acquire':
        return this.#begin(
          ctx,
          'acquire',
          asked,
          ctx.random.int(1, VALUE_MAX),
          this.#given.retries,
        );
      case 'renew':
      case 'release':
        return this.#begin(ctx, request.type, asked, request.token, 0);
      default:
        return ctx.send(
          from,
          refuse(request, 'not-supported', 'what the lock guards is elsewhere'),
        );
    }
  }

  #begin(ctx: Ctx, kind: Round['kind'], asked: Asked, value: number, triesLeft: number): void {
    const { request } = asked;
    const { ttl } = this.#given;
    const wantedMs = request.type === 'acquire' ? (request.leaseMs ?? ttl) : ttl;
    const round: Round = {
      number: ++this.#count,
      kind,
      asked,
      value,
      ttlMs: Math.min(wantedMs, ttl),
      beganMs: ctx.elapsed(),
      triesLeft,
      granted: new Set(),
      answered: new Set(),
    };
    this.#rounds.set(round.number, round);
    this.#tellMasters(ctx, round, TYPES[kind]);
    ctx.setTimer(ROUND, this.#given['master-timeout'], round.number);
  }

  #tellMasters(ctx: Ctx, round: Round, type: AskMaster['type']): void {
    const { key } = round.asked.request;
    const { value, ttlMs, number } = round;
    // Numbers of another life would be taken for those of this one.
    const name = `${ctx.life}/${number}`;
    for (const to of this.#members) ctx.send(to, { type, key, value, ttlMs, round: name });
  }

  #asMaster(ctx: Ctx, from: NodeId, { type, key, value, ttlMs, round }: AskMaster): void {
    if (!this.#master.isReady(ctx)) return;
    if (type === 'set-lock') {
      const isSet = this.#master.set(ctx, key, value, ttlMs);
      return ctx.send(from, { type: 'set-lock-reply', round, isSet });
    }
    const whose = this.#bug === 'release-without-value' ? null : value;
    const was =
      type === 'delete-lock'
        ? this.#master.delete(ctx, key, whose)
        : this.#master.extend(ctx, key, value, ttlMs);
    ctx.send(from, { type: 'touch-lock-reply', round, was });
  }

  #heard(ctx: Ctx, from: NodeId, name: string, isGranted: boolean): void {
    const [life, number] = name.split('/').map(Number);
    const round = life === ctx.life ? this.#rounds.get(number ?? 0) : undefined;
    if (round === undefined) return;
    round.answered.add(from);
    if (isGranted) round.granted.add(from);
    if (round.answered.size === this.#members.length) this.#conclude(ctx, round);
  }

  // --- The outcome -------------------------------------------------------------------------------

  #conclude(ctx: Ctx, round: Round): void {
    this.#rounds.delete(round.number);
    ctx.cancelTimer(ROUND, round.number);
    const { kind, asked, granted } = round;
    const { from, request } = asked;
    const isMajority = granted.size >= majority(this.#members.length);
    const leaseMs = this.#validityMs(ctx, round);
    if (kind === 'acquire') return this.#acquired(ctx, round, isMajority, leaseMs);
    if (kind === 'renew' && isMajority && leaseMs > 0) {
      return ctx.send(from, { type: 'renew_ok', inReplyTo: request.id, leaseMs });
    }
    if (kind === 'release' && granted.size > 0) {
      ctx.note('lets go', { key: request.key });
      return ctx.send(from, { type: 'release_ok', inReplyTo: request.id });
    }
    ctx.send(from, refuse(request, 'precondition-failed', 'no majority has this value'));
  }

  #validityMs(ctx: Ctx, { ttlMs, beganMs }: Round): number {
    if (this.#bug === 'validity-is-ttl') return ttlMs;
    const { drift } = this.#given;
    return ttlMs - (ctx.elapsed() - beganMs) - (ttlMs * drift + DRIFT_FIXED_MS);
  }

  #acquired(ctx: Ctx, round: Round, isMajority: boolean, leaseMs: number): void {
    const { asked, value, triesLeft, granted } = round;
    const { from, request } = asked;
    const { key } = request;
    if (isMajority && leaseMs > 0) {
      ctx.note('holds', { key, token: value, masters: granted.size });
      return ctx.send(from, { type: 'acquire_ok', inReplyTo: request.id, token: value, leaseMs });
    }
    this.#tellMasters(ctx, round, 'delete-lock');
    if (triesLeft > 0) return this.#tryAgain(ctx, round);
    ctx.note('gives up', { key });
    const isTaken = round.answered.size >= majority(this.#members.length);
    ctx.send(from, refuse(request, isTaken ? 'lock-held' : 'temporarily-unavailable'));
  }

  /** At a random time, so that those who split the masters do not meet again. */
  #tryAgain(ctx: Ctx, round: Round): void {
    const number = ++this.#count;
    const meanMs = this.#given['retry-delay'];
    this.#waiting.set(number, { ...round, triesLeft: round.triesLeft - 1 });
    ctx.setTimer(RETRY, ctx.random.between(meanMs / 2, meanMs * 1.5), number);
  }
}

const TYPES = { acquire: 'set-lock', renew: 'extend-lock', release: 'delete-lock' } as const;
