/** Every preset by its name, with its kind. Its data is loaded when a scenario names it. */
import type { Preset } from '../presets/preset.ts';

export interface ListedPreset {
  readonly kind: string;
  readonly summary: string;
  load(): Promise<{ readonly preset: Preset }>;
}

export const presets: ReadonlyMap<string, ListedPreset> = new Map<string, ListedPreset>([
  [
    'cassandra',
    {
      kind: 'quorum-store',
      summary:
        'Apache Cassandra: three copies, the latest timestamp wins, strict quorums by level.',
      load: () => import('../presets/cassandra.ts'),
    },
  ],
  [
    'consul',
    {
      kind: 'raft',
      summary: 'Consul: Raft of hashicorp, with three modes of reading.',
      load: () => import('../presets/consul.ts'),
    },
  ],
  [
    'dynamo',
    {
      kind: 'quorum-store',
      summary: 'Dynamo of 2007: three copies, sloppy quorums, hints, version vectors.',
      load: () => import('../presets/dynamo.ts'),
    },
  ],
  [
    'etcd',
    {
      kind: 'raft',
      summary: 'etcd: Raft with Pre-Vote and check-quorum, reads by ReadIndex.',
      load: () => import('../presets/etcd.ts'),
    },
  ],
  [
    'mongodb',
    {
      kind: 'primary-replica',
      summary: 'A replica set of MongoDB: an elected primary, and write and read concerns.',
      load: () => import('../presets/mongodb.ts'),
    },
  ],
  [
    'mysql',
    {
      kind: 'primary-replica',
      summary: 'MySQL: one source and replicas by the binary log, asynchronous or semisynchronous.',
      load: () => import('../presets/mysql.ts'),
    },
  ],
  [
    'mysql-group',
    {
      kind: 'raft',
      summary: 'MySQL group replication with one primary: a majority must have a write.',
      load: () => import('../presets/mysql-group.ts'),
    },
  ],
  [
    'pnuts',
    {
      kind: 'record-master',
      summary:
        'PNUTS of Yahoo: a master for each record, which follows its writers; timeline consistency.',
      load: () => import('../presets/pnuts.ts'),
    },
  ],
  [
    'postgresql',
    {
      kind: 'primary-replica',
      summary: 'PostgreSQL: one primary and streaming standbys, alone or under Patroni.',
      load: () => import('../presets/postgresql.ts'),
    },
  ],
  [
    'redis',
    {
      kind: 'primary-replica',
      summary:
        'Redis with Sentinel: asynchronous replicas, and sentinels that agree on a fail-over.',
      load: () => import('../presets/redis.ts'),
    },
  ],
  [
    'riak',
    {
      kind: 'quorum-store',
      summary:
        'Riak KV: three copies, stand-ins for silent nodes, siblings or the latest timestamp.',
      load: () => import('../presets/riak.ts'),
    },
  ],
  [
    'zookeeper',
    {
      kind: 'lock-service',
      summary:
        'ZooKeeper: a replicated tree of small nodes; writes by a leader, reads by any server.',
      load: () => import('../presets/zookeeper.ts'),
    },
  ],
]);
