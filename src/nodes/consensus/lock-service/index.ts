/** Leases, locks and a watched tree on Raft, as a kind of node. */
import coordination from '../../../interfaces/coordination.ts';
import lock from '../../../interfaces/lock.ts';
import type { Detail, NodeId } from '../../../sim/node.ts';
import { defineSystem } from '../../../sim/system.ts';
import { majority } from '../../parts/quorum.ts';
import { measures, notes as raftNotes } from '../raft/declared.ts';
import { invariants } from '../raft/invariants.ts';
import { bugs, type LockServiceBug, notes } from './declared.ts';
import { LockService } from './lock-service.ts';
import { params, raftSettings, refuseSettings, settingsOf } from './settings.ts';

/** Ephemeral nodes go with their leases: in one step, so at no moment is there one without. */
function ephemeralsHaveLeases(views: ReadonlyMap<NodeId, Detail>): string | null {
  for (const [name, view] of views) {
    const [orphan] = view['orphans'] as readonly string[];
    if (orphan !== undefined) return `${name} has a node of ${orphan}, which is over`;
  }
  return null;
}

export default defineSystem({
  name: 'lock-service',
  title: 'Lock service',
  summary: 'Locks, leases and a watched tree of small nodes, replicated by Raft.',
  sources: [
    'Burrows 2006, The Chubby lock service for loosely-coupled distributed systems (OSDI)',
    'Hunt, Konar, Junqueira, Reed 2010, ZooKeeper: Wait-free coordination for Internet-scale systems (USENIX ATC)',
  ],
  answers: [coordination, lock],
  claims: [{ checker: 'mutual-exclusion', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants: [
    ...invariants,
    {
      name: 'ephemerals-have-leases',
      source: 'Hunt et al. 2010, section 2.1: ephemeral znodes',
      check: ephemeralsHaveLeases,
    },
  ],
  measures,
  notes: { ...raftNotes, ...notes },
  quorum: (_values, members) => majority(members),
  detectionMs: (values) => values['election-timeout'].maxMs,
  refuse: (values) => refuseSettings(values),
  create: (values, place, bug) =>
    new LockService(settingsOf(values), raftSettings(values), place, bug as LockServiceBug | null),
});
