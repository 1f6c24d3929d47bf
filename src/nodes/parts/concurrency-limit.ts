/**
 * How many calls may be under way at once: fixed, or found by how long calls take.
 *
 * The adaptive ones are those of Netflix's concurrency-limits, whose code is the source of every
 * constant that is no parameter here:
 * - AIMD: one more while calls go well, a tenth less when one is dropped or takes too long.
 * - Vegas (Brakmo and Peterson 1994, of TCP): of L calls under way, L (1 - rtt0 / rtt) wait in a
 *   queue, where rtt0 is the time without one. It keeps a few of them waiting.
 * - Gradient2: follows the ratio of the long average of the time to the last sample.
 * - Gradient: Envoy's, which measures the time without a queue at a tiny limit
 *   (`gradient-limit.ts`).
 *
 * A limit learns nothing from a sample taken while less than half of it was used.
 */
import { assert } from '../../sim/assert.ts';
import type { Random } from '../../sim/node.ts';
import { GradientLimit } from './gradient-limit.ts';

export interface LimitSpec {
  readonly kind: 'fixed' | 'aimd' | 'vegas' | 'gradient2' | 'gradient';
  /** The limit at the beginning; of `fixed` forever. */
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  /** AIMD: a call that takes longer counts as dropped, in ms. */
  readonly slowAfterMs: number;
  /** Gradient2: how much longer than the average a call may take before the limit falls. */
  readonly tolerance: number;
  /** Gradient: how often the time without a queue is measured, in ms, and by how many calls. */
  readonly measureEveryMs: number;
  readonly measureCalls: number;
  /** Gradient: how much longer than that calls may take, as a share of it. */
  readonly buffer: number;
}

export interface ConcurrencyLimit {
  /** Whole calls. */
  readonly limit: number;
  /**
   * A call has ended: its time in ms, how many were under way as it began, itself included, and
   * whether it was dropped: refused, or out of time.
   */
  sample(rttMs: number, inFlight: number, dropped: boolean, random: Random, nowMs: number): void;
}

export function concurrencyLimit(spec: LimitSpec): ConcurrencyLimit {
  assert(spec.min >= 1 && spec.min <= spec.max, 'a limit lets at least one call through');
  switch (spec.kind) {
    case 'fixed':
      return { limit: spec.initial, sample() {} };
    case 'aimd':
      return new Aimd(spec);
    case 'vegas':
      return new Vegas(spec);
    case 'gradient2':
      return new Gradient2(spec);
    case 'gradient':
      return new GradientLimit({
        ...gradient,
        ...spec,
        everyMs: spec.measureEveryMs,
        calls: spec.measureCalls,
      });
  }
}

/** Envoy's jitter, and the window of its example. */
const gradient = { jitter: 0.15, windowMs: 100 };

/** The estimate is a fraction; what counts is its whole part. */
abstract class Adaptive implements ConcurrencyLimit {
  protected readonly spec: LimitSpec;
  protected estimate: number;

  constructor(spec: LimitSpec) {
    this.spec = spec;
    this.estimate = spec.initial;
  }

  get limit(): number {
    return Math.floor(this.estimate);
  }

  abstract sample(rttMs: number, inFlight: number, dropped: boolean, random: Random): void;

  protected set(estimate: number): void {
    const { min, max } = this.spec;
    this.estimate = Math.min(max, Math.max(min, estimate));
    assert(this.estimate >= min && this.estimate <= max, 'a limit stays within its bounds');
  }
}

class Aimd extends Adaptive {
  sample(rttMs: number, inFlight: number, dropped: boolean): void {
    if (dropped || rttMs > this.spec.slowAfterMs) this.set(Math.floor(this.estimate * 0.9));
    else if (inFlight * 2 >= this.estimate) this.set(this.estimate + 1);
  }
}

class Vegas extends Adaptive {
  /** The time without a queue, as far as is known; 0: nothing is. */
  private noLoadMs = 0;
  private sinceProbe = 0;
  private probeJitter = 0;

  sample(rttMs: number, inFlight: number, dropped: boolean, random: Random): void {
    if (rttMs <= 0) return;
    this.sinceProbe++;
    if (this.probeJitter === 0) this.probeJitter = random.between(0.5, 1);
    if (this.probeJitter * 30 * this.estimate <= this.sinceProbe) {
      // What was quickest may be quickest no more: measure again.
      this.probeJitter = random.between(0.5, 1);
      this.sinceProbe = 0;
      this.noLoadMs = rttMs;
      return;
    }
    if (this.noLoadMs === 0 || rttMs < this.noLoadMs) {
      this.noLoadMs = rttMs;
      return;
    }
    this.follow(rttMs, inFlight, dropped);
  }

  private follow(rttMs: number, inFlight: number, dropped: boolean): void {
    const { estimate } = this;
    const grain = digitsBeyondFirst(estimate);
    if (dropped) return this.set(estimate - grain);
    if (inFlight * 2 < estimate) return;
    const queued = Math.ceil(estimate * (1 - this.noLoadMs / rttMs));
    if (queued <= grain) this.set(estimate + 6 * grain);
    else if (queued < 3 * grain) this.set(estimate + grain);
    else if (queued > 6 * grain) this.set(estimate - grain);
  }
}

/** The whole part of the decimal logarithm, at least 1. */
function digitsBeyondFirst(limit: number): number {
  let digits = 0;
  for (let rest = limit; rest >= 10; rest /= 10) digits++;
  return Math.max(1, digits);
}

/** Samples of which the long average is a plain mean, and its window after that. */
const WARM_UP = 10;
const LONG_WINDOW = 600;
/** Calls that may wait in a queue. */
const QUEUE = 4;

class Gradient2 extends Adaptive {
  private longMs = 0;
  private samples = 0;

  sample(rttMs: number, inFlight: number): void {
    if (rttMs <= 0) return;
    this.samples++;
    const share = this.samples <= WARM_UP ? 1 / this.samples : 2 / (LONG_WINDOW + 1);
    this.longMs += (rttMs - this.longMs) * share;
    // After a long overload the average is too long for what is now.
    if (this.longMs / rttMs > 2) this.longMs *= 0.9;
    if (inFlight * 2 < this.estimate) return;
    const gradient = Math.max(0.5, Math.min(1, (this.spec.tolerance * this.longMs) / rttMs));
    const wanted = this.estimate * gradient + QUEUE;
    this.set(this.estimate * 0.8 + wanted * 0.2);
  }
}
