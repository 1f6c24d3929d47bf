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
  ['bag', { summary: 'An unordered queue: what comes out was put in, once.', load: () => import('./bag.ts') }],
  ['bank', { summary: 'Money that is moved between accounts: every read of all of them has the same total.', load: () => import('./bank.ts') }],
  ['broadcast-delivery', { summary: 'Every acknowledged broadcast is at last known to every node, and nothing comes from nowhere.', load: () => import('./broadcast-delivery.ts') }],
  ['causal-reverse', { summary: 'Reads of all values written: none saw a write without what was acknowledged before it.', load: () => import('./causal-reverse.ts') }],
  ['convergence', { summary: 'When nobody writes any more, all replicas answer the same.', load: () => import('./convergence.ts') }],
  ['counter', { summary: 'A counter that only grows: each read lies between what was surely and what was possibly added.', load: () => import('./counter.ts') }],
  ['exactly-once', { summary: 'Every acknowledged request took effect exactly once, every other one at most once.', load: () => import('./exactly-once.ts') }],
  ['fencing-lock', { summary: 'A lock that hands out tokens, each greater than all before.', load: () => import('./fencing-lock.ts') }],
  ['ids', { summary: 'Identifiers, each given to one asker only.', load: () => import('./ids.ts') }],
  ['kv', { summary: 'A store of one value per key: get, put, cas, append and delete.', load: () => import('./kv.ts') }],
  ['kv-append', { summary: 'A store of one string per key, with appends.', load: () => import('./kv-append.ts') }],
  ['linear-counter', { summary: 'A counter whose reads all agree on one order of changes; stricter than counter.', load: () => import('./linear-counter.ts') }],
  ['list-append', { summary: 'Transactions of appends to lists and reads of them, from read uncommitted up.', load: () => import('./list-append.ts') }],
  ['lock', { summary: 'A lock: one holder at a time, and only who holds it releases it.', load: () => import('./lock.ts') }],
  ['log', { summary: 'Partitioned logs with offsets, producers and consumers, with or without transactions.', load: () => import('./log.ts') }],
  ['long-fork', { summary: 'Reads of a group of keys that were written once: no two of them saw the writes in different orders.', load: () => import('./long-fork.ts') }],
  ['monotonic', { summary: 'Timestamps, versions or counters that never go back.', load: () => import('./monotonic.ts') }],
  ['multi-register', { summary: 'Several registers that one operation reads and writes at once.', load: () => import('./multi-register.ts') }],
  ['mutex', { summary: 'A lock that one process holds at a time, and fencing tokens that only grow.', load: () => import('./mutex.ts') }],
  ['no-lost-writes', { summary: 'No acknowledged write is gone at last: it shows, or something written no earlier does.', load: () => import('./no-lost-writes.ts') }],
  ['nondeterministic-register', { summary: 'A register that may keep any part of what is written to it.', load: () => import('./nondeterministic-register.ts') }],
  ['pn-counter', { summary: 'A counter that is read at the end: the sum of all acknowledged adds and of some of the uncertain ones.', load: () => import('./pn-counter.ts') }],
  ['queue', { summary: 'A queue: first in, first out.', load: () => import('./queue.ts') }],
  ['register', { summary: 'Registers: read, write and compare-and-set of one value per key, at any level of consistency.', load: () => import('./register.ts') }],
  ['rw-register', { summary: 'Transactions of writes to registers and reads of them, from read uncommitted up.', load: () => import('./rw-register.ts') }],
  ['saga', { summary: 'Sagas end with all steps done, or with all that was done compensated in reverse order.', load: () => import('./saga.ts') }],
  ['set', { summary: 'A set: every read has what was added before it, and nothing else.', load: () => import('./set.ts') }],
  ['set-final', { summary: 'A set that is read at the end: everything acknowledged is in it, and nothing else than what was tried.', load: () => import('./set-final.ts') }],
  ['set-full', { summary: 'A set that is read all the time: no element that was known is lost; how long each took to stay.', load: () => import('./set-full.ts') }],
  ['stack', { summary: 'A stack: last in, first out.', load: () => import('./stack.ts') }],
  ['total-queue', { summary: 'A queue that is emptied at the end: everything acknowledged came out, and nothing else than what was tried.', load: () => import('./total-queue.ts') }],
  ['unique-ids', { summary: 'Identifiers that are all different.', load: () => import('./unique-ids.ts') }],
  ['unordered-queue', { summary: 'A queue out of which comes only what was put in, and no more often; in any order.', load: () => import('./unordered-queue.ts') }],
]);
