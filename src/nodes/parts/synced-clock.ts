/**
 * A clock that is kept by time servers, and knows how wrong it may be: the four stamps and the
 * clock filter of NTP (Mills 1991, Internet Time Synchronization; RFC 5905, sections 8 and 10), the
 * bound of Cristian 1989 (Probabilistic Clock Synchronization), and the interval of TrueTime
 * (Corbett et al. 2012, Spanner, section 3).
 *
 * It runs by an oscillator that never jumps. An exchange with a server says by how much the server
 * is ahead of the oscillator, up to half of the round trip: a path that is slower in one direction
 * errs by half of the difference, and nothing shows it. From then on the error grows with the age
 * of the exchange, by as much as the oscillator may drift. Of the last exchanges with each server
 * the one with the least error counts; of several servers, what most of them agree on.
 *
 * Pure: it is given the oscillator's reading, in ms, and sends nothing.
 */
import { assert } from '../../sim/assert.ts';

export interface SyncedClockSpec {
  /** By which share of the time the oscillator may run wrong: 200 ppm is 0.0002. */
  readonly drift: number;
  /** A correction above this is made at once, a smaller one slowly; in ms. */
  readonly stepMs: number;
  /** By which share of the time the clock runs fast or slow while it is corrected. */
  readonly slew: number;
  readonly mistake?: SyncMistake | null;
}

/** Rules that may be left out, to see what they are for. */
export type SyncMistake = 'ignores-age' | 'ignores-delay' | 'trusts-any-server';

/** One question and answer: when it was asked and heard here, received and sent there, in ms. */
export interface Exchange {
  readonly askedMs: number;
  readonly receivedMs: number;
  readonly sentMs: number;
  readonly heardMs: number;
  /** How wrong the server says that its clock may be. */
  readonly errorMs: number;
}

/** The true time is in it. */
export interface TimeInterval {
  readonly earliest: number;
  readonly latest: number;
}

interface Sample {
  readonly offsetMs: number;
  /** At the time of asking; grows with the age. */
  readonly errorMs: number;
  readonly askedMs: number;
}

/** How many exchanges with each server are kept: the clock filter of NTP. */
const SAMPLES = 8;

export class SyncedClock {
  readonly #spec: SyncedClockSpec;
  readonly #samples = new Map<string, Sample[]>();
  /**
   * What is added to the oscillator: it goes from `#fromMs` to `#toMs`, beginning at `#sinceMs`.
   */
  #fromMs = 0;
  #toMs = 0;
  #sinceMs = 0;

  constructor(spec: SyncedClockSpec) {
    this.#spec = spec;
  }

  /** At boot it shows what the machine's clock shows, and knows nothing of its error. */
  start(elapsedMs: number, shownMs: number): void {
    this.#fromMs = shownMs - elapsedMs;
    this.#toMs = this.#fromMs;
    this.#sinceMs = elapsedMs;
  }

  /** Takes in an exchange; gives by how much the clock was stepped, in ms, 0 if it was not. */
  heard(server: string, { askedMs, receivedMs, sentMs, heardMs, errorMs }: Exchange): number {
    assert(heardMs >= askedMs, 'an answer comes after its question');
    const offsetMs = (receivedMs - askedMs + (sentMs - heardMs)) / 2;
    const delayMs = Math.max(0, heardMs - askedMs - (sentMs - receivedMs));
    const tripMs = this.#spec.mistake === 'ignores-delay' ? 0 : delayMs / 2;
    const samples = this.#samples.get(server) ?? [];
    this.#samples.set(server, samples);
    samples.push({ offsetMs, errorMs: tripMs + errorMs, askedMs });
    if (samples.length > SAMPLES) samples.shift();
    return this.#correct(heardMs);
  }

  /** Where the true time is; null as long as too few servers agree. */
  interval(elapsedMs: number): TimeInterval | null {
    const offsets = this.#offsets(elapsedMs);
    if (offsets === null) return null;
    const { earliest, latest } = offsets;
    return { earliest: elapsedMs + earliest, latest: elapsedMs + latest };
  }

  /** What the clock shows, in ms: it never goes back but by a step. */
  time(elapsedMs: number): number {
    return elapsedMs + this.#correctionMs(elapsedMs);
  }

  #correct(elapsedMs: number): number {
    const offsets = this.#offsets(elapsedMs);
    if (offsets === null) return 0;
    const aimMs = (offsets.earliest + offsets.latest) / 2;
    const nowMs = this.#correctionMs(elapsedMs);
    const leaps = Math.abs(aimMs - nowMs) > this.#spec.stepMs;
    this.#fromMs = leaps ? aimMs : nowMs;
    this.#toMs = aimMs;
    this.#sinceMs = elapsedMs;
    return leaps ? aimMs - nowMs : 0;
  }

  #correctionMs(elapsedMs: number): number {
    const wayMs = this.#toMs - this.#fromMs;
    const doneMs = (elapsedMs - this.#sinceMs) * this.#spec.slew;
    if (doneMs >= Math.abs(wayMs)) return this.#toMs;
    return this.#fromMs + (wayMs < 0 ? -doneMs : doneMs);
  }

  /** By how much the true time is ahead of the oscillator. */
  #offsets(elapsedMs: number): TimeInterval | null {
    const known = [...this.#samples.values()].map((samples) => this.#best(samples, elapsedMs));
    const [first] = known;
    if (first === undefined) return null;
    if (this.#spec.mistake === 'trusts-any-server') return first;
    const { interval, count } = mostAgreed(known);
    return count * 2 > known.length ? interval : null;
  }

  #best(samples: readonly Sample[], elapsedMs: number): TimeInterval {
    const { drift, mistake } = this.#spec;
    // In the time that a slow oscillator counts as one second, more than a second has passed.
    const perMs = drift / (1 - drift);
    let best: TimeInterval | null = null;
    let leastMs = Infinity;
    for (const { offsetMs, errorMs, askedMs } of samples) {
      const ageMs = mistake === 'ignores-age' ? 0 : elapsedMs - askedMs;
      const boundMs = errorMs + perMs * ageMs;
      // Of equal ones the last.
      if (boundMs > leastMs) continue;
      leastMs = boundMs;
      best = { earliest: offsetMs - boundMs, latest: offsetMs + boundMs };
    }
    assert(best !== null, 'a server that is known has answered');
    return best;
  }
}

/**
 * The smallest interval that lies in as many of these as any does, and in how many (Marzullo 1984,
 * Maintaining the Time in a Distributed System). It passes over servers that must be wrong, since
 * they contradict most.
 */
export function mostAgreed(intervals: readonly TimeInterval[]): {
  readonly interval: TimeInterval;
  readonly count: number;
} {
  const ends = intervals.flatMap(({ earliest, latest }) => [
    { atMs: earliest, step: 1 },
    { atMs: latest, step: -1 },
  ]);
  // Intervals that only touch have a point in common.
  ends.sort((a, b) => a.atMs - b.atMs || b.step - a.step);
  let open = 0;
  let count = 0;
  let interval: TimeInterval = { earliest: -Infinity, latest: Infinity };
  ends.forEach(({ atMs, step }, i) => {
    open += step;
    if (open <= count) return;
    count = open;
    interval = { earliest: atMs, latest: ends[i + 1]?.atMs ?? atMs };
  });
  return { interval, count };
}
