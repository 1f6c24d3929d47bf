/** A chain with its master, as scenarios use it: `kind: chain`. */
import register from '../../../interfaces/register.ts';
import type { Node } from '../../../sim/node.ts';
import { defineSystem } from '../../../sim/system.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { Master } from './master.ts';
import { Member } from './member.ts';
import { params, refuseSettings } from './settings.ts';

export default defineSystem({
  name: 'chain',
  title: 'Chain replication',
  summary: 'Writes go from the head to the tail of a chain of copies; the tail answers, and reads.',
  sources: [
    'van Renesse & Schneider 2004, "Chain Replication for Supporting High Throughput and Availability"',
    'Terrace & Freedman 2009, "Object Storage on CRAQ: High-throughput Chain Replication for Read-mostly Workloads"',
  ],
  answers: [register],
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants: [],
  measures,
  notes,
  roles: {
    master: { doc: 'Watches the members and decides who is in the chain.', answers: [], count: 1 },
    replica: { doc: 'Holds a copy, at some place of the chain.', count: [1, 32], default: 3 },
  },
  leads: ['head', 'single'],
  /** The master, and one member that was never out. */
  quorum: (_values, members) => members,
  detectionMs: (values) => values['failure-timeout'],
  refuse: refuseSettings,
  create: (values, place, bug): Node => {
    const replicas = place.of('replica');
    const [master = ''] = place.of('master');
    if (place.role === 'master') return new Master(values, replicas, bug as Bug | null);
    return new Member(values, place.self, master, bug as Bug | null);
  },
});
