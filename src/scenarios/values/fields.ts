/**
 * Reading a map whose keys are declared: each is taken once, what nobody took is unknown, and the
 * canonical form grows along the way.
 */
import type { Plain } from '../../sim/node.ts';
import type { ParamSpec, Params, ParamTable } from '../../sim/params.ts';
import { listNames, quote } from '../text/diagnostic.ts';
import type { SourceEntry, SourceMap, Spot } from '../text/source.ts';
import type { ParamReader, Reading, SelectorPool } from './param-reader.ts';

export interface FieldsPlace {
  /** `nodes.kv`. */
  readonly path: string;
  /** As messages call it: `` `kv` ``. */
  readonly called: string;
  /** What to point at when something is missing. */
  readonly spot: Spot;
}

export class Fields {
  readonly canonical: { [key: string]: Plain } = {};
  /** Keys whose values were complained of. */
  readonly failed = new Set<string>();
  readonly #reader: ParamReader;
  readonly #map: SourceMap;
  readonly #place: FieldsPlace;
  readonly #known = new Set<string>();

  constructor(reader: ParamReader, map: SourceMap, place: FieldsPlace) {
    this.#reader = reader;
    this.#map = map;
    this.#place = place;
  }

  get path(): string {
    return this.#place.path;
  }

  get spot(): Spot {
    return this.#place.spot;
  }

  /** The entry of a key that the caller reads itself. */
  take(key: string): SourceEntry | null {
    this.#known.add(key);
    return this.#map.entries.find((entry) => entry.key === key) ?? null;
  }

  has(key: string): boolean {
    return this.#map.entries.some((entry) => entry.key === key);
  }

  /** Entries with keys that are none of these. */
  others(than: readonly string[]): readonly SourceEntry[] {
    return this.#map.entries.filter(({ key }) => !than.includes(key));
  }

  /**
   * The values of declared keys, defaults filled in. After a complaint the value is a harmless one
   * of its type, so that reading can go on: nothing runs then.
   */
  params<const T extends ParamTable>(table: T, pool: SelectorPool | null = null): Params<T> {
    const values: { [name: string]: unknown } = {};
    for (const [key, spec] of Object.entries(table)) {
      const reading = this.#param(key, spec, pool);
      values[key] = reading === null ? harmless(spec) : reading.value;
      if (reading === null) this.failed.add(key);
      if (reading !== null && reading.value !== undefined) this.canonical[key] = reading.canonical;
    }
    return values as Params<T>;
  }

  #param(key: string, spec: ParamSpec, pool: SelectorPool | null): Reading | null {
    const entry = this.take(key);
    const { path, called, spot } = this.#place;
    if (entry === null) return this.#reader.defaultOf(spec, key, spot, called);
    return this.#reader.read(spec, entry.value, {
      path: path === '' ? key : `${path}.${key}`,
      key: entry.shownAs ?? key,
      pool,
    });
  }

  /** Complains of every key that was not taken. `hint` may know where such a key belongs. */
  finish(hint?: (key: string) => string | null): void {
    this.#reader.reportUnknownKeys(this.#map, [...this.#known], this.#place.called, hint);
  }

  /** Complains of a key without which nothing can be read. */
  missing(key: string, expected: string): void {
    const { called, spot } = this.#place;
    this.#reader.diagnostics.error('DS106', spot, `${called} lacks ${quote(key)}`, {
      help: [`expected ${expected}`],
    });
  }
}

/** `kinds are a, b and c`, or that there are none. */
export function availableNote(what: string, names: Iterable<string>): readonly string[] {
  const all = [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return all.length === 0 ? [`there are no ${what}`] : [`${what} are ${listNames(all)}`];
}

function harmless(spec: ParamSpec): unknown {
  if (spec.default !== undefined) return spec.default;
  switch (spec.type) {
    case 'integer':
    case 'keys':
    case 'number':
    case 'ratio':
    case 'duration':
    case 'rate':
    case 'bytes':
    case 'bandwidth':
      return spec.min ?? 1;
    case 'duration-range':
      return { minMs: 1, maxMs: 1 };
    case 'boolean':
      return false;
    case 'choice':
      return spec.options[0] ?? '';
    case 'text':
    case 'selector':
      return '';
    case 'nodes':
    case 'list':
      return [];
    case 'distribution':
      return { kind: 'constant', value: 1 };
    case 'map':
    case 'object':
      return {};
  }
}
