/**
 * Quantiles of latencies by nearest rank, as numbers of a result: exact values that occurred.
 */
import { nearestRankOfSorted } from '../../sim/nearest-rank.ts';
import { usToMs } from '../../sim/units.ts';

/** `<name>P50Ms` ... `<name>MaxMs` of latencies in µs; nothing where there are none. */
export function latencyNumbers(
  name: string,
  latenciesUs: readonly number[],
): { readonly [name: string]: number } {
  if (latenciesUs.length === 0) return {};
  const sorted = latenciesUs.toSorted((a, b) => a - b);
  const at = (share: number) => usToMs(nearestRankOfSorted(sorted, share));
  return {
    [`${name}MinMs`]: usToMs(sorted[0] ?? 0),
    [`${name}P50Ms`]: at(0.5),
    [`${name}P95Ms`]: at(0.95),
    [`${name}P99Ms`]: at(0.99),
    [`${name}MaxMs`]: at(1),
  };
}
