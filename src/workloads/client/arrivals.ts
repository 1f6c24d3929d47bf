/**
 * When a client asks: at the moments of an open load, or after thinking in a closed one. Faults
 * that turn the load's dial make it ask more often, or less.
 */
import { assert } from '../../sim/assert.ts';
import type { LoadDial } from '../../sim/load-dial.ts';
import type { Context, Random } from '../../sim/node.ts';
import type { ClientSpec } from './load.ts';
import type { ClientMemory } from './process.ts';

export const ARRIVAL = 'arrival';
export const THINK = 'think';

/** Begins one operation more; what it draws, it draws from `random`. */
export type Ask = (ctx: Context, random: Random) => void;

export class Arrivals {
  readonly #spec: ClientSpec;
  readonly #memory: ClientMemory;
  readonly #dial: LoadDial;
  readonly #ask: Ask;
  /** The generator has nothing more, or the final reads have begun. */
  #done = false;
  /** When the next arrival is due; fractions are kept, so that rounding does not add up. */
  #dueUs = 0;
  #arrivals = 0;
  /** What the client's clock showed as it booted: to know where in its load it is. */
  #bootUs = 0;

  constructor(spec: ClientSpec, memory: ClientMemory, dial: LoadDial, ask: Ask) {
    this.#spec = spec;
    this.#memory = memory;
    this.#dial = dial;
    this.#ask = ask;
  }

  start(ctx: Context): void {
    this.#bootUs = wholeUs(ctx.now()) - wholeUs(ctx.elapsed());
    const { pace, startUs } = this.#spec;
    if (pace.kind === 'closed') {
      this.think(ctx, Math.max(0, startUs - this.nowUs(ctx)));
      return;
    }
    // A client that boots in the midst of its load does not make up for what it has missed.
    const now = this.nowUs(ctx);
    this.#dueUs = pace.arrivals === 'poisson' ? Math.max(startUs, now) : startUs;
    this.#advance(ctx);
    while (pace.arrivals === 'constant' && this.#dueUs < now) this.#advance(ctx);
    this.#awaitArrival(ctx);
  }

  /**
   * The time by which the load goes, in whole µs: a clock that drifts, and that nobody sets. A load
   * generator that followed the time of day would burst or fall silent whenever that leaps.
   */
  nowUs(ctx: Context): number {
    return this.#bootUs + wholeUs(ctx.elapsed());
  }

  /** There is nothing more to ask. */
  finish(): void {
    this.#done = true;
  }

  /** Asks nothing from now on. */
  stop(ctx: Context): void {
    this.#done = true;
    ctx.cancelTimer(ARRIVAL);
    ctx.cancelTimer(THINK);
  }

  /** No operation will come any more, whatever the time is. */
  get isOver(): boolean {
    return this.#done || this.#memory.issued >= this.#spec.operationsMax;
  }

  /** Everything that is due asks; several at once only at rates beyond one a microsecond. */
  arrive(ctx: Context): void {
    const now = this.nowUs(ctx);
    while (this.#goesOn() && Math.round(this.#dueUs) <= now) {
      if (this.#dial.isNeutral || !this.#dial.spares(ctx.self, now)) this.#ask(ctx, ctx.random);
      this.#advance(ctx);
    }
    this.#awaitArrival(ctx);
  }

  /** Closed loop: asks again after thinking. */
  think(ctx: Context, beforeUs: number): void {
    const { pace, stopUs } = this.#spec;
    if (pace.kind === 'open' || this.isOver) return;
    const thinkUs = Math.round(ctx.random.draw(pace.think) * 1000);
    const now = this.nowUs(ctx);
    const pacedUs = this.#dial.isNeutral ? thinkUs : this.#dial.paced(thinkUs, now);
    const waitUs = beforeUs + Math.max(0, pacedUs);
    if (now + waitUs < stopUs) ctx.setTimer(THINK, waitUs / 1000);
  }

  #awaitArrival(ctx: Context): void {
    if (!this.#goesOn()) return;
    ctx.setTimer(ARRIVAL, Math.max(0, Math.round(this.#dueUs) - this.nowUs(ctx)) / 1000);
  }

  #goesOn(): boolean {
    return !this.isOver && Math.round(this.#dueUs) < this.#spec.stopUs;
  }

  #advance(ctx: Context): void {
    const { pace, startUs } = this.#spec;
    if (pace.kind === 'closed') return;
    const beforeUs = this.#dueUs;
    if (pace.curve !== null) {
      const spaced = this.#arrivals === 0 ? pace.phaseUs / pace.intervalUs : 1;
      const amount = pace.arrivals === 'poisson' ? ctx.random.exponential(1) : spaced;
      this.#dueUs = startUs + pace.curve.after(this.#dueUs - startUs, amount);
    } else if (pace.arrivals === 'poisson') this.#dueUs += ctx.random.exponential(pace.intervalUs);
    else this.#dueUs = startUs + pace.phaseUs + pace.intervalUs * this.#arrivals;
    assert(this.#dueUs >= beforeUs, 'arrivals never go back in time');
    this.#arrivals++;
  }
}

function wholeUs(ms: number): number {
  return Math.round(ms * 1000);
}
