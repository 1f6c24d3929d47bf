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
    caughtBy: 'acknowledged-stays',
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
  'commit-beyond-match': {
    doc:
      'A follower commits up to the leader’s commit index or the end of its own log, instead of ' +
      'the end of what the call has shown to agree: it applies entries of another leader.',
    caughtBy: 'state-machine-safety',
  },
  'match-is-sent': {
    doc:
      'At any acknowledgement a leader takes all that it has sent for received, instead of what ' +
      'the answer names: it commits what is on less than a majority.',
    caughtBy: 'leader-completeness',
  },
  'half-is-majority': {
    doc:
      'Half of an even number of voters is taken for a majority: two halves elect a leader each, ' +
      'and commit apart.',
    caughtBy: 'election-safety',
  },
  'abort-on-truncate': {
    doc:
      'A request is reported as not executed as soon as its entry is cut off here, while another ' +
      'server may still hold it and commit it.',
    caughtBy: 'linearizable',
  },
  'change-before-commit': {
    doc:
      'The configuration is changed before an entry of the leader’s own term is committed: two ' +
      'changes by leaders of two terms make majorities that share nobody (Ongaro 2015).',
    caughtBy: 'leader-completeness',
  },
  'config-not-rolled-back': {
    doc:
      'A configuration that is cut off with the log stays in force: a server votes and counts by ' +
      'one that was never committed.',
    caughtBy: 'leader-completeness',
  },
  'joint-new-only': {
    doc:
      'In a joint configuration the new voters decide alone: the old ones, who may not know of ' +
      'it, elect another leader.',
    caughtBy: 'election-safety',
  },
  'learners-count': {
    doc:
      'Learners are counted as if they voted: an entry is committed on less than a majority of ' +
      'those who elect the next leader.',
    caughtBy: 'leader-completeness',
  },
  'learner-refuses-vote': {
    doc:
      'A server that thinks itself a learner votes for nobody: one that was promoted and has not ' +
      'heard of it leaves the others without a majority, and no leader can tell it (etcd #10998).',
    caughtBy: 'live',
  },
  'snapshot-loses-sessions': {
    doc:
      'Snapshots hold the state machine and not the sessions: a retry of what was compacted is ' +
      'executed again.',
    caughtBy: 'state-machines-agree',
  },
  'snapshot-loses-configuration': {
    doc: 'A server that goes on from a snapshot takes the voters of the start for those of today.',
    caughtBy: 'leader-completeness',
  },
  'snapshot-behind-applied': {
    doc:
      'A late snapshot is installed although more was applied since: state and log go back, and ' +
      'acknowledged entries are gone (NuRaft #407).',
    caughtBy: 'acknowledged-stays',
  },
  'snapshot-drops-suffix': {
    doc:
      'A snapshot of a prefix of its own log replaces the whole log: acknowledged entries behind ' +
      'it are gone (Zeebe #6092).',
    caughtBy: 'acknowledged-stays',
  },
  'forgotten-session-runs': {
    doc: 'The retry of a session that was forgotten is executed as if it were new.',
    caughtBy: 'linearizable',
  },
  'read-index-early': {
    doc:
      'A new leader answers reads by its commit index before an entry of its term is committed: ' +
      'the index may lack what its predecessor has answered for (etcd #7331).',
    caughtBy: 'linearizable',
  },
  'read-index-any-ack': {
    doc:
      'Any acknowledgement confirms the reads that wait, also one of a heartbeat from before they ' +
      'came: a leader that was deposed meanwhile answers with the past (etcd #20418).',
    caughtBy: 'linearizable',
  },
  'read-before-applied': {
    doc:
      'A follower that has the index for a read answers at once, before its own state machine ' +
      'has got there.',
    caughtBy: 'linearizable',
  },
  'lease-from-receipt': {
    doc:
      'The lease counts from when the answers came instead of from when the heartbeats left: ' +
      'slow answers make it outlast the promise of the voters.',
    caughtBy: 'linearizable',
  },
  'lease-survives-transfer': {
    doc:
      'A leader that has asked another to take over still answers reads by its lease, though the ' +
      'voters elect the other without waiting.',
    caughtBy: 'linearizable',
  },
  'lease-ignores-reboot': {
    doc:
      'A server that restarts forgets the leader to which it had promised not to vote for ' +
      'another, and votes while the lease holds.',
    caughtBy: 'linearizable',
  },
  'cut-damaged-tail': {
    doc:
      'An entry that is damaged in the midst of the log is taken for a torn end and cut off with ' +
      'all that follows, and the server votes on: acknowledged entries are lost with the next ' +
      'election (Alagappan 2018).',
    caughtBy: 'leader-completeness',
  },
  'heartbeats-without-disk': {
    doc:
      'Heartbeats are sent beside the log, as by a thread of their own: a leader whose disk hangs ' +
      'keeps its followers quiet, and nothing is committed until the disk is back ' +
      '(hashicorp/raft #503).',
    caughtBy: 'longest gap',
  },
  'same-timeouts': {
    doc:
      'Election timeouts are not random but whole turns of the clock: the servers campaign ' +
      'together, split the vote, and campaign together again, forever.',
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
