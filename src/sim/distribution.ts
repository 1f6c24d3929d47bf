/**
 * Distributions as plain data: what scenarios write and parameters carry. All values of one spec
 * share one unit, ms for durations. The kernel compiles them to tables (`kernel/distribution.ts`).
 */
export type DistributionSpec =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly min: number; readonly max: number }
  /** Cut off below 0. */
  | { readonly kind: 'normal'; readonly mean: number; readonly sd: number }
  | { readonly kind: 'lognormal'; readonly median: number; readonly p99: number }
  /**
   * `min` is added to an exponential whose mean is `mean - min`, so `mean` is the mean of the
   * whole.
   */
  | { readonly kind: 'exponential'; readonly mean: number; readonly min: number }
  /** Values from `scale` (x_m) up; `max` cuts the tail. */
  | {
      readonly kind: 'pareto';
      readonly scale: number;
      readonly shape: number;
      readonly max: number | null;
    }
  /** An empirical table: each value with its weight. */
  | {
      readonly kind: 'table';
      readonly values: readonly (readonly [value: number, weight: number])[];
    }
  | {
      readonly kind: 'mixture';
      readonly parts: readonly { readonly weight: number; readonly of: DistributionSpec }[];
    };

export function constant(value: number): DistributionSpec {
  return { kind: 'constant', value };
}
