/**
 * The hundred facts about single servers and pairs that etcd's Raft tests state
 * (`raft_paper_test.go` and `raft_test.go` of etcd-io/raft, Apache-2.0), written as data: given a
 * state, when something comes, then what. States are reached as servers reach them, by what is on
 * disk and by messages. Logs are terms, index 1 first; n1 is the server under test.
 */
import { describe, expect, test } from 'vitest';
import { Quorum, simple } from '../../src/nodes/consensus/raft/configuration.ts';
import { RaftLog } from '../../src/nodes/consensus/raft/log.ts';
import { commitIndexOf } from '../../src/nodes/consensus/raft/progress.ts';
import { fixedRandom } from '../support/fixed-random.ts';
import { diskAlone } from '../support/stage.ts';
import {
  CONFLICTS,
  CONSISTENT,
  CURRENT_TERM,
  FIGURE_7,
  ONE_VOTE,
  TIMEOUTS,
  UP_TO_DATE,
} from './etcd-rows.ts';
import {
  accepted,
  appendEntries,
  campaign,
  cluster,
  entryOf,
  inRole,
  lastSent,
  names,
  PAPER,
  server,
  settings,
  terms,
  write,
} from './raft-cluster.ts';

let rows = 0;
const notApplicable: string[] = [];

function each<T>(family: string, facts: readonly T[], check: (fact: T, row: number) => void): void {
  rows += facts.length;
  describe(family, () => {
    for (const [row, fact] of facts.entries()) {
      test(`${family}-${row} ${JSON.stringify(fact)}`, () => check(fact, row));
    }
  });
}

each('term-update', ['follower', 'candidate', 'leader'] as const, (role) => {
  const n1 = inRole(role, 1);
  n1.receive('n2', appendEntries(2, [0, 0], []));
  expect([n1.node.role, n1.node.currentTerm]).toEqual(['follower', 2]);
});

each('stale-term', [{ term: 2, message: 1 }], ({ term, message }) => {
  const n1 = server('n1', names(3), { term });
  n1.receive('n2', appendEntries(message, [0, 0], [1]));
  expect(n1.node.currentTerm).toBe(2);
  expect(terms(n1)).toEqual([]);
  expect(n1.node.commitIndex).toBe(0);
  expect(lastSent(n1, 'appendEntriesReply')).toMatchObject({ success: false, term: 2 });
});

each('start-as-follower', [3], (count) => {
  expect(server('n1', names(count)).node.role).toBe('follower');
});

each('timeout-starts-election', ['follower', 'candidate'] as const, (role) => {
  const n1 = inRole(role, 1);
  n1.advance(settings().electionMaxMs);
  expect([n1.node.role, n1.node.currentTerm, n1.node.votedFor]).toEqual(['candidate', 2, 'n1']);
  expect(n1.sent()).toBe(
    'n1→n2 requestVote term=2 lastLogIndex=0 lastLogTerm=0\nn1→n3 requestVote term=2 lastLogIndex=0 lastLogTerm=0',
  );
});

// A candidate that a majority has refused follows again, as in etcd; the paper lets it wait as a
// candidate.
each(
  'one-round',
  [
    [1, '', 'leader'],
    [3, '++', 'leader'],
    [3, '+', 'leader'],
    [5, '++++', 'leader'],
    [5, '+++', 'leader'],
    [5, '++', 'leader'],
    [3, '--', 'follower'],
    [5, '----', 'follower'],
    [5, '+---', 'follower'],
    [3, '', 'candidate'],
    [5, '+', 'candidate'],
    [5, '--', 'candidate'],
    [5, '', 'candidate'],
  ] as const,
  ([count, votes, role]) => {
    const n1 = server('n1', names(count), { settings: PAPER }).fireTimer('election');
    for (const [i, vote] of [...votes].entries()) {
      const voteGranted = vote === '+';
      n1.receive(`n${i + 2}`, { type: 'requestVoteReply', term: 1, voteGranted });
    }
    expect([n1.node.role, n1.node.currentTerm]).toEqual([role, 1]);
  },
);

each('one-vote-per-term', ONE_VOTE, ([votedFor, from, granted]) => {
  const n1 = server('n1', names(3), { term: 1, votedFor });
  n1.receive(from, { type: 'requestVote', term: 1, lastLogIndex: 0, lastLogTerm: 0 });
  expect(lastSent(n1, 'requestVoteReply')?.voteGranted).toBe(granted);
});

