/**
 * Values in the sentences that models make: text as it is, unless it is empty; all else as JSON.
 */
import { jsonText } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';

export function plainText(value: Plain): string {
  return typeof value === 'string' && value !== '' ? value : jsonText(value);
}
