/** One text for one value: JSON with the keys of every object sorted. */
import { isExactNumber } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';

export function canonicalText(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isExactNumber(value)) return value.text;
  const entries = Object.entries(value as { readonly [key: string]: Plain })
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`);
  return `{${entries.join(',')}}`;
}
