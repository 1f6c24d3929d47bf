/**
 * What src/workloads/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { AnyWorkload } from './workload.ts';

export interface ListedWorkload {
  readonly summary: string;
  load(): Promise<{ readonly default: AnyWorkload }>;
}

/** Every workload, by name. */
export const workloads: ReadonlyMap<string, ListedWorkload> = new Map<string, ListedWorkload>([
  ['bank', { summary: 'Money moved between accounts, and reads of all balances at once.', load: () => import('./bank.ts') }],
  ['broadcast', { summary: 'Integers that every node should come to know, and reads of what a node knows.', load: () => import('./broadcast.ts') }],
  ['coordination', { summary: 'Makes, changes, deletes, reads and watches small nodes, under leases.', load: () => import('./coordination.ts') }],
  ['counter', { summary: 'Additions to one number that only grows, and reads of it.', load: () => import('./counter.ts') }],
  ['echo', { summary: 'Payloads that nobody sent before, and that should come back.', load: () => import('./echo.ts') }],
  ['effects', { summary: 'Requests with an effect each, and a last read of all effects that there were.', load: () => import('./effects.ts') }],
  ['election-recipe', { summary: 'Elects one of the clients to lead, out of sequence nodes, leases and watches.', load: () => import('./election-recipe.ts') }],
  ['ids', { summary: 'Asks for identifiers, one after another.', load: () => import('./ids.ts') }],
  ['list-append', { summary: 'Transactions that append unique numbers to a few lists, and read them.', load: () => import('./list-append.ts') }],
  ['lock', { summary: 'Takes locks, works, writes under the token, releases; keeps leases as a holder should.', load: () => import('./lock.ts') }],
  ['lock-recipe', { summary: 'Takes locks that clients build out of sequence nodes, leases and watches.', load: () => import('./lock-recipe.ts') }],
  ['log', { summary: 'Unique values appended to logs, and polls of each log in its order, until nothing is left.', load: () => import('./log.ts') }],
  ['members', { summary: 'Asks nodes who is a member, and each at the end again.', load: () => import('./members.ts') }],
  ['members-recipe', { summary: 'Clients are members of a group, by ephemeral nodes, and say who else is.', load: () => import('./members-recipe.ts') }],
  ['pn-counter', { summary: 'Additions to one number, up and down, and reads of it.', load: () => import('./pn-counter.ts') }],
  ['propose', { summary: 'Several clients propose a value each for one key, then for the next.', load: () => import('./propose.ts') }],
  ['queue', { summary: 'Unique values put into a queue, taken out with work and receipt, drained at the end.', load: () => import('./queue.ts') }],
  ['queue-recipe', { summary: 'Puts values into a queue that clients build out of sequence nodes, and takes them out.', load: () => import('./queue-recipe.ts') }],
  ['register', { summary: 'Reads, writes and compare-and-sets of a few keys.', load: () => import('./register.ts') }],
  ['request', { summary: 'Requests that are only answered: load for servers, balancers and proxies.', load: () => import('./request.ts') }],
  ['rw-register', { summary: 'Transactions that write unique numbers to a few registers, and read them.', load: () => import('./rw-register.ts') }],
  ['saga', { summary: 'Sagas of a few steps each, and at the end an audit of what was done and undone.', load: () => import('./saga.ts') }],
  ['set', { summary: 'Unique integers added to one set, and reads of the whole set.', load: () => import('./set.ts') }],
  ['siblings', { summary: 'Reads of all concurrent values of a key, and writes that replace what was seen.', load: () => import('./siblings.ts') }],
  ['text', { summary: 'Insertions into one text and deletions from it, and reads of the whole text.', load: () => import('./text.ts') }],
  ['timestamp', { summary: 'Asks for the time, again and again.', load: () => import('./timestamp.ts') }],
]);
