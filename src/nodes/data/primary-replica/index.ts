/** A primary with replicas, as scenarios use it: `kind: primary-replica`. */
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { invariants } from './invariants.ts';
import { Member } from './member.ts';
import {
  acksNeeded,
  candidatesNeeded,
  DEFAULT_LEASE_MS,
  params,
  refuseSettings,
} from './settings.ts';

export default defineSystem({
  name: 'primary-replica',
  title: 'Primary and replicas',
  summary: 'One member takes all writes and ships its log to the others: async, semi-sync or sync.',
  sources: [
    'PostgreSQL documentation, "High Availability, Load Balancing, and Replication"',
    'MySQL reference manual, "Semisynchronous Replication"; MySQL worklog 6355 (after-sync)',
    'Redis documentation, "Replication", "High availability with Redis Sentinel"',
    'Oki & Liskov 1988, "Viewstamped Replication" (epochs)',
  ],
  answers: [register],
  claims: [{ checker: 'eventual', whilePartitioned: 'may fail' }],
  // A replica may be behind, cut off or not; what enough members have is not lost. A primary sees
  // all that it has done, but not what the next one does.
  claimsWith: ({ reads, replication, failover, election, 'confirm-reads': confirms }) => {
    const isFixed = failover === 'none' && election === undefined;
    const keeps = replication === 'sync' || replication === 'quorum';
    const [checker, holds] =
      reads === 'primary'
        ? (['linearizable', isFixed || (keeps && confirms)] as const)
        : (['eventual', keeps] as const);
    return [{ checker, whilePartitioned: holds ? 'holds' : 'may fail' }];
  },
  params,
  bugs,
  invariants,
  measures,
  notes,
  leads: ['primary'],
  commands: {
    'switch-over': {
      doc: 'The primary takes no more writes, waits until the next one has everything, and hands over.',
      params: { to: { type: 'nodes', doc: 'The next primary.' } },
      shorthand: 'to',
    },
  },
  /** Without a watcher or a lock nobody stands in for the primary. */
  quorum(values, members) {
    const writes = Math.max(1, acksNeeded(values, members) + 1);
    if (values.election !== undefined) return Math.max(writes, candidatesNeeded(values, members));
    return values.failover === 'none' ? members : writes;
  },
  detectionMs: ({ election, lease = DEFAULT_LEASE_MS }) => (election === undefined ? 0 : 2 * lease),
  refuse: refuseSettings,
  create: (values, place, bug) => new Member(values, place, bug as Bug | null),
});
