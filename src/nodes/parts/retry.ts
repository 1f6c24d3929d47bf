/**
 * Retry: tries a call again when that can help and can do no harm.
 *
 * What may be tried again. A definite error says that nothing happened: repeating is harmless, and
 * helps unless the error answers the question (`key-does-not-exist`) or would come again
 * (`malformed-request`). After an indefinite one, such as `timeout`, the first attempt may have
 * happened or may yet: only an idempotent call is repeated, one whose repetition has the effect and
 * the answer of once. A call says so itself by `idempotent`, the scenario lists the types of such
 * requests, or the interface that the target answers says that the request is harmless to repeat.
 * That a request carries session and serial is not enough: not every target drops repeats.
 *
 * Own refusals. That a breaker, limiter or bulkhead around the call itself has refused is no news
 * of the target, and asking it again is asking the same layer again. Only if the refusal was about
 * one member and another is left, the call goes on to that one, at once: nothing was sent, so it
 * costs neither an attempt nor budget.
 *
 * Hints. A refusal may say when to come back (`retryAfterMs`), or never to (negative). The wait is
 * then the longer of hint and backoff, and a random part of the first wait more: callers refused
 * together must not return together.
 *
 * What the outcome says. Once one attempt is in doubt, a later refusal proves nothing about the
 * operation: the error is then the one in doubt, so that a write that happened is not reported as
 * one that did not. (1. The write times out, but arrives. 2. The retry is refused as `overloaded`.
 * 3. The caller hears `overloaded`, which is definite, and believes that the old value stands.)
 */

import {
  type Call,
  type CallLayer,
  type Failure,
  type Flow,
  type FlowContext,
  isDefinite,
  type Outcome,
  Passage,
} from '../../sim/call.ts';
import { type Interface, isHarmless } from '../../sim/interface.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { NodeId, Random } from '../../sim/node.ts';
import { errors } from '../../sim/rpc.ts';
import { Backoff, type BackoffSpec } from './backoff.ts';
import { type Budget, type BudgetSpec, budgetOf } from './retry-budget.ts';
import { isOwnRefusal } from './target-health.ts';

export interface RetrySpec {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly backoff: BackoffSpec;
  /** Whether a request of this type may be sent again when in doubt. */
  isIdempotent(type: string): boolean;
  /** Only after these errors; null: after all that another attempt may mend. */
  readonly retryOn: readonly string[] | null;
  /** What bounds the retries of all calls together; null: nothing. */
  readonly budget: BudgetSpec | null;
}

/**
 * Which types of requests may be sent again when in doubt: those listed, of which `*` stands for
 * all; without a list, those that are harmless to repeat by every interface that has them.
 */
export function repeatable(
  listed: readonly string[] | undefined,
  answers: readonly Interface[],
): (type: string) => boolean {
  if (listed === undefined) return remembered((type) => isHarmless(type, answers));
  return (type) => listed.includes(type) || listed.includes('*');
}

/** What is asked once for each type: there are few, and many calls. */
function remembered(ask: (type: string) => boolean): (type: string) => boolean {
  const known = new Map<string, boolean>();
  return (type) => {
    let answer = known.get(type);
    if (answer === undefined) {
      answer = ask(type);
      known.set(type, answer);
    }
    return answer;
  };
}

/** Definite errors that a repetition meets again. */
const lasting: ReadonlySet<string> = new Set([
  'malformed-request',
  'not-supported',
  'node-not-found',
]);

/** Whether another attempt after this error may help and cannot harm. */
export function mayRetry(code: string, idempotent: boolean): boolean {
  if (!isDefinite(code)) return idempotent;
  return !lasting.has(code) && errors.get(code)?.answers !== true;
}

/**
 * The tries of one call, as a state machine: its input is each failure, its output how long to
 * wait before the next try, if there is one.
 */
export class Tries {
  private readonly spec: RetrySpec;
  private readonly idempotent: boolean;
  private readonly backoff: Backoff;
  private made = 0;
  private doubt: Failure | null = null;

  constructor(spec: RetrySpec, idempotent: boolean) {
    this.spec = spec;
    this.idempotent = idempotent;
    this.backoff = new Backoff(spec.backoff);
  }

  /**
   * One try has failed. The wait in ms before the next, or null when it is not worth trying again.
   */
  failed(failure: Failure, random: Random): number | null {
    this.made++;
    if (!isDefinite(failure.code)) this.doubt = failure;
    const { attempts, retryOn } = this.spec;
    if (this.made >= attempts || !mayRetry(failure.code, this.idempotent)) return null;
    if (retryOn !== null && !retryOn.includes(failure.code)) return null;
    const hintMs = failure.retryAfterMs;
    if (hintMs === undefined) return this.backoff.next(random);
    return hintMs < 0 ? null : this.afterHint(hintMs, random);
  }

  private afterHint(hintMs: number, random: Random): number {
    const { baseMs, jitter } = this.spec.backoff;
    const waitMs = Math.max(hintMs, this.backoff.next(random));
    return jitter === 'none' ? waitMs : waitMs + random.between(0, baseMs);
  }

