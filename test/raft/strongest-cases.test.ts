/**
 * The fifteen strongest cases of the tests of Raft implementations that need no language: each is
 * one entry of the table, with its number. They come from etcd's tests (etcd-io/raft, Apache-2.0:
 * `raft_paper_test.go`, `raft_test.go`, `testdata/`). A log is written as the terms of its entries,
 * index 1 first. As in etcd a new leader appends a no-op.
 *
 * The hundred rows on single servers that etcd's tests state are in `cases.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import { Quorum, simple } from '../../src/nodes/consensus/raft/configuration.ts';
import { RaftLog } from '../../src/nodes/consensus/raft/log.ts';
import { commitIndexOf } from '../../src/nodes/consensus/raft/progress.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { Driven, Sent } from '../support/drive.ts';
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
  commits,
  entryOf,
  heartbeat,
  inRole,
  lastSent,
  logs,
  names,
  PAPER,
  roles,
  server,
  settings,
  terms,
  write,
} from './raft-cluster.ts';

const ROLES = ['follower', 'candidate', 'leader'] as const;
const appends = ({ message }: Sent) => message.type === 'appendEntries';
const state = ({ node }: Driven<Raft>) => [node.role, node.currentTerm];

function requestVote(term: number, [lastLogIndex, lastLogTerm]: readonly [number, number]) {
  return { type: 'requestVote', term, lastLogIndex, lastLogTerm } as const;
}

/** What a leader of this term may take for committed, when logs agree up to these indexes. */
function committed(term: number, log: readonly number[], matchIndex: readonly number[]): number {
  const kept = new RaftLog(diskAlone());
  for (const [i, entryTerm] of log.entries()) kept.append(entryOf(entryTerm, i + 1));
  const servers = names(matchIndex.length);
  const quorum = new Quorum(simple({ voters: servers, learners: [] }), servers);
  return commitIndexOf(quorum.agreed(matchIndex), kept, term, 0);
}

/** A candidate of so many servers after these votes: `+` granted, `-` refused. */
function afterVotes(count: number, votes: string): unknown[] {
  const n1 = server('n1', names(count), { settings: PAPER }).fireTimer('election');
  for (const [i, vote] of [...votes].entries()) {
    const voteGranted = vote === '+';
    n1.receive(`n${i + 2}`, { type: 'requestVoteReply', term: 1, voteGranted });
  }
  return state(n1);
}

/** Whether a follower grants its vote, and whether it still does after a crash. */
function votes(given: object, from: string, last: readonly [number, number], term: number) {
  const n1 = server('n1', names(3), { settings: PAPER, ...given });
  const ask = () => lastSent(n1.receive(from, requestVote(term, last)), 'requestVoteReply');
  const first = ask()?.voteGranted;
  n1.crash().restart();
  expect(ask()?.voteGranted).toBe(first);
  return first;
}

