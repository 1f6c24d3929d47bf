/** ZooKeeper on `lock-service`. */
import type { Preset } from './preset.ts';

const PAPER = 'Hunt et al. 2010, ZooKeeper: Wait-free coordination for Internet-scale systems';
const GUIDE = 'ZooKeeper programmer’s guide, consistency guarantees (zookeeper.apache.org)';

export const preset: Preset = {
  name: 'zookeeper',
  kind: 'lock-service',
  summary: 'ZooKeeper: a replicated tree of small nodes; writes by a leader, reads by any server.',
  differs: [
    'The log is replicated by Raft and not by Zab.',
    'An election takes as long as one of Raft; a server of ZooKeeper waits for syncLimit ticks of 2 s.',
    'A sync before a read asks a quorum; in ZooKeeper the leader answers it by itself.',
  ],
  claims: [
    {
      label: 'sequential consistency, not linearizable reads',
      of: 'one client, without sync',
      source: GUIDE,
    },
  ],
  values: {
    preset: { value: 'zookeeper', real: 'sessions, watches and ticks of ZooKeeper', source: PAPER },
  },
  measured: { workload: 'coordination' },
  variants: {
    local: {
      doc: 'As it comes: the server that is asked answers reads from what it has.',
      values: {
        reads: {
          value: 'local',
          real: 'reads are served locally',
          source: `${PAPER}, section 4.4`,
        },
      },
    },
    sync: {
      doc: 'Each read after a sync: not older than what was written when it began.',
      values: {
        reads: { value: 'read-index', real: 'sync, then read', source: `${PAPER}, section 4.4` },
      },
      unlikeClaim: 'The claim is of reads without sync.',
    },
  },
  usual: 'local',
};
