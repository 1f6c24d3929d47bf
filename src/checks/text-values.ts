/** Parameters that hold a value of a history, written as text: `--set initial=0`. */
import type { Plain } from '../sim/node.ts';

/** A parameter of any value: read as JSON where it is JSON, else as it stands. */
export function plainOf(text: string): Plain {
  try {
    return JSON.parse(text) as Plain;
  } catch {
    return text;
  }
}

/** A parameter that is a list: JSON, or one value alone. */
export function listOf(text: string): readonly Plain[] {
  const value = plainOf(text);
  return Array.isArray(value) ? value : [value];
}
