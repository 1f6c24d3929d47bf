/**
 * What a clock shows, how long a life has lasted and when timers are due, as sums over the faults:
 * no state, nothing goes on from one moment to the next. From the pages of `Context` and
 * `ClockChange` alone.
 */

/** A fault of the clock; `forUs` 0: a jump, which stays. */
export interface ClockFault {
  readonly fromUs: number;
  readonly forUs: number;
  readonly offsetUs: number;
  readonly ppm: number;
  readonly stays: boolean;
}

export interface OwnClock {
  readonly offsetUs: number;
  readonly ppm: number;
}

/** What one fault adds to what the clock shows. */
function wrongUs({ fromUs, forUs, offsetUs, ppm, stays }: ClockFault, atUs: number): number {
  if (atUs < fromUs) return 0;
  const untilUs = fromUs + forUs;
  if (atUs >= untilUs && !stays) return 0;
  return offsetUs + ((Math.min(atUs, untilUs) - fromUs) * ppm) / 1e6;
}

/** What the clock shows, in µs. */
export function shownUs(own: OwnClock, faults: readonly ClockFault[], atUs: number): number {
  const right = atUs + (atUs * own.ppm) / 1e6 + own.offsetUs;
  return faults.reduce((sum, fault) => sum + wrongUs(fault, atUs), right);
}

/** What the oscillator has counted since the start of the run, in µs. */
export function countedUs(own: OwnClock, faults: readonly ClockFault[], atUs: number): number {
  let sum = atUs + (atUs * own.ppm) / 1e6;
  for (const { fromUs, forUs, ppm } of faults) {
    const heldUs = Math.min(Math.max(atUs - fromUs, 0), forUs);
    sum += (heldUs * ppm) / 1e6;
  }
  return sum;
}

/** The true time at which the oscillator has counted so much more than at `fromUs`. */
export function dueUs(
  own: OwnClock,
  faults: readonly ClockFault[],
  fromUs: number,
  afterUs: number,
): number {
  const goal = countedUs(own, faults, fromUs) + afterUs;
  let [low, high] = [fromUs, fromUs + 4 * afterUs + 4];
  while (high - low > 0.001) {
    const middle = (low + high) / 2;
    if (countedUs(own, faults, middle) < goal) low = middle;
    else high = middle;
  }
  return high;
}
