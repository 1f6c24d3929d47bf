/**
 * Stories of several servers, their mail delivered by hand: the strongest language-neutral cases of
 * etcd's Raft tests (etcd-io/raft, Apache-2.0: `raft_paper_test.go`, `raft_test.go`, `testdata/`).
 * Single servers are in `cases.test.ts`. Every log begins with the no-op of its first leader, which
 * etcd appends too.
 */
import { expect, test } from 'vitest';
import type { AppendEntries } from '../../src/nodes/consensus/raft/messages.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { HandCluster, Sent } from '../support/drive.ts';
import { fixedRandom } from '../support/fixed-random.ts';
import { figure8 } from './figure-8.ts';
import {
  campaign,
  cluster,
  names,
  PAPER,
  registersOf,
  roles,
  server,
  terms,
  write,
} from './raft-cluster.ts';

const appends = ({ message }: Sent) => message.type === 'appendEntries';

function logs(group: HandCluster<Raft>): number[][] {
  return [...group.nodes.values()].map(terms);
}

function commits(group: HandCluster<Raft>): number[] {
  return [...group.nodes.values()].map(({ node }) => node.commitIndex);
}

/** The leader shows its commit index to all that it reaches. */
function heartbeat(group: HandCluster<Raft>, leader: string): HandCluster<Raft> {
  return group.fire(leader, 'heartbeat').settle();
}

test('every message of an older term is answered with the newer term, and changes nothing (§5.1)', () => {
  const n1 = server('n1', names(3), { term: 2, log: [1, 2], settings: PAPER }).forget();
  const before = n1.inspect();
  n1.receive('n2', { type: 'requestVote', term: 1, lastLogIndex: 9, lastLogTerm: 1 });
  n1.receive('n2', {
    type: 'appendEntries',
    term: 1,
    prevLogIndex: 0,
    prevLogTerm: 0,
    entries: [],
    leaderCommit: 2,
  });
  n1.receive('n2', { type: 'requestVoteReply', term: 1, voteGranted: true });
  expect(n1.inspect()).toEqual(before);
  expect(n1.sent()).toMatchInlineSnapshot(`
    "n1→n2 requestVoteReply term=2 voteGranted=false
    n1→n2 appendEntriesReply term=2 success=false prevLogIndex=0 matchIndex=0 conflictTerm=0 conflictIndex=3"
  `);
});

