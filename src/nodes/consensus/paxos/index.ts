/** Paxos for one value a key, as scenarios use it: `kind: paxos`. */
import propose from '../../../interfaces/propose.ts';
import { defineSystem } from '../../../sim/system.ts';
import { bugOf, bugs } from './bugs.ts';
import { measures, notes } from './declared.ts';
import { invariants } from './invariants.ts';
import { Paxos } from './paxos.ts';
import {
  acceptorsAmong,
  castOf,
  params,
  quorumsOf,
  refuseSettings,
  settingsOf,
} from './settings.ts';

export default defineSystem({
  name: 'paxos',
  title: 'Paxos',
  summary: 'Agreement on one value for each key, whoever proposes: proposers, acceptors, learners.',
  sources: [
    'Lamport 1998, "The Part-Time Parliament"',
    'Lamport 2001, "Paxos Made Simple"',
    'Howard, Malkhi & Spiegelman 2016, "Flexible Paxos: Quorum intersection revisited"',
  ],
  answers: [propose],
  claims: [{ checker: 'agreement', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants,
  measures,
  notes,
  roles: {
    member: { doc: 'Proposes, accepts and learns.', count: [0, 64] },
    proposer: { doc: 'Takes proposals of clients, and learns what is chosen.', count: [0, 64] },
    acceptor: { doc: 'Promises and accepts.', answers: [], count: [0, 64] },
    learner: { doc: 'Learns what is chosen.', answers: [], count: [0, 64] },
  },
  /** All but the acceptors that a quorum can spare. */
  quorum: (values, members, roles) => {
    const acceptors = acceptorsAmong(roles);
    const { phase1, phase2 } = quorumsOf(values, acceptors);
    return members - acceptors + (phase1 > phase2 ? phase1 : phase2);
  },
  detectionMs: (values) => values.retry.maxMs,
  refuse: (values, _members, roles) => refuseSettings(values, roles),
  create: (values, place, bug) =>
    new Paxos(settingsOf(values, castOf(place)), place.self, bugOf(bug)),
});
