/**
 * Failure detectors: from the times at which heartbeats come, when to suspect who sends them.
 *
 * - `fixed`: after a silence of a fixed length.
 * - `normal`: phi accrual (Hayashibara, Défago, Yared, Katayama 2004): phi = -log10 of the chance
 *   that a heartbeat comes later still, for gaps that are normally distributed.
 * - `logistic`: the same with the approximation of the normal tail that Akka computes, which is
 *   lower far out: at phi 8 it suspects after 5.226 standard deviations, not 5.612.
 * - `exponential`: the same for exponentially distributed gaps, as Cassandra has it.
 *
 * All of them give a silence after which they suspect, so that a timer can wait for it.
 */
import { exp, log, log10, normalCdf, normalQuantile, pow } from '../../sim/portable-math.ts';

export interface DetectorSpec {
  readonly model: 'fixed' | 'normal' | 'logistic' | 'exponential';
  /** Of `fixed`, in ms. */
  readonly timeoutMs: number;
  /** Suspects when phi reaches it. */
  readonly threshold: number;
  /** How many gaps are remembered. */
  readonly window: number;
  /** The standard deviation is at least this, in ms. */
  readonly minStdMs: number;
  /** By how much a silence may be longer, in ms. */
  readonly pauseMs: number;
  /** What heartbeats are expected to be apart, before any has come. */
  readonly heartbeatMs: number;
  /** Whether the gap that ended a suspicion is learned too: a mistake that blinds. */
  readonly learnsAll: boolean;
}

export class FailureDetector {
  readonly #spec: DetectorSpec;
  readonly #gaps: Gaps;
  #lastMs: number;

  /** Watches from now on. */
  constructor(spec: DetectorSpec, nowMs: number) {
    this.#spec = spec;
    this.#lastMs = nowMs;
    this.#gaps = new Gaps(spec.window);
    // Two gaps with the mean of the heartbeat and a quarter of it as deviation, as Akka begins.
    const { heartbeatMs } = spec;
    this.#gaps.add(heartbeatMs * 0.75);
    this.#gaps.add(heartbeatMs * 1.25);
  }

  /** A heartbeat has come. A gap during which it was suspected is no heartbeat's usual gap. */
  beat(nowMs: number, wasSuspected: boolean): void {
    if (!wasSuspected || this.#spec.learnsAll) this.#gaps.add(nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  /** Forgives the silence so far: the watcher was not there to hear. */
  excuse(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /** How long from now on, if nothing comes, until it suspects, in ms; 0 or less: it does. */
  leftMs(nowMs: number): number {
    return this.#lastMs + this.silenceMs() - nowMs;
  }

  /** The silence after which it suspects, in ms. */
  silenceMs(): number {
    const { model, timeoutMs, threshold, pauseMs } = this.#spec;
    if (model === 'fixed') return timeoutMs;
    const meanMs = this.#gaps.mean + pauseMs;
    if (model === 'exponential') return threshold * Math.LN10 * meanMs;
    return meanMs + deviationsFor(threshold, model) * this.#stdMs();
  }

  /** The suspicion level now; of `fixed`, the share of the timeout that is over. */
  phi(nowMs: number): number {
    const { model, timeoutMs, pauseMs } = this.#spec;
    const silentMs = nowMs - this.#lastMs;
    if (model === 'fixed') return silentMs / timeoutMs;
    const meanMs = this.#gaps.mean + pauseMs;
    if (model === 'exponential') return silentMs / (Math.LN10 * meanMs);
    return phiOf((silentMs - meanMs) / this.#stdMs(), model);
  }

  #stdMs(): number {
    return Math.max(this.#spec.minStdMs, this.#gaps.std);
  }
}

/** Phi of a silence this many standard deviations above the mean. */
export function phiOf(deviations: number, model: 'normal' | 'logistic'): number {
  if (model === 'normal') return -log10(normalCdf(-deviations));
  const e = exp(-deviations * slopeOf(deviations));
  return -log10(e / (1 + e));
}

/** How many standard deviations above the mean phi is reached: the inverse of `phiOf`. */
export function deviationsFor(phi: number, model: 'normal' | 'logistic'): number {
  const chance = pow(10, -phi);
  if (model === 'normal') return -normalQuantile(chance);
  const wanted = log((1 - chance) / chance);
  let low = 0;
  let high = wanted;
  // The left side grows with y, and halving 60 times leaves nothing to choose.
  for (let step = 0; step < 60; step++) {
    const y = (low + high) / 2;
    if (y * slopeOf(y) < wanted) low = y;
    else high = y;
  }
  return (low + high) / 2;
}

/** `1.5976 + 0.070566 y²`, as in Akka's PhiAccrualFailureDetector. */
function slopeOf(y: number): number {
  return 1.5976 + 0.070566 * y * y;
}

/** The last gaps of a window, with their mean and standard deviation kept as sums. */
class Gaps {
  readonly #room: Float64Array;
  #count = 0;
  #next = 0;
  #sum = 0;
  #squares = 0;

  constructor(window: number) {
    this.#room = new Float64Array(window);
  }

  get mean(): number {
    return this.#sum / this.#count;
  }

  get std(): number {
    const variance = this.#squares / this.#count - this.mean * this.mean;
    return Math.sqrt(Math.max(0, variance));
  }

  add(gapMs: number): void {
    if (this.#count === this.#room.length) {
      const oldest = this.#room[this.#next] as number;
      this.#sum -= oldest;
      this.#squares -= oldest * oldest;
    } else this.#count++;
    this.#room[this.#next] = gapMs;
    this.#next = (this.#next + 1) % this.#room.length;
    this.#sum += gapMs;
    this.#squares += gapMs * gapMs;
  }
}
