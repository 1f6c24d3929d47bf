/** Multi-Paxos, as scenarios use it: `kind: multi-paxos`. */
import { defineSystem } from '../../../sim/system.ts';
import { answersOfMachines } from '../../parts/machines/kinds.ts';
import { majority } from '../../parts/quorum.ts';
import { bugOf, bugs } from './bugs.ts';
import { commands } from './commands.ts';
import { MEMBERS_MAX } from './configurations.ts';
import { measures, notes } from './declared.ts';
import { invariants } from './invariants.ts';
import { MultiPaxos } from './multi-paxos.ts';
import { params, refuseSettings, settingsOf } from './settings.ts';

export default defineSystem({
  name: 'multi-paxos',
  title: 'Multi-Paxos',
  summary:
    'A replicated state machine: each slot of its log is an instance of Paxos, under one leader.',
  sources: [
    'Lamport 2001, "Paxos Made Simple", section 3',
    'Chandra, Griesemer & Redstone 2007, "Paxos Made Live: An Engineering Perspective"',
  ],
  answers: { by: 'machine', each: answersOfMachines },
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants,
  commands,
  grows: true,
  measures,
  notes,
  quorum: (_values, members) => majority(members),
  detectionMs: (values) => values['election-timeout'].maxMs + values.lease,
  refuse: (values, members) =>
    members > MEMBERS_MAX ? `at most ${MEMBERS_MAX} members` : refuseSettings(values),
  create: (values, place, bug) =>
    new MultiPaxos(settingsOf(values), place.self, place.members, bugOf(bug), place.initial),
});
