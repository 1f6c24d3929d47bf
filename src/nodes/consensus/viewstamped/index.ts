/** Viewstamped Replication, as scenarios use it: `kind: viewstamped`. */
import { defineSystem } from '../../../sim/system.ts';
import { answersOfMachines } from '../../parts/machines/kinds.ts';
import { majority } from '../../parts/quorum.ts';
import { invariants } from './invariants.ts';
import { type Bug, bugs, notes, params } from './settings.ts';
import { Viewstamped } from './viewstamped.ts';

export default defineSystem({
  name: 'viewstamped',
  title: 'Viewstamped Replication',
  summary:
    'A replicated state machine whose primary goes round with the number of the view; it can do without a disk.',
  sources: [
    'Liskov, Cowling 2012, Viewstamped Replication Revisited (MIT-CSAIL-TR-2012-021)',
    'Oki, Liskov 1988, Viewstamped Replication: A New Primary Copy Method (PODC)',
    'Michael, Ports, Sharma, Szekeres 2017, Recovering Shared Objects Without Stable Storage (DISC)',
  ],
  answers: { by: 'machine', each: answersOfMachines },
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants,
  notes,
  quorum: (_values, members) => majority(members),
  detectionMs: (values) => 2 * values['view-timeout'].maxMs,
  refuse: ({ heartbeat, 'view-timeout': { minMs } }) =>
    heartbeat < minMs
      ? null
      : `heartbeat (${heartbeat}ms) must be shorter than view-timeout (${minMs}ms), or members begin views while their primary is well`,
  create: (values, place, bug) => new Viewstamped(values, place, bug as Bug | null),
});
