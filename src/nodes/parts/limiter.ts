/**
 * The layer of a rate limiter: by itself, or by asking a store that several limiters share.
 *
 * n limiters that count by themselves admit n times the limit. A shared store counts exactly, costs
 * a round trip, and must be up: open, a limiter admits everything while it is not, closed, nothing.
 */
import type {
  Call,
  CallLayer,
  CallOptions,
  Failure,
  Flow,
  FlowContext,
  Outcome,
  RequestBody,
} from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { NodeId } from '../../sim/node.ts';
import type { KnownBug } from '../../sim/system.ts';
import { KeyedLimits, limitOf, type RateLimitSpec } from './rate-limit.ts';
import { costOf, ownerOf, textOf } from './request-fields.ts';

export const LIMITED_BY = [
  'global',
  'key',
  'tenant',
  'path',
  'host',
  'cookie',
  'class',
  'session',
  'client',
] as const;

export interface LimiterSpec extends RateLimitSpec {
  /** The field of a request whose values have a limit each; or who is behind it. */
  readonly by: (typeof LIMITED_BY)[number];
  readonly onLimit: 'refuse' | 'wait' | 'drop';
  readonly waitMaxMs: number;
  /** Who counts, if not this limiter itself. */
  readonly store: readonly NodeId[] | null;
  readonly storeTimeoutMs: number;
  /** Whether calls go through while the store does not answer. */
  readonly fail: 'open' | 'closed';
  /** How many calls a limiter takes from the store at a time. */
  readonly batch: number;
}

export const limiterMeasures = {
  admitted: { sort: 'count', doc: 'Calls that went through.' },
  limited: { sort: 'count', doc: 'Calls over the limit: refused or dropped.' },
  'limit-waits': {
    sort: 'sample',
    unit: 'ms',
    doc: 'How long calls waited that were let through.',
  },
  'store-calls': { sort: 'count', doc: 'Questions to the store.' },
  'store-failed': { sort: 'count', doc: 'Questions that the store did not answer.' },
} as const satisfies MeasureTable;

export type LimiterBug = 'read-set' | 'check-then-add' | 'incr-then-expire';

export const limiterBugs = {
  'read-set': {
    doc: 'It reads the count and writes back one more: of several at once, one counts.',
    caughtBy: 'admitted',
  },
  'check-then-add': {
    doc: 'It reads the count and then adds: all that come within a round trip get through.',
    caughtBy: 'admitted',
  },
  'incr-then-expire': {
    doc: 'It adds, and says in a second step that the count ends: a crash between leaves it forever.',
    caughtBy: 'availability',
  },
} as const satisfies { readonly [B in LimiterBug]: KnownBug };

export class LimiterLayer implements CallLayer {
  private readonly spec: LimiterSpec;
  private readonly bug: LimiterBug | null;
  private readonly limits: KeyedLimits;
  /** Calls that the store has granted and that were not made yet, by key. */
  private readonly granted = new Map<string, number>();

  constructor(spec: LimiterSpec, bug: LimiterBug | null = null) {
    this.spec = spec;
    this.bug = bug;
    this.limits = new KeyedLimits(spec);
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { onLimit } = this.spec;
    const key = this.keyOf(ctx, call.body);
    const cost = costOf(call.body);
    const sinceMs = ctx.elapsed();
    const patienceMs = onLimit === 'wait' ? this.spec.waitMaxMs : 0;
    for (;;) {
      const leftMs = patienceMs - (ctx.elapsed() - sinceMs);
      const answer = yield* this.ask(ctx, key, cost, Math.max(0, leftMs));
      if (answer >= 0) {
        if (answer > 0) yield* ctx.sleep(answer);
        break;
      }
      if (-answer > leftMs) return yield* this.refuse(ctx, -answer);
      // Clocks count whole µs: less than one would be asked about again at once, forever.
      yield* ctx.sleep(Math.max(0.001, -answer));
    }
    ctx.measure('admitted', cost);
    if (ctx.elapsed() > sinceMs) ctx.measure('limit-waits', ctx.elapsed() - sinceMs);
    return yield* next(call);
  }

