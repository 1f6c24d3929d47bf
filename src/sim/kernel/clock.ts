/**
 * A node's clock: what it shows, against true virtual time. It runs fast by `driftPpm` millionths
 * from an offset, and between faults never goes back. Only this file converts between the two
 * times.
 */
import { usToMs } from '../units.ts';

export class Clock {
  private offsetUs: number;
  private rate: number;
  /** True time at which offset and rate began. */
  private sinceUs = 0;
  /** Shows true time: the case worth a short way. */
  private exact: boolean;

  constructor(offsetUs: number, driftPpm: number) {
    this.offsetUs = offsetUs;
    this.rate = 1 + driftPpm / 1_000_000;
    this.exact = offsetUs === 0 && driftPpm === 0;
  }

  /** What the clock shows at a true time, in ms. */
  read(trueUs: number): number {
    if (this.exact) return usToMs(trueUs);
    const shown = this.sinceUs + (trueUs - this.sinceUs) * this.rate + this.offsetUs;
    return usToMs(Math.floor(shown));
  }

  /** The true µs that pass while the clock counts so many ms; whole, at least 0. */
  spanUs(ms: number): number {
    const own = ms * 1000;
    return Math.max(0, Math.round(this.exact ? own : own / this.rate));
  }

  /** Sets the clock anew from a true time on. */
  adjust(trueUs: number, offsetUs: number, driftPpm: number): void {
    this.offsetUs = offsetUs;
    this.rate = 1 + driftPpm / 1_000_000;
    this.sinceUs = trueUs;
    this.exact = offsetUs === 0 && driftPpm === 0;
  }
}
