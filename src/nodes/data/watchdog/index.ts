/** A watchdog, as scenarios use it: `kind: watchdog`. */
import { defineSystem } from '../../../sim/system.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { params, refuseSettings } from './settings.ts';
import { Watcher } from './watcher.ts';

export default defineSystem({
  name: 'watchdog',
  title: 'Watchdog',
  summary: 'Asks the nodes of a group whether they are well, and replaces a primary that is not.',
  sources: [
    'Redis documentation, "High availability with Redis Sentinel"',
    'Gray & Cheriton 1989, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency"',
  ],
  answers: [],
  claims: [],
  params,
  bugs,
  invariants: [],
  measures,
  notes,
  operates: { of: 'watch' },
  detectionMs: ({ interval, timeout, fall, fence, lease }) =>
    Math.max(fall * interval + timeout, fence === 'shared-lock' ? lease + interval : 0),
  refuse: refuseSettings,
  create: (values, place, bug) => new Watcher(values, place, bug as Bug | null),
});
