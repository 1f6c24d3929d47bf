/**
 * A budget of retries: a share of the calls made, so that retries cannot multiply the load of a
 * target that fails.
 *
 * Each first attempt puts a fraction of a token into a bucket that holds no more than `burst`; each
 * retry takes a whole one. Over any stretch of time, retries are at most burst + ratio * calls,
 * where retrying by count alone gives (tries - 1) * calls when everything fails.
 */
import { assert } from '../../sim/assert.ts';

export class RetryBudget {
  /** Tokens that each call adds. */
  readonly ratio: number;
  readonly burst: number;
  private tokensNow: number;

  /** Starts full, so that a service just booted may retry. */
  constructor(ratio: number, burst: number) {
    this.ratio = ratio;
    this.burst = burst;
    assert(ratio >= 0 && burst >= 0, 'a budget of retries is never negative');
    this.tokensNow = burst;
  }

  get tokens(): number {
    return this.tokensNow;
  }

  /** A call is made. */
  deposit(): void {
    this.tokensNow = Math.min(this.burst, this.tokensNow + this.ratio);
  }

  /** Takes a token for one retry; false when the budget is spent. */
  take(): boolean {
    // Ten tenths add up to a little less than one.
    if (this.tokensNow < 1 - 1e-9) return false;
    this.tokensNow = Math.max(0, this.tokensNow - 1);
    assert(this.tokensNow <= this.burst, 'a budget holds no more than its burst');
    return true;
  }
}