const cases: { readonly [number: string]: readonly [what: string, check: () => void] } = {
  1: [
    'term catch-up: a later term is followed, an older one is refused and changes nothing',
    () => {
      for (const role of ROLES) {
        const n1 = inRole(role, 1).receive('n2', appendEntries(2, [0, 0], []));
        expect(state(n1)).toEqual(['follower', 2]);
        const later = inRole(role, 2);
        const before = later.inspect();
        later.receive('n2', appendEntries(1, [0, 0], [1], 1));
        expect(lastSent(later, 'appendEntriesReply')).toMatchObject({ success: false, term: 2 });
        later.receive('n2', requestVote(1, [9, 1]));
        const refusal = { voteGranted: false, term: 2 };
        expect(lastSent(later, 'requestVoteReply')).toMatchObject(refusal);
        later.receive('n2', { type: 'requestVoteReply', term: 1, voteGranted: true });
        later.receive('n2', accepted(1));
        expect(later.take()).toEqual([]);
        expect(later.inspect()).toEqual(before);
      }
    },
  ],
  2: [
    'one vote a term, first come, across a crash too',
    () => {
      const granted = ONE_VOTE.map(([votedFor, from]) =>
        votes({ term: 1, votedFor }, from, [0, 0], 1),
      );
      expect(granted).toEqual(ONE_VOTE.map(([, , grants]) => grants));
      // Not only the vote that was given before the boot: one that was given in this life.
      const n1 = server('n1', names(3), { term: 1, settings: PAPER });
      n1.receive('n2', requestVote(1, [0, 0]))
        .crash()
        .restart();
      n1.forget().receive('n3', requestVote(1, [0, 0]));
      expect(lastSent(n1, 'requestVoteReply')?.voteGranted).toBe(false);
    },
  ],
  3: [
    'the up-to-date rule: the later last term, then the longer log',
    () => {
      const granted = UP_TO_DATE.map(([log, last]) => votes({ term: log[0], log }, 'n2', last, 3));
      expect(granted).toEqual(UP_TO_DATE.map(([, , grants]) => grants));
    },
  ],
  4: [
    'one election round: a majority leads; less than one, or less than one of refusals, waits',
    () => {
      const rows = [
        [1, '', 'leader'],
        [3, '+', 'leader'],
        [3, '++', 'leader'],
        [3, '', 'candidate'],
        [5, '++', 'leader'],
        [5, '+++', 'leader'],
        [5, '++++', 'leader'],
        [5, '+', 'candidate'],
        [5, '--', 'candidate'],
      ] as const;
      expect(rows.map(([count, given]) => afterVotes(count, given))).toEqual(
        rows.map(([, , role]) => [role, 1]),
      );
    },
  ],
  5: [
    'a candidate yields to a leader of its own term and of a later one',
    () => {
      for (const term of [1, 2]) {
        const n1 = inRole('candidate', 1).receive('n2', appendEntries(term, [0, 0], [term]));
        expect([...state(n1), ...terms(n1)]).toEqual(['follower', term, term]);
      }
    },
  ],
  6: [
    'the timeout law: uniform over ten ticks; two of five seldom share the first',
    () => {
      const ticking = { ...PAPER, electionMinMs: 10, electionMaxMs: 20 };
      const five = names(5).map((id, i) =>
        server(id, names(5), { quiet: true, settings: ticking, random: fixedRandom(100 + i) }),
      );
      const drawn: number[] = [];
      let shared = 0;
      for (let round = 0; round < 1000; round++) {
        // Timers are set to whole µs: 19.9996 ms is 20.
        const ticks = five.map((node) => Math.min(19, Math.floor(node.nextTimerAtMs - node.now())));
        drawn.push(...ticks);
        const first = Math.min(...ticks);
        if (ticks.filter((tick) => tick === first).length > 1) shared++;
        for (const node of five) node.fireNext().take();
      }
      expect(shared / 1000).toBeLessThanOrEqual(0.3);
      // The first five hundred rounds of one server have seen every value.
      const ofOne = new Set(drawn.filter((_, i) => i % 5 === 0 && i < 2500));
      expect([...ofOne].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
      for (const [elapsed, share] of TIMEOUTS) {
        const due = drawn.filter((tick) => tick <= elapsed).length / drawn.length;
        // Four standard deviations of the share.
        const slack = 4 * Math.sqrt((share * (1 - share)) / drawn.length);
        expect(Math.abs(due - share)).toBeLessThanOrEqual(slack);
      }
    },
  ],
  7: [
    'the consistency check: a refused call leaves the log as it is',
    () => {
      for (const [prev, success] of CONSISTENT) {
        const n1 = server('n1', names(3), { term: 2, log: [1, 2] });
        n1.receive('n2', appendEntries(2, prev, []));
        expect([prev, lastSent(n1, 'appendEntriesReply')?.success]).toEqual([prev, success]);
        expect(terms(n1)).toEqual([1, 2]);
      }
    },
  ],
  8: [
    'the conflict rule: what conflicts goes, a matching shorter call cuts nothing off',
    () => {
      for (const [prev, entries, log] of CONFLICTS) {
        const n1 = server('n1', names(3), { term: 2, log: [1, 2] });
        n1.receive('n2', appendEntries(4, prev, entries));
        expect([terms(n1), n1.storage.log('entries').end]).toEqual([log, log.length]);
      }
    },
  ],
  9: [
    'the commit index of a follower: up to what the call has shown, and never less',
    () => {
      const rows = [
        [[1, 1], [], 3, 2, 1],
        [[1, 1], [2], 4, 2, 2],
        [[2, 2], [2, 2], 3, 4, 3],
      ] as const;
      for (const [prev, entries, leaderCommit, last, commit] of rows) {
        const n1 = server('n1', names(3), { term: 2, log: [1, 2] });
        n1.receive('n2', appendEntries(2, prev, entries, leaderCommit));
        expect([n1.node.log.lastIndex, n1.node.commitIndex]).toEqual([last, commit]);
        n1.receive('n2', appendEntries(2, prev, [], 0));
        expect(n1.node.commitIndex).toBe(commit);
      }
    },
  ],
  10: [
    'majority commit: more than half, of even numbers too',
    () => {
      const rows = [
        [1, [], true],
        [3, [], false],
        [3, [2], true],
        [5, [2], false],
        [5, [2, 3], true],
      ] as const;
      for (const [count, acceptors, isCommitted] of rows) {
        const group = campaign(cluster(count, { settings: PAPER }), 'n1');
        const willing = acceptors.map((number) => `n${number}`);
        group.ask('c', 'n1', write('x', 1));
        group.settle(({ from, to }) => willing.includes(from) || willing.includes(to));
        expect([count, acceptors, group.at('n1').node.commitIndex === 2]).toEqual([
          count,
          acceptors,
          isCommitted,
        ]);
      }
      expect(committed(1, [1, 2], [2, 1, 1, 2])).toBe(1);
      expect(committed(2, [1, 2], [2, 1, 2, 2])).toBe(2);
    },
  ],
  11: [
    'only entries of the current term are counted (Figure 8)',
    () => {
      for (const [match, commit] of CURRENT_TERM) {
        const n1 = server('n1', names(2), { term: 2, log: [1, 2], settings: PAPER });
        n1.fireTimer('election');
        n1.receive('n2', { type: 'requestVoteReply', term: 3, voteGranted: true });
        n1.receive('c', write('x', 1));
        expect(terms(n1)).toEqual([1, 2, 3, 3]);
        n1.receive('n2', accepted(match, 3));
        expect([match, n1.node.commitIndex]).toEqual([match, commit]);
      }
      expect(committed(2, [1, 1], [2, 1, 2])).toBe(0);
    },
  ],
  12: [
    'Figure 7 is repaired: after one proposal and quiet the follower has the log of the leader',
    () => {
      const leader = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
      for (const log of FIGURE_7) {
        // The third server is there to vote.
        const given = [{ log: leader }, { log }];
        const group = campaign(cluster(3, { term: 7, settings: PAPER }, given), 'n1');
        group.ask('c', 'n1', write('x', 1)).settle();
        const whole = [...leader, 8, 8];
        expect(logs(group)).toEqual([whole, whole, whole]);
        const hashes = names(3).map((id) => group.at(id).node.log.hashAt(12));
        expect(new Set(hashes).size).toBe(1);
      }
    },
  ],
  13: [
    'a newer uncommitted log loses against a majority of older ones',
    () => {
      const voted = { term: 2, votedFor: 'n3' };
      const old = { term: 1, log: [1] };
      const each = [old, old, { ...voted, log: [2] }, voted, voted];
      const group = campaign(cluster(5, { settings: PAPER }, each), 'n1');
      expect(roles(group)).toBe(
        names(5)
          .map((id) => `${id}:follower@2`)
          .join(' '),
      );
      campaign(group, 'n1');
      expect(roles(group)).toBe(
        'n1:leader@3 n2:follower@3 n3:follower@3 n4:follower@3 n5:follower@3',
      );
      expect(logs(group)).toEqual(names(5).map(() => [1, 3]));
    },
  ],
  14: [
    'duelling candidates: the leader is disrupted, and stays with Pre-Vote',
    () => {
      const duel = (preVote: boolean) => {
        const group = cluster(3, { settings: { preVote, checkQuorum: false } });
        campaign(group.cut(['n1'], ['n3']), 'n1');
        const alone = roles(campaign(group, 'n3'));
        return [alone, roles(campaign(group.heal(), 'n3')), logs(group)];
      };
      expect(duel(false)).toEqual([
        'n1:leader@1 n2:follower@1 n3:candidate@1',
        'n1:follower@2 n2:follower@2 n3:follower@2',
        [[1], [1], []],
      ]);
      // n2 hears its leader, and refuses; from its answer n3 learns the term.
      const stays = 'n1:leader@1 n2:follower@1 n3:follower@1';
      expect(duel(true).slice(0, 2)).toEqual([stays, stays]);
    },
  ],
  15: [
    'no commit without an entry of the new term, then all at once',
    () => {
      const group = heartbeat(campaign(cluster(5, { settings: PAPER }), 'n1'), 'n1');
      group.cut(['n1'], ['n3', 'n4', 'n5']);
      group
        .ask('c', 'n1', write('x', 1, 's1'))
        .ask('c', 'n1', write('x', 2, 's2'))
        .settle();
      expect(commits(group)).toEqual([1, 1, 1, 1, 1]);
      expect(logs(group)).toEqual([[1, 1, 1], [1, 1, 1], [1], [1], [1]]);
      group
        .heal()
        .fire('n2', 'election')
        .settle((sent) => !appends(sent));
      expect(group.at('n2').node.role).toBe('leader');
      group.drop(appends);
      expect(commits(group)).toEqual([1, 1, 1, 1, 1]);
      // The probes leave again with the heartbeat: two entries of term 1 and the no-op.
      heartbeat(group, 'n2');
      expect(group.at('n2').node.commitIndex).toBe(4);
      group.ask('c', 'n2', write('x', 3, 's3')).settle();
      expect(group.at('n2').node.commitIndex).toBe(5);
      heartbeat(group, 'n2');
      expect(commits(group)).toEqual([5, 5, 5, 5, 5]);
    },
  ],
  'extra, old messages': [
    'a late call of the leader of term 2 does nothing at the leader of term 3',
    () => {
      const group = cluster(3, { settings: PAPER });
      for (const id of ['n1', 'n2', 'n1']) campaign(group, id);
      expect(state(group.at('n1'))).toEqual(['leader', 3]);
      group.at('n1').receive('n2', appendEntries(2, [2, 2], [2]));
      group.collect().ask('c', 'n1', write('x', 1)).settle();
      expect(state(group.at('n1'))).toEqual(['leader', 3]);
      expect(logs(group)).toEqual(names(3).map(() => [1, 2, 3, 3]));
    },
  ],
  'extra, check-quorum': [
    'a leader that nobody answers steps down after a timeout; one answer of two keeps it',
    () => {
      const lead = (answers: boolean) => {
        const { electionMinMs } = settings();
        const n1 = server('n1', names(3), { settings: { preVote: false, checkQuorum: true } });
        n1.fireTimer('election');
        n1.receive('n2', { type: 'requestVoteReply', term: 1, voteGranted: true });
        if (answers) n1.receive('n2', accepted(1));
        return state(n1.advance(electionMinMs + 10));
      };
      expect([lead(false), lead(true)]).toEqual([
        ['follower', 1],
        ['leader', 1],
      ]);
    },
  ],
  'extra, pre-vote': [
    'a lagging server wins no pre-vote, and its term does not grow',
    () => {
      const group = campaign(cluster(3), 'n1').isolate('n3');
      group.ask('c', 'n1', write('x', 1)).settle();
      group.heal().isolate('n1');
      // n2 has heard nothing for long enough to vote again.
      group.at('n2').tick(1000);
      campaign(group, 'n3');
      expect(state(group.at('n3'))).toEqual(['pre-candidate', 1]);
      campaign(group, 'n2');
      expect(roles(group)).toBe('n1:leader@1 n2:leader@2 n3:follower@2');
    },
  ],
};

describe('the fifteen strongest cases', () => {
  test('all are here', () => {
    const numbers = Object.keys(cases).filter((name) => !name.startsWith('extra'));
    expect(numbers).toEqual(Array.from({ length: 15 }, (_, i) => String(i + 1)));
  });

  for (const [number, [what, check]] of Object.entries(cases)) test(`${number}: ${what}`, check);
});
