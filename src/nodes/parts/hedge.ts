/**
 * Hedged calls: when an answer takes long, the same call goes to another member, and the first
 * answer wins (Dean and Barroso, "The Tail at Scale", CACM 2013).
 *
 * As gRPC does it (proposal A6): a further attempt begins after the delay, or at once after an
 * error that another member may not give; an error that all would give ends the call. The losers
 * are cancelled at their servers, or they would do all of their work for nobody. Only calls that
 * may be done twice are hedged.
 *
 * A budget bounds the extra load. A hedge that it forbids is no attempt: the call ends with those
 * that there are.
 */
import {
  type Call,
  type CallLayer,
  type Failure,
  type Flow,
  type FlowContext,
  isDefinite,
  type Outcome,
  Signal,
} from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { NodeId } from '../../sim/node.ts';
import type { KnownBug } from '../../sim/system.ts';
import { LatencyQuantile } from './latency-quantile.ts';
import { mayRetry } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';
import { isOwnRefusal } from './target-health.ts';
import { inWholeUs, timeLeft } from './time-left.ts';

export interface HedgeSpec {
  readonly afterMs: number;
  /** The delay is this quantile of the latencies seen, once there are some; null: `afterMs`. */
  readonly afterQuantile: number | null;
  /** Attempts in all, the first included. */
  readonly most: number;
  /** Hedges for each call on average; null: no bound. */
  readonly budget: { readonly ratio: number; readonly burst: number } | null;
  readonly cancel: boolean;
  isIdempotent(type: string): boolean;
}

export type HedgeBug = 'hedge-hang';

export const hedgeMeasures = {
  hedges: { sort: 'count', doc: 'Further attempts that it made.' },
  'hedged-calls': { sort: 'count', doc: 'Calls that it might have hedged.' },
  'hedge-share': { ratio: ['hedges', 'hedged-calls'], unit: 'count', doc: 'Hedges for each call.' },
  'hedge-wins': { sort: 'count', doc: 'Calls that were answered by a further attempt.' },
} as const satisfies MeasureTable;

export const hedgeBugs = {
  'hedge-hang': {
    doc: 'A call whose hedge the budget forbids waits for that hedge, until its time is over.',
    caughtBy: 'errors',
  },
} as const satisfies { readonly [B in HedgeBug]: KnownBug };

/** No attempt was made. */
const NONE: Failure = { ok: false, code: 'cancelled', from: null };

/** What the attempts of one call know of each other. */
class Attempts {
  /** Wakes the next attempt when one has failed: it need not wait for its delay. */
  readonly failed = new Signal();
  failures = 0;
  last: Failure | null = null;
  /** An attempt after which the call may have happened. */
  doubt: Failure | null = null;
  /** The members asked. */
  readonly tried: NodeId[] = [];

  fail(failure: Failure): void {
    this.failures++;
    this.last = failure;
    if (!isDefinite(failure.code)) this.doubt ??= failure;
    this.failed.wakeAll();
  }
}

export class HedgeLayer implements CallLayer {
  private readonly spec: HedgeSpec;
  private readonly bug: HedgeBug | null;
  private readonly budget: RetryBudget | null;
  private readonly quantile: LatencyQuantile | null;

  constructor(spec: HedgeSpec, bug: HedgeBug | null = null) {
    const { budget, afterQuantile } = spec;
    this.spec = spec;
    this.bug = bug;
    this.budget = budget === null ? null : new RetryBudget(budget.ratio, budget.burst);
    this.quantile = afterQuantile === null ? null : new LatencyQuantile(afterQuantile);
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { spec } = this;
    const isIdempotent = call.options.idempotent ?? spec.isIdempotent(call.body.type);
    if (!isIdempotent || spec.most === 1) return yield* next(call);
    ctx.measure('hedged-calls');
    this.budget?.deposit();
    const attempts = new Attempts();
    const first = this.firstOf(call, attempts);
    const flows: Flow<Outcome>[] = [this.watched(ctx, first, next, attempts)];
    for (let k = 1; k < spec.most; k++) {
      flows.push(this.further(ctx, first, next, attempts, k));
    }
    const outcome = yield* ctx.race(flows, (ended: Outcome) => this.decides(ended));
    return outcome.ok ? outcome : (attempts.doubt ?? attempts.last ?? outcome);
  }

  private firstOf(
    { target, members, to, body, attempt, options }: Call,
    { tried }: Attempts,
  ): Call {
    const cancel = this.spec.cancel || options.cancel === true;
    const chosen = (member: NodeId) => {
      tried.push(member);
      options.chosen?.(member);
    };
    return { target, members, to, body, attempt, options: { ...options, cancel, chosen } };
  }

  /** An answer, or an error that another member would give too. */
  private decides(outcome: Outcome): boolean {
    if (outcome.ok) return true;
    return outcome !== NONE && !isOwnRefusal(outcome) && !mayRetry(outcome.code, true);
  }

  private *watched(
    ctx: FlowContext,
    call: Call,
    next: (call: Call) => Flow<Outcome>,
    attempts: Attempts,
  ): Flow<Outcome> {
    const beganMs = ctx.elapsed();
    const outcome = yield* next(call);
    if (outcome.ok) this.quantile?.add(ctx.elapsed() - beganMs);
    else attempts.fail(outcome);
    return outcome;
  }

  /** The k-th further attempt: after its delay, or when those before it have failed. */
  private *further(
    ctx: FlowContext,
    call: Call,
    next: (call: Call) => Flow<Outcome>,
    attempts: Attempts,
    k: number,
  ): Flow<Outcome> {
    const untilMs = ctx.elapsed() + k * this.delayMs();
    while (attempts.failures < k) {
      const leftMs = inWholeUs(untilMs - ctx.elapsed());
      if (leftMs <= 0) break;
      yield* ctx.race([ctx.sleep(leftMs), ctx.wait(attempts.failed)]);
    }
    if (this.budget?.take() === false) {
      const leftMs = timeLeft(ctx);
      if (this.bug === 'hedge-hang' && leftMs > 0 && leftMs < Infinity) yield* ctx.sleep(leftMs);
      return NONE;
    }
    ctx.measure('hedges');
    const { target, members, to, body, attempt, options } = call;
    const avoid = [...(options.avoid ?? []), ...attempts.tried];
    const other: Call = {
      target,
      members,
      to,
      body,
      attempt: attempt + k,
      options: { ...options, avoid },
    };
    const outcome = yield* this.watched(ctx, other, next, attempts);
    if (outcome.ok) ctx.measure('hedge-wins');
    return outcome;
  }

  private delayMs(): number {
    return this.quantile?.value() ?? this.spec.afterMs;
  }
}
