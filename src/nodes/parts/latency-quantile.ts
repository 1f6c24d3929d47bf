/** A quantile of the last latencies, found again now and then: exact of those that it holds. */
import { assert } from '../../sim/assert.ts';

/** Latencies held, and how many new ones make it look again. */
const HELD = 512;
const AGAIN = 64;

export class LatencyQuantile {
  private readonly share: number;
  private readonly held: number[] = [];
  private at = 0;
  private sinceLook = 0;
  private found: number | null = null;

  /** `share` is the quantile, 0..1. */
  constructor(share: number) {
    assert(share > 0 && share <= 1, 'a quantile is a share of what was seen');
    this.share = share;
  }

  add(latencyMs: number): void {
    if (this.held.length < HELD) this.held.push(latencyMs);
    else this.held[this.at] = latencyMs;
    this.at = (this.at + 1) % HELD;
    this.sinceLook++;
    if (this.sinceLook < AGAIN) return;
    this.sinceLook = 0;
    const sorted = [...this.held].sort((a, b) => a - b);
    // By nearest rank: a latency that some call had.
    this.found = sorted[Math.ceil(this.share * sorted.length) - 1] ?? null;
  }

  /** In ms; null before enough was seen. */
  value(): number | null {
    return this.found;
  }
}
