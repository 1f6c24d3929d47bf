/**
 * Rate limits, as state machines: how much per time, for one key.
 *
 * - Token bucket: tokens come at the rate, `burst` of them are kept; a call takes one. In any time
 *   T it admits at most burst + rate T. As a meter, the leaky bucket is the same.
 * - Leaky bucket, as a queue: calls leave it at the rate, one by one; `burst` of them may wait.
 * - GCRA (ITU-T I.371): a call conforms at or after TAT - tau. With T = 1 / rate and tau = (burst -
 *   1) T it is the token bucket, with one number of state.
 * - Fixed window: a count for each window. Around the edge of two windows it admits twice as many.
 * - Sliding log: the moments of all calls of the last window. Exact, and as large as the limit.
 * - Sliding counter: the count of this window and, of the one before, the share that still is in
 *   sight. It takes the calls of the window before as spread evenly: after L calls at its end it
 *   admits L f more at the fraction f of the next, and L (1 + f) in a window of time.
 */
import { assert } from '../../sim/assert.ts';

export const RATE_LIMITS = [
  'token-bucket',
  'leaky-bucket',
  'gcra',
  'fixed-window',
  'sliding-log',
  'sliding-counter',
] as const;

export interface RateLimitSpec {
  readonly algorithm: (typeof RATE_LIMITS)[number];
  /** Calls, or their cost, per ms. */
  readonly perMs: number;
  /** Calls at once; of the leaky bucket, calls that wait. */
  readonly burst: number;
  readonly windowMs: number;
  /** Windows begin at multiples of their length, or with the first call of the key. */
  readonly align: 'epoch' | 'first';
  /** Times are cut to multiples of this, in ms; 0: they are not. */
  readonly grainMs: number;
}

export interface RateLimit {
  /**
   * A call of this cost comes. 0 or more is the wait in ms after which it may go, and it has its
   * place. Less than 0: it is refused, and may come again after that many ms at the earliest
   * (-Infinity: never). `waitMaxMs` is how long it may be made to wait.
   */
  take(nowMs: number, cost: number, waitMaxMs: number): number;
}

export function rateLimit(spec: RateLimitSpec): RateLimit {
  assert(spec.perMs > 0 && spec.windowMs > 0, 'a rate limit admits something');
  switch (spec.algorithm) {
    case 'token-bucket':
      return new TokenBucket(spec);
    case 'leaky-bucket':
      return new LeakyBucket(spec);
    case 'gcra':
      return new Gcra(spec);
    case 'fixed-window':
      return new FixedWindow(spec);
    case 'sliding-log':
      return new SlidingLog(spec);
    case 'sliding-counter':
      return new SlidingCounter(spec);
  }
}

/** The limit L of the algorithms with windows. */
export function limitOf({ perMs, windowMs }: RateLimitSpec): number {
  return Math.max(1, Math.floor(perMs * windowMs + EXACT));
}

/** A tenth of a second at ten a second is a little less than one call in binary. */
const EXACT = 1e-9;

class TokenBucket implements RateLimit {
  private readonly spec: RateLimitSpec;
  private tokens: number;
  private atMs = 0;

  constructor(spec: RateLimitSpec) {
    this.spec = spec;
    this.tokens = spec.burst;
  }

  take(now: number, cost: number, waitMaxMs: number): number {
    const { perMs, burst } = this.spec;
    const nowMs = grained(now, this.spec);
    this.tokens = Math.min(burst, this.tokens + (nowMs - this.atMs) * perMs);
    this.atMs = nowMs;
    const missing = cost - this.tokens;
    const waitMs = missing <= EXACT ? 0 : missing / perMs;
    if (cost > burst) return -Infinity;
    if (waitMs > waitMaxMs) return -waitMs;
    // Less than none: those that wait have taken theirs.
    this.tokens -= cost;
    return waitMs;
  }
}

class Gcra implements RateLimit {
  private readonly spec: RateLimitSpec;
  private readonly tauMs: number;
  /** The theoretical arrival time of the next call. */
  private tatMs = -Infinity;

  constructor(spec: RateLimitSpec) {
    this.spec = spec;
    this.tauMs = (spec.burst - 1) / spec.perMs;
  }

  take(now: number, cost: number, waitMaxMs: number): number {
    const { perMs, burst } = this.spec;
    if (cost > burst) return -Infinity;
    const nowMs = grained(now, this.spec);
    const least = this.tatMs - this.tauMs + (cost - 1) / perMs;
    const waitMs = least - nowMs <= EXACT ? 0 : least - nowMs;
    if (waitMs > waitMaxMs) return -waitMs;
    // A refused call moves nothing.
    this.tatMs = Math.max(this.tatMs, nowMs) + cost / perMs;
    return waitMs;
  }
}

