/**
 * What src/checks/judges/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyJudge } from '../judge.ts';

export interface ListedJudge {
  readonly summary: string;
  load(): Promise<{ readonly default: AnyJudge }>;
}

/** Every judge of a history made elsewhere, by the name after `--model`. */
export const judges: ReadonlyMap<string, ListedJudge> = new Map<string, ListedJudge>([
]);
