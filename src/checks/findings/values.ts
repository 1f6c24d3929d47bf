/**
 * Plain values as checkers meet them: compared by content, listed for people.
 */
import { isExactNumber, jsonText } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import { formatCount } from '../../sim/units.ts';
import { canonicalText } from '../search/identity.ts';

/** What a Map can hold a plain value by: equal values have equal keys. */
export type ValueKey = string | number | boolean | null;

/** No text of a history begins with it, so that a text is never taken for a list. */
const COMPOSITE = '\u0000';

/** The number 1 and the text '1' differ; the order of an object's fields does not matter. */
export function keyOf(value: Plain): ValueKey {
  if (typeof value !== 'object' || value === null) return value;
  return COMPOSITE + canonicalText(value);
}

export function isList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value);
}

export function isFields(value: Plain | undefined): value is { readonly [name: string]: Plain } {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value)
  );
}

/**
 * The elements of what a read of a collection answered: null stands for an empty one. Null when it
 * is no collection.
 */
export function elementsOf(output: Plain): readonly Plain[] | null {
  if (output === null) return [];
  return isList(output) ? output : null;
}

const SHOWN_MAX = 60;

/** A value for people: words without quotes, long ones cut. */
export function show(value: Plain): string {
  const text = typeof value === 'string' && /^[\w.:-]+$/.test(value) ? value : jsonText(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX - 3)}...`;
}

/** `1, 2, 3 and 7 more`. */
export function showSome(values: readonly Plain[], atMost = 5): string {
  const shown = values.slice(0, atMost).map(show).join(', ');
  const more = values.length - atMost;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** `no reads`, `1 read`, `12 reads`. */
export function count(n: number, one: string, many = `${one}s`): string {
  if (n === 0) return `no ${many}`;
  return n === 1 ? `1 ${one}` : `${formatCount(n)} ${many}`;
}
