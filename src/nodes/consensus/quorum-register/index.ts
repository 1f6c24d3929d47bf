/** Replicated registers without a leader, as scenarios use them: `kind: quorum-register`. */
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { bugOf, bugs } from './bugs.ts';
import { measures, notes } from './declared.ts';
import { invariants } from './invariants.ts';
import { QuorumRegister } from './quorum-register.ts';
import { params, quorumsOf, refuseSettings, settingsOf } from './settings.ts';

export default defineSystem({
  name: 'quorum-register',
  title: 'Quorum register',
  summary: 'Linearizable registers without a leader: every read and write asks a majority, twice.',
  sources: [
    'Attiya, Bar-Noy & Dolev 1995, "Sharing Memory Robustly in Message-Passing Systems"',
    'Lynch & Shvartsman 1997, "Robust emulation of shared memory using dynamic quorum-acknowledged broadcasts"',
  ],
  answers: [register],
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants,
  measures,
  notes,
  quorum: (values, members) => {
    const { readQuorum, writeQuorum } = quorumsOf(values, members);
    return readQuorum > writeQuorum ? readQuorum : writeQuorum;
  },
  detectionMs: (values) => values.patience,
  refuse: (values, members) => refuseSettings(values, members),
  create: (values, { self, members }, bug) =>
    new QuorumRegister(settingsOf(values, members.length), self, members, bugOf(bug)),
});
