/** A group in which every member takes writes, as scenarios use it: `kind: multi-primary`. */
import counter from '../../../interfaces/counter.ts';
import ids from '../../../interfaces/ids.ts';
import pnCounter from '../../../interfaces/pn-counter.ts';
import register from '../../../interfaces/register.ts';
import set from '../../../interfaces/set.ts';
import siblings from '../../../interfaces/siblings.ts';
import { defineSystem } from '../../../sim/system.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { Member } from './member.ts';
import { params, refuseSettings } from './settings.ts';

const always = [siblings, set, ids];
const one = [register, ...always, counter, pnCounter];

export default defineSystem({
  name: 'multi-primary',
  title: 'Several primaries',
  summary: 'Every member takes writes and sends them to the others later; conflicts are resolved.',
  sources: [
    'Demers et al. 1987, "Epidemic Algorithms for Replicated Database Maintenance"',
    'Petersen et al. 1997, "Flexible Update Propagation for Weakly Consistent Replication"',
    'Lloyd et al. 2011, "Don\'t Settle for Eventual: Scalable Causal Consistency for Wide-Area Storage with COPS"',
  ],
  // Values side by side have no sum, and a union has none either.
  answers: {
    by: 'resolve',
    each: {
      lww: one,
      siblings: [register, ...always],
      merge: [register, ...always],
      priority: one,
      crdt: [...always, counter, pnCounter],
    },
  },
  claims: [{ checker: 'eventual', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants: [],
  measures,
  notes,
  quorum: () => 1,
  refuse: refuseSettings,
  create: (values, place, bug) => new Member(values, place, bug as Bug | null),
});
