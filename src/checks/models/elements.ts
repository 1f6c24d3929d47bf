/** Elements of collections, compared by their values: a key an element, and the keys in order. */
import type { Plain } from '../../sim/node.ts';
import { identityOf } from '../search/identity.ts';

/** Sorted keys. */
export type Elements = readonly string[];

/** Equal elements have equal keys: the element's identity, in JSON. */
export function keyOf(element: Plain): string {
  return JSON.stringify(identityOf(element));
}

/** For sorting: by code units, which are the same everywhere. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** In the order of code units, each once. */
export function sorted(keys: readonly string[]): Elements {
  return [...new Set(keys)].sort(byCodeUnits);
}

/** Sorted keys of the elements read; null if it is no list of distinct ones. */
export function elementsOf(output: Plain): Elements | null {
  if (!Array.isArray(output)) return output === null ? [] : null;
  const keys = sorted(output.map(keyOf));
  return keys.length === output.length ? keys : null;
}
