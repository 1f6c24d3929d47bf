/** A store whose records each have a master, as scenarios use it: `kind: record-master`. */
import register from '../../../interfaces/register.ts';
import { defineSystem, type Invariant } from '../../../sim/system.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { RecordMaster } from './record-master.ts';
import { params } from './settings.ts';

const oneMaster: Invariant = {
  name: 'one-master-per-record',
  source: 'Cooper et al. 2008, PNUTS, section 2.2: per-record timeline consistency',
  check(views) {
    const masters = new Map<string, string>();
    for (const [name, view] of views) {
      for (const record of view['masters'] as readonly string[]) {
        const other = masters.get(record);
        if (other !== undefined) {
          const [key, generation] = record.split(' ');
          return `${other} and ${name} are both the master of ${key} in generation ${generation}`;
        }
        masters.set(record, name);
      }
    }
    return null;
  },
};

const PROMISED = {
  any: ['eventual'],
  critical: ['read-your-writes', 'monotonic-reads', 'eventual'],
  latest: ['linearizable'],
} as const;

export default defineSystem({
  name: 'record-master',
  title: 'A master for each record',
  summary: 'Each record has a master, which all follow in its order; reads are answered anywhere.',
  sources: [
    'Cooper et al. 2008, "PNUTS: Yahoo!\'s Hosted Data Serving Platform" (VLDB)',
    'Abadi 2012, "Consistency Tradeoffs in Modern Distributed Database System Design": PC/EL',
  ],
  answers: [register],
  claims: [{ checker: 'eventual', whilePartitioned: 'holds' }],
  claimsWith: ({ reads }) =>
    PROMISED[reads].map((checker) => ({ checker, whilePartitioned: 'holds' })),
  params,
  bugs,
  invariants: [oneMaster],
  measures,
  notes,
  commands: {
    'take-over': {
      doc: 'This member becomes the master of all records of another one, which is gone.',
      params: { of: { type: 'nodes', doc: 'The member that is gone.' } },
      shorthand: 'of',
    },
  },
  quorum: () => 1,
  detectionMs: (values) => values['suspect-after'],
  refuse: (values) =>
    values.heartbeat < values['suspect-after']
      ? null
      : 'heartbeat must be shorter than suspect-after, or members suspect each other all the time',
  create: (values, place, bug) => new RecordMaster(values, place, bug as Bug | null),
});
