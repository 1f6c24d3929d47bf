/**
 * How many members an autoscaler wants, as a state machine, by the rules of the Kubernetes
 * horizontal pod autoscaler.
 *
 * Wanted is ceil(members * metric / target), and no change within the tolerance. A member that is
 * still starting carries no load, and yet will: on the way up it counts with a metric of 0. Who
 * divides by the ready ones and multiplies by all asks for the same members again each period,
 * until the first are ready: that is the overshoot.
 *
 * Down goes only as far as the highest wish of the last while, so that a load that comes and goes
 * does not make members come and go.
 */
import { assert } from '../../sim/assert.ts';

export interface ScalingSpec {
  readonly min: number;
  readonly max: number;
  /** What one member should have. */
  readonly target: number;
  /** A share of the target within which nothing changes. */
  readonly tolerance: number;
  /** In one period it grows by no more than this factor, or by this number if that is more. */
  readonly upFactor: number;
  readonly upStep: number;
  /** It shrinks only as far as the highest wish of this time, in ms. */
  readonly stabilizeMs: number;
  /** How long it changes nothing after a change, in ms. */
  readonly coolDownMs: number;
  /** Starting members count as if they carried what the ready ones do. */
  readonly naive: boolean;
}

/** What is seen of the members. */
export interface Sighting {
  readonly ready: number;
  readonly starting: number;
  /** The sum of the metric over the ready ones. */
  readonly sum: number;
}

export class Scaling {
  private readonly spec: ScalingSpec;
  private readonly wishes: { readonly atMs: number; readonly count: number }[] = [];
  private changedAtMs = -Infinity;

  constructor(spec: ScalingSpec) {
    assert(spec.min >= 1 && spec.min <= spec.max, 'an autoscaler keeps at least one member');
    this.spec = spec;
  }

  /** How many members there should be now. */
  decide(nowMs: number, seen: Sighting): number {
    const { min, max, stabilizeMs, coolDownMs } = this.spec;
    const now = seen.ready + seen.starting;
    const wish = Math.min(max, Math.max(min, this.wish(seen)));
    this.wishes.push({ atMs: nowMs, count: wish });
    while (this.wishes.length > 0 && (this.wishes[0]?.atMs ?? 0) < nowMs - stabilizeMs) {
      this.wishes.shift();
    }
    if (nowMs - this.changedAtMs < coolDownMs) return now;
    const highest = this.wishes.reduce((most, { count }) => Math.max(most, count), 0);
    const wanted = wish >= now ? this.upTo(now, wish) : Math.min(now, highest);
    if (wanted !== now) this.changedAtMs = nowMs;
    return wanted;
  }

  /** What the metric alone asks for. */
  wish({ ready, starting, sum }: Sighting): number {
    const { target, tolerance, naive } = this.spec;
    const now = ready + starting;
    if (ready === 0) return now;
    const mean = naive || sum / ready < target ? sum / ready : sum / now;
    const ratio = mean / target;
    // With the starting ones counted, more would not be wanted any more: then nothing changes.
    if (!naive && sum / ready > target && ratio < 1) return now;
    if (Math.abs(ratio - 1) <= tolerance + EXACT) return now;
    return Math.ceil(now * ratio - EXACT);
  }

  private upTo(now: number, wish: number): number {
    const { upFactor, upStep } = this.spec;
    return Math.min(wish, Math.max(Math.floor(now * upFactor), now + upStep));
  }
}

const EXACT = 1e-9;
