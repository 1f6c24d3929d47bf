/**
 * Budgets of retries, so that retries cannot multiply the load of a target that fails.
 *
 * - A share of the calls: each first attempt puts a fraction of a token into a bucket, each retry
 *   takes a whole one. With a life of tokens (Finagle: 10 s) what was saved up long ago is gone.
 *   Over any stretch of time retries are at most burst + ratio * calls, and what `perMs` adds with
 *   time (Finagle), where retrying by count alone gives (tries - 1) * calls when all fails.
 * - A throttle (gRPC proposal A6): a retryable failure takes a token, a success gives a fraction
 *   back; retries go only while more than half of the tokens are there. It is in balance at a share
 *   of failures of ratio / (1 + ratio).
 * - A quota (AWS SDKs): a retry costs tokens, more after a timeout, and gets them back if it
 *   succeeds; a call that succeeds at once gives one.
 */
import { assert } from '../../sim/assert.ts';

export interface Budget {
  readonly tokens: number;
  /** A call is made. */
  deposit(nowMs?: number): void;
  /** An attempt failed, and might be repeated. */
  failed?(): void;
  /** A call ended well, after this number of retries. */
  succeeded?(retries: number): void;
  /** Takes what one retry costs; false when the budget is spent. */
  take(afterTimeout?: boolean, nowMs?: number): boolean;
}

export type BudgetSpec =
  | {
      readonly kind?: 'share';
      readonly ratio: number;
      readonly burst: number;
      readonly perMs?: number;
      /** How long a token lives, in ms; absent: forever. */
      readonly ttlMs?: number;
    }
  | { readonly kind: 'throttle'; readonly tokens: number; readonly ratio: number }
  | {
      readonly kind: 'quota';
      readonly tokens: number;
      readonly cost: number;
      readonly timeoutCost: number;
    };

export function budgetOf(spec: BudgetSpec): Budget {
  if (spec.kind === 'throttle') return new TokenThrottle(spec.tokens, spec.ratio);
  if (spec.kind === 'quota') return new RetryQuota(spec.tokens, spec.cost, spec.timeoutCost);
  return new RetryBudget(spec.ratio, spec.burst, spec.perMs ?? 0, spec.ttlMs ?? Infinity);
}

/** Ten tenths add up to a little less than one. */
const EXACT = 1e-9;

export class RetryBudget implements Budget {
  /** Tokens that each call adds. */
  readonly ratio: number;
  readonly burst: number;
  private readonly perMs: number;
  private readonly ttlMs: number;
  /** Tokens by when they were put in, the oldest first; in steps of a tenth of their life. */
  private readonly saved: { readonly bornMs: number; tokens: number }[] = [];
  private tokensNow = 0;
  private atMs = 0;

  /** Starts full, so that a service just booted may retry. */
  constructor(ratio: number, burst: number, perMs = 0, ttlMs = Infinity) {
    this.ratio = ratio;
    this.burst = burst;
    this.perMs = perMs;
    assert(ratio >= 0 && burst >= 0, 'a budget of retries is never negative');
    this.ttlMs = ttlMs;
    this.put(burst, 0);
  }

  get tokens(): number {
    return this.tokensNow;
  }

  deposit(nowMs = 0): void {
    this.passTime(nowMs);
    this.put(this.ratio, nowMs);
  }

  take(_afterTimeout = false, nowMs = this.atMs): boolean {
    this.passTime(nowMs);
    if (this.tokensNow < 1 - EXACT) return false;
    this.tokensNow = Math.max(0, this.tokensNow - 1);
    assert(this.tokensNow <= this.burst, 'a budget holds no more than its burst');
    for (let left = 1; left > EXACT && this.saved.length > 0; ) {
      const oldest = this.saved[0] as (typeof this.saved)[0];
      const taken = Math.min(left, oldest.tokens);
      left -= taken;
      oldest.tokens -= taken;
      if (oldest.tokens <= EXACT) this.saved.shift();
    }
    return true;
  }

  private put(tokens: number, nowMs: number): void {
    const more = Math.min(this.burst - this.tokensNow, tokens);
    this.tokensNow += more;
    if (this.ttlMs === Infinity || more <= 0) return;
    const newest = this.saved.at(-1);
    if (newest !== undefined && nowMs - newest.bornMs < this.ttlMs / 10) newest.tokens += more;
    else this.saved.push({ bornMs: nowMs, tokens: more });
  }

  private passTime(nowMs: number): void {
    while (this.saved.length > 0 && nowMs - (this.saved[0]?.bornMs ?? 0) >= this.ttlMs) {
      this.tokensNow = Math.max(0, this.tokensNow - (this.saved.shift()?.tokens ?? 0));
    }
    if (this.perMs === 0 || nowMs <= this.atMs) return;
    this.put((nowMs - this.atMs) * this.perMs, nowMs);
    this.atMs = nowMs;
  }
}

class TokenThrottle implements Budget {
  private readonly most: number;
  private readonly ratio: number;
  tokens: number;

  constructor(most: number, ratio: number) {
    this.most = most;
    this.ratio = ratio;
    this.tokens = most;
  }

  deposit(): void {}

  failed(): void {
    this.tokens = Math.max(0, this.tokens - 1);
  }

  succeeded(): void {
    this.tokens = Math.min(this.most, this.tokens + this.ratio);
  }

  take(): boolean {
    return this.tokens > this.most / 2 + EXACT;
  }
}

class RetryQuota implements Budget {
  private readonly most: number;
  private readonly cost: number;
  private readonly timeoutCost: number;
  tokens: number;

  constructor(most: number, cost: number, timeoutCost: number) {
    this.most = most;
    this.cost = cost;
    this.timeoutCost = timeoutCost;
    this.tokens = most;
  }

  deposit(): void {}

  succeeded(retries: number): void {
    this.tokens = Math.min(this.most, this.tokens + (retries === 0 ? 1 : this.cost));
  }

  take(afterTimeout = false): boolean {
    const cost = afterTimeout ? this.timeoutCost : this.cost;
    if (this.tokens < cost) return false;
    this.tokens -= cost;
    return true;
  }
}
