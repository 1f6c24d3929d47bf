/**
 * Parameters as data: type, unit, default, bounds and doc of every knob of a system, fault or
 * workload.
 *
 * One declaration serves the reader of YAML (validation, units, suggestions), the JSON Schema, the
 * manual (`dsim explain`) and the compiler: `Params<typeof declared>` is the TypeScript type of the
 * values.
 */
import type { DistributionSpec } from './distribution.ts';
import type { NodeId, Plain } from './node.ts';

/** An inclusive range of durations in ms, as `150ms..300ms`. */
export interface DurationRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Nodes named by a scenario: names of nodes, groups, roles and regions, labels (`rack:a`), words
 * such as `leader`, `minority`, `one`, a number, a list of such, or all but what one of these
 * selects.
 */
export type Selector = string | number | readonly string[] | { readonly 'all-but': Selector };

/** How often each key of a workload is asked for; `workloads/parts/keys.ts` has the meaning. */
export type KeyChoice =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'zipf'; readonly exponent: number }
  /** Both are shares, 0..1. */
  | { readonly kind: 'hotspot'; readonly keys: number; readonly operations: number }
  /** The share of operations on a new key, 0..1. */
  | { readonly kind: 'latest'; readonly fresh: number }
  | { readonly kind: 'loop' };

export interface KeySpec {
  readonly count: number;
  readonly choose: KeyChoice;
  /** Share of the reads that ask for a key that nobody writes, 0..1. */
  readonly missing: number;
  /** Share of the operations on a key that nobody asks for again, 0..1. */
  readonly fresh: number;
}

/** The keys of a workload: their number, each asked for as often, or all there is to say. */
export type KeySpace = number | KeySpec;

interface Declared<Type extends string, T> {
  readonly type: Type;
  /** One sentence: what it does, and what to expect of a larger value. */
  readonly doc: string;
  /** Absent: `optional` decides between required and `undefined`. */
  readonly default?: T;
  readonly optional?: boolean;
}
interface Bounded {
  readonly min?: number;
  readonly max?: number;
}

export type ParamSpec =
  | (Declared<'integer', number> & Bounded)
  /** With the unit `ppm` it is written `50ppm`: a drift. */
  | (Declared<'number', number> & Bounded & { readonly unit?: 'ppm' })
  /** 0..1; written `0.1%` or `0.001`. */
  | (Declared<'ratio', number> & Bounded)
  /** ms; written `50ms`, `1m30s`. */
  | (Declared<'duration', number> & Bounded)
  /** written `150ms..300ms`, or one duration for both ends. */
  | (Declared<'duration-range', DurationRange> & Bounded)
  /** per second; written `50/s`. */
  | (Declared<'rate', number> & Bounded)
  /** bytes; written `64KiB`. */
  | (Declared<'bytes', number> & Bounded)
  /** bytes per second; written `1MiB/s`, or in bits as `8Mbit/s`. */
  | (Declared<'bandwidth', number> & Bounded)
  /** The keys of a workload: `10000`, or `{ count: 10000, choose: zipf(1.0), missing: 30% }`. */
  | (Declared<'keys', number> & Bounded)
  | Declared<'boolean', boolean>
  | (Declared<'choice', string> & { readonly options: readonly string[] })
  | Declared<'text', string>
  /**
   * The name of a node, a group or a region of the scenario, or a list of them; the value is the
   * names of their nodes. With `clients` also of a client or a load.
   */
  | (Declared<'nodes', readonly NodeId[]> & { readonly clients?: boolean })
  /** A selector, resolved when the fault strikes. */
  | Declared<'selector', Selector>
  /**
   * A duration or a distribution of durations, in ms: `5ms`, `1ms..3ms`, `{ lognormal: { median:
   * 2ms, p99: 9ms } }`.
   */
  | Declared<'distribution', DistributionSpec>
  | (Declared<'list', readonly unknown[]> & { readonly of: ParamSpec })
  | (Declared<'map', { readonly [name: string]: unknown }> & { readonly of: ParamSpec })
  | (Declared<'object', { readonly [name: string]: unknown }> & { readonly fields: ParamTable });

export type ParamTable = { readonly [name: string]: ParamSpec };

type ValueOf<S extends ParamSpec> = S extends {
  readonly type: 'integer' | 'number' | 'ratio' | 'duration' | 'rate' | 'bytes' | 'bandwidth';
}
  ? number
  : S extends { readonly type: 'duration-range' }
    ? DurationRange
    : S extends { readonly type: 'keys' }
      ? KeySpace
      : S extends { readonly type: 'boolean' }
        ? boolean
        : S extends { readonly type: 'choice'; readonly options: readonly (infer O)[] }
          ? O
          : S extends { readonly type: 'text' }
            ? string
            : S extends { readonly type: 'nodes' }
              ? readonly NodeId[]
              : S extends { readonly type: 'selector' }
                ? Selector
                : S extends { readonly type: 'distribution' }
                  ? DistributionSpec
                  : S extends { readonly type: 'list'; readonly of: infer E extends ParamSpec }
                    ? readonly ValueOf<E>[]
                    : S extends { readonly type: 'map'; readonly of: infer E extends ParamSpec }
                      ? { readonly [name: string]: ValueOf<E> }
                      : S extends {
                            readonly type: 'object';
                            readonly fields: infer F extends ParamTable;
                          }
                        ? Params<F>
                        : never;

/**
 * The values of a parameter table, keyed as declared. YAML spells keys in kebab-case
 * (`election-timeout`); the table declares them the same way, so values are read as
 * `params['election-timeout']`.
 */
export type Params<T extends ParamTable> = {
  readonly [K in keyof T]: T[K] extends { readonly optional: true }
    ? ValueOf<T[K]> | undefined
    : ValueOf<T[K]>;
};

/** Declares parameters: returns its argument, typed narrowly. */
export function defineParams<const T extends ParamTable>(table: T): T {
  return table;
}

/**
 * The values when a scenario sets nothing; throws RangeError if a parameter is required. For tests
 * and examples.
 */
export function defaultsOf<T extends ParamTable>(
  table: T,
  set: Partial<Params<T>> = {},
): Params<T> {
  const values: { [name: string]: unknown } = {};
  for (const [name, spec] of Object.entries(table)) {
    const given = (set as { readonly [name: string]: unknown })[name];
    if (given === undefined && spec.default === undefined && spec.optional !== true) {
      throw new RangeError(`parameter ${name} is required`);
    }
    values[name] = given ?? spec.default;
  }
  return values as Params<T>;
}

/** Plain text of a default, as the manual prints it. */
export type ParamDefault = Plain | DurationRange | DistributionSpec;
