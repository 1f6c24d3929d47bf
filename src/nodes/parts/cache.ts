/**
 * A cache around calls: answers reads from what it holds, lets everything else through.
 *
 * What each way of writing allows, with a store that is linearizable and written through this one
 * cache only:
 * - `invalidate` (cache-aside): a write drops what it makes old when it has come back, or nobody
 *   waits for it any more. With leases a read never returns an older value than one before it.
 *   Without, a load that was under way may fill the old value after the drop, and it stays until
 *   its time is over.
 * - `through`: the same, and the new value is held once it is written, if it follows from the
 *   interface's fields. Of two writes at once the answers may come back in the other order: with
 *   leases neither is held then; without, the older value may stay.
 * - `around`: a write leaves the cache as it is. Entries are old until their time is over.
 * - `behind`: a write is answered at once, held apart from the entries, and sent on later; only one
 *   whose answer is known beforehand from the interface. Others wait until what they must not
 *   overtake is at the target. A crash loses what was acknowledged and not sent.
 * Several caches before one store know nothing of each other's writes, whatever the way.
 *
 * Errors are never held, except for those that answer the question (`key-does-not-exist`) when
 * `negative` entries are. Everything is volatile: after a crash the cache is empty.
 */
import type {
  Call,
  CallLayer,
  Failure,
  Flow,
  FlowContext,
  Outcome,
  RequestBody,
} from '../../sim/call.ts';
import type { Interface } from '../../sim/interface.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { Reply } from '../../sim/rpc.ts';
import type { KnownBug } from '../../sim/system.ts';
import {
  type CacheableRead,
  CacheRules,
  objectOf,
  sameOutcome,
  type Written,
} from './cache-rules.ts';
import { CacheStore, type Entry, type StoreSpec } from './cache-store.ts';
import { type Flight, Flights } from './flights.ts';
import { timeLeft } from './time-left.ts';
import { type Deliver, type Owed, WriteBehind } from './write-behind.ts';

export interface CacheSpec extends Omit<StoreSpec, 'keptMs'> {
  readonly write: 'invalidate' | 'through' | 'around' | 'behind';
  /** With `behind`: the time between two flushes, in ms. */
  readonly flushEveryMs: number;
  /** With `behind`: how long a flushed write may take at the target, in ms. */
  readonly flushTimeoutMs: number;
  readonly lease: boolean;
  readonly singleFlight: boolean;
  /** A read that has waited so long for the load of another one loads by itself; in ms. */
  readonly flightTimeoutMs: number;
  /** So long after its time an entry still answers, and one load renews it; in ms. */
  readonly revalidateMs: number;
  /** So long after its time an entry answers when its load fails; in ms. */
  readonly ifErrorMs: number;
  /** How early entries are renewed before their time: the beta of XFetch; 0: not. */
  readonly early: number;
}

