/**
 * How long to wait before the next try: fixed or exponential, with four kinds of jitter.
 *
 * The formulas are those of Marc Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog,
 * 2015). With e = min(cap, base * 2^n) after n earlier waits: none waits e, full U(0, e), equal e/2
 * + U(0, e/2), and decorrelated min(cap, U(base, 3 * the last wait)), the last wait being base at
 * first. A fixed backoff has e = base throughout.
 */
import type { Random } from '../../sim/node.ts';

export interface BackoffSpec {
  readonly kind: 'fixed' | 'exponential';
  readonly jitter: 'none' | 'full' | 'equal' | 'decorrelated';
  readonly baseMs: number;
  /** No wait is longer. */
  readonly capMs: number;
}

/** How long as many waits take at most, in ms. */
export function longestWaits({ kind, jitter, baseMs, capMs }: BackoffSpec, count: number): number {
  const factor = jitter === 'decorrelated' ? 3 : kind === 'exponential' ? 2 : 1;
  // The first wait of a decorrelated jitter is up to three times the base already.
  let nextMs = jitter === 'decorrelated' ? 3 * baseMs : baseMs;
  let sumMs = 0;
  for (let i = 0; i < count; i++) {
    sumMs += Math.min(capMs, nextMs);
    nextMs = Math.min(capMs, nextMs * factor);
  }
  return sumMs;
}

/** The waits of one operation. */
export class Backoff {
  private readonly spec: BackoffSpec;
  /** e of the next wait, before the cap. */
  private nextMs: number;
  private lastMs: number;

  constructor(spec: BackoffSpec) {
    this.spec = spec;
    this.nextMs = spec.baseMs;
    this.lastMs = spec.baseMs;
  }

  /** The wait in ms after one more failure. Draws once from `random`, unless there is no jitter. */
  next(random: Random): number {
    const { kind, jitter, baseMs, capMs } = this.spec;
    const waitMs = Math.min(capMs, this.nextMs);
    // Doubling stops at the cap, so it cannot overflow.
    if (kind === 'exponential' && this.nextMs < capMs) this.nextMs *= 2;
    switch (jitter) {
      case 'none':
        return waitMs;
      case 'full':
        return random.between(0, waitMs);
      case 'equal':
        return waitMs / 2 + random.between(0, waitMs / 2);
      case 'decorrelated':
        this.lastMs = Math.min(capMs, random.between(baseMs, Math.max(baseMs, this.lastMs * 3)));
        return this.lastMs;
    }
  }
}