class LeakyBucket implements RateLimit {
  private readonly spec: RateLimitSpec;
  /** When the next call may leave. */
  private nextMs = -Infinity;

  constructor(spec: RateLimitSpec) {
    this.spec = spec;
  }

  /** It waits by its nature, whatever the caller would like. */
  take(now: number, cost: number): number {
    const { perMs, burst } = this.spec;
    const nowMs = grained(now, this.spec);
    const waitMs = Math.max(0, this.nextMs - nowMs);
    const most = burst / perMs;
    if (waitMs > most + EXACT) return most - waitMs;
    this.nextMs = Math.max(this.nextMs, nowMs) + cost / perMs;
    return waitMs;
  }
}

/** What windows need: which one a moment is in. */
abstract class Windowed implements RateLimit {
  protected readonly spec: RateLimitSpec;
  protected readonly limit: number;
  private originMs: number | null;

  constructor(spec: RateLimitSpec) {
    this.spec = spec;
    this.limit = limitOf(spec);
    this.originMs = spec.align === 'epoch' ? 0 : null;
  }

  take(now: number, cost: number): number {
    const nowMs = grained(now, this.spec);
    this.originMs ??= nowMs;
    return cost > this.limit ? -Infinity : this.admit(nowMs, nowMs - this.originMs, cost);
  }

  /** `sinceMs` is the time since windows began. */
  protected abstract admit(nowMs: number, sinceMs: number, cost: number): number;
}

class FixedWindow extends Windowed {
  private window = -1;
  private count = 0;

  protected admit(_nowMs: number, sinceMs: number, cost: number): number {
    const { windowMs } = this.spec;
    const window = Math.floor(sinceMs / windowMs);
    if (window !== this.window) {
      this.window = window;
      this.count = 0;
    }
    if (this.count + cost > this.limit) return sinceMs - (window + 1) * windowMs;
    this.count += cost;
    return 0;
  }
}

class SlidingLog extends Windowed {
  private readonly log: { readonly atMs: number; readonly cost: number }[] = [];
  private sum = 0;

  protected admit(nowMs: number, _sinceMs: number, cost: number): number {
    const { windowMs } = this.spec;
    let gone = 0;
    for (const { atMs, cost: old } of this.log) {
      if (atMs > nowMs - windowMs) break;
      this.sum -= old;
      gone++;
    }
    if (gone > 0) this.log.splice(0, gone);
    if (this.sum + cost > this.limit) return nowMs - windowMs - this.makesRoom(cost);
    this.log.push({ atMs: nowMs, cost });
    this.sum += cost;
    assert(this.sum <= this.limit, 'a log never holds more than its limit');
    return 0;
  }

  /** The moment of the call that must be forgotten before one of this cost has room. */
  private makesRoom(cost: number): number {
    let sum = this.sum;
    for (const { atMs, cost: old } of this.log) {
      sum -= old;
      if (sum + cost <= this.limit) return atMs;
    }
    return -Infinity;
  }
}

class SlidingCounter extends Windowed {
  private window = -1;
  private count = 0;
  private before = 0;

  protected admit(_nowMs: number, sinceMs: number, cost: number): number {
    const { windowMs } = this.spec;
    const window = Math.floor(sinceMs / windowMs);
    if (window !== this.window) {
      this.before = window === this.window + 1 ? this.count : 0;
      this.window = window;
      this.count = 0;
    }
    const inMs = sinceMs - window * windowMs;
    const weight = 1 - inMs / windowMs;
    const room = this.limit - cost - this.count;
    if (this.before * weight > room + EXACT) return inMs - this.roomAfter(room, cost);
    this.count += cost;
    return 0;
  }

  /** How long after the beginning of this window there is room. */
  private roomAfter(room: number, cost: number): number {
    const { windowMs } = this.spec;
    if (room >= 0) return windowMs * (1 - room / this.before);
    // This window is full: in the next one it fades.
    return windowMs + windowMs * Math.max(0, 1 - (this.limit - cost) / this.count);
  }
}

function grained(nowMs: number, { grainMs }: RateLimitSpec): number {
  return grainMs === 0 ? nowMs : Math.floor(nowMs / grainMs + EXACT) * grainMs;
}

/** A limit for each key. */
export class KeyedLimits {
  private readonly spec: RateLimitSpec;
  private readonly limits = new Map<string, RateLimit>();

  constructor(spec: RateLimitSpec) {
    this.spec = spec;
  }

  get keys(): number {
    return this.limits.size;
  }

  take(key: string, nowMs: number, cost: number, waitMaxMs: number): number {
    let limit = this.limits.get(key);
    if (limit === undefined) {
      limit = rateLimit(this.spec);
      this.limits.set(key, limit);
    }
    return limit.take(nowMs, cost, waitMaxMs);
  }
}
