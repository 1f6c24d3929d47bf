/**
 * What src/checks/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { Checker } from './checker.ts';

export interface ListedChecker {
  readonly summary: string;
  load(): Promise<{ readonly default: Checker }>;
}

/** Every checker, by the name that `expect:` gives it. */
export const checkers: ReadonlyMap<string, ListedChecker> = new Map<string, ListedChecker>([
  ['linearizable', { summary: 'Every operation takes effect at one moment between its call and its answer.', load: () => import('./linearizable.ts') }],
]);
