/** What faults of clocks have in common: bounds, and how they tell what they do. */
import { formatDurationUs, msToUs } from '../../sim/units.ts';

const DAY_MS = 86_400_000;

/** By how much a clock may be set off, in ms. */
export const OFFSET_BOUNDS = { min: -DAY_MS, max: DAY_MS } as const;
/** By how much it may run fast or slow, in ppm: no computer's clock is off by a fifth. */
export const DRIFT_BOUNDS = { min: -200_000, max: 200_000 } as const;

/** `+250ms`, `-3s`. */
export function signedDuration(ms: number): string {
  return `${ms < 0 ? '' : '+'}${formatDurationUs(msToUs(ms))}`;
}

/** `+500ppm`. */
export function signedPpm(ppm: number): string {
  return `${ppm < 0 ? '' : '+'}${ppm}ppm`;
}
