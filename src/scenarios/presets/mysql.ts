/** MySQL with its replication by the binary log on `primary-replica`. */
import type { Preset } from './preset.ts';

const SEMI = 'MySQL manual, configuring semisynchronous replication (dev.mysql.com)';

const semiSync = {
  replication: { value: 'semi-sync', real: 'rpl_semi_sync_source_enabled = 1', source: SEMI },
  'semi-sync-timeout': {
    value: 10_000,
    real: 'rpl_semi_sync_source_timeout = 10000',
    source: SEMI,
  },
  'sync-count': { value: 1, real: 'rpl_semi_sync_source_wait_for_replica_count = 1', source: SEMI },
  'ack-when': {
    value: 'received',
    real: 'a replica has the events in its relay log',
    source: SEMI,
  },
} as const;

export const preset: Preset = {
  name: 'mysql',
  kind: 'primary-replica',
  summary: 'MySQL: one source and replicas by the binary log, asynchronous or semisynchronous.',
  differs: ['Registers in place of transactions: what is measured is replication, not isolation.'],
  claims: [
    {
      label: 'none',
      of: 'replication by the binary log',
      source: 'its manual uses no such letters',
    },
  ],
  values: {
    failover: {
      value: 'none',
      real: 'no fail-over of its own',
      source: 'MySQL manual, replication',
    },
  },
  variants: {
    asynchronous: {
      doc: 'As it comes: the source waits for nobody.',
      values: {
        replication: { value: 'async', real: 'rpl_semi_sync_source_enabled = 0', source: SEMI },
      },
    },
    'after-sync': {
      doc: 'The source waits for a replica before it commits, for 10 s; then it goes on without, in silence.',
      values: {
        ...semiSync,
        'semi-sync-point': {
          value: 'after-sync',
          real: 'rpl_semi_sync_source_wait_point = AFTER_SYNC',
          source: SEMI,
        },
      },
    },
    sync: {
      doc: 'Every replica must have a write, and the source waits for as long as that takes.',
      values: {
        replication: {
          value: 'sync',
          real: 'rpl_semi_sync_source_timeout = 4294967295: it never goes on without',
          source: SEMI,
        },
        'sync-count': {
          value: 2,
          real: 'rpl_semi_sync_source_wait_for_replica_count = 2',
          source: SEMI,
        },
        'ack-when': semiSync['ack-when'],
      },
    },
    'after-commit': {
      doc: 'The source commits, and waits then: others may see what is lost with it.',
      values: {
        ...semiSync,
        'semi-sync-point': {
          value: 'after-commit',
          real: 'rpl_semi_sync_source_wait_point = AFTER_COMMIT',
          source: SEMI,
        },
      },
    },
  },
  usual: 'asynchronous',
};
