/** The key-value store of Consul on `raft`. */
import type { Preset } from './preset.ts';

const MODES = 'Consul documentation, consistency modes (developer.hashicorp.com)';
const CODE = 'hashicorp/raft, config.go: DefaultConfig';

export const preset: Preset = {
  name: 'consul',
  kind: 'raft',
  summary: 'Consul: Raft of hashicorp, with three modes of reading.',
  differs: [
    'The times are those of raft_multiplier: 1; Consul multiplies them by 5 unless it is told otherwise.',
    'The lease of a leader holds as long as `lease-drift` allows; in hashicorp/raft it is half a heartbeat timeout.',
  ],
  claims: [
    { label: 'strong in almost all cases', of: 'the mode default', source: MODES },
    { label: 'CP', of: 'the mode consistent', source: MODES },
  ],
  values: {
    heartbeat: { value: 100, real: 'a tenth of HeartbeatTimeout', source: CODE },
    'election-timeout': {
      value: { minMs: 1000, maxMs: 2000 },
      real: 'ElectionTimeout: 1000ms, drawn up to twice that',
      source: CODE,
    },
    'pre-vote': { value: true, real: 'PreVoteDisabled: false', source: CODE },
    'check-quorum': { value: true, real: 'LeaderLeaseTimeout: 500ms', source: CODE },
    'batch-entries': { value: 64, real: 'MaxAppendEntries: 64', source: CODE },
    'snapshot-every': { value: 8192, real: 'SnapshotThreshold: 8192', source: CODE },
    'snapshot-keep': { value: 10_240, real: 'TrailingLogs: 10240', source: CODE },
    membership: { value: 'single', real: 'one server at a time', source: CODE },
  },
  variants: {
    default: {
      doc: 'The leader answers by its lease.',
      values: { reads: { value: 'lease', real: 'no parameter', source: MODES } },
    },
    consistent: {
      doc: 'The leader asks a quorum first.',
      values: { reads: { value: 'read-index', real: '?consistent', source: MODES } },
    },
    stale: {
      doc: 'Any server answers from what it has.',
      values: { reads: { value: 'local', real: '?stale', source: MODES } },
    },
  },
  usual: 'default',
};