test('timeouts are uniform: each of ten ticks occurs, and two of five servers seldom share one (§5.2)', () => {
  const settings = { ...PAPER, electionMinMs: 10, electionMaxMs: 20 };
  const five = names(5).map((id, i) =>
    server(id, names(5), { quiet: true, settings, random: fixedRandom(100 + i) }),
  );
  const ticks = new Set<number>();
  let shared = 0;
  for (let round = 0; round < 1000; round++) {
    const drawn = five.map((node) =>
      // Timers are set to whole µs: 19.9996 ms is 20.
      Math.min(19, Math.floor(node.nextTimerAtMs - node.now())),
    );
    for (const tick of drawn) ticks.add(tick);
    const first = Math.min(...drawn);
    if (drawn.filter((tick) => tick === first).length > 1) shared++;
    for (const node of five) node.fireNext().take();
  }
  expect([...ticks].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(shared / 1000).toBeLessThanOrEqual(0.3);
});

test('a newer uncommitted log loses against a majority of older ones (§5.4.1)', () => {
  const group = cluster(5, { settings: PAPER }, [
    { term: 1, log: [1] },
    { term: 1, log: [1] },
    { term: 2, log: [2], votedFor: 'n3' },
    { term: 2, votedFor: 'n3' },
    { term: 2, votedFor: 'n3' },
  ]);
  campaign(group, 'n1');
  expect(roles(group)).toBe(
    'n1:follower@2 n2:follower@2 n3:follower@2 n4:follower@2 n5:follower@2',
  );
  campaign(group, 'n1');
  expect(roles(group)).toBe('n1:leader@3 n2:follower@3 n3:follower@3 n4:follower@3 n5:follower@3');
  expect(logs(group)).toEqual([
    [1, 3],
    [1, 3],
    [1, 3],
    [1, 3],
    [1, 3],
  ]);
});

test('duelling candidates: one that was cut off deposes the leader with its term (§5.2)', () => {
  const group = cluster(3, { settings: PAPER }).cut(['n1'], ['n3']);
  campaign(group, 'n1');
  campaign(group, 'n3');
  expect(roles(group)).toBe('n1:leader@1 n2:follower@1 n3:candidate@1');
  group.heal();
  campaign(group, 'n3');
  expect(roles(group)).toBe('n1:follower@2 n2:follower@2 n3:follower@2');
  expect(logs(group)).toEqual([[1], [1], []]);
});

test('duelling candidates with Pre-Vote: the leader stays (thesis 9.6)', () => {
  const group = cluster(3, { settings: { preVote: true, checkQuorum: false } });
  group.cut(['n1'], ['n3']);
  campaign(group, 'n1');
  campaign(group, 'n3');
  // n2 hears its leader, and refuses; from its answer n3 learns the term.
  expect(roles(group)).toBe('n1:leader@1 n2:follower@1 n3:follower@1');
  group.heal();
  campaign(group, 'n3');
  expect(roles(group)).toBe('n1:leader@1 n2:follower@1 n3:follower@1');
});

test('nothing of older terms is committed before an entry of the new one, then all at once (§5.4.2)', () => {
  const group = campaign(cluster(5, { settings: PAPER }), 'n1');
  heartbeat(group, 'n1');
  group.cut(['n1'], ['n3', 'n4', 'n5']);
  group
    .ask('c', 'n1', write('x', 1, 's1'))
    .ask('c', 'n1', write('x', 2, 's2'))
    .settle();
  expect(commits(group)).toEqual([1, 1, 1, 1, 1]);
  expect(logs(group)).toEqual([[1, 1, 1], [1, 1, 1], [1], [1], [1]]);

  // The others would not let n1 win while n2, with the same log, asks: elect n2, and lose its
  // entries.
  group
    .heal()
    .fire('n2', 'election')
    .settle((sent) => !appends(sent));
  expect(roles(group)).toBe('n1:follower@2 n2:leader@2 n3:follower@2 n4:follower@2 n5:follower@2');
  group.drop(appends);
  expect(commits(group)).toEqual([1, 1, 1, 1, 1]);

  // The probes are sent again with the heartbeat; two entries of term 1 and the no-op are committed
  // together.
  heartbeat(group, 'n2');
  expect(group.at('n2').node.commitIndex).toBe(4);
  group.ask('c', 'n2', write('x', 3, 's3')).settle();
  expect(group.at('n2').node.commitIndex).toBe(5);
  heartbeat(group, 'n2');
  expect(commits(group)).toEqual([5, 5, 5, 5, 5]);
});

test('Figure 8: an entry of an older term on a majority is not committed yet (§5.4.2)', () => {
  // (c) Entry 2, of term 2, is on n1, n2 and n3.
  const group = figure8();
  expect(logs(group)).toEqual([[1, 2, 4], [1, 2], [1, 2], [1], [1, 3]]);
  expect(group.at('n1').node.role).toBe('leader');
  expect(group.at('n1').node.matchIndex).toEqual([3, 2, 2, 0, 0]);
  expect(commits(group)).toEqual([0, 0, 0, 0, 0]);
});

test('Figure 8 (d): without n1 another leader overwrites it (§5.4.2)', () => {
  const group = figure8().isolate('n1');
  campaign(group, 'n5');
  campaign(group, 'n5');
  expect(group.at('n5').node.role).toBe('leader');
  expect(logs(group).slice(1)).toEqual(Array.from({ length: 4 }, () => [1, 3, 5]));
});

test('Figure 8 (e): with an entry of its own term on a majority nobody can (§5.4.2)', () => {
  const group = figure8().cut(['n1'], ['n4', 'n5']);
  heartbeat(group, 'n1');
  expect(group.at('n1').node.commitIndex).toBe(3);
  group.heal().isolate('n1');
  campaign(group, 'n5');
  campaign(group, 'n5');
  expect(group.at('n5').node.role).not.toBe('leader');
});

test('a late call of an old leader does not touch the log of the new one (§5.1)', () => {
  const group = campaign(cluster(3, { settings: PAPER }), 'n1');
  group.cut(['n1'], ['n2', 'n3']);
  campaign(group, 'n2');
  group.heal();
  const before = logs(group)[1];
  group.ask('c', 'n1', write('x', 'late', 's1'));
  const late = group.mail.filter(({ from }) => from === 'n1');
  expect(late).toHaveLength(2);
  for (const sent of late) group.hand(sent);
  expect(logs(group)[1]).toEqual(before);
  group.settle();
  expect(roles(group)).toBe('n1:follower@2 n2:leader@2 n3:follower@2');
  heartbeat(group, 'n2');
  expect(logs(group)).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
});

test('a leader that nobody answers steps down, one that a single follower of two answers stays (thesis 6.2)', () => {
  const alone = campaign(cluster(3), 'n1').isolate('n1');
  const half = campaign(cluster(3), 'n1').isolate('n3');
  for (const group of [alone, half]) {
    for (let beat = 0; beat < 8; beat++) heartbeat(group, 'n1');
    group.fire('n1', 'quorum').fire('n1', 'heartbeat').settle();
  }
  // The first period still counts the answers to the election.
  heartbeat(half, 'n1');
  half.fire('n1', 'quorum');
  alone.fire('n1', 'quorum');
  expect(alone.at('n1').node.role).toBe('follower');
  expect(half.at('n1').node.role).toBe('leader');
});

test('a lagging server wins no pre-vote (§5.4.1, thesis 9.6)', () => {
  const group = campaign(cluster(3), 'n1').isolate('n3');
  group.ask('c', 'n1', write('x', 1)).settle();
  group.heal().isolate('n1');
  // n2 has heard nothing for long enough to vote again.
  group.at('n2').tick(1000);
  campaign(group, 'n3');
  expect(group.at('n3').node.role).toBe('pre-candidate');
  expect(group.at('n3').node.currentTerm).toBe(1);
  campaign(group, 'n2');
  expect(roles(group)).toBe('n1:leader@1 n2:leader@2 n3:follower@2');
});

test('an old leader that comes back loses its uncommitted entries (§5.3)', () => {
  const group = campaign(cluster(3, { settings: PAPER }), 'n1').isolate('n1');
  for (let i = 1; i <= 50; i++) group.ask('c', 'n1', write('x', i, 'old', i));
  campaign(group, 'n2');
  for (let i = 1; i <= 50; i++) group.ask('c', 'n2', write('x', -i, 'new', i));
  group.settle().heal();
  heartbeat(group, 'n2');
  heartbeat(group, 'n2');
  expect(roles(group)).toBe('n1:follower@2 n2:leader@2 n3:follower@2');
  expect(commits(group)).toEqual([52, 52, 52]);
  for (const { node } of group.nodes.values()) expect(registersOf(node).read('x')).toBe(-50);
});

test('no majority, no progress; with it again, a leader and agreement (§5.1)', () => {
  const group = campaign(cluster(5), 'n1');
  group.cut(['n1', 'n2'], ['n3', 'n4', 'n5']).cut(['n3'], ['n4', 'n5']);
  group.ask('c', 'n1', write('x', 1)).settle();
  for (let round = 0; round < 5; round++) {
    for (const id of names(5)) {
      group.at(id).tick(1000 * (round + 1));
      if (group.at(id).node.role === 'leader') group.fire(id, 'heartbeat').settle();
      else campaign(group, id);
    }
  }
  expect(group.answers).toEqual([]);
  expect(Math.max(...commits(group))).toBe(1);
  group.heal();
  for (let beat = 0; beat < 3; beat++) heartbeat(group, 'n1');
  expect(group.answers.map(({ to, message }) => [to, message.type])).toEqual([['c', 'write_ok']]);
  expect(commits(group)).toEqual([2, 2, 2, 2, 2]);
});

test('each command goes to each follower once (§5.3)', () => {
  const group = campaign(cluster(3), 'n1');
  let carried = 0;
  for (let i = 1; i <= 10; i++) {
    group.ask('c', 'n1', write('x', i, 's', i));
    while (group.mail.length > 0) {
      for (const { message } of group.mail) {
        if (message.type === 'appendEntries') carried += (message as AppendEntries).entries.length;
      }
      group.deliver();
    }
  }
  expect(carried).toBe(20);
});
