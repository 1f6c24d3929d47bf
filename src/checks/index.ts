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
  ['causal', { summary: 'Each process can order all writes so that causes come first and its reads fit.', load: () => import('./causal.ts') }],
  ['causal-consistency', { summary: 'No read returns a value that a write it knew of had replaced.', load: () => import('./causal-consistency.ts') }],
  ['causal-convergence', { summary: 'One order of all writes keeps causes first; a read returns the last that it knows.', load: () => import('./causal-convergence.ts') }],
  ['causal-reverse', { summary: 'Reads of all values written: none saw a write without what was acknowledged before it.', load: () => import('./causal-reverse.ts') }],
  ['converged', { summary: 'When nobody writes any more, all replicas answer the same.', load: () => import('./converged.ts') }],
  ['counter', { summary: 'A counter that only grows: each read lies between what was surely and what was possibly added.', load: () => import('./counter.ts') }],
  ['cursor-stability', { summary: 'Read committed, and no update is lost.', load: () => import('./cursor-stability.ts') }],
  ['delivered', { summary: 'Every acknowledged broadcast is at last known to every node, and nothing comes from nowhere.', load: () => import('./delivered.ts') }],
  ['eventual', { summary: 'When nobody writes any more, every process reads the same last value of each key.', load: () => import('./eventual.ts') }],
  ['exactly-once', { summary: 'Every acknowledged request took effect exactly once, every other one at most once.', load: () => import('./exactly-once.ts') }],
  ['fenced', { summary: 'What a lock guards accepts no older fencing token after a newer one.', load: () => import('./fenced.ts') }],
  ['linearizable', { summary: 'Every operation takes effect at one moment between its call and its answer.', load: () => import('./linearizable.ts') }],
  ['log', { summary: 'Partitioned logs with offsets, producers and consumers, with or without transactions.', load: () => import('./log.ts') }],
  ['long-fork', { summary: 'Reads of a group of keys that were written once: no two of them saw the writes in different orders.', load: () => import('./long-fork.ts') }],
  ['monotonic', { summary: 'Timestamps, versions or counters that never go back.', load: () => import('./monotonic.ts') }],
  ['monotonic-reads', { summary: 'A read knows what an earlier read of its process knew.', load: () => import('./monotonic-reads.ts') }],
  ['monotonic-writes', { summary: 'A write brings the earlier writes of its process.', load: () => import('./monotonic-writes.ts') }],
  ['mutual-exclusion', { summary: 'A lock that one process holds at a time, and fencing tokens that only grow.', load: () => import('./mutual-exclusion.ts') }],
  ['no-lost-writes', { summary: 'No acknowledged write is gone at last: it shows, or something written no earlier does.', load: () => import('./no-lost-writes.ts') }],
  ['pn-counter', { summary: 'A counter that is read at the end: the sum of all acknowledged adds and of some of the uncertain ones.', load: () => import('./pn-counter.ts') }],
  ['pram', { summary: 'Each process sees the writes of each other process in the order they were made.', load: () => import('./pram.ts') }],
  ['read-committed', { summary: 'No transaction sees what was aborted or not finished, and information flows one way.', load: () => import('./read-committed.ts') }],
  ['read-uncommitted', { summary: 'No two transactions write over one another both ways.', load: () => import('./read-uncommitted.ts') }],
  ['read-your-writes', { summary: 'A read knows the earlier writes of its process.', load: () => import('./read-your-writes.ts') }],
  ['repeatable-read', { summary: 'Transactions on items, without predicates, could have run one after another.', load: () => import('./repeatable-read.ts') }],
  ['saga', { summary: 'Sagas end with all steps done, or with all that was done compensated in reverse order.', load: () => import('./saga.ts') }],
  ['sequential', { summary: 'One order of all operations explains all, and keeps the order of each process.', load: () => import('./sequential.ts') }],
  ['serializable', { summary: 'Transactions could have run one after another.', load: () => import('./serializable.ts') }],
  ['session-guarantees', { summary: 'The four session guarantees together, with one order of writes for all.', load: () => import('./session-guarantees.ts') }],
  ['set-final', { summary: 'A set that is read at the end: everything acknowledged is in it, and nothing else than what was tried.', load: () => import('./set-final.ts') }],
  ['set-full', { summary: 'A set that is read all the time: no element that was known is lost; how long each took to stay.', load: () => import('./set-full.ts') }],
  ['snapshot-isolation', { summary: 'Each transaction reads from one snapshot, and of two that write the same key one gives way.', load: () => import('./snapshot-isolation.ts') }],
  ['strict-serializable', { summary: 'Transactions could have run one after another, each between its call and its answer.', load: () => import('./strict-serializable.ts') }],
  ['strong-session-serializable', { summary: 'Transactions could have run one after another, those of each process in its order.', load: () => import('./strong-session-serializable.ts') }],
  ['strong-session-snapshot-isolation', { summary: 'Snapshot isolation, and each process sees what it has done before.', load: () => import('./strong-session-snapshot-isolation.ts') }],
  ['strong-snapshot-isolation', { summary: 'Snapshot isolation, and each snapshot has all that was committed before.', load: () => import('./strong-snapshot-isolation.ts') }],
  ['total-queue', { summary: 'A queue that is emptied at the end: everything acknowledged came out, and nothing else than what was tried.', load: () => import('./total-queue.ts') }],
  ['unique-ids', { summary: 'Identifiers that are all different.', load: () => import('./unique-ids.ts') }],
  ['unordered-queue', { summary: 'A queue out of which comes only what was put in, and no more often; in any order.', load: () => import('./unordered-queue.ts') }],
  ['writes-follow-reads', { summary: 'A write brings what its process had read.', load: () => import('./writes-follow-reads.ts') }],
]);
