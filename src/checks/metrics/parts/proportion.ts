/**
 * Intervals for a proportion seen in a sample: how far `0 of 4` carries. Wilson's score interval.
 */

/** Two-sided 95%. */
const Z = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Where the true proportion lies, with 95% confidence; 0..1 for an empty sample. */
export function wilson(hits: number, of: number): Interval {
  if (of === 0) return { low: 0, high: 1 };
  const p = hits / of;
  const zz = (Z * Z) / of;
  const middle = p + zz / 2;
  const spread = Z * Math.sqrt((p * (1 - p)) / of + zz / of / 4);
  return {
    low: Math.max(0, (middle - spread) / (1 + zz)),
    high: Math.min(1, (middle + spread) / (1 + zz)),
  };
}
