/** Raft, as scenarios use it: `kind: raft`. */
import { defineSystem } from '../../../sim/system.ts';
import { answersOfMachines } from '../../parts/machines/kinds.ts';
import { bugOf, bugs } from './bugs.ts';
import { commands } from './commands.ts';
import { measures, notes } from './declared.ts';
import { invariants } from './invariants.ts';
import { Raft } from './raft.ts';
import {
  changeable,
  firstConfiguration,
  params,
  quorumOf,
  refuseSettings,
  settingsOf,
} from './settings.ts';

export default defineSystem({
  name: 'raft',
  title: 'Raft',
  summary: 'A linearizable key-value store, replicated by a log that an elected leader writes.',
  sources: [
    'Ongaro & Ousterhout 2014, "In Search of an Understandable Consensus Algorithm", extended',
    'Ongaro 2014, "Consensus: Bridging Theory and Practice", chapters 3.10, 4, 5, 6, 9.6, 10.2',
  ],
  answers: { by: 'machine', each: answersOfMachines },
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  claimsWith: ({ reads }) => [
    { checker: reads === 'local' ? 'eventual' : 'linearizable', whilePartitioned: 'holds' },
  ],
  params,
  bugs,
  invariants,
  commands,
  changeable,
  grows: true,
  measures,
  notes,
  quorum: quorumOf,
  detectionMs: (values) => values['election-timeout'].maxMs,
  refuse: refuseSettings,
  create: (values, place, bug) =>
    new Raft(
      settingsOf(values),
      place.self,
      place.members,
      bugOf(bug),
      firstConfiguration(values, place),
    ),
});
