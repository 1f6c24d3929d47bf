/** Figure 8 of Ongaro & Ousterhout 2014, up to (c): why counting is not enough (§5.4.2). */
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import type { AppendEntries } from '../../src/nodes/consensus/raft/messages.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { HandCluster, Sent } from '../support/drive.ts';
import { cluster, PAPER } from './raft-cluster.ts';

/**
 * Five servers at (c). n1 has led in term 2 and made entry 2; n5 has led in term 3 and made another
 * entry 2; n1 leads again, in term 4, and has got its old entry 2 to n2 and n3. The no-op of its
 * new term has reached nobody.
 */
export function figure8(bug: Bug | null = null): HandCluster<Raft> {
  const group = cluster(5, { settings: { ...PAPER, batchEntries: 1 }, term: 3, bug }, [
    { log: [1, 2] },
    { log: [1] },
    { log: [1] },
    { log: [1] },
    { log: [1, 3] },
  ]);
  group.isolate('n5').fire('n1', 'election');
  group.settle(({ message }) => message.type !== 'appendEntries');
  // n4 has voted, and hears no more. The others refuse the no-op and get entry 2; the no-op that
  // follows is lost.
  group.cut(['n4'], ['n1']);
  const accepted = ({ to, message }: Sent) => {
    const { entries, prevLogIndex } = message as AppendEntries;
    return entries?.[0]?.term === 4 && group.at(to).node.log.lastIndex >= prevLogIndex;
  };
  while (group.mail.length > 0) group.drop(accepted).deliver();
  return group.heal();
}
