/** Redis with Sentinel on `primary-replica` and `watchdog`. */
import type { Preset } from './preset.ts';

const REPLICATION = 'Redis documentation, replication (redis.io)';
const SENTINEL = 'redis/redis, sentinel.conf';
const CONF = 'redis/redis, redis.conf';

export const preset: Preset = {
  name: 'redis',
  kind: 'primary-replica',
  summary: 'Redis with Sentinel: asynchronous replicas, and sentinels that agree on a fail-over.',
  differs: [
    'Registers in place of the commands of Redis.',
    'The log of a member is its append-only file, flushed before an answer; Redis flushes it once a second.',
    'WAIT only counts replicas: it takes nothing back, and so it is no variant.',
  ],
  claims: [
    {
      label: 'neither CP nor AP',
      of: 'Sentinel with Redis',
      source: 'Redis documentation, high availability with Sentinel',
    },
  ],
  values: {
    replication: { value: 'async', real: 'replication is asynchronous', source: REPLICATION },
    failover: { value: 'watched', real: 'sentinel monitor <master> ... 2', source: SENTINEL },
    reads: { value: 'primary', real: 'clients that ask the master', source: REPLICATION },
    rejoin: { value: 'resync', real: 'a full or partial resynchronization', source: REPLICATION },
  },
  parts: {
    sentinel: {
      kind: 'watchdog',
      doc: 'Three sentinels. Two must take the master for dead, and a majority elects who acts.',
      count: 3,
      names: 'watch',
      values: {
        interval: { value: 1000, real: 'PING once a second', source: SENTINEL },
        timeout: { value: 500, real: 'the answer to one PING', source: 'chosen: half an interval' },
        fall: { value: 30, real: 'down-after-milliseconds 30000', source: SENTINEL },
        quorum: { value: 2, real: 'sentinel monitor mymaster ... 2', source: SENTINEL },
        fence: {
          value: 'epoch',
          real: 'configuration epochs: an old master becomes a replica once a sentinel reaches it',
          source: 'Redis documentation, high availability with Sentinel',
        },
        'cool-down': { value: 180_000, real: 'failover-timeout 180000', source: SENTINEL },
      },
    },
  },
  measured: { timeScale: 60 },
  variants: {
    asynchronous: {
      doc: 'As it comes: a master that is cut off goes on alone.',
      values: { 'min-replicas': { value: 0, real: 'min-replicas-to-write 0', source: CONF } },
      unlikeClaim: 'P- is what the documentation says in words: neither of the two.',
    },
    'min-replicas': {
      doc: 'A master that has heard no replica for ten seconds refuses writes.',
      values: {
        'min-replicas': { value: 1, real: 'min-replicas-to-write 1', source: CONF },
        'max-lag': { value: 10_000, real: 'min-replicas-max-lag 10', source: CONF },
      },
      unlikeClaim: 'P- is what the documentation says in words: neither of the two.',
    },
  },
  usual: 'asynchronous',
};
