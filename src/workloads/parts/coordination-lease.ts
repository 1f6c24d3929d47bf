/**
 * A client's half of a coordination service: it keeps a lease alive, holds on to one server, brings
 * its watches along when it goes to another, and may keep what it reads (Hunt et al. 2010,
 * ZooKeeper, section 2.2; Burrows 2006, Chubby, sections 2.7 to 2.9).
 *
 * The lease counts from when a ping was sent, by the clock that never jumps, with room for clocks
 * that run apart. When it is over by that, and nothing was heard, the client is in *jeopardy*: its
 * cache is off and its calls wait. If a ping is answered within `grace` all goes on; if not, the
 * client gives the lease up, as it does when the service says that it is over.
 *
 * A client looks at no answer before it has heard all events that went before it: an answer says
 * how many there were. If some do not come, it takes the server for lost.
 */
import type coordination from '../../interfaces/coordination.ts';
import {
  type CallOptions,
  type Failure,
  type Flow,
  isDefinite,
  type Outcome,
  type RequestBody,
  Signal,
} from '../../sim/call.ts';
import type { ReplyOf } from '../../sim/interface.ts';
import type { Message, NodeId, Plain } from '../../sim/node.ts';
import type { Reply } from '../../sim/rpc.ts';
import type { ActorContext } from '../workload.ts';
import type { LeaseParams } from './lease-params.ts';

export type WatchOf = 'data' | 'children';

/** A watch fires, or the lease is over and with it the watch. */
export interface Fired {
  readonly what: 'created' | 'changed' | 'deleted' | 'children' | 'lost';
  readonly revision: number;
}

/** Who waits for an event, and the revision of the last one that it got; -1 before. */
interface Waiting {
  readonly fired: (fired: Fired) => void;
  toldAt: number;
}

/** Where the events of a server have come to: without gaps, and beyond. */
interface Heard {
  upTo: number;
  readonly beyond: Set<number>;
}

/** How long an answer waits for the events that went before it, in ms. */
const EVENTS_PATIENCE_MS = 500;
/** How long one server is asked for a read or a ping, at most, before another is. */
const PATIENCE_MS = 1000;
const PAUSE_MS = 20;
const REWATCH_TRIES = 3;
const READS: ReadonlySet<string> = new Set(['get', 'exists', 'children']);

type Answered = Reply & {
  readonly revision?: number;
  readonly events?: readonly [string, number];
  readonly cacheable?: number;
};

export class CoordinationLease {
  readonly #given: LeaseParams;
  readonly #changed = new Signal();
  #lease: string | null = null;
  #leaseMs = 0;
  /** For how long the service keeps a ping. */
  #holdMs = 0;
  /** By the clock that never jumps. */
  #untilMs = -Infinity;
  /** The highest revision that it knows of, and that up to which it has heard all events. */
  #seen = 0;
  #heardUpTo = 0;
  #server: NodeId | null = null;
  /** By source: a server, in one of its lives. */
  readonly #heard = new Map<string, Heard>();
  readonly #watches = new Map<string, Waiting[]>();
  readonly #cache = new Map<string, Answered>();
  #epoch: number | undefined = undefined;
  /** How often something had to be dropped from the cache. */
  #drops = 0;
  /** Grows with each lease: what was begun under an earlier one is over. */
  #number = 0;
  onEvent: ((ctx: ActorContext, path: string, fired: Fired, from: NodeId) => void) | null = null;

  constructor(given: LeaseParams) {
    this.#given = given;
  }

  /** As the service calls it; null: there is none. */
  get name(): string | null {
    return this.#lease;
  }

  /** Which lease this is: 0 before the first. */
  get number(): number {
    return this.#number;
  }

  /** Whether the lease holds by this client's own clock. */
  isSafe(ctx: ActorContext): boolean {
    return this.#lease !== null && ctx.elapsed() < this.#untilMs;
  }

  /** Until when it holds, if nothing more is heard. */
  get untilMs(): number {
    return this.#untilMs;
  }

