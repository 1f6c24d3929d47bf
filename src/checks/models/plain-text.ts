/** Values in the sentences that models make: text as it is, all else as JSON. */
import type { Plain } from '../../sim/node.ts';

export function plainText(value: Plain): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
