/**
 * The limit of Envoy's adaptive concurrency filter ("gradient controller"; its documentation and
 * `gradient_controller.cc`).
 *
 * Now and then it lets very few calls through, and takes the median of their times for the time
 * without a queue, minRTT. In between, each window of time multiplies the limit by the gradient
 * minRTT (1 + buffer) / (median of the window), from .5 to 2, and adds the square root of that:
 * room for a burst, without which it would never grow beyond what minRTT allows.
 *
 * Unlike Vegas it is not misled by the luckiest call; it pays with a stretch at a tiny limit, in
 * which it refuses nearly everything.
 */

import { nearestRankOfSorted } from '../../sim/nearest-rank.ts';
import type { Random } from '../../sim/node.ts';

export interface GradientSpec {
  /** The limit while it measures minRTT, and the least ever. */
  readonly min: number;
  readonly max: number;
  /** The limit after the first measurement. */
  readonly initial: number;
  /** The time between two measurements of minRTT, in ms. */
  readonly everyMs: number;
  /**
   * The share of this by which the next one may come later, at random: or all callers measure at
   * once.
   */
  readonly jitter: number;
  /** Calls that a measurement takes. */
  readonly calls: number;
  /** How much longer than minRTT calls may take, as a share of it. */
  readonly buffer: number;
  /** In ms. */
  readonly windowMs: number;
}

/** After this many windows at the least limit minRTT is measured again: it may be out of date. */
const LOW_WINDOWS = 5;

export class GradientLimit {
  private readonly spec: GradientSpec;
  /** The limit between measurements. */
  private kept: number;
  /** Times of the window, or of the measurement, in ms. */
  private times: number[] = [];
  private measuring = true;
  /** Calls that began earlier do not count for the measurement: they had others beside them. */
  private sinceMs = 0;
  private windowEndsMs = 0;
  private nextMs = Infinity;
  private lowWindows = 0;
  private minRttMs = 0;

  constructor(spec: GradientSpec) {
    this.spec = spec;
    this.kept = spec.initial;
  }

  get limit(): number {
    return this.measuring ? this.spec.min : this.kept;
  }

  /** One that was dropped says nothing: a refusal is quick, and a time-out is no time. */
  sample(rttMs: number, _inFlight: number, dropped: boolean, random: Random, nowMs: number): void {
    if (!this.measuring && nowMs >= this.nextMs) this.measure(nowMs);
    if (dropped) return;
    if (!this.measuring) {
      this.times.push(rttMs);
      if (nowMs >= this.windowEndsMs) this.endWindow(nowMs);
    } else if (nowMs - rttMs >= this.sinceMs) {
      this.times.push(rttMs);
      if (this.times.length >= this.spec.calls) this.measured(random, nowMs);
    }
  }

  private measure(nowMs: number): void {
    this.measuring = true;
    this.sinceMs = nowMs;
    this.times = [];
  }

  private measured(random: Random, nowMs: number): void {
    const { everyMs, jitter } = this.spec;
    this.minRttMs = this.takeMedian();
    this.measuring = false;
    this.lowWindows = 0;
    this.nextMs = nowMs + everyMs * (1 + random.between(0, jitter));
    this.windowEndsMs = nowMs + this.spec.windowMs;
  }

  private endWindow(nowMs: number): void {
    const { min, max, buffer, windowMs } = this.spec;
    this.windowEndsMs = nowMs + windowMs;
    const gradient = (this.minRttMs * (1 + buffer)) / this.takeMedian();
    const wanted = this.kept * Math.min(2, Math.max(0.5, gradient));
    this.kept = Math.min(max, Math.max(min, Math.floor(wanted + Math.sqrt(wanted))));
    this.lowWindows = this.kept === min ? this.lowWindows + 1 : 0;
    if (this.lowWindows >= LOW_WINDOWS) this.measure(nowMs);
  }

  private takeMedian(): number {
    const median = nearestRankOfSorted(
      this.times.sort((a, b) => a - b),
      0.5,
    );
    this.times = [];
    return median;
  }
}
