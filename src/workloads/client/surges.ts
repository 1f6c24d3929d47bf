/**
 * The operations that faults add to an open load, beside its own. Each surge has draws of its own,
 * so that the load that was there goes on as if nothing had happened.
 */
import { type LoadDial, SURGE, sizeOf } from '../../sim/load-dial.ts';
import type { Context } from '../../sim/node.ts';
import type { Arrivals, Ask } from './arrivals.ts';
import type { ClientSpec } from './load.ts';

export class Surges {
  readonly #spec: ClientSpec;
  readonly #dial: LoadDial;
  readonly #arrivals: Arrivals;
  readonly #ask: Ask;
  /** When the next operation of each surge is due, by its number; in µs, with fractions. */
  readonly #dueUs = new Map<number, number>();

  constructor(spec: ClientSpec, dial: LoadDial, arrivals: Arrivals, ask: Ask) {
    this.#spec = spec;
    this.#dial = dial;
    this.#arrivals = arrivals;
    this.#ask = ask;
  }

  /** An operation more, of a surge, and the next one's time. The first call only draws that. */
  arrive(ctx: Context, number: number): void {
    const surge = this.#dial.surge(number);
    const { pace, startUs, stopUs } = this.#spec;
    if (surge === undefined || surge.factor <= 1 || pace.kind === 'closed') return;
    if (this.#arrivals.isOver) return;
    const random = surge.random(ctx.self);
    let dueUs = this.#dueUs.get(number);
    if (dueUs === undefined) dueUs = Math.max(surge.fromUs, startUs, this.#arrivals.nowUs(ctx));
    else if (random.chance(sizeOf(surge, dueUs))) {
      this.#ask(ctx, random);
      surge.felt.operationsAdded++;
    }
    const more = surge.factor - 1;
    if (pace.curve !== null) {
      const amount = (pace.arrivals === 'poisson' ? random.exponential(1) : 1) / more;
      dueUs = startUs + pace.curve.after(dueUs - startUs, amount);
    } else {
      const intervalUs = pace.intervalUs / more;
      dueUs += pace.arrivals === 'poisson' ? random.exponential(intervalUs) : intervalUs;
    }
    this.#dueUs.set(number, dueUs);
    if (dueUs >= stopUs) return;
    ctx.setTimer(SURGE, Math.max(0, Math.round(dueUs) - this.#arrivals.nowUs(ctx)) / 1000, number);
  }
}
