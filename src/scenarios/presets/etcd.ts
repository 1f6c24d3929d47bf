/** etcd on `raft`. */
import type { Preset } from './preset.ts';

const TUNING = 'etcd documentation, tuning (etcd.io)';
const CODE = 'etcd-io/etcd, server/embed/config.go and server/etcdserver/raft.go';

export const preset: Preset = {
  name: 'etcd',
  kind: 'raft',
  summary: 'etcd: Raft with Pre-Vote and check-quorum, reads by ReadIndex.',
  differs: ['Times are drawn again by the ms; etcd counts ticks of 100 ms.'],
  claims: [
    {
      label: 'CP, linearizable',
      of: 'version 3, reads that are not serializable',
      source: 'etcd documentation, KV API guarantees',
    },
  ],
  values: {
    heartbeat: { value: 100, real: '--heartbeat-interval=100', source: TUNING },
    'election-timeout': {
      value: { minMs: 1000, maxMs: 2000 },
      real: '--election-timeout=1000, drawn up to twice that',
      source: TUNING,
    },
    'pre-vote': { value: true, real: '--pre-vote=true', source: CODE },
    'check-quorum': { value: true, real: 'CheckQuorum: true', source: CODE },
    'in-flight-max': { value: 512, real: 'maxInflightMsgs = 512', source: CODE },
    'snapshot-every': { value: 10_000, real: '--snapshot-count=10000', source: CODE },
    'snapshot-keep': { value: 5000, real: 'SnapshotCatchUpEntries = 5000', source: CODE },
    membership: { value: 'joint', real: 'ConfChangeV2', source: 'etcd-io/raft, confchange' },
  },
  variants: {
    linearizable: {
      doc: 'Reads as they are by default: after a round of heartbeats.',
      values: {
        reads: {
          value: 'read-index',
          real: 'serializable=false',
          source: 'etcd API, RangeRequest',
        },
      },
    },
    serializable: {
      doc: 'Serializable reads: any member answers from what it has.',
      values: {
        reads: { value: 'local', real: 'serializable=true', source: 'etcd API, RangeRequest' },
      },
    },
  },
  usual: 'linearizable',
};
