/**
 * The results that a circuit breaker looks back on: a number of calls, or those of a time, in
 * buckets.
 *
 * Buckets expire by time. A window whose buckets move on only when a result comes keeps the
 * failures of before a pause, and opens on the first failure after it.
 */
import { assert } from '../../sim/assert.ts';

export type BreakerWindowSpec =
  | { readonly kind: 'count'; readonly calls: number }
  | { readonly kind: 'time'; readonly ms: number; readonly buckets: number };

/** Sums over the window. */
export interface BreakerWindow {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  /** Lets go of what is too old by now. */
  expire(nowMs: number): void;
  record(nowMs: number, failed: boolean, slow: boolean): void;
  clear(): void;
}

/** With `stale`, buckets move on by results, one at a time: a mistake that can be switched on. */
export function breakerWindow(spec: BreakerWindowSpec, stale = false): BreakerWindow {
  return spec.kind === 'count'
    ? new CountWindow(spec.calls)
    : new TimeWindow(spec.ms, spec.buckets, stale);
}

const FAILED = 1;
const SLOW = 2;

class CountWindow implements BreakerWindow {
  calls = 0;
  failures = 0;
  slow = 0;
  private readonly results: Uint8Array;
  private at = 0;

  constructor(calls: number) {
    assert(calls >= 1, 'a window of calls holds at least one');
    this.results = new Uint8Array(calls);
  }

  expire(): void {}

  record(_nowMs: number, failed: boolean, slow: boolean): void {
    const { results, at } = this;
    if (this.calls === results.length) this.count(results[at] as number, -1);
    results[at] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.count(results[at], 1);
    this.at = at + 1 === results.length ? 0 : at + 1;
  }

  private count(result: number, sign: 1 | -1): void {
    this.calls += sign;
    if ((result & FAILED) !== 0) this.failures += sign;
    if ((result & SLOW) !== 0) this.slow += sign;
  }

  clear(): void {
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
    this.at = 0;
  }
}

interface Bucket {
  calls: number;
  failures: number;
  slow: number;
}

/** Buckets begin at multiples of their width, on the clock that is given. */
class TimeWindow implements BreakerWindow {
  calls = 0;
  failures = 0;
  slow = 0;
  private readonly widthMs: number;
  private readonly stale: boolean;
  private readonly buckets: readonly Bucket[];
  /** The number of the newest bucket, counted from time 0. */
  private newest = 0;
  /** Where it is in the ring. */
  private at = 0;

  constructor(ms: number, buckets: number, stale: boolean) {
    assert(ms > 0 && buckets >= 1, 'a window of time has a length and at least one bucket');
    this.widthMs = ms / buckets;
    this.stale = stale;
    this.buckets = Array.from({ length: buckets }, () => ({ calls: 0, failures: 0, slow: 0 }));
  }

  expire(nowMs: number): void {
    if (!this.stale) this.moveOn(Math.floor(nowMs / this.widthMs) - this.newest, nowMs);
  }

  record(nowMs: number, failed: boolean, slow: boolean): void {
    const ahead = Math.floor(nowMs / this.widthMs) - this.newest;
    this.moveOn(this.stale ? Math.min(1, ahead) : ahead, nowMs);
    const bucket = this.buckets[this.at] as Bucket;
    bucket.calls++;
    this.calls++;
    if (failed) {
      bucket.failures++;
      this.failures++;
    }
    if (slow) {
      bucket.slow++;
      this.slow++;
    }
  }

  private moveOn(ahead: number, nowMs: number): void {
    if (ahead <= 0) return;
    const size = this.buckets.length;
    for (let i = 0; i < Math.min(ahead, size); i++) {
      this.at = this.at + 1 === size ? 0 : this.at + 1;
      const bucket = this.buckets[this.at] as Bucket;
      this.calls -= bucket.calls;
      this.failures -= bucket.failures;
      this.slow -= bucket.slow;
      empty(bucket);
    }
    this.newest = Math.floor(nowMs / this.widthMs);
    assert(this.failures <= this.calls, 'of the calls in a window at most all have failed');
  }

  clear(): void {
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
    this.buckets.forEach(empty);
  }
}

function empty(bucket: Bucket): void {
  bucket.calls = 0;
  bucket.failures = 0;
  bucket.slow = 0;
}
