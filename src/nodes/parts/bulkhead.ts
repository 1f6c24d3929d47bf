/**
 * A bulkhead: so that one slow target does not take all places of its caller, calls to it have a
 * limit of their own (Nygard, "Release It!", 2007, after the walls that divide a ship).
 *
 * Without a place for waiting it is the loss system M/G/c/c: the share of refusals is Erlang's B of
 * offered load and places, whatever the distribution of the times.
 */

import { assert } from '../../sim/assert.ts';
import {
  type Call,
  type CallLayer,
  type Flow,
  type FlowContext,
  type Outcome,
  Signal,
} from '../../sim/call.ts';
import type { MeasureTable } from '../../sim/measure.ts';
import type { Random } from '../../sim/node.ts';
import type { KnownBug } from '../../sim/system.ts';
import { type ConcurrencyLimit, concurrencyLimit, type LimitSpec } from './concurrency-limit.ts';
import { textOf } from './request-fields.ts';
import { newsOfOutcome } from './target-health.ts';
import { inWholeUs } from './time-left.ts';

export interface BulkheadSpec {
  readonly limit: LimitSpec;
  /** Calls that may wait for a place. */
  readonly queue: number;
}

export type BulkheadBug = 'permit-leak';

/** The places of one compartment, as a state machine. */
export class Bulkhead {
  private readonly limits: ConcurrencyLimit;
  private readonly queueMax: number;
  private taken = 0;
  private waitingNow = 0;

  constructor(spec: BulkheadSpec) {
    this.limits = concurrencyLimit(spec.limit);
    this.queueMax = spec.queue;
  }

  get limit(): number {
    return this.limits.limit;
  }

  /** Calls that have a place. */
  get inFlight(): number {
    return this.taken;
  }

  get waiting(): number {
    return this.waitingNow;
  }

  /** Takes a place if one is free. Those that wait come first: ask only on their behalf. */
  enter(): boolean {
    if (this.taken >= this.limits.limit) return false;
    this.taken++;
    return true;
  }

  /** Whether a call that comes now may go in at once: no other waits for a place. */
  enterNew(): boolean {
    return this.waitingNow === 0 && this.enter();
  }

  /** Takes a place in the queue; false when it is full. */
  beginWait(): boolean {
    if (this.waitingNow >= this.queueMax) return false;
    this.waitingNow++;
    return true;
  }

  endWait(): void {
    this.waitingNow--;
    assert(this.waitingNow >= 0, 'no more calls end their wait than began one');
  }

  /** Frees a place; null says that the call was no sample of anything. */
  leave(
    sample: { readonly rttMs: number; readonly dropped: boolean } | null,
    random: Random,
    nowMs: number,
  ): void {
    const { taken } = this;
    assert(taken > 0, 'no more calls leave a bulkhead than went in');
    this.taken--;
    if (sample !== null) this.limits.sample(sample.rttMs, taken, sample.dropped, random, nowMs);
  }
}

export const bulkheadMeasures = {
  'bulkhead-refused': { sort: 'count', doc: 'Calls refused for lack of a place.' },
  'bulkhead-waits': {
    sort: 'sample',
    unit: 'ms',
    doc: 'How long calls waited for a place that they got.',
  },
  'in-flight': { sort: 'gauge', unit: 'count', doc: 'Calls that have a place.' },
  limit: { sort: 'gauge', unit: 'count', doc: 'Places in a compartment, as they are now.' },
} as const satisfies MeasureTable;

export const bulkheadBugs = {
  'permit-leak': {
    doc: 'A call that is cancelled, or that times out, keeps its place forever.',
    caughtBy: 'availability',
  },
} as const satisfies { readonly [B in BulkheadBug]: KnownBug };

/** What a bulkhead holds back: calls to one target, of one type, or of one tenant. */
export type Compartments = 'target' | 'type' | 'tenant' | 'path';

export interface BulkheadLayerSpec extends BulkheadSpec {
  readonly waitMs: number;
  readonly by: Compartments;
}

