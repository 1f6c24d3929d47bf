/**
 * A peak-sensitive moving average of latencies: a higher one counts at once, lower ones gradually
 * (Finagle, "peak EWMA").
 */
import { exp } from '../../sim/portable-math.ts';

export class PeakEwma {
  private readonly tauMs: number;
  private value = 0;
  private atMs = 0;
  private seen = false;

  /** `tauMs` is the time in which the weight of what was falls to 1/e. */
  constructor(tauMs: number) {
    this.tauMs = tauMs;
  }

  /** In ms; null before the first. */
  get average(): number | null {
    return this.seen ? this.value : null;
  }

  add(latencyMs: number, nowMs: number): void {
    const old = exp(-Math.max(0, nowMs - this.atMs) / this.tauMs);
    const isPeak = !this.seen || latencyMs > this.value;
    this.value = isPeak ? latencyMs : this.value * old + latencyMs * (1 - old);
    this.seen = true;
    this.atMs = nowMs;
  }
}
