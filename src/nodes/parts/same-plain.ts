/**
 * Equality of plain data: what a compare-and-set compares by, and what distinguishes a retry from
 * another request.
 */
import type { Plain } from '../../sim/node.ts';

type Fields = { readonly [key: string]: Plain };

/** Deep equality. The order of an object's fields does not matter; -0 equals 0. */
export function samePlain(a: Plain, b: Plain): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && sameItems(a, b);
  }
  return sameFields(a as Fields, b as Fields);
}

function sameItems(a: readonly Plain[], b: readonly Plain[]): boolean {
  return a.length === b.length && a.every((item, i) => samePlain(item, b[i] ?? null));
}

function sameFields(a: Fields, b: Fields): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) => Object.hasOwn(b, name) && samePlain(a[name] ?? null, b[name] ?? null),
  );
}
