/** A backup, as scenarios use it: `kind: backup`. */
import { defineSystem } from '../../../sim/system.ts';
import { Backup } from './backup.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { params } from './settings.ts';

export default defineSystem({
  name: 'backup',
  title: 'Backup',
  summary: 'Takes full copies of a store and its log, somewhere else, and restores them.',
  sources: [
    'PostgreSQL documentation, "Continuous Archiving and Point-in-Time Recovery"',
    'Mohan et al. 1992, "ARIES", section 8: fuzzy image copies',
  ],
  answers: [],
  claims: [],
  params,
  bugs,
  invariants: [],
  measures,
  notes,
  placedBy: 'to',
  commands: {
    restore: {
      doc: 'Brings the store back on one of its members, which begins a new epoch as the primary.',
      params: {
        to: { type: 'nodes', doc: 'The member.' },
        at: {
          type: 'duration',
          doc: 'Up to this moment of the clock of the primary; as late as is known without it.',
          optional: true,
          min: 0,
        },
      },
      shorthand: 'to',
    },
  },
  create: (values, _place, bug) => new Backup(values, bug as Bug | null),
});
