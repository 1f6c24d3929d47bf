/**
 * A node's clock: what it shows, against true virtual time. It runs fast by `driftPpm` millionths
 * from an offset, and between faults never goes back. Only this file converts between the two
 * times.
 *
 * Faults add to the offset and to the drift. Each adds its own part and takes just that away again,
 * so what overlaps heals apart, and a clock that all have let go of shows what it would have shown
 * without them. A timer runs on the same oscillator but not by what the clock shows, as on
 * CLOCK_MONOTONIC: it feels drift, and no jump. `ticksUs` counts that oscillator.
 */
import { assert } from '../assert.ts';
import type { ClockChange } from '../fault.ts';
import { msToUs, usToMs } from '../units.ts';
import type { Tally } from './network.ts';

/** However many faults slow it down: no clock stands still or goes back. */
const RATE_MIN = 0.001;

/** What one strike makes it wrong by: `offsetUs`, and `ppm` of the time since `sinceUs`. */
interface Wrong {
  readonly tally: Tally;
  offsetUs: number;
  ppm: number;
  readonly sinceUs: number;
}

export class Clock {
  private readonly ownOffsetUs: number;
  private readonly ownPpm: number;
  private offsetUs: number;
  private rate: number;
  /** Shows true time: the case worth a short way. */
  private exact: boolean;
  private readonly errors: Wrong[] = [];
  /** It is read for somebody who only looks on: nothing is counted. */
  observed = false;
  /** What the oscillator had counted when its pace last changed, and when that was. */
  private countedUs = 0;
  private tunedUs = 0;
  /**
   * By how much its rate is more than its drifts add up to, as it never stands still; and what it
   * has gained by that, which it keeps as long as any of them leaves a trace.
   */
  private excess = 0;
  private gainedUs = 0;
  /** Tallies of the strikes in force: those that count readings, and those that count timers. */
  private readers: readonly Tally[] = [];
  private drifters: readonly Tally[] = [];

  private readonly isShared: boolean;

  /** `isShared`: by all nodes of its offset and drift, as long as no fault changes theirs. */
  constructor(offsetUs: number, driftPpm: number, isShared = false) {
    this.isShared = isShared;
    this.ownOffsetUs = offsetUs;
    this.ownPpm = driftPpm;
    this.offsetUs = offsetUs;
    this.rate = rateOf(driftPpm);
    this.exact = offsetUs === 0 && driftPpm === 0;
  }

  /** Itself, or one like it that is nobody else's. */
  own(): Clock {
    return this.isShared ? new Clock(this.ownOffsetUs, this.ownPpm) : this;
  }

  /** What the clock shows at a true time, in ms. */
  read(trueUs: number): number {
    if (this.exact) return usToMs(trueUs);
    const shownUs = Math.floor(trueUs * this.rate + this.offsetUs);
    if (this.readers.length > 0 && !this.observed && shownUs !== this.unhurtUs(trueUs)) {
      for (const tally of this.readers) tally.clockReadings++;
    }
    return usToMs(shownUs);
  }

  /**
   * By how many ms it will be wrong at a time, ahead or behind, if all stays as it is now: by what
   * is its own, and by those who hold it or have left it wrong, except for some.
   */
  wrongMs(trueUs: number, isLeftOut: (tally: Tally) => boolean): number {
    let wrongUs = this.ownOffsetUs + (trueUs * this.ownPpm) / 1_000_000;
    for (const { tally, offsetUs, ppm, sinceUs } of this.errors) {
      if (!isLeftOut(tally)) wrongUs += offsetUs + ((trueUs - sinceUs) * ppm) / 1_000_000;
    }
    return usToMs(Math.round(Math.abs(wrongUs)));
  }

  /** What it would show if no fault held it, in µs. */
  private unhurtUs(trueUs: number): number {
    return Math.floor(trueUs * rateOf(this.ownPpm) + this.ownOffsetUs);
  }

  /**
   * The µs that the oscillator has counted since the start of the run, with fractions: the integral
   * of its pace. Offsets and steps do not move it.
   */
  ticksUs(trueUs: number): number {
    assert(trueUs >= this.tunedUs, 'a clock is read in the order of time');
    return this.countedUs + (trueUs - this.tunedUs) * this.rate;
  }

  /** Counts a reading of the oscillator, for faults that have changed its pace. */
  countTickReading(): void {
    if (!this.observed) for (const tally of this.drifters) tally.clockReadings++;
  }

  /** The true µs that pass while the clock counts `ms`; whole, and 0 only for 0. */
  spanUs(ms: number): number {
    const own = ms * 1000;
    if (this.exact) return wholeUs(own);
    const spanUs = wholeUs(own / this.rate);
    // A drift moves no timer that is too short for it, by as much as half a µs.
    if (this.drifters.length > 0 && spanUs !== wholeUs(own / rateOf(this.ownPpm))) {
      for (const tally of this.drifters) tally.timersMoved++;
    }
    return spanUs;
  }

  /**
   * Changes the clock from a true time on; returns how to undo it, at another. Both change how fast
   * it runs: see `pace`.
   */
  change(change: ClockChange, tally: Tally, nowUs: number): (nowUs: number) => void {
    const offsetUs = msToUs(change.offsetMs ?? 0);
    const error: Wrong = { tally, offsetUs, ppm: change.driftPpm ?? 0, sinceUs: nowUs };
    this.errors.push(error);
    if (offsetUs !== 0 || error.ppm !== 0) this.readers = [...this.readers, tally];
    if (error.ppm !== 0) this.drifters = [...this.drifters, tally];
    this.tune(nowUs);
    return (untilUs) => {
      this.readers = without(this.readers, tally);
      if (error.ppm !== 0) this.drifters = without(this.drifters, tally);
      if (change.stays === true) {
        error.offsetUs += ((untilUs - nowUs) * error.ppm) / 1_000_000;
        error.ppm = 0;
      } else {
        const at = this.errors.indexOf(error);
        assert(at >= 0, 'a clock is let go of once');
        this.errors.splice(at, 1);
      }
      this.tune(untilUs);
    };
  }

  /** Own µs in one true µs: the factor by which a running timer is stretched. */
  get pace(): number {
    return this.rate;
  }

  private tune(nowUs: number): void {
    this.countedUs = this.ticksUs(nowUs);
    this.gainedUs =
      this.errors.length === 0 ? 0 : this.gainedUs + (nowUs - this.tunedUs) * this.excess;
    this.tunedUs = nowUs;
    let ppm = this.ownPpm;
    let offsetUs = this.ownOffsetUs;
    for (const error of this.errors) {
      ppm += error.ppm;
      offsetUs += error.offsetUs - (error.sinceUs * error.ppm) / 1_000_000;
    }
    this.rate = rateOf(ppm);
    // Held to its least rate it gains from now on, and does not leap.
    this.excess = this.rate - (1 + ppm / 1_000_000);
    this.offsetUs = offsetUs + this.gainedUs - nowUs * this.excess;
    this.exact = ppm === 0 && this.offsetUs === 0;
  }
}

function rateOf(ppm: number): number {
  return Math.max(RATE_MIN, 1 + ppm / 1_000_000);
}

function without(tallies: readonly Tally[], tally: Tally): readonly Tally[] {
  const at = tallies.lastIndexOf(tally);
  return tallies.filter((_, i) => i !== at);
}

/**
 * A rest below half a µs is 1 µs, not 0: a node that sleeps until a time is reached, with a clock
 * that drifts, would else wake in the same microsecond forever.
 */
function wholeUs(us: number): number {
  return us > 0 ? Math.max(1, Math.round(us)) : 0;
}
