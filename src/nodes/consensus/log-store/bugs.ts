/** The famous mistakes with write-ahead logs, each behind `bug:`, and the check that catches it. */
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'ack-before-sync': {
    doc: 'A write is acknowledged when it is in the log, and not when the log is on disk.',
    caughtBy: 'no-lost-writes',
  },
  'no-checksum': {
    doc: 'Records are replayed as they are read: what has rotted unnoticed comes back as data.',
    caughtBy: 'no-lost-writes',
  },
  'replay-past-hole': {
    doc:
      'A damaged record in the middle is left out and the rest replayed, as if nobody had been ' +
      'told of it.',
    caughtBy: 'no-lost-writes',
  },
  'drop-segment-early': {
    doc: 'Segments are dropped when a snapshot begins: it is not on disk, and a slow reader has not read them.',
    caughtBy: 'no-lost-writes',
  },
  'retry-fsync': {
    doc:
      'A flush that failed is tried again, and succeeds: the system has marked the pages as clean, ' +
      'and nothing is left to write. PostgreSQL did so until 2018.',
    caughtBy: 'no-lost-writes',
    retriesFlush: true,
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;

/** The bug of this name; null for none. */
export function bugOf(name: string | null): Bug | null {
  if (name === null) return null;
  if (!Object.hasOwn(bugs, name)) throw new RangeError(`log-store knows no bug ${name}`);
  return name as Bug;
}
