/**
 * Values in the sentences that models make: text as it is, unless it is empty; all else as JSON.
 */
import type { Plain } from '../../sim/node.ts';

export function plainText(value: Plain): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}
