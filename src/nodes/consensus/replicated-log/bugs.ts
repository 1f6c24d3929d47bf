/** The famous mistakes with replicated logs, each behind `bug:`, and the check that catches it. */
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'truncate-to-high-water': {
    doc: 'A follower of a new leader cuts its log off at the high-water mark that it knows, which lags: acknowledged records are gone if that leader fails next (KIP-101).',
    caughtBy: 'log',
  },
  'read-uncommitted': {
    doc: 'Polls give records that no majority has yet: the next leader may lack them.',
    caughtBy: 'log',
  },
  'ack-before-sync': {
    doc: 'Members count records that are in their memory and not on disk.',
    caughtBy: 'log',
  },
  'unclean-election': {
    doc: 'Members vote for anybody, however much of the log that one lacks.',
    caughtBy: 'log',
  },
  'forget-producers': {
    doc: 'A new leader does not know which requests its log already has, and takes retries for new.',
    caughtBy: 'log',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;
