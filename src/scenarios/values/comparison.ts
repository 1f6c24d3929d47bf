/** How `expect:` and `when:` compare a number with a bound. */

export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!=';

/** As they are written. */
export const COMPARISONS: readonly string[] = [
  '<',
  '<=',
  '>',
  '>=',
  '=',
  '!=',
] satisfies Comparison[];

export function compares(value: number, comparison: Comparison, bound: number): boolean {
  switch (comparison) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '=':
      return value === bound;
    case '!=':
      return value !== bound;
  }
}