/** A compartment, and who waits for a place in it. */
class Compartment {
  readonly bulkhead: Bulkhead;
  readonly freed = new Signal();

  constructor(spec: BulkheadSpec) {
    this.bulkhead = new Bulkhead(spec);
  }
}

export class BulkheadLayer implements CallLayer {
  private readonly spec: BulkheadLayerSpec;
  private readonly bug: BulkheadBug | null;
  private readonly compartments = new Map<string, Compartment>();
  private inFlight = 0;

  constructor(spec: BulkheadLayerSpec, bug: BulkheadBug | null = null) {
    this.spec = spec;
    this.bug = bug;
  }

  *around(ctx: FlowContext, call: Call, next: (call: Call) => Flow<Outcome>): Flow<Outcome> {
    const compartment = this.compartmentOf(call);
    const { bulkhead } = compartment;
    if (!bulkhead.enterNew() && !(yield* this.waited(ctx, compartment))) {
      ctx.measure('bulkhead-refused');
      return { ok: false, code: 'overloaded', from: null, text: 'the bulkhead is full' };
    }
    this.moved(ctx, 1);
    const beganMs = ctx.elapsed();
    let outcome: Outcome | null = null;
    try {
      outcome = yield* next(call);
      return outcome;
    } finally {
      this.ended(ctx, compartment, outcome, ctx.elapsed() - beganMs);
    }
  }

  inspect(): { readonly [field: string]: number } {
    let limit = 0;
    let waiting = 0;
    for (const { bulkhead } of this.compartments.values()) {
      limit = Math.max(limit, bulkhead.limit);
      waiting += bulkhead.waiting;
    }
    return { inFlight: this.inFlight, waiting, limit };
  }

  private ended(
    ctx: FlowContext,
    compartment: Compartment,
    outcome: Outcome | null,
    rttMs: number,
  ) {
    const isLost = outcome === null || (!outcome.ok && outcome.code === 'timeout');
    if (this.bug === 'permit-leak' && isLost) return;
    const { bulkhead, freed } = compartment;
    const before = bulkhead.limit;
    bulkhead.leave(sampleOf(outcome, rttMs), ctx.random, ctx.elapsed());
    this.moved(ctx, -1);
    if (bulkhead.limit !== before) ctx.measure('limit', bulkhead.limit);
    // A limit that has grown has room for more than the place that was freed.
    for (let free = bulkhead.limit - bulkhead.inFlight; free > 0; free--) {
      if (!freed.wakeOne()) break;
    }
  }

  private moved(ctx: FlowContext, by: 1 | -1): void {
    this.inFlight += by;
    ctx.measure('in-flight', this.inFlight);
  }

  /** Waits for a place; true once it has one. */
  private *waited(ctx: FlowContext, { bulkhead, freed }: Compartment): Flow<boolean> {
    const { waitMs } = this.spec;
    if (waitMs <= 0 || !bulkhead.beginWait()) return false;
    const sinceMs = ctx.elapsed();
    try {
      for (;;) {
        const leftMs = inWholeUs(sinceMs + waitMs - ctx.elapsed());
        if (leftMs <= 0) return false;
        yield* ctx.race([ctx.wait(freed), ctx.sleep(leftMs)]);
        if (bulkhead.enter()) break;
      }
    } finally {
      bulkhead.endWait();
    }
    ctx.measure('bulkhead-waits', ctx.elapsed() - sinceMs);
    return true;
  }

  private compartmentOf({ body }: Call): Compartment {
    const { by } = this.spec;
    const name = by === 'target' ? '' : textOf(body, by);
    let compartment = this.compartments.get(name);
    if (compartment === undefined) {
      compartment = new Compartment(this.spec);
      this.compartments.set(name, compartment);
    }
    return compartment;
  }
}

/** What a limit learns from a call: nothing from one that was cancelled, or never left. */
function sampleOf(outcome: Outcome | null, rttMs: number) {
  if (outcome === null || (!outcome.ok && outcome.from === null)) return null;
  return { rttMs, dropped: newsOfOutcome(outcome) === 'failure' };
}
