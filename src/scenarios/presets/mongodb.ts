/** A replica set of MongoDB on `primary-replica` and `watchdog`. */
import type { Preset } from './preset.ts';

const ELECTIONS = 'MongoDB manual, replica set elections (mongodb.com)';
const SETTINGS = 'MongoDB manual, replica set configuration';
const CONCERNS = 'MongoDB manual, read concern and write concern';
const ROLLBACK = 'MongoDB manual, rollbacks during replica set failover';

const majority = {
  replication: { value: 'quorum', real: "writeConcern: { w: 'majority' }", source: CONCERNS },
} as const;

const atPrimary = {
  reads: { value: 'primary', real: "readPreference: 'primary'", source: CONCERNS },
} as const;

export const preset: Preset = {
  name: 'mongodb',
  kind: 'primary-replica',
  summary: 'A replica set of MongoDB: an elected primary, and write and read concerns.',
  differs: [
    'One watcher, which is never in a minority, stands for the votes of a majority.',
    'A primary that nobody confirms stops after its lease, and nobody is elected before. MongoDB allows two primaries for a moment.',
    'A read at the primary shows only what the write concern has; read concern local shows more.',
  ],
  claims: [
    {
      label: 'PA/EC',
      of: 'the defaults of 2012',
      source: 'Abadi 2012, Consistency Tradeoffs in Modern Distributed Database System Design',
    },
  ],
  values: {
    failover: { value: 'watched', real: 'elections', source: ELECTIONS },
    rejoin: { value: 'rewind', real: 'rollback of what no majority has', source: ROLLBACK },
  },
  parts: {
    votes: {
      kind: 'watchdog',
      doc: 'What the votes of a majority decide: who is primary, and for how long.',
      count: 1,
      names: 'watch',
      values: {
        interval: { value: 2000, real: 'heartbeatIntervalMillis: 2000', source: SETTINGS },
        timeout: {
          value: 2000,
          real: 'the last heartbeat counts until the next',
          source: SETTINGS,
        },
        fall: { value: 4, real: 'electionTimeoutMillis: 10000', source: SETTINGS },
        fence: {
          value: 'lease',
          real: 'a primary that sees no majority steps down',
          source: ELECTIONS,
        },
        lease: { value: 10_000, real: 'electionTimeoutMillis: 10000', source: SETTINGS },
      },
    },
  },
  measured: { timeScale: 20 },
  variants: {
    w1: {
      doc: 'A write is answered when the primary has it.',
      values: {
        replication: { value: 'async', real: 'writeConcern: { w: 1 }', source: CONCERNS },
        ...atPrimary,
      },
      unlikeClaim:
        'A primary that is cut off takes writes until it steps down, and they are rolled back: P-.',
    },
    majority: {
      doc: 'Writes wait for a majority, the default since 5.0; reads are the primary’s own.',
      values: { ...majority, ...atPrimary },
      unlikeClaim: 'The claim is of other defaults: a write waited for the primary alone.',
    },
    linearizable: {
      doc: 'Writes wait for a majority, and a read waits until a majority has confirmed the primary.',
      values: {
        ...majority,
        ...atPrimary,
        'confirm-reads': {
          value: true,
          real: "readConcern: 'linearizable', which writes a no-op and waits for it",
          source: CONCERNS,
        },
      },
      unlikeClaim: 'The claim is of other defaults.',
    },
    secondary: {
      doc: 'Writes wait for a majority; whoever is asked answers reads.',
      values: {
        ...majority,
        reads: { value: 'any', real: "readPreference: 'nearest'", source: CONCERNS },
      },
      unlikeClaim: 'The claim is of reads at the primary.',
    },
  },
  usual: 'majority',
};
