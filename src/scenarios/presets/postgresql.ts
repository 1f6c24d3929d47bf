/** PostgreSQL with streaming replication on `primary-replica`. */
import type { Preset } from './preset.ts';

const WAL = 'PostgreSQL documentation, write ahead log: synchronous_commit';
const STANDBYS = 'PostgreSQL documentation, replication: synchronous_standby_names';

const anyOne = {
  replication: { value: 'sync', real: "synchronous_standby_names = 'ANY 1 (*)'", source: STANDBYS },
  'sync-count': { value: 1, real: 'ANY 1', source: STANDBYS },
  'sync-choose': { value: 'any', real: 'ANY 1', source: STANDBYS },
} as const;

export const preset: Preset = {
  name: 'postgresql',
  kind: 'primary-replica',
  summary: 'PostgreSQL: one primary and streaming standbys; nothing is promoted by itself.',
  differs: ['Registers in place of transactions: what is measured is replication, not isolation.'],
  claims: [
    {
      label: 'none',
      of: 'streaming replication',
      source: 'its documentation uses no such letters',
    },
  ],
  values: {
    failover: {
      value: 'none',
      real: 'no fail-over of its own',
      source: 'PostgreSQL documentation, failover',
    },
  },
  variants: {
    asynchronous: {
      doc: 'As it comes: nobody is named in synchronous_standby_names.',
      values: {
        replication: { value: 'async', real: "synchronous_standby_names = ''", source: STANDBYS },
      },
    },
    synchronous: {
      doc: 'A commit waits until one standby has it on disk.',
      values: {
        ...anyOne,
        'ack-when': { value: 'written', real: 'synchronous_commit = on', source: WAL },
      },
    },
    'remote-write': {
      doc: 'A commit waits until one standby has it in memory.',
      values: {
        ...anyOne,
        'ack-when': { value: 'received', real: 'synchronous_commit = remote_write', source: WAL },
      },
    },
    'remote-apply': {
      doc: 'A commit waits until one standby shows it to queries.',
      values: {
        ...anyOne,
        'ack-when': { value: 'applied', real: 'synchronous_commit = remote_apply', source: WAL },
      },
    },
  },
  usual: 'asynchronous',
};