/** The mistakes that can be switched on. */
export const cacheBugs = {
  'no-invalidate': {
    doc: 'A write leaves the entries of its key as they are.',
    caughtBy: 'linearizable',
  },
  'flight-serves-stale': {
    doc: 'A read that begins after a write joins a load that began before it.',
    caughtBy: 'linearizable',
  },
  'negative-sticks': {
    doc: 'A write leaves an entry that says that there is nothing.',
    caughtBy: 'linearizable',
  },
  'cache-errors': {
    doc: 'Errors are held as answers are: one moment of trouble lasts for the whole `ttl`.',
    caughtBy: 'availability',
  },
  'evict-newest': {
    doc: 'Evicts what was asked for last, whatever `evict` says.',
    caughtBy: 'hit-ratio',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type CacheBug = keyof typeof cacheBugs;

/** What every kind with a `CacheLayer` of its own declares. */
export const cacheMeasures = {
  lookups: { sort: 'count', doc: 'Reads that it could hold an answer to.' },
  hits: { sort: 'count', doc: 'Reads that it answered from what it held.' },
  'hit-ratio': { ratio: ['hits', 'lookups'], doc: 'The share of reads answered from the cache.' },
  'stale-hits': { sort: 'count', doc: 'Reads answered by an entry whose time was over.' },
  loads: { sort: 'count', doc: 'Reads that it passed on to its target.' },
  coalesced: { sort: 'count', doc: 'Reads that waited for the load of another read.' },
  unfilled: { sort: 'count', doc: 'Answers not held: a write had voided the lease of the load.' },
  evictions: { sort: 'count', doc: 'Entries given up for lack of room.' },
  flushed: { sort: 'count', doc: 'Writes sent on after they were answered.' },
  'refused-late': {
    sort: 'count',
    doc: 'Writes that the target refused after they were answered.',
  },
  owed: { sort: 'gauge', unit: 'count', doc: 'Writes answered and not yet at the target.' },
  entries: { sort: 'gauge', unit: 'count', doc: 'Entries held, those whose time is over too.' },
} as const satisfies MeasureTable;

type Next = (call: Call) => Flow<Outcome>;

/** The layer around calls of one node to one target. */
export class CacheLayer implements CallLayer {
  private readonly spec: CacheSpec;
  private readonly rules: CacheRules;
  private readonly store: CacheStore;
  private readonly flights = new Flights(sameOutcome);
  private readonly bug: CacheBug | null;
  private readonly behind: WriteBehind | null;
  /** Flushed writes on their way through this layer. */
  private readonly flushing = new WeakSet<RequestBody>();
  private owed = 0;
  private hits = 0;
  private lookups = 0;
  private entries = 0;
  private evicted = 0;

  constructor(spec: CacheSpec, answers: readonly Interface[], bug: CacheBug | null = null) {
    const evict = bug === 'evict-newest' ? 'mru' : spec.evict;
    this.spec = spec;
    this.rules = new CacheRules(answers);
    this.store = new CacheStore({
      ...spec,
      evict,
      keptMs: Math.max(spec.revalidateMs, spec.ifErrorMs),
    });
    this.bug = bug;
    const { flushEveryMs: everyMs, flushTimeoutMs: timeoutMs, capacity: most } = spec;
    this.behind = spec.write === 'behind' ? new WriteBehind({ everyMs, timeoutMs, most }) : null;
  }

  around(ctx: FlowContext, call: Call, next: Next): Flow<Outcome> {
    if (this.behind !== null) return this.aroundBehind(ctx, call, next, this.behind);
    return this.directly(ctx, call, next);
  }

  private directly(ctx: FlowContext, call: Call, next: Next): Flow<Outcome> {
    const read = this.rules.read(call.body);
    if (read !== null) return this.read(ctx, call, next, read);
    return this.rules.writes(call.body.type) ? this.write(ctx, call, next) : next(call);
  }

  inspect(): { readonly [field: string]: number } {
    const { hits, lookups } = this;
    return { hits, lookups, entries: this.store.size, loading: this.flights.size };
  }

  // --- Reads -----------------------------------------------------------------------------------

  private *read(ctx: FlowContext, call: Call, next: Next, read: CacheableRead): Flow<Outcome> {
    this.lookups++;
    ctx.measure('lookups');
    const nowMs = ctx.elapsed();
    const entry = this.store.look(read.name, nowMs);
    if (entry !== null && this.answers(ctx, entry, nowMs)) {
      const isStale = nowMs >= entry.freshUntilMs;
      this.hits++;
      ctx.measure('hits');
      if (isStale) ctx.measure('stale-hits');
      if (isStale && this.flights.joinable(read.name) === null) {
        ctx.fork(this.load(ctx, call, next, read));
      }
      return entry.outcome;
    }
    const outcome = yield* this.miss(ctx, call, next, read);
    if (outcome.ok || entry === null || this.rules.isNegative(call.body.type, outcome)) {
      return outcome;
    }
    if (ctx.elapsed() >= entry.freshUntilMs + this.spec.ifErrorMs) return outcome;
    ctx.measure('stale-hits');
    return entry.outcome;
  }

  /** Whether an entry answers without a load that this read would wait for. */
  private answers(ctx: FlowContext, entry: Entry, nowMs: number): boolean {
    const { early, revalidateMs } = this.spec;
    const left = entry.freshUntilMs - nowMs;
    if (left <= 0) return -left < revalidateMs;
    if (early === 0 || left === Infinity) return true;
    // Vattani et al. 2015, Optimal Probabilistic Cache Stampede Prevention: renew if
    // now - delta beta ln(u) is past the end, where -ln(u) is exponential.
    return entry.loadMs * early * ctx.random.exponential(1) < left;
  }

  /** Loads, or waits for the load of another read. */
  private *miss(ctx: FlowContext, call: Call, next: Next, read: CacheableRead): Flow<Outcome> {
    if (!this.spec.singleFlight) return yield* this.load(ctx, call, next, read);
    const untilMs = ctx.elapsed() + this.spec.flightTimeoutMs;
    let flight = this.flights.joinable(read.name);
    if (flight !== null) ctx.measure('coalesced');
    while (flight !== null) {
      yield* landing(ctx, flight, untilMs - ctx.elapsed());
      if (flight.outcome !== null) return flight.outcome;
      if (timeLeft(ctx) <= 0) return TOO_LATE;
      if (!flight.ended) break;
      // Its leader gave up. The first of those that waited leads the next one.
      flight = this.flights.joinable(read.name);
    }
    return yield* this.load(ctx, call, next, read);
  }

  private *load(ctx: FlowContext, call: Call, next: Next, read: CacheableRead): Flow<Outcome> {
    const flight = this.flights.begin(read.name, read.object, ctx.elapsed());
    ctx.measure('loads');
    let outcome: Outcome | null = null;
    try {
      outcome = yield* next(call);
      return outcome;
    } finally {
      // A flow that is cancelled ends here too, without an outcome.
      this.land(ctx, call, flight, outcome);
    }
  }

  private land(ctx: FlowContext, { body }: Call, flight: Flight, outcome: Outcome | null): void {
    // That this read has run out of time is no news for those with more of it.
    const gaveUp = outcome === null || (!outcome.ok && timeLeft(ctx) <= 0);
    const { agreed } = this.flights.end(flight, gaveUp ? null : outcome);
    if (gaveUp || outcome === null) return;
    const negative = this.rules.isNegative(body.type, outcome);
    const mayHold = outcome.ok || negative || this.bug === 'cache-errors';
    if (!agreed && this.spec.lease) this.store.remove(flight.name);
    else if (mayHold && flight.leased) {
      const { name, object, sinceMs } = flight;
      const nowMs = ctx.elapsed();
      const entry = { outcome, object, negative, loadMs: nowMs - sinceMs };
      this.store.put(name, entry, nowMs, ctx.random);
    }
    if (mayHold && (!agreed || !flight.leased)) ctx.measure('unfilled');
    this.measureEntries(ctx);
  }

  // --- Write-behind ----------------------------------------------------------------------------

  private *aroundBehind(
    ctx: FlowContext,
    call: Call,
    next: Next,
    behind: WriteBehind,
  ): Flow<Outcome> {
    const { body } = call;
    if (this.flushing.has(body)) return yield* next(call);
    const read = this.rules.read(body);
    const answer = read === null ? null : behind.answer(read.name, read.object);
    if (answer !== null) {
      this.lookups++;
      this.hits++;
      ctx.measure('lookups');
      ctx.measure('hits');
      return answer;
    }
    const object = read === null ? objectOf(body) : read.object;
    const reply = this.rules.answerBeforehand(body);
    // Behind a write that is on its way it would be sent too early, and answer reads for too long.
    if (reply !== null && behind.hasRoomFor(object) && !this.flights.isWritten(object)) {
      const reads = this.rules.written(body, reply);
      // Of a write that implies no read, such as an increment, the last one is not enough.
      if (reads.length > 0) return this.owe(ctx, call, reply, behind, reads);
    }
    if (read !== null || this.rules.writes(body.type)) yield* behind.settle(ctx, object);
    if (timeLeft(ctx) <= 0) return TOO_LATE;
    return yield* this.directly(ctx, call, next);
  }

  /** Answers a write that is yet to be sent. */
  private owe(
    ctx: FlowContext,
    call: Call,
    reply: Reply,
    behind: WriteBehind,
    reads: readonly Written[],
  ): Outcome {
    const object = objectOf(call.body);
    const from = ctx.self;
    const answers = new Map(
      reads.map((read) => [read.name, { ok: true, reply: read.reply, from } as const]),
    );
    const owed: Owed = { body: { ...call.body }, object, answers };
    // What is held or loaded is older. Nothing asks for it while this write waits, and the flush
    // drops it.
    behind.take(ctx, owed, this.deliver(call), (own, sent, outcome) => {
      own.measure(outcome.ok ? 'flushed' : 'refused-late');
      this.measureEntries(own);
      this.outdate(own, sent.object);
    });
    this.measureEntries(ctx);
    return { ok: true, reply, from };
  }

  private deliver(call: Call): Deliver {
    const { flushing } = this;
    return function* (ctx, body, timeoutMs) {
      flushing.add(body);
      return yield* ctx.attempt(call.members(), body, { session: 'own', attempt: 1, timeoutMs });
    };
  }

  // --- Writes ----------------------------------------------------------------------------------

  private *write(ctx: FlowContext, call: Call, next: Next): Flow<Outcome> {
    const object = objectOf(call.body);
    const write = this.flights.writeBegins(object);
    let outcome: Outcome | null = null;
    try {
      outcome = yield* next(call);
      return outcome;
    } finally {
      // Whatever became of it, it may have happened.
      this.flights.writeEnds(write);
      this.outdate(ctx, object);
      if (outcome?.ok === true) this.hold(ctx, call, outcome, write.alone);
    }
  }

  /** Entries and loads that a write to this object makes old. */
  private outdate(ctx: FlowContext, object: string | null): void {
    const { lease, write } = this.spec;
    if (write === 'around') return;
    this.flights.outdate(object, { voids: lease, closes: this.bug !== 'flight-serves-stale' });
    if (this.bug === 'no-invalidate') return;
    this.store.invalidate(object, this.bug !== 'negative-sticks');
    this.measureEntries(ctx);
  }

  /** Holds what a write says that reads would now be answered. */
  private hold(
    ctx: FlowContext,
    { body }: Call,
    outcome: Outcome & { ok: true },
    alone: boolean,
  ): void {
    if (this.spec.write !== 'through' || (this.spec.lease && !alone)) return;
    const nowMs = ctx.elapsed();
    for (const { name, object, reply } of this.rules.written(body, outcome.reply)) {
      const held = { ok: true, reply, from: outcome.from } as const;
      const negative = this.rules.isNegative(body.type, held);
      this.store.put(name, { outcome: held, object, negative, loadMs: 0 }, nowMs, ctx.random);
    }
    this.measureEntries(ctx);
  }

  private measureEntries(ctx: FlowContext): void {
    const { size, evicted } = this.store;
    const owed = this.behind?.size ?? 0;
    if (owed !== this.owed) ctx.measure('owed', owed);
    this.owed = owed;
    if (size !== this.entries) ctx.measure('entries', size);
    if (evicted !== this.evicted) ctx.measure('evictions', evicted - this.evicted);
    this.entries = size;
    this.evicted = evicted;
  }
}

const TOO_LATE: Failure = {
  ok: false,
  code: 'timeout',
  from: null,
  text: 'no time was left to wait for the load of another read',
};

/** Waits until a load has ended, so long at most, and no longer than the request has time. */
function* landing(ctx: FlowContext, flight: Flight, atMostMs: number): Flow {
  const waitMs = Math.max(0, Math.min(atMostMs, timeLeft(ctx)));
  if (waitMs === Infinity) return yield* ctx.wait(flight.landed);
  yield* ctx.race([ctx.wait(flight.landed), ctx.sleep(waitMs)]);
}
