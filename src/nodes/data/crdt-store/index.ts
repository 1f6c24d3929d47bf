/** A store of conflict-free types, as scenarios use it: `kind: crdt-store`. */
import { defineSystem } from '../../../sim/system.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { answersOfTypes } from './kept-types.ts';
import { Replica } from './replica.ts';
import { params } from './settings.ts';

export default defineSystem({
  name: 'crdt-store',
  title: 'Store of conflict-free types',
  summary:
    'Replicas that change apart and merge without conflict: counters, sets, registers, a text.',
  sources: [
    'Shapiro, Preguiça, Baquero & Zawirski 2011, "A comprehensive study of Convergent and Commutative Replicated Data Types"',
    'Almeida, Shoker & Baquero 2018, "Delta State Replicated Data Types"',
    'Bieniusa et al. 2012, "An Optimized Conflict-free Replicated Set"',
    'Roh et al. 2011, "Replicated abstract data types: Building blocks for collaborative applications"',
    'Weiss, Urso & Molli 2009, "Logoot: A Scalable Optimistic Replication Algorithm for Collaborative Editing on P2P Networks"',
  ],
  answers: { by: 'type', each: answersOfTypes },
  claims: [{ checker: 'converged', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants: [],
  measures,
  notes,
  quorum: () => 1,
  create: (values, place, bug) => new Replica(values, place, bug as Bug | null),
});
