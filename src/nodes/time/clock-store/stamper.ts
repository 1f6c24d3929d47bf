/** The clock as a knob: what gives writes their stamps. */
import { assert } from '../../../sim/assert.ts';
import { HybridClock } from '../../parts/hybrid-clock.ts';
import { LamportClock } from '../../parts/lamport-clock.ts';
import type { ClockBug, ClockParams } from './declared.ts';
import type { ClockContext, Stamp } from './messages.ts';

export interface Stamper {
  /** At boot. */
  start(ctx: ClockContext): void;
  /** The stamp of a write that is made now. */
  stamp(ctx: ClockContext): Stamp;
  /** A stamp came with a message; null, or by how much it is too far ahead, in ms. */
  receive(ctx: ClockContext, stamp: Stamp): number | null;
  /** What invariants compare: the last number received and its own; 0 where there is none. */
  readonly received: number;
  readonly clock: number;
}

export function stamperFor(given: ClockParams, bug: ClockBug | null): Stamper {
  switch (given['order-by']) {
    case 'lamport':
      return new LamportStamper(bug !== 'no-increment-on-receive');
    case 'hybrid':
      return new HybridStamper(given['max-offset'], bug);
    default:
      return new WallStamper(given['order-by'] === 'bounded' ? given.epsilon : 0, bug);
  }
}

/** The time of day; of a bounded clock, the latest that it may be. */
class WallStamper implements Stamper {
  readonly received = 0;
  readonly clock = 0;
  readonly #errorMs: number;
  #last = 0;

  constructor(epsilonMs: number, bug: ClockBug | null) {
    this.#errorMs = bug === 'epsilon-halved' ? epsilonMs / 2 : epsilonMs;
  }

  start(): void {}

  /** One node uses no time twice. */
  stamp(ctx: ClockContext): Stamp {
    const time = ctx.now() + this.#errorMs;
    const count = time === this.#last ? 1 : 0;
    this.#last = time;
    return [time, count, ctx.self];
  }

  receive(): null {
    return null;
  }
}

const COUNTER = 'counter';

class LamportStamper implements Stamper {
  readonly #clock: LamportClock;
  received = 0;

  constructor(increments: boolean) {
    this.#clock = new LamportClock(increments);
  }

  get clock(): number {
    return this.#clock.time;
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
    this.received = time;
    ctx.storage.set(COUNTER, this.#clock.receive(time));
    return null;
  }
}

const BOUND = 'bound';
/** How far ahead of its clock the bound on disk is: so often it is written, at most. */
const BOUND_MS = 1000;

/**
 * The bound on disk is above all stamps used: a life that begins after the time of day was set back
 * goes on above it.
 */
class HybridStamper implements Stamper {
  readonly received = 0;
  readonly clock = 0;
  readonly #clock = new HybridClock();
  readonly #maxOffsetMs: number;
  readonly #bug: ClockBug | null;
  #bound = 0;

  constructor(maxOffsetMs: number, bug: ClockBug | null) {
    this.#maxOffsetMs = maxOffsetMs;
    this.#bug = bug;
  }

  start(ctx: ClockContext): void {
    const stored = (ctx.storage.get(BOUND) as number | undefined) ?? 0;
    this.#bound = stored;
    if (this.#bug !== 'hybrid-from-wall-after-boot') this.#clock.restore(stored);
  }

  stamp(ctx: ClockContext): Stamp {
    const [l, c] = this.#clock.tick(ctx.now());
    this.#raise(ctx, l);
    return [l, c, ctx.self];
  }

  receive(ctx: ClockContext, [l, c]: Stamp): number | null {
    const aheadMs = l - ctx.now();
    if (aheadMs > this.#maxOffsetMs && this.#bug !== 'accept-any-offset') return aheadMs;
    const [own] = this.#clock.receive([l, c], ctx.now());
    this.#raise(ctx, own);
    return null;
  }

  #raise(ctx: ClockContext, l: number): void {
    if (l > this.#bound) {
      this.#bound = l + BOUND_MS;
      ctx.storage.set(BOUND, this.#bound);
    }
    assert(l <= this.#bound, 'no stamp is above the bound on disk');
  }
}