each('up-to-date', UP_TO_DATE, ([log, [lastLogIndex, lastLogTerm], granted]) => {
  const n1 = server('n1', names(2), { term: log[0], log });
  n1.receive('n2', { type: 'requestVote', term: 3, lastLogIndex, lastLogTerm });
  expect(lastSent(n1, 'requestVoteReply')).toMatchObject({ voteGranted: granted, term: 3 });
});

each('candidate-fallback', [1, 2], (term) => {
  const n1 = inRole('candidate', 1);
  n1.receive('n2', appendEntries(term, [0, 0], []));
  expect([n1.node.role, n1.node.currentTerm]).toEqual(['follower', term]);
});

each('prev-check', CONSISTENT, ([prev, success]) => {
  const n1 = server('n1', names(3), { term: 2, log: [1, 2] });
  n1.receive('n2', appendEntries(2, [1, 1], [], 1));
  expect(n1.node.commitIndex).toBe(1);
  n1.receive('n2', appendEntries(2, prev, []));
  expect(lastSent(n1, 'appendEntriesReply')?.success).toBe(success);
  expect(terms(n1)).toEqual([1, 2]);
});

each('conflict', CONFLICTS, ([prev, entries, log]) => {
  // Entries of terms 3 and 4 come from a leader of term 4.
  const n1 = server('n1', names(3), { term: 2, log: [1, 2] });
  n1.receive('n2', appendEntries(4, prev, entries));
  expect(lastSent(n1, 'appendEntriesReply')?.success).toBe(true);
  expect(terms(n1)).toEqual(log);
  expect(terms(n1)).toHaveLength(n1.storage.log('entries').end);
});

// Rows 7 and 8 hand the handler a message of an older term, past the check of terms. There is no
// such way in here.
const direct: readonly number[] = [7, 8];
each(
  'handle-ae',
  [
    [2, [2, 3], [], 3, { success: false, last: 2, commit: 0 }],
    [2, [3, 3], [], 3, { success: false, last: 2, commit: 0 }],
    [2, [1, 1], [], 1, { success: true, last: 2, commit: 1 }],
    [2, [0, 0], [2], 1, { success: true, last: 1, commit: 1 }],
    [2, [2, 2], [2, 2], 3, { success: true, last: 4, commit: 3 }],
    [2, [2, 2], [2], 4, { success: true, last: 3, commit: 3 }],
    [2, [1, 1], [2], 4, { success: true, last: 2, commit: 2 }],
    [1, [1, 1], [], 3, { success: true, last: 2, commit: 1 }],
    [1, [1, 1], [2], 3, { success: true, last: 2, commit: 2 }],
    [2, [2, 2], [], 3, { success: true, last: 2, commit: 2 }],
    [2, [2, 2], [], 4, { success: true, last: 2, commit: 2 }],
  ] as const,
  ([term, prev, entries, leaderCommit, then], row) => {
    const n1 = server('n1', names(3), { term: 2, log: [1, 2] });
    n1.receive('n2', appendEntries(term, prev, entries, leaderCommit));
    const reply = lastSent(n1, 'appendEntriesReply');
    if (direct.includes(row)) {
      notApplicable.push(`handle-ae-${row}`);
      expect([reply?.success, reply?.term, n1.node.commitIndex]).toEqual([false, 2, 0]);
      return;
    }
    const { log, commitIndex } = n1.node;
    expect({ success: reply?.success, last: log.lastIndex, commit: commitIndex }).toEqual(then);
  },
);

each(
  'commit-majority',
  [
    [1, [], true],
    [3, [], false],
    [3, [2], true],
    [3, [2, 3], true],
    [5, [], false],
    [5, [2], false],
    [5, [2, 3], true],
    [5, [2, 3, 4], true],
    [5, [2, 3, 4, 5], true],
  ] as const,
  ([count, acceptors, committed]) => {
    const group = campaign(cluster(count, { settings: PAPER }), 'n1');
    expect(group.at('n1').node.commitIndex).toBe(1);
    group.ask('c', 'n1', write('x', 1));
    const willing = acceptors.map((number) => `n${number}`);
    group.settle(({ from, to }) => willing.includes(from) || willing.includes(to));
    expect(group.at('n1').node.commitIndex).toBe(committed ? 2 : 1);
  },
);

