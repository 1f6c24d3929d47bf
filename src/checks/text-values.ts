/** Parameters that hold a value of a history, written as text: `--set initial=0`. */
import { withExactNumbers } from '../sim/exact-json.ts';
import type { Plain } from '../sim/node.ts';

/**
 * A parameter of any value: read as JSON where it is JSON, else as it stands. Its numbers are as
 * exact as those of the history that they are compared with.
 */
export function plainOf(text: string): Plain {
  let value: Plain;
  try {
    value = JSON.parse(text) as Plain;
  } catch {
    return text;
  }
  const exact = withExactNumbers(text, value);
  return typeof exact === 'number' ? text : exact.value;
}

/** A parameter that is a list: JSON, or one value alone. */
export function listOf(text: string): readonly Plain[] {
  const value = plainOf(text);
  return Array.isArray(value) ? value : [value];
}
