/** The clock as a knob: what gives writes their stamps. */
import { assert } from '../../../sim/assert.ts';
import type { Plain } from '../../../sim/node.ts';
import { HybridClock } from '../../parts/hybrid-clock.ts';
import { LamportClock } from '../../parts/lamport-clock.ts';
import type { ClockBug, ClockParams, StampOrder } from './declared.ts';
import type { MemberClock } from './member-clock.ts';
import type { ClockContext, Stamp } from './messages.ts';

/** A stamp without the name. */
export type Reading = readonly [time: number, count: number];

export interface Stamper {
  /** At boot. */
  start(ctx: ClockContext): void;
  /** The stamp of a write that is made now. */
  stamp(ctx: ClockContext): Stamp;
  /** Of a bounded clock: a time that all later stamps of this member will be above. */
  promise?(ctx: ClockContext): number;
  /** A stamp came with a message; null, or by how much it is too far ahead, in ms. */
  receive(ctx: ClockContext, stamp: Stamp): number | null;
  /** What the clock answers to who asks for the time; null: it does not know. */
  now(ctx: ClockContext): Plain;
  /** What the invariant compares: the last stamp received and its own; null where none counts. */
  readonly received: Reading | null;
  readonly clock: Reading;
}

export function stamperFor(
  order: StampOrder,
  given: ClockParams,
  clock: MemberClock,
  bug: ClockBug | null,
): Stamper {
  switch (order) {
    case 'lamport':
      return new LamportStamper(bug !== 'no-increment-on-receive');
    case 'hybrid':
      return new HybridStamper(clock, given['max-offset'], bug);
    case 'bounded':
      return new BoundedStamper(clock, given['clock-source'] !== undefined);
    case 'wall':
      return new WallStamper(clock);
  }
}

/** What clocks count in, in ms. */
const TICK_MS = 0.001;

/** The time of day, whatever others have. */
class WallStamper implements Stamper {
  readonly received = null;
  readonly #clock: MemberClock;
  #last: Reading = [0, 0];

  constructor(clock: MemberClock) {
    this.#clock = clock;
  }

  get clock(): Reading {
    return this.#last;
  }

  start(): void {}

  /** One node uses no time twice. */
  stamp(ctx: ClockContext): Stamp {
    const time = this.#clock.timeMs(ctx);
    const [last, count] = this.#last;
    this.#last = [time, time === last ? count + 1 : 0];
    return [...this.#last, ctx.self];
  }

  receive(): null {
    return null;
  }

  now(ctx: ClockContext): number {
    return this.#clock.timeMs(ctx);
  }
}

const BOUND = 'bound';
/** How far ahead of its clock the bound on disk is: so often it is written, at most. */
const BOUND_MS = 1000;
/** A bounded clock waits for what is ahead of it, so its bound is closer. */
const CLOSE_MS = 100;

/**
 * The latest that the time may be. It goes back when a time server has answered and the error is
 * smaller; stamps do not. With time servers a life may begin knowing less than the last one: the
 * bound on disk is above all that was stamped and promised.
 */
class BoundedStamper implements Stamper {
  readonly received = null;
  readonly #clock: MemberClock;
  readonly #isServed: boolean;
  #floor = 0;
  #bound = 0;

  constructor(clock: MemberClock, isServed: boolean) {
    this.#clock = clock;
    this.#isServed = isServed;
  }

  get clock(): Reading {
    return [this.#floor, 0];
  }

  start(ctx: ClockContext): void {
    this.#bound = (ctx.storage.get(BOUND) as number | undefined) ?? 0;
    this.#floor = this.#bound;
  }

  stamp(ctx: ClockContext): Stamp {
    const latest = this.#latest(ctx);
    return [this.#raise(ctx, latest > this.#floor ? latest : this.#floor + TICK_MS), 0, ctx.self];
  }

  promise(ctx: ClockContext): number {
    return this.#raise(ctx, Math.max(this.#latest(ctx), this.#floor));
  }

  receive(): null {
    return null;
  }

  now(ctx: ClockContext): Plain {
    const interval = this.#clock.interval(ctx);
    return interval === null ? null : { ...interval };
  }

  #latest(ctx: ClockContext): number {
    const interval = this.#clock.interval(ctx);
    assert(interval !== null, 'nothing is stamped by who does not know the time');
    return interval.latest;
  }

  #raise(ctx: ClockContext, time: number): number {
    this.#floor = time;
    if (this.#isServed && time > this.#bound) {
      this.#bound = time + CLOSE_MS;
      ctx.storage.set(BOUND, this.#bound);
    }
    return time;
  }
}

const COUNTER = 'counter';

class LamportStamper implements Stamper {
  readonly #clock: LamportClock;
  #received: number | null = null;

  constructor(increments: boolean) {
    this.#clock = new LamportClock(increments);
  }

  get received(): Reading | null {
    return this.#received === null ? null : [this.#received, 0];
  }

  get clock(): Reading {
    return [this.#clock.time, 0];
  }

  start(ctx: ClockContext): void {
    this.#clock.restore((ctx.storage.get(COUNTER) as number | undefined) ?? 0);
  }

  stamp(ctx: ClockContext): Stamp {
    const time = this.#clock.tick();
    ctx.storage.set(COUNTER, time);
    return [time, 0, ctx.self];
  }

  receive(ctx: ClockContext, [time]: Stamp): null {
    this.#received = time;
    ctx.storage.set(COUNTER, this.#clock.receive(time));
    return null;
  }

  now(ctx: ClockContext): number {
    return this.stamp(ctx)[0];
  }
}

/**
 * The bound on disk is above all stamps used: a life that begins after the time of day was set back
 * goes on above it.
 */
class HybridStamper implements Stamper {
  readonly #clock = new HybridClock();
  readonly #time: MemberClock;
  readonly #maxOffsetMs: number;
  readonly #bug: ClockBug | null;
  received: Reading | null = null;
  #bound = 0;

  constructor(time: MemberClock, maxOffsetMs: number, bug: ClockBug | null) {
    this.#time = time;
    this.#maxOffsetMs = maxOffsetMs;
    this.#bug = bug;
  }

  get clock(): Reading {
    return this.#clock.time;
  }

  start(ctx: ClockContext): void {
    const stored = (ctx.storage.get(BOUND) as number | undefined) ?? 0;
    this.#bound = stored;
    if (this.#bug !== 'hybrid-from-wall-after-boot') this.#clock.restore(stored);
  }

  stamp(ctx: ClockContext): Stamp {
    const [l, c] = this.#clock.tick(this.#time.timeMs(ctx));
    this.#raise(ctx, l);
    return [l, c, ctx.self];
  }

  receive(ctx: ClockContext, [l, c]: Stamp): number | null {
    const nowMs = this.#time.timeMs(ctx);
    const aheadMs = l - nowMs;
    if (aheadMs > this.#maxOffsetMs && this.#bug !== 'accept-any-offset') return aheadMs;
    const [own] = this.#clock.receive([l, c], nowMs);
    this.received = [l, c];
    this.#raise(ctx, own);
    return null;
  }

  now(ctx: ClockContext): Plain {
    const [l, c] = this.stamp(ctx);
    return [l, c];
  }

  #raise(ctx: ClockContext, l: number): void {
    if (l > this.#bound) {
      this.#bound = l + BOUND_MS;
      ctx.storage.set(BOUND, this.#bound);
    }
    assert(l <= this.#bound, 'no stamp is above the bound on disk');
  }
}
