/** A bank that commits in two phases, as scenarios use it: `kind: two-phase-commit`. */
import bank from '../../../interfaces/bank.ts';
import type { Node } from '../../../sim/node.ts';
import { defineSystem } from '../../../sim/system.ts';
import { bugOf, bugs } from './bugs.ts';
import { Coordinator } from './coordinator.ts';
import { measures, notes } from './declared.ts';
import { invariants } from './invariants.ts';
import { Participant } from './participant.ts';
import { params } from './settings.ts';

export default defineSystem({
  name: 'two-phase-commit',
  title: 'Two-phase commit',
  summary: 'A bank spread over participants: a coordinator lets all of them commit, or none.',
  sources: [
    'Gray 1978, "Notes on Data Base Operating Systems"',
    'Mohan, Lindsay & Obermarck 1986, "Transaction Management in the R* Distributed Database Management System"',
    'Bernstein, Hadzilacos & Goodman 1987, "Concurrency Control and Recovery in Database Systems", chapters 3 and 7',
  ],
  answers: [bank],
  claims: [{ checker: 'bank', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants,
  measures,
  notes,
  roles: {
    coordinator: {
      doc: 'Takes transactions from clients, collects the votes, decides.',
      count: 1,
    },
    participant: {
      doc: 'Keeps its share of the accounts, votes, does what is decided.',
      answers: [],
      count: [1, 64],
      default: 3,
    },
  },
  leads: ['coordinator'],
  /** Nobody stands in for a coordinator or a participant that is down. */
  quorum: (_values, members) => members,
  detectionMs: (values) => values['vote-timeout'],
  create: (values, place, bug): Node => {
    const participants = place.of('participant');
    const [coordinator] = place.of('coordinator');
    if (place.role === 'coordinator') return new Coordinator(values, participants, bugOf(bug));
    if (coordinator === undefined) throw new RangeError('a participant needs a coordinator');
    return new Participant(values, place.self, coordinator, participants, bugOf(bug));
  },
});
