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
  ['bank', { summary: 'Money that is moved between accounts: every read of all of them has the same total.', load: () => import('./bank.ts') }],
  ['causal-reverse', { summary: 'Reads of all values written: none saw a write without what was acknowledged before it.', load: () => import('./causal-reverse.ts') }],
  ['counter', { summary: 'A counter that only grows: each read lies between what was surely and what was possibly added.', load: () => import('./counter.ts') }],
  ['linearizable', { summary: 'Every operation takes effect at one moment between its call and its answer.', load: () => import('./linearizable.ts') }],
  ['log', { summary: 'Partitioned logs with offsets, producers and consumers, with or without transactions.', load: () => import('./log.ts') }],
  ['long-fork', { summary: 'Reads of a group of keys that were written once: no two of them saw the writes in different orders.', load: () => import('./long-fork.ts') }],
  ['pn-counter', { summary: 'A counter that is read at the end: the sum of all acknowledged adds and of some of the uncertain ones.', load: () => import('./pn-counter.ts') }],
  ['set-final', { summary: 'A set that is read at the end: everything acknowledged is in it, and nothing else than what was tried.', load: () => import('./set-final.ts') }],
  ['set-full', { summary: 'A set that is read all the time: no element that was known is lost; how long each took to stay.', load: () => import('./set-full.ts') }],
  ['total-queue', { summary: 'A queue that is emptied at the end: everything acknowledged came out, and nothing else than what was tried.', load: () => import('./total-queue.ts') }],
  ['unique-ids', { summary: 'Identifiers that are all different.', load: () => import('./unique-ids.ts') }],
  ['unordered-queue', { summary: 'A queue out of which comes only what was put in, and no more often; in any order.', load: () => import('./unordered-queue.ts') }],
]);
