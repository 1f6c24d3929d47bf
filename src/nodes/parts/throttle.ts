/**
 * A throttle at the client: it refuses calls by itself when the target refuses many ("Site
 * Reliability Engineering", 2016, chapter 21, "Client-side throttling").
 *
 * Of the last while it counts requests and accepts, and refuses the next call with the chance
 * max(0, (requests - K accepts) / (requests + 1)). Requests that it refused itself count as
 * requests. So the target gets K times what it accepts, however much is asked.
 *
 * A request counts when it is made, and its accept in the same bucket: counted at their ends, calls
 * that take long say nothing while they hang, and the window must be longer than any call.
 */
import { assert } from '../../sim/assert.ts';
import type { Call, CallLayer, Flow, FlowContext, Outcome } from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { Random } from '../../sim/node.ts';
import { pow } from '../../sim/portable-math.ts';
import type { KnownBug } from '../../sim/system.ts';
import { newsOfOutcome } from './target-health.ts';

export interface ThrottleSpec {
  /** K: calls sent for each that is accepted. */
  readonly multiplier: number;
  /** The chance is taken to the power of 1 / aggression. */
  readonly aggression: number;
  readonly windowMs: number;
  readonly buckets: number;
}

export type ThrottleBug = 'count-at-end';

interface Bucket {
  /** Its number, counted from time 0. */
  number: number;
  requests: number;
  accepts: number;
}

export class Throttle {
  private readonly spec: ThrottleSpec;
  private readonly ring: readonly Bucket[];
  private requests = 0;
  private accepts = 0;

  constructor(spec: ThrottleSpec) {
    assert(spec.multiplier > 0 && spec.buckets >= 1, 'a throttle lets some calls through');
    this.spec = spec;
    this.ring = Array.from({ length: spec.buckets }, () => ({
      number: -1,
      requests: 0,
      accepts: 0,
    }));
  }

  /** The chance, 0..1, with which a call is refused now. */
  refusal(nowMs: number): number {
    this.expire(this.numberAt(nowMs));
    const { requests, accepts } = this;
    const { multiplier, aggression } = this.spec;
    const chance = Math.max(0, (requests - multiplier * accepts) / (requests + 1));
    return aggression === 1 || chance === 0 ? chance : pow(chance, 1 / aggression);
  }

  /** Whether a call may go through. It counts as a request by `asked`. */
  permits(nowMs: number, random: Random): boolean {
    const refusal = this.refusal(nowMs);
    return refusal === 0 || !random.chance(refusal);
  }

  /** A request is made; gives the number of its bucket. */
  asked(nowMs: number): number {
    const bucket = this.bucketAt(this.numberAt(nowMs));
    bucket.requests++;
    this.requests++;
    return bucket.number;
  }

  /** The request of this bucket was accepted. One that is out of the window counts no more. */
  accepted(number: number): void {
    const bucket = this.ring[number % this.ring.length];
    if (bucket === undefined || bucket.number !== number) return;
    bucket.accepts++;
    this.accepts++;
    assert(this.accepts <= this.requests, 'no more requests are accepted than were made');
  }

  private numberAt(nowMs: number): number {
    return Math.floor((nowMs * this.spec.buckets) / this.spec.windowMs);
  }

  private expire(newest: number): void {
    for (const bucket of this.ring) {
      if (bucket.number > newest - this.ring.length) continue;
      this.requests -= bucket.requests;
      this.accepts -= bucket.accepts;
      bucket.requests = 0;
      bucket.accepts = 0;
    }
  }

  private bucketAt(number: number): Bucket {
    const bucket = this.ring[number % this.ring.length] as Bucket;
    if (bucket.number === number) return bucket;
    this.requests -= bucket.requests;
    this.accepts -= bucket.accepts;
    bucket.number = number;
    bucket.requests = 0;
    bucket.accepts = 0;
    return bucket;
  }
}

export const throttleMeasures = {
  throttled: { sort: 'count', doc: 'Calls that it refused by itself.' },
  'throttle-asked': { sort: 'count', doc: 'Calls that were asked of it.' },
  'throttled-share': {
    ratio: ['throttled', 'throttle-asked'],
    doc: 'The share of calls that it refused by itself.',
  },
} as const satisfies MeasureTable;

export const throttleBugs = {
  'count-at-end': {
    doc: 'Requests and accepts count when calls end: while calls hang it has seen none of them.',
    caughtBy: 'throttled',
  },
} as const satisfies { readonly [B in ThrottleBug]: KnownBug };

export class ThrottleLayer implements CallLayer {
  private readonly throttle: Throttle;
  private readonly bug: ThrottleBug | null;

  constructor(spec: ThrottleSpec, bug: ThrottleBug | null = null) {
    this.throttle = new Throttle(spec);
    this.bug = bug;
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const { throttle } = this;
    const nowMs = ctx.elapsed();
    ctx.measure('throttle-asked');
    const permitted = throttle.permits(nowMs, ctx.random);
    const countsNow = this.bug !== 'count-at-end' || !permitted;
    const bucket = countsNow ? throttle.asked(nowMs) : -1;
    if (!permitted) {
      ctx.measure('throttled');
      return { ok: false, code: 'overloaded', from: null, text: 'the throttle refused it' };
    }
    const outcome = yield* next(call);
    const counted = countsNow ? bucket : throttle.asked(ctx.elapsed());
    if (newsOfOutcome(outcome) === 'success') throttle.accepted(counted);
    return outcome;
  }
}
