/** MySQL with group replication on `raft`. */
import type { Preset } from './preset.ts';

const MANUAL = 'MySQL manual, group replication: responses to failure and network partitioning';
const LEVELS = 'MySQL manual, group replication: transaction consistency guarantees';

export const preset: Preset = {
  name: 'mysql-group',
  kind: 'raft',
  summary: 'MySQL group replication with one primary: a majority must have a write.',
  differs: [
    'Raft in place of XCom, a variant of Paxos: both need a majority, and elect another primary.',
    'Members pass writes on to the primary; secondaries of MySQL refuse them.',
    'The level AFTER is missing: its writes wait until every member has applied them.',
  ],
  claims: [{ label: 'none', of: 'group replication', source: 'its manual uses no such letters' }],
  values: {
    heartbeat: { value: 1000, real: 'a fifth of the 5 s of silence', source: MANUAL },
    'election-timeout': {
      value: { minMs: 10_000, maxMs: 15_000 },
      real: 'suspected after 5 s, and group_replication_member_expel_timeout = 5',
      source: MANUAL,
    },
    'check-quorum': {
      value: true,
      real: 'group_replication_unreachable_majority_timeout = 0: a minority blocks writes',
      source: MANUAL,
    },
    'pre-vote': { value: true, real: 'a member that was expelled must join again', source: MANUAL },
  },
  measured: { timeScale: 20 },
  variants: {
    eventual: {
      doc: 'Any member answers reads from what it has applied: EVENTUAL.',
      values: {
        reads: {
          value: 'local',
          real: "group_replication_consistency = 'EVENTUAL'",
          source: LEVELS,
        },
      },
    },
    before: {
      doc: 'A read waits until all that was written before it is applied: BEFORE.',
      values: {
        reads: {
          value: 'read-index',
          real: "group_replication_consistency = 'BEFORE'",
          source: LEVELS,
        },
      },
    },
  },
  usual: 'eventual',
};
