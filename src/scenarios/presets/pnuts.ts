/** PNUTS on `record-master`. */
import type { Preset } from './preset.ts';

const PAPER = 'Cooper et al. 2008, PNUTS (VLDB)';

export const preset: Preset = {
  name: 'pnuts',
  kind: 'record-master',
  summary:
    'PNUTS of Yahoo: a master for each record, which follows its writers; timeline consistency.',
  differs: ['Members publish to each other; PNUTS has a message broker that keeps what it took.'],
  claims: [
    {
      label: 'PC/EL',
      of: 'PNUTS, 2008',
      source: 'Abadi 2012, Consistency Tradeoffs in Modern Distributed Database System Design',
    },
  ],
  values: {
    'move-after': {
      value: 3,
      real: 'the origin of the last three updates is kept with the record',
      source: `${PAPER}, section 3.2.2`,
    },
  },
  variants: {
    any: {
      doc: 'Read-any: what the nearest copy has.',
      values: { reads: { value: 'any', real: 'read-any', source: `${PAPER}, section 2.2` } },
    },
    critical: {
      doc: 'Read-critical: nothing older than the session has seen.',
      values: {
        reads: {
          value: 'critical',
          real: 'read-critical(version)',
          source: `${PAPER}, section 2.2`,
        },
      },
    },
    latest: {
      doc: 'Read-latest: what the master has.',
      values: { reads: { value: 'latest', real: 'read-latest', source: `${PAPER}, section 2.2` } },
    },
  },
  usual: 'any',
};
