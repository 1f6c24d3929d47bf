/**
 * A rate that changes over time, as pieces in each of which it goes evenly from one value to
 * another. Arrivals of such a load come where the integral of the rate has grown by what was drawn:
 * 1 for evenly spaced ones, an exponential of mean 1 for a Poisson process (inversion of the
 * cumulative rate; Çinlar, Introduction to Stochastic Processes, 1975).
 *
 * Within a piece the integral is a parabola: its inverse is a square root, which IEEE 754 rounds
 * exactly, so that all machines agree.
 */
import { assert } from '../../sim/assert.ts';

/** For this many µs the rate goes from one value to another, in operations per second. */
export interface RatePiece {
  readonly forUs: number;
  readonly from: number;
  readonly to: number;
}

export interface RateShape {
  /** At least one, each longer than nothing. */
  readonly pieces: readonly RatePiece[];
  /** Whether it begins again behind the last piece; else the rate stays what it was at its end. */
  readonly repeats: boolean;
}

export class RateCurve {
  readonly #pieces: readonly RatePiece[];
  readonly #repeats: boolean;
  readonly #periodUs: number;
  /** Arrivals in one period. */
  readonly #perPeriod: number;

  /** `share` of the rate is this client's. */
  constructor({ pieces, repeats }: RateShape, share: number) {
    // From here on in arrivals per µs.
    const scale = share / 1_000_000;
    this.#pieces = pieces.map(({ forUs, from, to }) => {
      return { forUs, from: from * scale, to: to * scale };
    });
    this.#repeats = repeats;
    this.#periodUs = pieces.reduce((sum, { forUs }) => sum + forUs, 0);
    assert(this.#periodUs > 0, 'the course of a rate lasts for some time');
    assert(
      pieces.every(({ from, to }) => from >= 0 && to >= 0),
      'a rate is never negative',
    );
    this.#perPeriod = this.#pieces.reduce((sum, piece) => sum + areaOf(piece), 0);
  }

  /**
   * When the load, `fromUs` after its start, has had this many arrivals more: in µs since its
   * start, with fractions; Infinity if it never has.
   */
  after(fromUs: number, arrivals: number): number {
    let left = arrivals;
    let atUs = fromUs;
    let offsetUs = fromUs;
    if (this.#repeats) {
      if (this.#perPeriod === 0) return Infinity;
      const periods = Math.floor(left / this.#perPeriod);
      left -= periods * this.#perPeriod;
      atUs += periods * this.#periodUs;
      offsetUs = fromUs % this.#periodUs;
    }
    // Twice round at most: the first piece may have been entered in its midst.
    const rounds = this.#repeats ? 2 : 1;
    for (let round = 0; round < rounds; round++) {
      for (const piece of this.#pieces) {
        if (offsetUs >= piece.forUs) {
          offsetUs -= piece.forUs;
          continue;
        }
        const rest = restOf(piece, offsetUs);
        const area = areaOf(rest);
        if (left < area) return atUs + timeOf(rest, left);
        left -= area;
        atUs += rest.forUs;
        offsetUs = 0;
      }
    }
    // Rounding may leave a crumb behind two rounds.
    if (this.#repeats) return atUs;
    const last = this.#pieces[this.#pieces.length - 1];
    return last === undefined || last.to === 0 ? Infinity : atUs + left / last.to;
  }
}

function areaOf({ forUs, from, to }: RatePiece): number {
  return ((from + to) / 2) * forUs;
}

/** What is left of a piece from here on. */
function restOf({ forUs, from, to }: RatePiece, offsetUs: number): RatePiece {
  if (offsetUs === 0) return { forUs, from, to };
  return { forUs: forUs - offsetUs, from: from + ((to - from) * offsetUs) / forUs, to };
}

/** When a piece has had this many arrivals, fewer than it has in all. */
function timeOf({ forUs, from, to }: RatePiece, arrivals: number): number {
  if (arrivals <= 0) return 0;
  const slope = (to - from) / forUs;
  // The root of from·t + slope·t²/2 = arrivals, in the form that loses no digits.
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * arrivals));
  return Math.min(forUs, (2 * arrivals) / (from + root));
}

// --- Shapes that have a name ---------------------------------------------------------------------

/** Up or down in a line; then it stays. */
export function ramp(from: number, to: number, overUs: number): RateShape {
  return { pieces: [{ forUs: overUs, from, to }], repeats: false };
}

/** Again and again: quiet, and at the end of each period a burst. */
export function bursts(quiet: number, high: number, forUs: number, everyUs: number): RateShape {
  return {
    pieces: [
      { forUs: everyUs - forUs, from: quiet, to: quiet },
      { forUs, from: high, to: high },
    ],
    repeats: true,
  };
}

/** (1 - cos 2πh/24) / 2 for the hours 0 to 12 of a day of 24. */
const RISE = [
  0, 0.0170370868554659, 0.0669872981077807, 0.146446609406726, 0.25, 0.37059047744874, 0.5,
  0.62940952255126, 0.75, 0.853553390593274, 0.933012701892219, 0.982962913144534, 1,
] as const;

/**
 * The course of a day: lowest at its start, highest in its middle, with the shape of a cosine, in
 * straight lines from hour to hour. Its mean is the middle of both.
 */
export function diurnal(low: number, high: number, periodUs: number): RateShape {
  const rateAt = (hour: number): number => low + (high - low) * (RISE[hour] ?? 0);
  const pieces = Array.from({ length: 24 }, (_, hour): RatePiece => {
    const next = hour + 1;
    return {
      forUs: periodUs / 24,
      from: rateAt(hour <= 12 ? hour : 24 - hour),
      to: rateAt(next <= 12 ? next : 24 - next),
    };
  });
  return { pieces, repeats: true };
}

/** One after the other; behind the last the load is over. */
export function phases(pieces: readonly RatePiece[]): RateShape {
  return { pieces: [...pieces, { forUs: 1, from: 0, to: 0 }], repeats: false };
}
