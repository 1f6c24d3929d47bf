/** A store on a write-ahead log, as scenarios use it: `kind: log-store`. */
import log from '../../../interfaces/log.ts';
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { bugOf, bugs } from './bugs.ts';
import { measures, notes } from './declared.ts';
import { LogStore } from './log-store.ts';
import { params } from './settings.ts';

export default defineSystem({
  name: 'log-store',
  title: 'Log store',
  summary:
    'One node whose registers and logs live in a segmented write-ahead log: what it acknowledged survives.',
  sources: [
    'Gray & Reuter 1992, "Transaction Processing: Concepts and Techniques", chapter 9',
    'Mohan et al. 1992, "ARIES: A Transaction Recovery Method"',
    'Pillai et al. 2014, "All File Systems Are Not Created Equal" (torn and reordered writes)',
  ],
  answers: [register, log],
  claims: [
    { checker: 'linearizable', whilePartitioned: 'holds' },
    { checker: 'log', whilePartitioned: 'holds' },
  ],
  params,
  bugs,
  invariants: [],
  measures,
  notes,
  refuse: (_params, members) => (members === 1 ? null : 'works alone: count must be 1'),
  create: (values, _place, bug) => new LogStore(values, bugOf(bug)),
});
