/**
 * What src/checks/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyChecker } from './checker.ts';
import type { AnyJudge } from './judge.ts';
import { named } from './named.ts';

export interface ListedChecker {
  readonly summary: string;
  load(): Promise<{ readonly default: AnyChecker }>;
}

/** Every checker, by the name that `expect:` gives it. */
export const checkers: ReadonlyMap<string, ListedChecker> = new Map<string, ListedChecker>([
  ['agreement', { summary: 'One value is chosen for each key, one that was proposed, and everybody hears it.', load: () => import('./agreement/index.ts') }],
  ['bank', { summary: 'Money that is moved between accounts: every read of all of them has the same total.', load: () => import('./bank/index.ts') }],
  ['bounded-staleness', { summary: 'No read returns a value that is older than a bound.', load: () => import('./bounded-staleness/index.ts') }],
  ['causal', { summary: 'Each process can order all writes so that causes come first and its reads fit.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'causal') }) }],
  ['causal-consistency', { summary: 'No read returns a value that a write it knew of had replaced.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'causal-consistency') }) }],
  ['causal-convergence', { summary: 'One order of all writes keeps causes first; a read returns the last that it knows.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'causal-convergence') }) }],
  ['causal-reverse', { summary: 'Reads of all values written: none saw a write without what was acknowledged before it.', load: () => import('./causal-reverse/index.ts') }],
  ['converged', { summary: 'When nobody writes any more, all replicas answer the same.', load: () => import('./converged/index.ts') }],
  ['counter', { summary: 'A counter that only grows: each read lies between what was surely and what was possibly added.', load: () => import('./counter/index.ts') }],
  ['cursor-stability', { summary: 'Read committed, and no update is lost.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'cursor-stability') }) }],
  ['delivered', { summary: 'Every acknowledged broadcast is at last known to every node, and nothing comes from nowhere.', load: () => import('./delivered/index.ts') }],
  ['echoed', { summary: 'Payloads that come back as they were sent.', load: () => import('./echoed/index.ts') }],
  ['eventual', { summary: 'When nobody writes any more, every process reads the same last value of each key.', load: () => import('./eventual/index.ts') }],
  ['exactly-once', { summary: 'Every acknowledged request took effect exactly once, every other one at most once.', load: () => import('./exactly-once/index.ts') }],
  ['fenced', { summary: 'What a lock guards accepts no older fencing token after a newer one.', load: async () => ({ default: named((await import('./mutual-exclusion/index.ts')).default, 'fenced') }) }],
  ['linearizable', { summary: 'Every operation takes effect at one moment between its call and its answer.', load: () => import('./linearizable/index.ts') }],
  ['log', { summary: 'Partitioned logs with offsets, producers and consumers, with or without transactions.', load: () => import('./log/index.ts') }],
  ['long-fork', { summary: 'Reads of a group of keys that were written once: no two of them saw the writes in different orders.', load: () => import('./long-fork/index.ts') }],
  ['monotonic', { summary: 'Timestamps, versions or counters that never go back.', load: () => import('./monotonic/index.ts') }],
  ['monotonic-reads', { summary: 'A read knows what an earlier read of its process knew.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'monotonic-reads') }) }],
  ['monotonic-writes', { summary: 'A write brings the earlier writes of its process.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'monotonic-writes') }) }],
  ['mutual-exclusion', { summary: 'A lock that one process holds at a time, and fencing tokens that only grow.', load: async () => ({ default: named((await import('./mutual-exclusion/index.ts')).default, 'mutual-exclusion') }) }],
  ['no-lost-writes', { summary: 'No acknowledged write is gone at last: it shows, or something written no earlier does.', load: () => import('./no-lost-writes/index.ts') }],
  ['pn-counter', { summary: 'A counter that is read at the end: the sum of all acknowledged adds and of some of the uncertain ones.', load: () => import('./pn-counter/index.ts') }],
  ['pram', { summary: 'Each process sees the writes of each other process in the order they were made.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'pram') }) }],
  ['read-committed', { summary: 'No transaction sees what was aborted or not finished, and information flows one way.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'read-committed') }) }],
  ['read-uncommitted', { summary: 'No two transactions write over one another both ways.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'read-uncommitted') }) }],
  ['read-your-writes', { summary: 'A read knows the earlier writes of its process.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'read-your-writes') }) }],
  ['regular', { summary: 'No read returns a value that had been replaced before the read began.', load: () => import('./regular/index.ts') }],
  ['repeatable-read', { summary: 'Transactions on items, without predicates, could have run one after another.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'repeatable-read') }) }],
  ['saga', { summary: 'Sagas end with all steps done, or with all that was done compensated in reverse order.', load: () => import('./saga/index.ts') }],
  ['sequential', { summary: 'One order of all operations explains all, and keeps the order of each process.', load: () => import('./sequential/index.ts') }],
  ['serializable', { summary: 'Transactions could have run one after another.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'serializable') }) }],
  ['session-guarantees', { summary: 'The four session guarantees together, with one order of writes for all.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'session-guarantees') }) }],
  ['set-final', { summary: 'A set that is read at the end: everything acknowledged is in it, and nothing else than what was tried.', load: () => import('./set-final/index.ts') }],
  ['set-full', { summary: 'A set that is read all the time: no element that was known is lost; how long each took to stay.', load: () => import('./set-full/index.ts') }],
  ['siblings', { summary: 'Values side by side are those that have not seen each other: none vanishes, none comes back.', load: () => import('./siblings/index.ts') }],
  ['snapshot-isolation', { summary: 'Each transaction reads from one snapshot, and of two that write the same key one gives way.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'snapshot-isolation') }) }],
  ['strict-serializable', { summary: 'Transactions could have run one after another, each between its call and its answer.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'strict-serializable') }) }],
  ['strong-session-serializable', { summary: 'Transactions could have run one after another, those of each process in its order.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'strong-session-serializable') }) }],
  ['strong-session-snapshot-isolation', { summary: 'Snapshot isolation, and each process sees what it has done before.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'strong-session-snapshot-isolation') }) }],
  ['strong-snapshot-isolation', { summary: 'Snapshot isolation, and each snapshot has all that was committed before.', load: async () => ({ default: named((await import('./transactions/index.ts')).default, 'strong-snapshot-isolation') }) }],
  ['total-queue', { summary: 'A queue that is emptied at the end: everything acknowledged came out, and nothing else than what was tried.', load: () => import('./total-queue/index.ts') }],
  ['true-time', { summary: 'Each interval that a clock answers holds the true time.', load: () => import('./true-time/index.ts') }],
  ['unique-ids', { summary: 'Identifiers that are all different.', load: () => import('./unique-ids/index.ts') }],
  ['unordered-queue', { summary: 'A queue out of which comes only what was put in, and no more often; in any order.', load: () => import('./unordered-queue/index.ts') }],
  ['view', { summary: 'At last, each member calls exactly those members alive that are up.', load: () => import('./view/index.ts') }],
  ['watches', { summary: 'Whoever watches a node hears of its change before it reads what is new.', load: () => import('./watches/index.ts') }],
  ['writes-follow-reads', { summary: 'A write brings what its process had read.', load: async () => ({ default: named((await import('./causal/index.ts')).default, 'writes-follow-reads') }) }],
]);

export interface ListedJudge {
  readonly summary: string;
  load(): Promise<{ readonly judge: AnyJudge }>;
}

/** Every judge of a history made elsewhere, by the name after `--model`. */
export const judges: ReadonlyMap<string, ListedJudge> = new Map<string, ListedJudge>([
  ['agreement', { summary: 'One value is chosen for each key, one that was proposed, and everybody hears it.', load: () => import('./agreement/index.ts') }],
  ['bag', { summary: 'An unordered queue: what comes out was put in, once.', load: () => import('./models/judges/bag.ts') }],
  ['bank', { summary: 'Money that is moved between accounts: every read of all of them has the same total.', load: () => import('./bank/index.ts') }],
  ['broadcast-delivery', { summary: 'Every acknowledged broadcast is at last known to every node, and nothing comes from nowhere.', load: () => import('./delivered/index.ts') }],
  ['causal-reverse', { summary: 'Reads of all values written: none saw a write without what was acknowledged before it.', load: () => import('./causal-reverse/index.ts') }],
  ['convergence', { summary: 'When nobody writes any more, all replicas answer the same.', load: () => import('./converged/index.ts') }],
  ['coordination', { summary: 'nodes with versions, which come, change and go', load: () => import('./models/judges/coordination.ts') }],
  ['counter', { summary: 'A counter that only grows: each read lies between what was surely and what was possibly added.', load: () => import('./counter/index.ts') }],
  ['echoed', { summary: 'Payloads that come back as they were sent.', load: () => import('./echoed/index.ts') }],
  ['exactly-once', { summary: 'Every acknowledged request took effect exactly once, every other one at most once.', load: () => import('./exactly-once/index.ts') }],
  ['fencing-lock', { summary: 'A lock that hands out tokens, each greater than all before.', load: () => import('./models/judges/fencing-lock.ts') }],
  ['ids', { summary: 'Identifiers, each given to one asker only.', load: () => import('./models/judges/ids.ts') }],
  ['kv', { summary: 'A store of one value per key: get, put, cas, append and delete.', load: () => import('./models/judges/kv.ts') }],
  ['kv-append', { summary: 'A store of one string per key, with appends.', load: () => import('./models/judges/kv-append.ts') }],
  ['linear-counter', { summary: 'A counter whose reads all agree on one order of changes; stricter than counter.', load: () => import('./models/judges/linear-counter.ts') }],
  ['list-append', { summary: 'Transactions of appends to lists and reads of them, from read uncommitted up.', load: async () => ({ judge: named((await import('./transactions/index.ts')).judge, 'list-append') }) }],
  ['lock', { summary: 'A lock: one holder at a time, and only who holds it releases it.', load: () => import('./models/judges/lock.ts') }],
  ['log', { summary: 'Partitioned logs with offsets, producers and consumers, with or without transactions.', load: () => import('./log/index.ts') }],
  ['long-fork', { summary: 'Reads of a group of keys that were written once: no two of them saw the writes in different orders.', load: () => import('./long-fork/index.ts') }],
  ['monotonic', { summary: 'Timestamps, versions or counters that never go back.', load: () => import('./monotonic/index.ts') }],
  ['multi-register', { summary: 'Several registers that one operation reads and writes at once.', load: () => import('./models/judges/multi-register.ts') }],
  ['mutex', { summary: 'A lock that one process holds at a time, and fencing tokens that only grow.', load: () => import('./mutual-exclusion/index.ts') }],
  ['no-lost-writes', { summary: 'No acknowledged write is gone at last: it shows, or something written no earlier does.', load: () => import('./no-lost-writes/index.ts') }],
  ['nondeterministic-register', { summary: 'A register that may keep any part of what is written to it.', load: () => import('./models/judges/nondeterministic-register.ts') }],
  ['pn-counter', { summary: 'A counter that is read at the end: the sum of all acknowledged adds and of some of the uncertain ones.', load: () => import('./pn-counter/index.ts') }],
  ['queue', { summary: 'A queue: first in, first out.', load: () => import('./models/judges/queue.ts') }],
  ['register', { summary: 'Registers: read, write and compare-and-set of one value per key, at any level of consistency.', load: () => import('./models/judges/register.ts') }],
  ['rw-register', { summary: 'Transactions of writes to registers and reads of them, from read uncommitted up.', load: async () => ({ judge: named((await import('./transactions/index.ts')).judge, 'rw-register') }) }],
  ['saga', { summary: 'Sagas end with all steps done, or with all that was done compensated in reverse order.', load: () => import('./saga/index.ts') }],
  ['set', { summary: 'A set: every read has what was added before it, and nothing else.', load: () => import('./models/judges/set.ts') }],
  ['set-final', { summary: 'A set that is read at the end: everything acknowledged is in it, and nothing else than what was tried.', load: () => import('./set-final/index.ts') }],
  ['set-full', { summary: 'A set that is read all the time: no element that was known is lost; how long each took to stay.', load: () => import('./set-full/index.ts') }],
  ['stack', { summary: 'A stack: last in, first out.', load: () => import('./models/judges/stack.ts') }],
  ['total-queue', { summary: 'A queue that is emptied at the end: everything acknowledged came out, and nothing else than what was tried.', load: () => import('./total-queue/index.ts') }],
  ['unique-ids', { summary: 'Identifiers that are all different.', load: () => import('./unique-ids/index.ts') }],
  ['unordered-queue', { summary: 'A queue out of which comes only what was put in, and no more often; in any order.', load: () => import('./unordered-queue/index.ts') }],
]);