each('current-term-only', CURRENT_TERM, ([match, commit]) => {
  const n1 = server('n1', names(2), { term: 2, log: [1, 2], settings: PAPER });
  n1.fireTimer('election');
  n1.receive('n2', { type: 'requestVoteReply', term: 3, voteGranted: true });
  n1.receive('c', write('x', 1));
  expect(terms(n1)).toEqual([1, 2, 3, 3]);
  n1.receive('n2', accepted(match, 3));
  expect(n1.node.commitIndex).toBe(commit);
});

// A leader here has always an entry of its own term, so these states are put to the rule itself.
each(
  'commit-rule',
  [
    [1, [1], [1], 1],
    [2, [1], [1], 0],
    [2, [1, 2], [2], 2],
    [2, [2], [1], 1],
    [1, [1, 2], [2, 1, 1], 1],
    [2, [1, 1], [2, 1, 1], 0],
    [2, [1, 2], [2, 1, 2], 2],
    [2, [1, 1], [2, 1, 2], 0],
    [1, [1, 2], [2, 1, 1, 1], 1],
    [2, [1, 1], [2, 1, 1, 1], 0],
    [1, [1, 2], [2, 1, 1, 2], 1],
    [2, [1, 1], [2, 1, 1, 2], 0],
    [2, [1, 2], [2, 1, 2, 2], 2],
    [2, [1, 1], [2, 1, 2, 2], 0],
  ] as const,
  ([term, log, matchIndex, commit]) => {
    const kept = new RaftLog(diskAlone());
    for (const [i, entryTerm] of log.entries()) kept.append(entryOf(entryTerm, i + 1));
    const servers = names(matchIndex.length);
    const quorum = new Quorum(simple({ voters: servers, learners: [] }), servers);
    expect(commitIndexOf(quorum.agreed(matchIndex), kept, term, 0)).toBe(commit);
  },
);

each(
  'commit-preceding',
  [
    [[], [3, 3]],
    [[2], [2, 3, 3]],
    [
      [1, 2],
      [1, 2, 3, 3],
    ],
    [[1], [1, 3, 3]],
  ] as const,
  ([log, applied]) => {
    const group = campaign(cluster(3, { term: 2, log, settings: PAPER }), 'n1');
    group.ask('c', 'n1', write('x', 1)).settle();
    const { node } = group.at('n1');
    expect([node.currentTerm, node.lastApplied]).toEqual([3, applied.length]);
    expect(terms(group.at('n1'))).toEqual(applied);
  },
);

each('figure7', FIGURE_7, (log) => {
  const leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  // The third server is there to vote.
  const group = cluster(3, { term: 7, settings: PAPER }, [{ log: leader }, { log }]);
  campaign(group, 'n1').ask('c', 'n1', write('x', 1)).settle();
  expect(group.at('n1').node.role).toBe('leader');
  expect(terms(group.at('n1'))).toEqual([...leader, 8, 8]);
  expect(terms(group.at('n2'))).toEqual([...leader, 8, 8]);
  expect(group.at('n2').node.log.hashAt(12)).toBe(group.at('n1').node.log.hashAt(12));
});

// etcd counts whole ticks: timeouts of 10..19 of them. Here a timeout is a real number in [10, 20);
// one in [k, k+1) is a timeout of k ticks, so "timed out when e ticks have passed" is "due before e
// + 1".
each('timeout-prob', TIMEOUTS, ([ticks, share]) => {
  const n1 = server('n1', names(3), {
    quiet: true,
    random: fixedRandom(7),
    settings: { ...PAPER, electionMinMs: 10, electionMaxMs: 20 },
  });
  const draws = 2500;
  let due = 0;
  for (let i = 0; i < draws; i++) {
    if (n1.nextTimerAtMs - n1.now() < ticks + 1) due++;
    n1.fireNext().take();
  }
  // Four standard deviations of the share.
  expect(Math.abs(due / draws - share)).toBeLessThanOrEqual(
    4 * Math.sqrt((share * (1 - share)) / draws),
  );
});

test('all hundred rows are here, and two of them do not apply', () => {
  expect(rows).toBe(100);
  expect(notApplicable).toEqual(['handle-ae-7', 'handle-ae-8']);
});
