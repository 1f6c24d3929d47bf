/**
 * The settings with which two production systems run Raft, as parameters of `kind: raft`.
 *
 * etcd: a tick of 100 ms, elections after 10 ticks (drawn up to twice that), Pre-Vote and
 * check-quorum on, 512 messages in flight, a snapshot every 10,000 entries with 5,000 kept, reads
 * by ReadIndex. hashicorp/raft (Consul multiplies the times by 5): heartbeat and election timeout
 * of 1 s, 64 entries in a message, a snapshot every 8,192 entries with 10,240 kept.
 */
import type { Params } from '../../../sim/params.ts';
import type { params } from './settings.ts';

type Preset = Partial<Params<typeof params>>;

export const presets = {
  etcd: {
    heartbeat: 100,
    'election-timeout': { minMs: 1000, maxMs: 2000 },
    'pre-vote': true,
    'check-quorum': true,
    'in-flight-max': 512,
    'snapshot-every': 10_000,
    'snapshot-keep': 5000,
    reads: 'read-index',
    membership: 'joint',
  },
  hashicorp: {
    // A leader speaks ten times within the timeout of its followers.
    heartbeat: 100,
    'election-timeout': { minMs: 1000, maxMs: 2000 },
    'pre-vote': true,
    'check-quorum': true,
    'batch-entries': 64,
    'snapshot-every': 8192,
    'snapshot-keep': 10_240,
    reads: 'read-index',
    membership: 'single',
  },
} as const satisfies { readonly [name: string]: Preset };
