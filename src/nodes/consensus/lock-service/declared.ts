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
  'grant-without-lease-check': {
    doc: 'An ephemeral node is made for a lease that is over: a client that comes too late gets a lock that nobody ever takes back.',
    caughtBy: 'ephemerals-have-leases',
  },
  'readers-unseen': {
    doc: 'Who wants a lock alone gets it while readers share it.',
    caughtBy: 'mutual-exclusion',
  },
  'ephemeral-survives': {
    doc: 'The nodes of a lease stay when it is over, as if they were ordinary ones: nobody gets the lock of a lost holder, and a lost member stays in the list.',
    caughtBy: 'view',
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
const of = 'The client.';

export const notes = {
  'session expired': {
    doc: 'A lease is over: it was silent for its whole time.',
    detail: { session },
  },
  holds: { doc: 'A lock is given.', detail: { key: 'The lock.', token: 'Its token.' } },
  'lets go': { doc: 'A holder has released it.', detail: { key: 'The lock.' } },
  'tree changes': {
    doc: 'The leader has applied a change of the tree.',
    detail: { path: 'The node.', revision: 'Which change it is.' },
  },
  'watch fires': {
    doc: 'A watch tells its client of a change.',
    detail: {
      path: 'The node.',
      revision: 'The change that it tells: of several the last.',
      session,
      source: 'The server, in one of its lives.',
      number: 'Which event from there to this lease.',
    },
  },
  'declares dead': {
    doc: 'A client that is a member (`members-recipe`) misses another in the list of members.',
    detail: { of },
  },
  trusts: {
    doc: 'A client that is a member finds another in the list that was not in it.',
    detail: { of },
  },
  'waits for caches': {
    doc: 'A change waits until all who have the node in a cache have dropped it.',
    detail: { what: 'Of which nodes.', of: 'How many have it.' },
  },
} as const satisfies NoteTable;
