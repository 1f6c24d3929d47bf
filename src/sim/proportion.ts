/**
 * What a count in a sample says about the true proportion: how far `0 of 4` carries.
 *
 * Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", the
 * score interval. It stays within 0..1 and says something useful of 0 too: 0 of 1,000 is at most
 * 0.38%.
 */

/** The 97.5% quantile of the normal distribution: two tails of 2.5%. */
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
    low: hits === 0 ? 0 : (middle - spread) / (1 + zz),
    high: hits === of ? 1 : (middle + spread) / (1 + zz),
  };
}
