/**
 * The famous mistakes of Raft implementations, each behind `bug:`, and the check that catches it.
 */
import type { KnownBug } from '../../../sim/system.ts';

export const bugs = {
  'vote-twice': {
    doc:
      'The vote is not written to disk: a server that reboots in the same term votes again, and ' +
      'the term gets two leaders.',
    caughtBy: 'election-safety',
  },
  'commit-old-term': {
    doc:
      'A leader counts replicas of entries of older terms, and reports as committed what a later ' +
      'leader may still overwrite (Figure 8).',
    caughtBy: 'leader-completeness',
  },
  'ack-before-durable': {
    doc:
      'Entries are acknowledged, by followers and by the leader to itself, before they are on ' +
      'disk: a crash takes back what was counted.',
    caughtBy: 'linearizable',
  },
  'no-log-check': {
    doc:
      'Votes are given to candidates whose logs lack entries: committed entries are lost with ' +
      'the election.',
    caughtBy: 'leader-completeness',
  },
  'truncate-always': {
    doc:
      'A follower cuts its log after the entries of every appendEntries, even if what it holds ' +
      'agrees: a late, shorter call removes entries it has acknowledged.',
    caughtBy: 'leader-completeness',
  },
  'local-reads': {
    doc:
      'A leader answers reads from its own state, without asking whether it still is the leader: ' +
      'reads are stale after a fail-over.',
    caughtBy: 'linearizable',
  },
  'no-dedup': {
    doc:
      'Retries and doubled messages are executed again: a write comes back after it was ' +
      'overwritten, a compare-and-set that succeeded is reported as failed.',
    caughtBy: 'linearizable',
  },
  'same-timeouts': {
    doc:
      'Election timeouts are not random but whole turns of the clock: the servers campaign ' +
      'together, split the vote, and campaign together again, for ever.',
    caughtBy: 'live',
  },
} as const satisfies { readonly [name: string]: KnownBug };

export type Bug = keyof typeof bugs;

/** The bug of this name; null for none. */
export function bugOf(name: string | null): Bug | null {
  if (name === null) return null;
  if (!Object.hasOwn(bugs, name)) throw new RangeError(`raft knows no bug ${name}`);
  return name as Bug;
}
