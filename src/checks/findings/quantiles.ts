/**
 * Quantiles of latencies by nearest rank, as numbers of a result: exact values that occurred.
 */
import { usToMs } from '../../sim/units.ts';

/** The smallest value that at least `share` of the values do not exceed; `sorted` is not empty. */
export function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? 0;
}

/** `<name>P50Ms` ... `<name>MaxMs` of latencies in µs; nothing where there are none. */
export function latencyNumbers(
  name: string,
  latenciesUs: readonly number[],
): { readonly [name: string]: number } {
  if (latenciesUs.length === 0) return {};
  const sorted = latenciesUs.toSorted((a, b) => a - b);
  const at = (share: number) => usToMs(quantile(sorted, share));
  return {
    [`${name}MinMs`]: usToMs(sorted[0] ?? 0),
    [`${name}P50Ms`]: at(0.5),
    [`${name}P95Ms`]: at(0.95),
    [`${name}P99Ms`]: at(0.99),
    [`${name}MaxMs`]: at(1),
  };
}
