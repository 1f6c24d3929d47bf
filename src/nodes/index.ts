/**
 * What src/nodes/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyPolicy } from '../sim/policy.ts';
import type { AnySystem } from '../sim/system.ts';

export interface ListedSystem {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly default: AnySystem }>;
}

/** Every kind of node, by the name that a scenario gives it. */
export const systems: ReadonlyMap<string, ListedSystem> = new Map<string, ListedSystem>([
]);

export interface ListedPolicy {
  readonly family: string;
  readonly summary: string;
  load(): Promise<{ readonly policy: AnyPolicy }>;
}

/** Every policy on calls, by its key under `calls:`. */
export const policies: ReadonlyMap<string, ListedPolicy> = new Map<string, ListedPolicy>([
]);
