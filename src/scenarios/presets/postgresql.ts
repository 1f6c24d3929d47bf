/** PostgreSQL with streaming replication on `primary-replica`. */
import type { Preset, PresetParts } from './preset.ts';

const WAL = 'PostgreSQL documentation, write ahead log: synchronous_commit';
const STANDBYS = 'PostgreSQL documentation, replication: synchronous_standby_names';

const PATRONI = 'Patroni documentation, dynamic configuration (patroni.readthedocs.io)';

const anyOne = {
  replication: { value: 'sync', real: "synchronous_standby_names = 'ANY 1 (*)'", source: STANDBYS },
  'sync-count': { value: 1, real: 'ANY 1', source: STANDBYS },
  'sync-choose': { value: 'any', real: 'ANY 1', source: STANDBYS },
} as const;

const watched = {
  failover: { value: 'watched', real: 'Patroni decides who is primary', source: PATRONI },
  rejoin: { value: 'rewind', real: 'use_pg_rewind: true', source: PATRONI },
} as const;

const patroni: PresetParts = {
  patroni: {
    kind: 'watchdog',
    doc: 'Patroni with its configuration store, in which the primary renews a lock.',
    count: 1,
    names: 'watch',
    values: {
      interval: { value: 10_000, real: 'loop_wait: 10', source: PATRONI },
      timeout: { value: 10_000, real: 'retry_timeout: 10', source: PATRONI },
      fall: { value: 2, real: 'ttl: 30', source: PATRONI },
      fence: { value: 'lease', real: 'a primary without the lock demotes itself', source: PATRONI },
      lease: { value: 30_000, real: 'ttl: 30', source: PATRONI },
    },
  },
};

export const preset: Preset = {
  name: 'postgresql',
  kind: 'primary-replica',
  summary: 'PostgreSQL: one primary and streaming standbys, alone or under Patroni.',
  differs: [
    'Registers in place of transactions: what is measured is replication, not isolation.',
    'Patroni and its configuration store are one node, which never fails.',
  ],
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
    patroni: {
      doc: 'Asynchronous, and Patroni promotes a standby when the leader lock runs out.',
      values: {
        replication: { value: 'async', real: "synchronous_standby_names = ''", source: STANDBYS },
        ...watched,
      },
      parts: patroni,
      measured: { timeScale: 30 },
    },
    'patroni-synchronous': {
      doc: 'A commit waits for a standby, and Patroni promotes one that has all commits.',
      values: {
        ...anyOne,
        'ack-when': { value: 'written', real: 'synchronous_commit = on', source: WAL },
        ...watched,
      },
      parts: patroni,
      measured: { timeScale: 30 },
    },
  },
  usual: 'asynchronous',
};