  private keyOf(ctx: FlowContext, body: RequestBody): string {
    const { by } = this.spec;
    if (by === 'global') return '';
    if (by === 'session') return ctx.session;
    return by === 'client' ? ownerOf(ctx.session) : textOf(body, by);
  }

  inspect(): { readonly [field: string]: number } {
    return { keys: this.limits.keys };
  }

  /** As `RateLimit.take`. */
  private *ask(ctx: FlowContext, key: string, cost: number, waitMaxMs: number): Flow<number> {
    const { store, batch } = this.spec;
    if (store === null) return this.limits.take(key, ctx.elapsed(), cost, waitMaxMs);
    const held = this.granted.get(key) ?? 0;
    if (held >= cost) {
      this.granted.set(key, held - cost);
      return 0;
    }
    const wanted = Math.max(batch, cost);
    const answer = yield* this.askStore(ctx, store, key, wanted);
    if (answer < 0 || wanted === cost) return answer;
    this.granted.set(key, (this.granted.get(key) ?? 0) + wanted - cost);
    return answer;
  }

  private *askStore(
    ctx: FlowContext,
    store: readonly NodeId[],
    key: string,
    cost: number,
  ): Flow<number> {
    const { storeTimeoutMs: timeoutMs, fail } = this.spec;
    ctx.measure('store-calls');
    // A question of its own: the request that is held up has its own serial at the target.
    const options = { timeoutMs, session: 'own' } as const;
    const outcome =
      this.bug === null
        ? yield* ctx.attempt(store, { type: 'take', key, cost }, options)
        : yield* inSteps(
            ctx,
            store,
            { key, cost, limit: limitOf(this.spec), bug: this.bug },
            options,
          );
    if (!outcome.ok) {
      ctx.measure('store-failed');
      return fail === 'open' ? 0 : -timeoutMs;
    }
    const { allowed, retryAfterMs } = outcome.reply as unknown as Taken;
    return allowed ? 0 : -(retryAfterMs ?? Infinity);
  }

  private *refuse(ctx: FlowContext, afterMs: number): Flow<Outcome> {
    ctx.measure('limited');
    if (this.spec.onLimit === 'drop' && ctx.deadline !== null) {
      // Without a word: who asked learns it by its own patience.
      yield* ctx.sleep(Math.max(0, ctx.deadline - ctx.now()));
    }
    const failure: Failure = {
      ok: false,
      code: 'rate-limited',
      from: null,
      text: 'over the rate allowed',
    };
    return { ...failure, retryAfterMs: afterMs === Infinity ? -1 : afterMs };
  }
}

/** The answer of a store. */
interface Taken {
  readonly allowed: boolean;
  readonly retryAfterMs?: number;
}

interface Steps {
  readonly key: string;
  readonly cost: number;
  readonly limit: number;
  readonly bug: LimiterBug;
}

/** What `take` does in one step, put together of several; between them others do the same. */
function* inSteps(
  ctx: FlowContext,
  store: readonly NodeId[],
  { key, cost, limit, bug }: Steps,
  options: CallOptions,
): Flow<Outcome> {
  const ask = (body: RequestBody) => ctx.attempt(store, body, options);
  const first =
    bug === 'incr-then-expire' ? { type: 'add', key, cost, kept: true } : { type: 'count', key };
  const counted = yield* ask(first);
  if (!counted.ok) return counted;
  const { count } = counted.reply as unknown as { count: number };
  if (bug === 'incr-then-expire') {
    if (count === cost) yield* ask({ type: 'expire', key });
    return answered(counted, count <= limit);
  }
  if (count + cost > limit) return answered(counted, false);
  const isPut = bug === 'read-set';
  yield* ask(isPut ? { type: 'put', key, count: count + cost } : { type: 'add', key, cost });
  return answered(counted, true);
}

function answered(outcome: Outcome & { ok: true }, allowed: boolean): Outcome {
  return { ...outcome, reply: Object.assign({}, outcome.reply, { allowed, retryAfterMs: 1 }) };
}
