/**
 * How many of these fulfil a condition, where all that do come before all that do not: a binary
 * search.
 */
export function countWhile<T>(sorted: readonly T[], condition: (value: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (condition(sorted[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
