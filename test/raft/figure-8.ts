/** The course of Figure 8 of Ongaro & Ousterhout 2014, from (a) to (c): why counting is not enough (§5.4.2). */
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import type { AppendEntries } from '../../src/nodes/consensus/raft/messages.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { Sent } from '../support/drive.ts';
import type { HandCluster } from '../support/hand-cluster.ts';
import { cluster, PAPER } from './raft-cluster.ts';

/**
 * Five servers at (c). n1 has led in term 2 and reached n2 with entry 2; n5 has led in term 3 and
 * holds another entry 2; n1 leads again, in term 4, and has got its old entry 2 to n3 as well. The
 * no-op of its new term has reached nobody.
 */
export function figure8(bug: Bug | null = null): HandCluster<Raft> {
  const group = cluster(5, { settings: { ...PAPER, batchEntries: 1 }, term: 3, bug }, [
    { log: [1, 2] },
    { log: [1, 2] },
    { log: [1] },
    { log: [1] },
    { log: [1, 3] },
  ]);
  group.isolate('n5').cut(['n4'], ['n1']);
  const ofTerm4 = ({ message }: Sent) =>
    message.type === 'appendEntries' &&
    (message as AppendEntries).entries.some(({ term }) => term === 4);
  // n4 votes, or n1 would have no majority; then it hears no more.
  group
    .heal()
    .isolate('n5')
    .fire('n1', 'election')
    .settle(({ message }) => /Vote/.test(message.type));
  group.cut(['n4'], ['n1']);
  // Probes that carry the no-op get lost; heartbeats probe again, until n3 is found to lack entry 2.
  for (let beat = 0; beat < 5; beat++) {
    group.drop(ofTerm4).settle((sent) => !ofTerm4(sent));
    group.fire('n1', 'heartbeat');
  }
  group.drop();
  return group.heal();
}
