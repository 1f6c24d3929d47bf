/** A replicated log, as scenarios use it: `kind: replicated-log`. */
import log from '../../../interfaces/log.ts';
import { defineSystem } from '../../../sim/system.ts';
import { majority } from '../../parts/quorum.ts';
import { type Bug, bugs } from './bugs.ts';
import { measures, notes } from './declared.ts';
import { invariants } from './invariants.ts';
import { ReplicatedLog } from './replicated-log.ts';
import { params } from './settings.ts';

export default defineSystem({
  name: 'replicated-log',
  title: 'Replicated log',
  summary:
    'Followers fetch from a leader; what a majority has on disk is before the high-water mark.',
  sources: [
    'KIP-101, "Alter Replication Protocol to use Leader Epoch rather than High Watermark for Truncation"',
    'KIP-595, "A Raft Protocol for the Metadata Quorum"',
    'Ongaro & Ousterhout 2014, "In Search of an Understandable Consensus Algorithm", section 5.4',
  ],
  answers: [log],
  claims: [{ checker: 'log', whilePartitioned: 'holds' }],
  params,
  bugs,
  invariants,
  measures,
  notes,
  quorum: (_values, members) => majority(members),
  detectionMs: (values) => values['election-timeout'].maxMs,
  refuse: (values) =>
    values['fetch-wait'] < values['election-timeout'].minMs
      ? null
      : 'fetch-wait must be shorter than the least election-timeout: answers to fetches show that the leader is alive',
  create: (values, place, bug) =>
    new ReplicatedLog(values, place.self, place.members, bug as Bug | null),
});