  /** Opens a lease and keeps it, and opens another when it is over; forever. */
  *keep(ctx: ActorContext): Flow {
    for (;;) {
      if (this.#lease === null) yield* this.#open(ctx);
      else yield* this.#ping(ctx);
    }
  }

  /** Waits until there is a lease; gives its number. */
  *whenOpen(ctx: ActorContext): Flow<number> {
    while (!this.isSafe(ctx)) yield* ctx.wait(this.#changed);
    return this.#number;
  }

  /**
   * Asks in the name of the lease; waits while it is in jeopardy. A read goes to another server
   * when one does not answer; a change is sent once.
   */
  ask(ctx: ActorContext, body: RequestBody, options: CallOptions = {}): Flow<Outcome> {
    return this.#insist(ctx, body, options, null);
  }

  /** `before` is called before each try. */
  *#insist(
    ctx: ActorContext,
    body: RequestBody,
    options: CallOptions,
    before: (() => void) | null,
  ): Flow<Outcome> {
    for (;;) {
      yield* this.whenOpen(ctx);
      const kept = this.#kept(ctx, body);
      if (kept !== null) return { ok: true, reply: kept, from: this.#server as NodeId };
      const isRead = READS.has(body.type) || body.type === 'sync';
      const patience = isRead ? { timeoutMs: PATIENCE_MS, ...options } : options;
      const drops = this.#drops;
      before?.();
      const outcome = yield* this.#send(ctx, body, patience);
      if (outcome.ok && (yield* this.#hearsAll(ctx, outcome.reply))) {
        // What was asked back meanwhile may be what this answer says.
        if (drops === this.#drops) this.#keepAnswer(body, outcome.reply);
        return outcome;
      }
      if (!outcome.ok && isAnswer(outcome)) return outcome;
      yield* this.#goElsewhere(ctx);
      if (!outcome.ok && !isRead && !isDefinite(outcome.code)) return outcome;
      if (ctx.deadline !== null && ctx.now() >= ctx.deadline) return outcome;
      yield* ctx.sleep(PAUSE_MS);
    }
  }

  /** A read that sets a watch: `fired` is called once, or for each change if watches go on. */
  *watch(
    ctx: ActorContext,
    body: RequestBody & { readonly path: string },
    fired: (fired: Fired) => void,
  ): Flow<Outcome> {
    const of = body.type === 'children' ? 'children' : 'data';
    const name = `${of} ${body.path}`;
    const one: Waiting = { fired, toldAt: -1 };
    // Known before it is set: the event may come before the answer. A try that failed may have set
    // it too, and what that tells is not what the next one waits for.
    const expect = () => {
      const waiting = this.#watches.get(name) ?? [];
      this.#watches.set(name, waiting);
      if (!waiting.includes(one)) waiting.push(one);
    };
    const outcome = yield* this.#insist(ctx, { ...body, watch: true }, {}, expect);
    if (!outcome.ok) this.unwatch(of, body.path, fired);
    // An event of an earlier watch on this node: this one was set after it.
    else if (one.toldAt >= 0 && one.toldAt <= ((outcome.reply as Answered).revision ?? 0)) expect();
    return outcome;
  }

  unwatch(of: WatchOf, path: string, fired: (fired: Fired) => void): void {
    const waiting = this.#watches.get(`${of} ${path}`);
    const at = waiting?.findIndex((one) => one.fired === fired) ?? -1;
    if (waiting === undefined || at === -1) return;
    waiting.splice(at, 1);
    if (waiting.length === 0) this.#watches.delete(`${of} ${path}`);
  }

  /** A push: an event, or something to be dropped from the cache. */
  receive(ctx: ActorContext, from: NodeId, message: Message): void {
    if (message.type === 'invalidate') {
      const { lease, what, number } = message as unknown as {
        readonly lease: string;
        readonly what: readonly string[];
        readonly number: number;
      };
      this.#drops++;
      for (const one of what) this.#cache.delete(one);
      const answer = { type: 'invalidated', lease, what, number };
      return ctx.send(from, answer);
    }
    if (message.type === 'event') this.#event(ctx, from, message as never);
  }

  // --- The lease ---------------------------------------------------------------------------------

  *#open(ctx: ActorContext): Flow {
    const askedMs = ctx.elapsed();
    const body = { type: 'open', leaseMs: this.#given.lease };
    const outcome = yield* this.#send(ctx, body, { timeoutMs: PATIENCE_MS });
    if (!outcome.ok) {
      yield* this.#goElsewhere(ctx);
      return yield* ctx.sleep(PAUSE_MS);
    }
    const { lease, leaseMs, holdMs = 0 } = outcome.reply as ReplyOf<typeof coordination, 'open'>;
    this.#lease = lease;
    this.#leaseMs = leaseMs;
    this.#holdMs = holdMs;
    this.#number++;
    this.#heard.clear();
    this.#renewed(ctx, askedMs);
  }

  *#ping(ctx: ActorContext): Flow {
    const thirdMs = this.#leaseMs / 3;
    // A service that keeps pings says itself when it is time for the next.
    if (this.#holdMs === 0) yield* ctx.sleep(thirdMs);
    const askedMs = ctx.elapsed();
    const epoch = this.#epoch === undefined ? {} : { epoch: this.#epoch };
    const body = { type: 'ping', lease: this.#lease as string, ...epoch };
    const timeoutMs = Math.min(thirdMs, PATIENCE_MS) + this.#holdMs;
    const outcome = yield* this.#send(ctx, body, { timeoutMs });
    if (outcome.ok) {
      const { heldMs = 0, epoch: now } = outcome.reply as ReplyOf<typeof coordination, 'ping'>;
      if (now !== this.#epoch) this.#cache.clear();
      this.#epoch = now;
      if (yield* this.#hearsAll(ctx, outcome.reply)) return this.#renewed(ctx, askedMs + heldMs);
    } else if (outcome.code === 'precondition-failed') return this.#lose(ctx);
    if (!this.isSafe(ctx)) this.#cache.clear();
    if (ctx.elapsed() >= this.#untilMs + this.#given.grace) return this.#lose(ctx);
    yield* this.#goElsewhere(ctx);
    yield* ctx.sleep(PAUSE_MS);
  }

  #renewed(ctx: ActorContext, fromMs: number): void {
    const { drift } = this.#given;
    const wasSafe = this.isSafe(ctx);
    this.#untilMs = fromMs + (this.#leaseMs * (1 - drift)) / (1 + drift);
    if (!wasSafe) this.#changed.wakeAll();
  }

  #lose(ctx: ActorContext): void {
    ctx.note('session expired', { session: this.#lease as string });
    this.#lease = null;
    this.#untilMs = -Infinity;
    this.#cache.clear();
    this.#fireAll('lost');
  }

  // --- Servers -----------------------------------------------------------------------------------

  *#send(ctx: ActorContext, body: RequestBody, options: CallOptions): Flow<Outcome> {
    const server = this.#server ?? ctx.random.pick(ctx.targets);
    this.#server = server;
    const named = this.#lease === null ? {} : { lease: this.#lease };
    const keeps = this.#given.cache && READS.has(body.type) ? { cache: true } : {};
    const seen = body.type === 'open' ? {} : { seen: this.#seen };
    const sent = { ...seen, ...body, ...named, ...keeps };
    const outcome = yield* ctx.attempt(ctx.targets, sent, { ...options, to: server });
    const { events, revision = 0 } = outcome.ok ? (outcome.reply as Answered) : {};
    if (events === undefined && revision > this.#seen) this.#seen = revision;
    return outcome;
  }

  /** Takes the next server, and brings the watches along. */
  *#goElsewhere(ctx: ActorContext): Flow {
    const { targets } = ctx;
    const at = this.#server === null ? -1 : targets.indexOf(this.#server);
    this.#server = targets[(at + 1) % targets.length] as NodeId;
    for (let tries = 0; tries < REWATCH_TRIES; tries++) {
      if (this.#lease === null || this.#watches.size === 0 || !this.#given.rewatch) return;
      const outcome = yield* this.#rewatch(ctx);
      if (outcome.ok && (yield* this.#hearsAll(ctx, outcome.reply))) return;
      // Too much has happened since: nobody can tell what.
      if (!outcome.ok && outcome.code === 'precondition-failed') return this.#fireAll();
      if (!outcome.ok) return;
    }
  }

  /** Events of what has changed since the last one that it has heard come again. */
  #rewatch(ctx: ActorContext): Flow<Outcome> {
    const watches = [...this.#watches.keys()].map((name) => {
      const [of = 'data', path = ''] = name.split(' ', 2);
      return { of, path };
    });
    const body = { type: 'rewatch', watches, seen: this.#heardUpTo };
    return this.#send(ctx, body, { timeoutMs: PATIENCE_MS });
  }

  #fireAll(what: Fired['what'] = 'changed'): void {
    const all = [...this.#watches.values()].flat();
    this.#watches.clear();
    for (const one of all) tell(one, { what, revision: this.#seen });
  }

  // --- Events ------------------------------------------------------------------------------------

  #event(
    ctx: ActorContext,
    from: NodeId,
    event: {
      readonly lease: string;
      readonly source: string;
      readonly number: number;
      readonly path: string;
      readonly of: WatchOf;
      readonly what: Fired['what'];
      readonly revision: number;
    },
  ): void {
    if (event.lease !== this.#lease) return;
    const heard = this.#heardFrom(event.source);
    if (event.number > 0) {
      if (event.number <= heard.upTo || heard.beyond.has(event.number)) return;
      heard.beyond.add(event.number);
      const { lease: session, source, number } = event;
      ctx.note('hears event', { session, source, number });
      while (heard.beyond.delete(heard.upTo + 1)) heard.upTo++;
    }
    const { path, what, revision } = event;
    const name = `${event.of} ${path}`;
    const waiting = this.#watches.get(name) ?? [];
    this.#watches.delete(name);
    const fired: Fired = { what, revision };
    if (waiting.length > 0) this.onEvent?.(ctx, path, fired, from);
    for (const one of waiting) tell(one, fired);
    this.#changed.wakeAll();
  }

  #heardFrom(source: string): Heard {
    const known = this.#heard.get(source);
    if (known !== undefined) return known;
    const heard: Heard = { upTo: 0, beyond: new Set() };
    this.#heard.set(source, heard);
    return heard;
  }

  /** Whether all events that went before this answer have come. */
  *#hearsAll(ctx: ActorContext, reply: Answered): Flow<boolean> {
    const { events, revision = 0 } = reply;
    if (events === undefined) return true;
    const [source, count] = events;
    const endMs = ctx.elapsed() + EVENTS_PATIENCE_MS;
    while (this.#heardFrom(source).upTo < count) {
      const leftMs = endMs - ctx.elapsed();
      if (leftMs <= 0) {
        // They are lost, and told again to whoever sets its watches again.
        this.#heardFrom(source).upTo = count;
        return false;
      }
      yield* ctx.race([ctx.wait(this.#changed), ctx.sleep(leftMs)]);
    }
    if (revision > this.#seen) this.#seen = revision;
    if (revision > this.#heardUpTo) this.#heardUpTo = revision;
    return true;
  }

  // --- The cache ---------------------------------------------------------------------------------

  #kept(ctx: ActorContext, body: RequestBody): Answered | null {
    if (!this.#given.cache || !READS.has(body.type) || body['watch'] === true) return null;
    const reply = this.#cache.get(cachedAs(body));
    return reply !== undefined && this.isSafe(ctx) && reply.type === `${body.type}_ok`
      ? reply
      : null;
  }

  #keepAnswer(body: RequestBody, reply: Answered): void {
    if (!this.#given.cache || reply.cacheable === undefined) return;
    if (reply.cacheable !== this.#epoch) return;
    this.#cache.set(cachedAs(body), reply);
  }
}

function tell(one: Waiting, fired: Fired): void {
  one.toldAt = fired.revision;
  one.fired(fired);
}

function cachedAs(body: RequestBody): string {
  return `${body.type === 'children' ? 'children' : 'data'} ${body['path'] as Plain}`;
}

/** An answer to the question, and no outage. */
function isAnswer({ code }: Failure): boolean {
  return (
    code === 'key-does-not-exist' ||
    code === 'key-already-exists' ||
    code === 'precondition-failed' ||
    code === 'lock-held'
  );
}
