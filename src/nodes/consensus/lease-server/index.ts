/** Locks on lease, as a kind of node. */
import lock from '../../../interfaces/lock.ts';
import { defineSystem } from '../../../sim/system.ts';
import { type LeaseBug, leaseBugs, leaseNotes, leaseParams } from './declared.ts';
import { LeaseServer } from './lease-server.ts';

export default defineSystem({
  name: 'lease-server',
  title: 'Lease server',
  summary: 'One server that lends locks for a time, each with a token larger than those before.',
  sources: [
    'Gray, Cheriton 1989, Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency (SOSP)',
    'Burrows 2006, The Chubby lock service for loosely-coupled distributed systems (OSDI)',
  ],
  answers: [lock],
  claims: [],
  params: leaseParams,
  bugs: leaseBugs,
  notes: leaseNotes,
  invariants: [],
  refuse: (_params, members) => (members === 1 ? null : 'works alone: count must be 1'),
  create: (params, _place, bug) => new LeaseServer(params, bug as LeaseBug | null),
});
