/** What a lock service declares: its mistakes, and what it notes. */
import type { NoteTable } from '../../../sim/notes.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'expire-on-follower': {
    doc: 'Each server ends leases by its own clock, without an entry of the log: what followers have differs.',
    caughtBy: 'state-machines-agree',
  },
  'lease-not-renewed-by-election': {
    doc: 'A new leader takes leases for silent since the last leader was elected, and ends them at once.',
    caughtBy: 'mutual-exclusion',
  },
  'ephemeral-survives': {
    doc: 'The nodes of a lease stay when it is over: nobody gets the lock of a lost holder.',
    caughtBy: 'ephemerals-have-leases',
  },
  'watch-lost-on-reconnect': {
    doc: 'A server that gets the watches of a client does not look at what has changed meanwhile.',
    caughtBy: 'watches',
  },
  'event-after-data': {
    doc: 'Events are sent late: a client reads what is new before it hears that something is.',
    caughtBy: 'watches',
  },
  'cache-not-invalidated': {
    doc: 'The leader changes a node without asking who has it in a cache.',
    caughtBy: 'linearizable',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type LockServiceBug = keyof typeof bugs;

const session = 'The lease.';

export const notes = {
  'session expired': {
    doc: 'A lease is over: it was silent for its whole time.',
    detail: { session },
  },
  'watch fires': { doc: 'A watch tells its client of a change.', detail: { path: 'The node.' } },
  'waits for caches': {
    doc: 'A change waits until all who have the node in a cache have dropped it.',
    detail: { what: 'Of which nodes.', of: 'How many have it.' },
  },
} as const satisfies NoteTable;
