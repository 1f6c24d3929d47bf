/**
 * What src/faults/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyFault } from '../sim/fault.ts';

export interface ListedFault {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly default: AnyFault }>;
}

/** Every kind of fault, by name. */
export const faults: ReadonlyMap<string, ListedFault> = new Map<string, ListedFault>([
]);
