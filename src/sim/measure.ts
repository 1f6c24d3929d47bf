/**
 * Measures: the numbers that a kind of node states about itself. A kind declares them as data, its
 * nodes report values by `ctx.measure`, and scenarios compare them: `hit-ratio(cache) >= 80%`,
 * `p99 lag(replica) <= 50ms`, `max in-doubt(bank) <= 5`.
 *
 * Values are finite and never negative. They are in no digest: to measure more changes no run.
 */
import { nearestName } from './nearest-name.ts';
import type { NodeId } from './node.ts';

/** `ratio` is a share from 0 to 1, `ms` a time, `bytes` a size, `count` a plain number. */
export type MeasureUnit = 'count' | 'ms' | 'bytes' | 'ratio';

interface Declared {
  /** One sentence. */
  readonly doc: string;
  /**
   * The labels that the third argument of `ctx.measure` may have. Absent: any, and in `expect:` the
   * names of the scenario's nodes.
   */
  readonly of?: readonly string[];
}

/** One measure of a kind, by what its values mean. */
export type Measure =
  /** Things that happened: each value says how many more. */
  | (Declared & { readonly sort: 'count' })
  /** One value for each thing that happened: a delay, a size. */
  | (Declared & { readonly sort: 'sample'; readonly unit: MeasureUnit })
  /**
   * A level: it stays at its last value until the next one, or until the node crashes. Means are
   * weighted by time.
   */
  | (Declared & { readonly sort: 'gauge'; readonly unit: MeasureUnit })
  /**
   * The sum of one measure over the sum of another, both counts or samples. A share from 0 to 1,
   * unless the unit says that it is a plain quotient.
   */
  | {
      readonly ratio: readonly [part: string, whole: string];
      readonly unit?: 'ratio' | 'count';
      readonly doc: string;
    };

/** By name: words in kebab-case. */
export interface MeasureTable {
  readonly [name: string]: Measure;
}

/** The values of one measure of one node with one label, in the order of time. */
export interface MeasuredSeries {
  readonly node: NodeId;
  readonly name: string;
  /** The third argument of `ctx.measure`; null without it. */
  readonly of: string | null;
  /** How many values there are; the two arrays may be longer. */
  readonly length: number;
  readonly timesUs: Float64Array;
  /** NaN ends a gauge: the node has crashed, and has no level until it reports one. */
  readonly values: Float64Array;
}

/** All that was measured in a run. A gauge has a value only where it changes. */
export interface Measurements {
  readonly series: readonly MeasuredSeries[];
  /** When the first value found no room; Infinity when all were kept. */
  readonly fullAtUs: number;
  /** How many values found no room. */
  readonly lost: number;
}

/** `measured` of a run in which no node measured anything. */
export const NOTHING_MEASURED: Measurements = { series: [], fullAtUs: Infinity, lost: 0 };

/** A node reported a measure, or made a note, that its kind does not declare. */
export class UndeclaredError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UndeclaredError';
  }
}

/** `kind cache declares no measure 'hit': did you mean 'hits'?` */
export function undeclared(
  whose: string,
  what: string,
  name: string,
  declared: readonly string[],
): UndeclaredError {
  const near = nearestName(name, declared);
  const cure = near === null ? `, only ${declared.join(', ')}` : `: did you mean '${near}'?`;
  const rest = declared.length === 0 ? ', nor any other' : cure;
  return new UndeclaredError(`${whose} declares no ${what} '${name}'${rest}`);
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const UNITS: readonly unknown[] = ['count', 'ms', 'bytes', 'ratio'] satisfies MeasureUnit[];

/**
 * What is wrong with a table of measures, as it follows "it has"; null when nothing is. For tables
 * that no compiler has seen, and for what a compiler cannot see.
 */
export function measuresProblem(measures: MeasureTable): string | null {
  for (const [name, measure] of Object.entries(measures)) {
    const what = `a measure \`${name}\``;
    if (!NAME.test(name)) return `${what}; expected a name in kebab-case, as \`hit-ratio\``;
    if ('ratio' in measure) {
      const parts = Array.isArray(measure.ratio) ? measure.ratio : [];
      if (parts.length !== 2) return `${what} whose \`ratio\` is not two names of measures`;
      for (const part of parts) {
        const of = Object.hasOwn(measures, part) ? measures[part] : undefined;
        if (of !== undefined && 'sort' in of && of.sort !== 'gauge') continue;
        return `${what} that divides \`${part}\`, which is no count or sample of this kind`;
      }
    } else if (!['count', 'sample', 'gauge'].includes(measure.sort)) {
      return `${what} without a \`sort\`; expected count, sample or gauge, or a \`ratio\``;
    } else if (measure.sort !== 'count' && !UNITS.includes(measure.unit)) {
      return `${what} without a \`unit\`; expected count, ms, bytes or ratio`;
    }
  }
  return null;
}
