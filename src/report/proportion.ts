/**
 * What a count of failures says about the rate of failure.
 *
 * Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", the
 * score interval. It stays within 0..1 and says something useful for no failure at all: 0 of 1,000
 * is at most 0.38%.
 */

/** The 97.5% quantile of the normal distribution: two tails of 2.5%. */
const Z = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 95% interval of a proportion. Throws RangeError unless 0 <= count <= of and of > 0. */
export function wilsonInterval(count: number, of: number): Interval {
  if (!(of > 0 && count >= 0 && count <= of))
    throw new RangeError(`no proportion: ${count} of ${of}`);
  const share = count / of;
  const z2 = Z * Z;
  const centre = share + z2 / (2 * of);
  const spread = Z * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of));
  const scale = 1 + z2 / of;
  return {
    low: count === 0 ? 0 : (centre - spread) / scale,
    high: count === of ? 1 : (centre + spread) / scale,
  };
}
