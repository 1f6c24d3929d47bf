/** Identities of plain values: equal values have equal ones, whatever the order of their fields. */
import { isExactNumber } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';

/**
 * A number is its own identity; all else is its canonical JSON, in which the string `1` is not the
 * number.
 */
export function identityOf(value: Plain): string | number {
  return typeof value === 'number' ? value : canonicalText(value);
}

export function samePlain(a: Plain, b: Plain): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return canonicalText(a) === canonicalText(b);
}

/** JSON with the fields of objects in the order of their code units. */
export function canonicalText(value: Plain): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isExactNumber(value)) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = fields.map(([name, of]) => `${JSON.stringify(name)}:${canonicalText(of)}`);
  return `{${texts.join(',')}}`;
}