  /** What the caller gets when this was the last failure. */
  verdict(last: Failure): Failure {
    if (this.doubt === null) return last;
    // To repeat it is to be answered as the first time, so this answer is that to the first try.
    if (this.idempotent && errors.get(last.code)?.answers === true) return last;
    return this.doubt;
  }
}

/** What every kind with a `RetryLayer` of its own declares. */
export const retryMeasures = {
  retries: { sort: 'count', doc: 'Calls that it tried again.' },
} as const satisfies MeasureTable;

/** The layer around calls. Its budget is shared by all calls from this node to this target. */
export class RetryLayer implements CallLayer {
  private readonly spec: RetrySpec;
  private readonly budget: Budget | null;
  private retries = 0;

  constructor(spec: RetrySpec) {
    this.spec = spec;
    this.budget = spec.budget === null ? null : budgetOf(spec.budget);
  }

  around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    return new RepeatedCall(this, ctx, call, next);
  }

  begun(ctx: FlowContext): void {
    this.budget?.deposit(ctx.elapsed());
  }

  succeeded(retries: number): void {
    this.budget?.succeeded?.(retries);
  }

  triesOf(call: Call): Tries {
    return new Tries(this.spec, call.options.idempotent ?? this.spec.isIdempotent(call.body.type));
  }

  /** How long to wait before the next try, in ms; null: there is none. */
  waitMs(ctx: FlowContext, tries: Tries, failure: Failure): number | null {
    const waitMs = tries.failed(failure, ctx.random);
    if (mayRetry(failure.code, true)) this.budget?.failed?.();
    return waitMs === null || !this.mayGoOn(ctx, waitMs, failure) ? null : waitMs;
  }

  retried(ctx: FlowContext): void {
    this.retries++;
    ctx.measure('retries');
  }

  inspect(): { readonly [field: string]: number } {
    const { retries } = this;
    return this.budget === null ? { retries } : { retries, retryTokens: this.budget.tokens };
  }

  /**
   * A retry that would begin at the deadline or later is of no use to anybody, and takes no token.
   */
  private mayGoOn(ctx: FlowContext, waitMs: number, { code }: Failure): boolean {
    if (ctx.deadline !== null && ctx.now() + waitMs >= ctx.deadline) return false;
    return this.budget === null || this.budget.take(code === 'timeout', ctx.elapsed());
  }
}

class RepeatedCall extends Passage<Outcome, Outcome | undefined> {
  private readonly layer: RetryLayer;
  private readonly ctx: FlowContext;
  private readonly first: Call;
  private readonly onward: (call: Call) => Flow<Outcome>;
  private current: Call;
  private tries: Tries | null = null;
  /** What it failed with, while it waits for the next try. */
  private failure: Failure | null = null;

  constructor(
    layer: RetryLayer,
    ctx: FlowContext,
    call: Call,
    onward: (call: Call) => Flow<Outcome>,
  ) {
    super();
    this.layer = layer;
    this.ctx = ctx;
    this.first = call;
    this.current = call;
    this.onward = onward;
  }

  protected override begin(): void {
    this.layer.begun(this.ctx);
    this.waitFor(this.onward(this.current));
  }

  protected override went(outcome: Outcome | undefined): void {
    const { failure } = this;
    if (failure !== null) return this.retry(failure);
    if (outcome === undefined) return;
    if (outcome.ok) {
      this.layer.succeeded(this.current.attempt - this.first.attempt);
      this.end(outcome);
    } else this.failed(outcome);
  }

  private failed(failure: Failure): void {
    const { layer, ctx, current } = this;
    this.tries ??= layer.triesOf(this.first);
    if (isOwnRefusal(failure)) {
      const other = atAnother(current, failure);
      return other === null ? this.end(this.tries.verdict(failure)) : this.goOn(other);
    }
    const waitMs = layer.waitMs(ctx, this.tries, failure);
    if (waitMs === null) return this.end(this.tries.verdict(failure));
    if (waitMs === 0) return this.retry(failure);
    this.failure = failure;
    this.waitFor(ctx.sleep(waitMs) as Flow<undefined>);
  }

  private retry(failure: Failure): void {
    this.failure = null;
    this.layer.retried(this.ctx);
    this.goOn(again(this.current, failure));
  }

  private goOn(call: Call): void {
    this.current = call;
    this.waitFor(this.onward(call));
  }
}

/** The next attempt: at another member, if there is one. */
function again(call: Call, failure: Failure): Call {
  return avoiding(call, failure.from, call.attempt + 1);
}

/** The same attempt at a member that was not refused yet; null if none is left. */
function atAnother(call: Call, { refused }: Failure): Call | null {
  if (refused === undefined || call.to !== null || call.options.to !== undefined) return null;
  const other = avoiding(call, refused, call.attempt);
  const avoid = other.options.avoid ?? [];
  return call.members().some((member) => !avoid.includes(member)) ? other : null;
}

function avoiding(call: Call, member: NodeId | null, attempt: number): Call {
  const { target, members, to, body, options } = call;
  const avoid = [...(options.avoid ?? [])];
  if (member !== null) avoid.push(member);
  return { target, members, to, body, attempt, options: { ...options, avoid } };
}
