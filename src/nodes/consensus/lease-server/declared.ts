/** What a lease server declares: knobs, mistakes, notes. */
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';

export const leaseParams = defineParams({
  ttl: {
    type: 'duration',
    min: 1,
    default: 10_000,
    doc: 'How long a lease lasts, and the longest that is granted. Longer needs fewer renewals, and a crashed holder blocks for longer.',
  },
  grace: {
    type: 'duration',
    min: 0,
    default: 0,
    doc: 'How much longer the server waits before it takes a lease for over.',
  },
  persist: {
    type: 'boolean',
    default: true,
    doc: 'Whether grants are on disk. Without, a server that restarts grants nothing for a whole `ttl`.',
  },
  'lease-clock': {
    type: 'choice',
    options: ['monotonic', 'wall'],
    default: 'monotonic',
    doc: 'Whether leases run by a clock that never jumps, or by the time of day, as in Redis.',
  },
});

export const leaseBugs = {
  'forget-grants': {
    doc: 'After a restart it grants at once what others still hold.',
    caughtBy: 'mutual-exclusion',
  },
  'token-per-boot': {
    doc: 'Tokens begin again at 1 after a restart.',
    caughtBy: 'fenced',
  },
  'no-token-check': {
    doc: 'Guarded writes are accepted whatever token they show.',
    caughtBy: 'fenced',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type LeaseBug = keyof typeof leaseBugs;

const key = 'The lock.';
const token = 'The token of the grant.';

export const leaseNotes = {
  holds: { doc: 'A lock that was free has a holder.', detail: { key, token } },
  'lets go': { doc: 'A holder has released it.', detail: { key } },
  'lease over': { doc: 'A holder did not renew in time.', detail: { key, token } },
  'refuses stale': {
    doc: 'A write showed a token older than one that was seen.',
    detail: { token: 'The token of the write.' },
  },
} as const satisfies NoteTable;
