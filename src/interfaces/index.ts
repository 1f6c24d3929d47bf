/**
 * What src/interfaces/ has, found by its place. Written by `npm run generate`; do not edit.
 *
 * An item is imported when it is asked for, so that a run loads what it uses.
 */

import type { Interface } from '../sim/interface.ts';

export interface ListedInterface {
  readonly summary: string;
  load(): Promise<{ readonly default: Interface }>;
}

/** Every interface, by name. */
export const interfaces: ReadonlyMap<string, ListedInterface> = new Map<string, ListedInterface>([
  ['bank', { summary: 'Money is moved between accounts, and all balances are read at once.', load: () => import('./bank.ts') }],
  ['broadcast', { summary: 'Messages handed to any node, which all nodes should come to know.', load: () => import('./broadcast.ts') }],
  ['check', { summary: 'How a node is, asked and answered beside all other requests.', load: () => import('./check.ts') }],
  ['coordination', { summary: 'A tree of small nodes with versions, ephemeral nodes, and watches on changes.', load: () => import('./coordination.ts') }],
  ['counter', { summary: 'Additions to one number, none of them negative, and reads of the sum.', load: () => import('./counter.ts') }],
  ['echo', { summary: 'Payloads that come back as they were sent.', load: () => import('./echo.ts') }],
  ['effects', { summary: 'Requests with an effect each, and a list of all effects that there were.', load: () => import('./effects.ts') }],
  ['geo', { summary: 'Items at places on the globe, and searches for those near a place.', load: () => import('./geo.ts') }],
  ['ids', { summary: 'Identifiers, each of them new.', load: () => import('./ids.ts') }],
  ['list-append', { summary: 'Transactions that append to lists and read them.', load: () => import('./list-append.ts') }],
  ['lock', { summary: 'Locks that hand out tokens, and writes that show the token.', load: () => import('./lock.ts') }],
  ['log', { summary: 'Values are appended to logs, read from an offset on, and consumers commit offsets.', load: () => import('./log.ts') }],
  ['members', { summary: 'The members of a group and their states, as the node asked believes.', load: () => import('./members.ts') }],
  ['pn-counter', { summary: 'Additions to one number, up and down, and reads of the sum.', load: () => import('./pn-counter.ts') }],
  ['propose', { summary: 'Proposals of a value for a key, of which one is chosen forever.', load: () => import('./propose.ts') }],
  ['queue', { summary: 'Messages are put in and taken out, each taken one to be acknowledged by its receipt.', load: () => import('./queue.ts') }],
  ['quota', { summary: 'An amount per window of time for each key, shared by all that ask.', load: () => import('./quota.ts') }],
  ['register', { summary: 'Read, write and compare-and-set of one value for each key.', load: () => import('./register.ts') }],
  ['request', { summary: 'Units of work that are only answered: for servers, balancers and proxies.', load: () => import('./request.ts') }],
  ['rw-register', { summary: 'Transactions that write registers and read them.', load: () => import('./rw-register.ts') }],
  ['saga', { summary: 'Chains of steps of which all are done, or those that were done are undone.', load: () => import('./saga.ts') }],
  ['set', { summary: 'Elements are added to one set and removed from it, and all of them are read.', load: () => import('./set.ts') }],
  ['siblings', { summary: 'Reads that give all concurrent values, and writes that say what they have seen.', load: () => import('./siblings.ts') }],
  ['text', { summary: 'A text that many edit: insert after a character, delete a character, read it all.', load: () => import('./text.ts') }],
  ['timestamp', { summary: 'Timestamps: a number or text that grows, or an interval that holds the time.', load: () => import('./timestamp.ts') }],
]);
