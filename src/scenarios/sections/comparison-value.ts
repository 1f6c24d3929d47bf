/** What a metric may be compared with: its unit, and bounds that decide nothing. */
import type { MetricUnit } from '../../checks/checker.ts';
import type { Comparison } from '../values/comparison.ts';
import type { QuantityKind } from '../values/quantities.ts';

/** How values of a unit are written. */
export const QUANTITY_OF: { readonly [unit in MetricUnit]: QuantityKind } = {
  ratio: 'ratio',
  ms: 'duration',
  count: 'number',
  'per-second': 'rate',
  bytes: 'bytes',
};

/**
 * Is the comparison decided before anything is measured? No metric is negative, and no ratio above
 * 1.
 */
export function foregone(
  unit: MetricUnit,
  comparison: Comparison,
  value: number,
): 'would always' | 'could never' | null {
  const top = unit === 'ratio' ? 1 : Infinity;
  switch (comparison) {
    case '>=':
      return value <= 0 ? 'would always' : value > top ? 'could never' : null;
    case '>':
      return value < 0 ? 'would always' : value >= top ? 'could never' : null;
    case '<=':
      return value >= top ? 'would always' : value < 0 ? 'could never' : null;
    case '<':
      return value > top ? 'would always' : value <= 0 ? 'could never' : null;
    case '=':
      return value < 0 || value > top ? 'could never' : null;
    case '!=':
      return value < 0 || value > top ? 'would always' : null;
  }
}
