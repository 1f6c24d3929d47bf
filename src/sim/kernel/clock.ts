/**
 * A node's clock: what it shows, against true virtual time. It runs fast by `driftPpm` millionths
 * from an offset, and between faults never goes back. Only this file converts between the two
 * times.
 */
import { usToMs } from '../units.ts';

export class Clock {
  private readonly offsetUs: number;
  private readonly rate: number;
  /** Shows true time: the case worth a short way. */
  private readonly exact: boolean;

  constructor(offsetUs: number, driftPpm: number) {
    this.offsetUs = offsetUs;
    this.rate = 1 + driftPpm / 1_000_000;
    this.exact = offsetUs === 0 && driftPpm === 0;
  }

  /** What the clock shows at a true time, in ms. */
  read(trueUs: number): number {
    if (this.exact) return usToMs(trueUs);
    return usToMs(Math.floor(trueUs * this.rate + this.offsetUs));
  }

  /** The true µs that pass while the clock counts so many ms; whole, at least 0. */
  spanUs(ms: number): number {
    const own = ms * 1000;
    return Math.max(0, Math.round(this.exact ? own : own / this.rate));
  }
}
