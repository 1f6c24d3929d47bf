/** Quantiles by nearest rank: the one definition of the house. */

/**
 * The smallest value that at least this share of the values does not exceed. Reorders the values.
 * Quickselect (Hoare's FIND), so that a million latencies need no sorting.
 */
export function nearestRank(values: Float64Array, quantile: number): number {
  const rank = rankAmong(values.length, quantile);
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = middle(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank] ?? Number.NaN;
}

/** The same of values in ascending order; NaN of none. */
export function nearestRankOfSorted(sorted: ArrayLike<number>, quantile: number): number {
  return sorted[rankAmong(sorted.length, quantile)] ?? Number.NaN;
}

/** Its place among `count` values in ascending order, from 0. */
function rankAmong(count: number, quantile: number): number {
  // A hair less: 0.999 of 1000 is 999, whatever the last digit of the product.
  return Math.max(0, Math.ceil(quantile * count - 1e-9) - 1);
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
