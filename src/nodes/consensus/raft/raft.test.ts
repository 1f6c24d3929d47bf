/** Raft by hand: what one server says, in the order of the paper. */
import { describe, expect, test } from 'vitest';
import {
  accepted,
  campaign,
  cas,
  cluster,
  names,
  PAPER,
  read,
  registersOf,
  server,
  settings,
  terms,
  write,
} from '../../../../test/raft/raft-cluster.ts';
import type { Driven, HandCluster, Sent } from '../../../../test/support/drive.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { Place } from '../../../sim/system.ts';
import raftSystem from './index.ts';
import type { AppendEntries } from './messages.ts';
import type { Raft } from './raft.ts';
import { params, settingsOf } from './settings.ts';

const three = names(3);

/** n1 leads in term 1; n2 and n3 have said so, and nothing more. */
function newLeader(given: Parameters<typeof server>[2] = {}): Driven<Raft> {
  const n1 = server('n1', three, { ...given, settings: { ...PAPER, ...given.settings } });
  n1.fireTimer('election').flush();
  n1.receive('n2', { type: 'requestVoteReply', term: 1, voteGranted: true });
  return n1;
}

/** The same, with the no-op on n2's and n3's disks and its own. */
function leader(given: Parameters<typeof server>[2] = {}): Driven<Raft> {
  const n1 = newLeader(given).flush();
  return n1.receive('n2', accepted(1)).receive('n3', accepted(1)).forget();
}

/** The appendEntries among these. */
function calls(mail: readonly Sent[]): AppendEntries[] {
  return mail.flatMap(({ message }) =>
    message.type === 'appendEntries' ? [message as AppendEntries] : [],
  );
}

function answers(group: HandCluster<Raft>): string[] {
  return group.answers.splice(0).map(({ from, message }) => {
    const { type, inReplyTo, ...rest } = message as { type: string; inReplyTo: number };
    return `${from}: ${type} #${inReplyTo} ${JSON.stringify(rest)}`;
  });
}

describe('elections', () => {
  test('a follower that hears nobody asks for votes, and leads with a majority (§5.2)', () => {
    const n1 = server('n1', three, { settings: PAPER });
    n1.advance(settings().electionMaxMs);
    n1.receive('n3', { type: 'requestVoteReply', term: 1, voteGranted: true });
    expect(n1.transcript()).toMatchInlineSnapshot(`
      "n1 boot
      n1 role role=follower term=0
      n1 timer election
      n1 role role=candidate term=1
      n1→n2 requestVote term=1 lastLogIndex=0 lastLogTerm=0
      n1→n3 requestVote term=1 lastLogIndex=0 lastLogTerm=0
      n3⇒n1 requestVoteReply term=1 voteGranted=true
      n1 role role=leader term=1
      n1→n2 appendEntries term=1 prevLogIndex=0 prevLogTerm=0 entries=[{"term":1,"command":{"type":"no-op"}}] leaderCommit=0
      n1→n3 appendEntries term=1 prevLogIndex=0 prevLogTerm=0 entries=[{"term":1,"command":{"type":"no-op"}}] leaderCommit=0
      n1 timer own-disk"
    `);
  });

  test('who leads says so at every heartbeat, and nobody else calls an election (§5.2)', () => {
    const group = campaign(cluster(3, { settings: PAPER }), 'n1');
    for (let ms = 0; ms < 1000; ms += 10) {
      for (const node of group.nodes.values()) node.advance(10);
      group.collect().settle();
    }
    expect([...group.nodes.values()].map(({ node }) => [node.role, node.currentTerm])).toEqual([
      ['leader', 1],
      ['follower', 1],
      ['follower', 1],
    ]);
  });

  test('a vote leaves when it is on disk, and binds after a crash (§5.2)', () => {
    const n1 = server('n1', three, { disk: 'by-hand', settings: PAPER });
    const call = { type: 'requestVote', term: 1, lastLogIndex: 0, lastLogTerm: 0 } as const;
    n1.receive('n2', call);
    expect(n1.sent()).toBe('');
    expect(n1.waiting()).toBe('n1→n2 requestVoteReply term=1 voteGranted=true');
    n1.flush();
    expect(n1.sent()).toBe('n1→n2 requestVoteReply term=1 voteGranted=true');
    n1.crash().restart();
    n1.receive('n3', call).receive('n2', call).flush();
    expect(n1.sent()).toMatchInlineSnapshot(`
      "n1→n3 requestVoteReply term=1 voteGranted=false
      n1→n2 requestVoteReply term=1 voteGranted=true"
    `);
  });

  test('who grants a vote waits for the winner; who refuses one does not (§5.2)', () => {
    const n1 = server('n1', three, { term: 1, log: [1], settings: PAPER });
    const due = n1.nextTimerAtMs;
    n1.tick(100);
    n1.receive('n2', { type: 'requestVote', term: 2, lastLogIndex: 0, lastLogTerm: 0 });
    expect(n1.nextTimerAtMs).toBe(due);
    n1.receive('n3', { type: 'requestVote', term: 2, lastLogIndex: 1, lastLogTerm: 1 });
    expect(n1.nextTimerAtMs).toBeGreaterThanOrEqual(100 + settings().electionMinMs);
  });

  test('a leader stays one when it is asked for a vote in its own term (§5.1)', () => {
    const n1 = leader();
    n1.receive('n3', { type: 'requestVote', term: 1, lastLogIndex: 1, lastLogTerm: 1 });
    expect([n1.node.role, n1.node.currentTerm]).toEqual(['leader', 1]);
    expect(n1.sent()).toBe('n1→n3 requestVoteReply term=1 voteGranted=false');
    n1.receive('n3', { type: 'requestVote', term: 2, lastLogIndex: 1, lastLogTerm: 1 });
    expect([n1.node.role, n1.node.currentTerm]).toEqual(['follower', 2]);
  });

  test('a candidate asks for votes when its own is on disk (§5.2)', () => {
    const n1 = server('n1', three, { disk: 'by-hand', settings: PAPER }).forget();
    n1.fireTimer('election');
    expect(n1.sent()).toBe('');
    expect(n1.flush().sent().split('\n')).toHaveLength(2);
  });

  test('a vote that did not reach the disk was not given (§5.5)', () => {
    const n1 = server('n1', three, { disk: 'by-hand', settings: PAPER });
    n1.receive('n2', { type: 'requestVote', term: 1, lastLogIndex: 0, lastLogTerm: 0 });
    n1.crash().restart();
    expect([n1.node.currentTerm, n1.node.votedFor]).toEqual([0, null]);
    expect(n1.flush().sent()).toBe('');
  });

  test('Pre-Vote: a server cut off does not raise its term, however long it waits (thesis 9.6)', () => {
    const n1 = server('n1', three, { settings: { preVote: true } }).forget();
    n1.advance(2000);
    expect([n1.node.role, n1.node.currentTerm, n1.node.votedFor]).toEqual([
      'pre-candidate',
      0,
      null,
    ]);
    expect(new Set(n1.sent().split('\n'))).toEqual(
      new Set([
        'n1→n2 requestPreVote term=1 lastLogIndex=0 lastLogTerm=0',
        'n1→n3 requestPreVote term=1 lastLogIndex=0 lastLogTerm=0',
      ]),
    );
  });

  test('Pre-Vote: with a majority of promises it becomes a candidate (thesis 9.6)', () => {
    const n1 = server('n1', three, { term: 4, settings: { preVote: true } });
    n1.fireTimer('election').forget();
    n1.receive('n2', { type: 'requestPreVoteReply', term: 5, voteGranted: true });
    expect(n1.transcript()).toMatchInlineSnapshot(`
      "n2⇒n1 requestPreVoteReply term=5 voteGranted=true
      n1 role role=candidate term=5
      n1→n2 requestVote term=5 lastLogIndex=0 lastLogTerm=0
      n1→n3 requestVote term=5 lastLogIndex=0 lastLogTerm=0"
    `);
  });

  test('Pre-Vote: a promise for an earlier term does not count, a refusal brings the later term (thesis 9.6)', () => {
    const n1 = server('n1', three, { term: 4, settings: { preVote: true } });
    n1.fireTimer('election');
    n1.receive('n2', { type: 'requestPreVoteReply', term: 4, voteGranted: true });
    expect(n1.node.role).toBe('pre-candidate');
    n1.receive('n2', { type: 'requestPreVoteReply', term: 7, voteGranted: false });
    expect([n1.node.role, n1.node.currentTerm]).toEqual(['follower', 7]);
  });

  test('Pre-Vote: who grants it waits no longer, and knows no leader for it (hashicorp/raft #609)', () => {
    const n1 = server('n1', three, { settings: { preVote: true } });
    const due = n1.nextTimerAtMs;
    n1.tick(100);
    const call = { type: 'requestPreVote', term: 1, lastLogIndex: 0, lastLogTerm: 0 } as const;
    n1.receive('n3', call);
    expect(n1.sent()).toBe('n1→n3 requestPreVoteReply term=1 voteGranted=true');
    expect([n1.nextTimerAtMs, n1.node.leader, n1.node.heardLeaderAtMs]).toEqual([due, null, 0]);
    // So the next one who asks gets it too.
    n1.receive('n2', call);
    expect(n1.sent()).toBe('n1→n2 requestPreVoteReply term=1 voteGranted=true');
  });

  test('Pre-Vote: a leader that has restarted is elected again, though others heard it lead (hashicorp/raft #606)', () => {
    // Two of three are up.
    const group = campaign(cluster(3), 'n1').isolate('n3');
    group.at('n1').crash().restart();
    campaign(group.collect(), 'n1');
    expect(group.at('n1').node.role).toBe('pre-candidate');
    group.at('n2').tick(settings().electionMinMs);
    campaign(group, 'n1');
    expect(group.at('n1').node.role).toBe('leader');
  });

  test('who hears its leader disregards calls for votes until the minimum timeout is over (§6)', () => {
    const n1 = server('n1', three, { term: 1 });
    n1.advance(100);
    n1.receive('n2', {
      type: 'appendEntries',
      term: 1,
      prevLogIndex: 0,
      prevLogTerm: 0,
      entries: [],
      leaderCommit: 0,
    });
    n1.forget();
    const call = { type: 'requestVote', term: 9, lastLogIndex: 5, lastLogTerm: 5 } as const;
    n1.tick(249)
      .receive('n3', call)
      .receive('n3', { ...call, type: 'requestPreVote' });
    expect(n1.sent()).toBe('n1→n3 requestPreVoteReply term=1 voteGranted=false');
    expect(n1.node.currentTerm).toBe(1);
    n1.tick(250)
      .receive('n3', { ...call, type: 'requestPreVote' })
      .receive('n3', call);
    expect(n1.sent()).toMatchInlineSnapshot(`
      "n1→n3 requestPreVoteReply term=9 voteGranted=true
      n1→n3 requestVoteReply term=9 voteGranted=true"
    `);
  });

  test('a server alone elects itself and commits what its disk holds (§5.2)', () => {
    const n1 = server('n1', ['n1'], { disk: 'by-hand' }).forget();
    n1.fireTimer('election').receive('c', write('x', 1));
    expect(n1.node.commitIndex).toBe(0);
    n1.flush(1);
    expect(n1.node.commitIndex).toBe(1);
    n1.flush(1);
    expect(n1.node.commitIndex).toBe(2);
    expect(n1.sent()).toMatch(/^n1→c write_ok inReplyTo=\d+$/);
  });
});

describe('replication', () => {
  test('a write: to the disk of the leader, to the followers and their disks, and back (§5.3)', () => {
    const n1 = leader({ disk: 'by-hand' });
    const request = write('x', 'one');
    n1.receive('c', { ...request, id: 1 });
    n1.flush();
    n1.receive('n3', accepted(2));
    expect(n1.transcript()).toMatchInlineSnapshot(`
      "c⇒n1 write key=x value=one id=1 session=c serial=1 attempt=1 timeoutMs=null
      n1 flush
      n1→n2 appendEntries term=1 prevLogIndex=1 prevLogTerm=1 entries=[{"term":1,"command":{"type":"write","session":"c","serial":1,"key":"x","value":"one"}}] leaderCommit=1
      n1→n3 appendEntries term=1 prevLogIndex=1 prevLogTerm=1 entries=[{"term":1,"command":{"type":"write","session":"c","serial":1,"key":"x","value":"one"}}] leaderCommit=1
      n1 timer own-disk
      n3⇒n1 appendEntriesReply term=1 success=true prevLogIndex=2 matchIndex=2 conflictTerm=0 conflictIndex=0
      n1→c write_ok inReplyTo=1"
    `);
  });

  test('a follower acknowledges what is on its disk (§5.3)', () => {
    const n2 = server('n2', three, { disk: 'by-hand', settings: PAPER }).forget();
    n2.receive('n1', {
      type: 'appendEntries',
      term: 1,
      prevLogIndex: 0,
      prevLogTerm: 0,
      entries: [{ term: 1, command: { type: 'no-op' } }],
      leaderCommit: 0,
    });
    expect(n2.sent()).toBe('');
    n2.flush();
    expect(n2.sent()).toMatchInlineSnapshot(
      `"n2→n1 appendEntriesReply term=1 success=true prevLogIndex=0 matchIndex=1 conflictTerm=0 conflictIndex=0"`,
    );
  });

  test('parallel-write: entries leave before they are on the disk of the leader (thesis 10.2.1)', () => {
    const n1 = leader({ disk: 'by-hand', settings: { parallelWrite: true } });
    n1.receive('c', write('x', 1));
    expect(
      n1
        .sent()
        .split('\n')
        .map((line) => line.slice(0, 19)),
    ).toEqual(['n1→n2 appendEntries', 'n1→n3 appendEntries']);
  });

  test('the leader counts itself when its disk has written, not before (thesis 10.2.1)', () => {
    const n1 = leader({ disk: 'by-hand', settings: { parallelWrite: true } });
    n1.receive('c', write('x', 1)).receive('n2', accepted(2));
    expect(n1.node.commitIndex).toBe(1);
    n1.flush();
    expect(n1.node.commitIndex).toBe(2);
  });

  test('the followers alone can be a majority (thesis 10.2.1)', () => {
    const n1 = leader({ disk: 'by-hand', settings: { parallelWrite: true } });
    n1.receive('c', write('x', 1)).receive('n2', accepted(2)).receive('n3', accepted(2));
    expect(n1.node.commitIndex).toBe(2);
    expect(n1.dirty).toBeGreaterThan(0);
    expect(n1.sent()).toContain('n1→c write_ok');
  });

  test('what the disk finishes for an earlier term does not count for this one', () => {
    // 1. It leads in term 1 and appends an entry; the disk takes its time.
    const n1 = leader({ disk: 'by-hand', settings: { parallelWrite: true } });
    n1.receive('c', write('x', 1));
    // 2. A leader of term 2 overwrites the entry.
    n1.receive('n2', {
      type: 'appendEntries',
      term: 2,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [{ term: 2, command: { type: 'no-op' } }],
      leaderCommit: 0,
    });
    // 3. It leads again, in term 3, and appends at the same indices. Its own vote is written first.
    n1.fireTimer('election');
    n1.receive('n3', { type: 'requestVoteReply', term: 3, voteGranted: true });
    expect(terms(n1)).toEqual([1, 2, 3]);
    // 4. The disk is done with step 1, and with nothing of this term.
    n1.flush(1);
    expect(n1.node.matchIndex[0]).toBe(0);
    n1.flush();
    expect(n1.node.matchIndex[0]).toBe(3);
  });

  /** What n2 with this log says while n1 brings it up to date: Figure 7's leader, in term 8. */
  function repaired(log: readonly number[]): string {
    const leaderLog = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    const n1 = server('n1', three, { term: 7, log: leaderLog, settings: PAPER });
    n1.fireTimer('election');
    n1.receive('n3', { type: 'requestVoteReply', term: 8, voteGranted: true }).forget();
    const n2 = server('n2', three, { term: 7, log, settings: PAPER }).forget();
    n1.fireTimer('heartbeat');
    const said: string[] = [];
    for (let round = 0; round < 6; round++) {
      for (const { to, message } of n1.take()) if (to === 'n2') n2.receive('n1', message as never);
      said.push(n2.sent());
      for (const { message } of n2.take()) n1.receive('n2', message as never);
    }
    expect(terms(n2)).toEqual([...leaderLog, 8]);
    return said.filter((line) => line !== '').join('\n');
  }

  test('the leader steps over a whole conflicting term at once (§5.3)', () => {
    expect(repaired([1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3])).toMatchInlineSnapshot(`
      "n2→n1 appendEntriesReply term=8 success=false prevLogIndex=10 matchIndex=0 conflictTerm=3 conflictIndex=7
      n2→n1 appendEntriesReply term=8 success=false prevLogIndex=6 matchIndex=0 conflictTerm=2 conflictIndex=4
      n2→n1 appendEntriesReply term=8 success=true prevLogIndex=3 matchIndex=11 conflictTerm=0 conflictIndex=0"
    `);
  });

  test('of a conflicting term that both have, it keeps what they share (§5.3)', () => {
    expect(repaired([1, 1, 1, 4, 4, 4, 4])).toMatchInlineSnapshot(`
      "n2→n1 appendEntriesReply term=8 success=false prevLogIndex=10 matchIndex=0 conflictTerm=0 conflictIndex=8
      n2→n1 appendEntriesReply term=8 success=false prevLogIndex=7 matchIndex=0 conflictTerm=4 conflictIndex=4
      n2→n1 appendEntriesReply term=8 success=true prevLogIndex=5 matchIndex=11 conflictTerm=0 conflictIndex=0"
    `);
  });

  test('an answer to a leader of an earlier term does not count for this one (§5.1)', () => {
    const n1 = server('n1', three, { term: 2, log: [1, 2], settings: PAPER });
    n1.fireTimer('election').receive('n2', {
      type: 'requestVoteReply',
      term: 3,
      voteGranted: true,
    });
    n1.receive('n2', accepted(3, 2));
    expect([n1.node.commitIndex, n1.node.matchIndex[1]]).toEqual([0, 0]);
    n1.receive('n2', accepted(3, 3));
    expect(n1.node.commitIndex).toBe(3);
  });

  test('an answer that speaks of more than the leader has is not for it', () => {
    const n1 = leader();
    n1.receive('n2', accepted(99));
    n1.receive('c', write('x', 1));
    expect(calls(n1.take()).map(({ prevLogIndex }) => prevLogIndex)).toEqual([1, 1]);
    expect(n1.node.commitIndex).toBe(1);
  });

  test('a refusal that is older than an acceptance is not believed', () => {
    const n1 = leader();
    n1.receive('c', write('x', 1)).receive('n2', accepted(2)).forget();
    n1.receive('n2', { ...accepted(0), success: false, prevLogIndex: 1, conflictIndex: 1 });
    expect(n1.sent()).toBe('');
    n1.receive('c', write('x', 2));
    expect(n1.sent()).toContain('n1→n2 appendEntries term=1 prevLogIndex=2');
  });

  test('the second copy of a refusal does not lead to a second probe', () => {
    const n1 = server('n1', three, { term: 1, log: [1, 1, 1], settings: PAPER });
    n1.fireTimer('election');
    n1.receive('n3', { type: 'requestVoteReply', term: 2, voteGranted: true }).forget();
    const refused = { ...accepted(0, 2), success: false, prevLogIndex: 3, conflictIndex: 2 };
    n1.receive('n2', refused);
    expect(calls(n1.take()).map(({ prevLogIndex }) => prevLogIndex)).toEqual([1]);
    n1.receive('n2', refused);
    expect(n1.take()).toEqual([]);
  });

  test('no more than in-flight-max messages are under way to a follower; the rest goes as one batch (thesis 10.2.2)', () => {
    const n1 = leader({ settings: { inFlightMax: 2 } });
    for (let i = 1; i <= 5; i++) n1.receive('c', write('x', i, 's', i));
    const toN2 = () =>
      calls(n1.take().filter(({ to }) => to === 'n2')).map(({ prevLogIndex, entries }) => [
        prevLogIndex,
        entries.length,
      ]);
    expect(toN2()).toEqual([
      [1, 1],
      [2, 1],
    ]);
    n1.receive('n2', accepted(2));
    expect(toN2()).toEqual([[3, 3]]);
    // One answer frees what it covers.
    n1.receive('n2', accepted(6)).receive('c', write('x', 6, 's', 6));
    expect(toN2()).toEqual([[6, 1]]);
  });

  test('batch-entries bounds a message (thesis 10.2.2)', () => {
    const group = campaign(cluster(3, { settings: { batchEntries: 2 } }), 'n1').isolate('n3');
    for (let i = 1; i <= 5; i++) group.ask('c', 'n1', write('x', i, 's', i)).settle();
    group.heal();
    let most = 0;
    for (let beat = 0; beat < 3; beat++) {
      group.fire('n1', 'heartbeat');
      while (group.mail.length > 0) {
        for (const { entries } of calls(group.mail)) most = Math.max(most, entries.length);
        group.deliver();
      }
    }
    expect(most).toBe(2);
    expect(terms(group.at('n3'))).toEqual(terms(group.at('n1')));
  });

  test('batch-delay waits for further requests; a full batch does not wait (thesis 10.2.2)', () => {
    const n1 = leader({ settings: { batchDelayMs: 5, batchEntries: 3 } });
    n1.receive('c', write('x', 1, 's1')).receive('c', write('x', 2, 's2'));
    expect(n1.sent()).toBe('');
    n1.advance(5);
    expect(calls(n1.take()).map(({ entries }) => entries.length)).toEqual([2, 2]);
    n1.receive('n2', accepted(3)).receive('n3', accepted(3));
    for (let i = 3; i <= 5; i++) n1.receive('c', write('x', i, `s${i}`));
    expect(n1.take().filter(({ to }) => to !== 'c')).toHaveLength(2);
  });

  test('a heartbeat finds out that entries were lost, and they are sent again (§5.3)', () => {
    const group = campaign(cluster(3), 'n1');
    group.ask('c', 'n1', write('x', 1)).drop();
    expect(group.at('n1').node.commitIndex).toBe(1);
    group.fire('n1', 'heartbeat').settle();
    expect(group.at('n1').node.commitIndex).toBe(2);
    expect(terms(group.at('n3'))).toEqual([1, 1]);
  });

  test('a full pipeline whose answers are lost goes on with the next heartbeat', () => {
    const group = campaign(cluster(3, { settings: { inFlightMax: 1 } }), 'n1');
    group
      .ask('c', 'n1', write('x', 1, 's1'))
      .deliver()
      .drop();
    group.ask('c', 'n1', write('x', 2, 's2')).settle();
    expect(group.at('n1').node.commitIndex).toBe(1);
    group.fire('n1', 'heartbeat').settle();
    expect(group.at('n1').node.commitIndex).toBe(3);
  });

  test('one message object goes to all followers that are equally far', () => {
    const n1 = leader();
    n1.receive('c', write('x', 1));
    const [first, second] = n1.take();
    expect(first?.message).toBe(second?.message);
  });

  test('a message kept for the next follower is not sent in another term', () => {
    const n1 = leader();
    n1.receive('c', write('x', 1, 's1')).receive('c', write('x', 2, 's2'));
    const noOp = { term: 2, command: { type: 'no-op' } } as const;
    n1.receive('n2', {
      type: 'appendEntries',
      term: 2,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [noOp],
      leaderCommit: 1,
    });
    n1.fireTimer('election').forget();
    // The last call of term 1 was also of one entry after index 2.
    n1.receive('n3', { type: 'requestVoteReply', term: 3, voteGranted: true });
    expect(calls(n1.take()).map(({ term, entries }) => [term, entries[0]?.term])).toEqual([
      [3, 3],
      [3, 3],
    ]);
  });

  test('a heartbeat carries the commit index of now (§5.3)', () => {
    const n1 = server('n1', names(5), { settings: PAPER }).fireTimer('election');
    for (const from of ['n2', 'n3']) {
      n1.receive(from, { type: 'requestVoteReply', term: 1, voteGranted: true });
    }
    // n5 alone has the no-op: its heartbeat is the last message made.
    n1.receive('n5', accepted(1)).fireTimer('heartbeat').forget();
    n1.receive('n2', accepted(1)).fireTimer('heartbeat');
    const beat = calls(n1.take().filter(({ to }) => to === 'n2')).at(-1);
    expect([beat?.entries.length, beat?.leaderCommit]).toEqual([0, 1]);
  });

  test('a call that knows of less than is committed takes nothing back (§5.3)', () => {
    const n1 = server('n1', three, { term: 2, log: [1, 2], settings: PAPER });
    const call = { type: 'appendEntries', term: 2, entries: [], prevLogIndex: 2, prevLogTerm: 2 };
    for (const leaderCommit of [2, 0, 1]) {
      n1.receive('n2', { ...call, leaderCommit } as never);
      expect([n1.node.commitIndex, n1.node.lastApplied]).toEqual([2, 2]);
    }
  });

  test('it boots with what its disk held, and nothing of what it did not (§5.5)', () => {
    const n2 = server('n2', three, { disk: 'by-hand', settings: PAPER });
    const entry = { term: 1, command: { type: 'no-op' } } as const;
    const call = { type: 'appendEntries', term: 1, prevLogTerm: 0, leaderCommit: 0 } as const;
    n2.receive('n1', { ...call, prevLogIndex: 0, entries: [entry] }).flush();
    n2.receive('n1', { ...call, prevLogIndex: 1, prevLogTerm: 1, entries: [entry, entry] });
    expect(terms(n2)).toEqual([1, 1, 1]);
    n2.crash(1).restart();
    expect([n2.node.role, n2.node.currentTerm, terms(n2)]).toEqual(['follower', 1, [1, 1]]);
  });
});

describe('settings that an operator changes while it runs', () => {
  test('pre-vote: the next election asks first, or no longer does', () => {
    const n1 = server('n1', three, { settings: PAPER }).forget();
    n1.command('set', { 'pre-vote': true }).fireTimer('election');
    expect([n1.node.role, n1.node.currentTerm]).toEqual(['pre-candidate', 0]);
    n1.command('set', { 'pre-vote': false }).fireTimer('election');
    expect([n1.node.role, n1.node.currentTerm]).toEqual(['candidate', 1]);
  });

  test('check-quorum: a leader that nobody answers steps down from then on, or no longer does', () => {
    const watched = leader({ settings: { checkQuorum: false } });
    watched.command('set', { 'check-quorum': true }).fireTimer('quorum');
    expect(watched.node.role).toBe('follower');
    const free = leader({ settings: { checkQuorum: true } }).command('set', {
      'check-quorum': false,
    });
    expect(() => free.fireTimer('quorum')).toThrow('n1 has set no timer quorum');
    expect(free.node.role).toBe('leader');
  });

  test('check-quorum stays where reads rest on a lease, in the next life too', () => {
    const n1 = leader({ settings: { checkQuorum: true, reads: 'lease' } });
    n1.command('set', { 'check-quorum': false }).fireTimer('quorum').fireTimer('quorum');
    expect(n1.node.role).toBe('follower');
    const values = defaultsOf(params, { reads: 'lease', 'check-quorum': false });
    expect(settingsOf(values).checkQuorum).toBe(true);
  });

  test('batches: what is appended from then on waits as long, and leaves together', () => {
    const n1 = leader();
    n1.command('set', { 'batch-delay': 20 }).receive('c', write('x', 1));
    expect(n1.sent()).toBe('');
    n1.command('set', { 'batch-delay': 0 }).receive('c', write('x', 2));
    expect(calls(n1.take()).map(({ entries }) => entries.length)).toEqual([2, 2]);
  });
});

describe('clients', () => {
  test('a follower passes requests on, and the answers back (thesis 6.2)', () => {
    const group = campaign(cluster(3), 'n1');
    group.ask('c', 'n2', { ...write('x', 7, 's', 1), id: 1 }).settle();
    group.ask('c', 'n3', { ...read('x', 's', 2), id: 2 }).settle();
    group.ask('c', 'n3', { ...cas('x', 7, 8, 's', 3), id: 3 }).settle();
    group.ask('c', 'n2', { ...cas('x', 7, 9, 's', 4), id: 4 }).settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n2: write_ok #1 {}",
        "n3: read_ok #2 {"value":7}",
        "n3: cas_ok #3 {}",
        "n2: error #4 {"code":"precondition-failed","text":"the value is another"}",
      ]
    `);
  });

  test('without a leader it refuses at once, for good (thesis 6.2)', () => {
    const group = cluster(3);
    group.ask('c', 'n2', { ...write('x', 7), id: 1 });
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n2: error #1 {"code":"temporarily-unavailable","text":"no leader is known"}",
      ]
    `);
  });

  test('who calls an election, or has stepped down, knows no leader any more (thesis 6.2)', () => {
    for (const preVote of [true, false]) {
      const group = campaign(cluster(3, { settings: { preVote } }), 'n1')
        .isolate('n2')
        .isolate('n1');
      group.ask('c', 'n2', write('x', 1)).fire('n2', 'election').ask('c', 'n2', write('x', 2));
      // The first was passed on, into the void.
      expect(answers(group).join()).toContain('no leader is known');
      group.fire('n1', 'quorum').fire('n1', 'quorum').ask('c', 'n1', write('x', 3));
      expect(answers(group).join()).toContain('no leader is known');
    }
  });

  test('forward: false refuses, and names the leader (thesis 6.2)', () => {
    const group = campaign(cluster(3, { settings: { forward: false } }), 'n1');
    group.ask('c', 'n2', { ...write('x', 7), id: 1 }).settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n2: error #1 {"code":"temporarily-unavailable","text":"the leader is n1"}",
      ]
    `);
  });

  test('what was passed on is never passed on again: no loops (thesis 6.2)', () => {
    const group = campaign(cluster(3), 'n1');
    group.ask('c', 'n2', { ...write('x', 7), id: 1 });
    const forwarded = group.mail.splice(0);
    group.isolate('n1').at('n2').tick(1000);
    campaign(group, 'n3');
    group.heal().fire('n3', 'heartbeat').settle();
    expect(group.at('n1').node.leader).toBe('n3');
    for (const sent of forwarded) group.hand(sent);
    group.settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n2: error #1 {"code":"temporarily-unavailable","text":"not the leader any more"}",
      ]
    `);
  });

  test('a forward to a leader that has restarted since is refused, but not for good', () => {
    const group = campaign(cluster(3), 'n1');
    group.ask('c', 'n2', { ...write('x', 7), id: 1 });
    const copy = group.mail.slice();
    group.settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n2: write_ok #1 {}",
      ]
    `);
    group.at('n1').crash().restart();
    for (const sent of copy) group.hand(sent);
    group.settle();
    // The first copy was executed: "did not happen" would have been a lie.
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n2: error #1 {"code":"crash","text":"the leader has restarted; it may have been appended before"}",
      ]
    `);
  });

  test('the second copy of a request is not answered, nor executed', () => {
    const group = cluster(3);
    const request = write('x', 7);
    group.ask('c', 'n2', request);
    expect(answers(group)).toHaveLength(1);
    campaign(group, 'n1').ask('c', 'n2', request).settle();
    expect(answers(group)).toEqual([]);
    expect(terms(group.at('n1'))).toEqual([1]);
  });

  test('a retry that reaches another leader is executed once, with the answer of the first (thesis 6.3)', () => {
    const group = campaign(cluster(3, { settings: PAPER }), 'n1');
    group.ask('c', 'n1', { ...write('lock', 'free', 's', 1), id: 1 }).settle();
    group.ask('c', 'n1', { ...cas('lock', 'free', 'mine', 's', 2), id: 2 }).settle();
    // The answer gets lost with the leader.
    answers(group);
    group.at('n1').crash();
    campaign(group, 'n2')
      .ask('c', 'n2', { ...cas('lock', 'free', 'mine', 's', 2, 2), id: 3 })
      .settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n2: cas_ok #3 {}",
      ]
    `);
    expect(registersOf(group.at('n2').node).read('lock')).toBe('mine');
    // A further retry is answered from the session, without a word in the log.
    const { lastIndex } = group.at('n2').node.log;
    group.ask('c', 'n2', { ...cas('lock', 'free', 'mine', 's', 2, 3), id: 4 });
    expect(answers(group)).toEqual(['n2: cas_ok #4 {}']);
    expect(group.at('n2').node.log.lastIndex).toBe(lastIndex);
  });

  test('a retry of what is not applied yet stands in the log twice, and is executed once (thesis 6.3)', () => {
    const group = campaign(cluster(3), 'n1');
    group.ask('c', 'n1', { ...cas('x', null, 1, 's', 1), id: 1 });
    group.ask('c', 'n1', { ...cas('x', null, 1, 's', 1, 2), id: 2 }).settle();
    expect(terms(group.at('n1'))).toEqual([1, 1, 1]);
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n1: cas_ok #1 {}",
        "n1: cas_ok #2 {}",
      ]
    `);
  });

  test('two commands of one operation are no retries of each other (thesis 6.3)', () => {
    const group = campaign(cluster(3), 'n1');
    group
      .ask('c', 'n1', write('from', 'debit', 's', 1))
      .ask('c', 'n1', write('to', 'credit', 's', 1));
    group.settle();
    const registers = registersOf(group.at('n1').node);
    expect([registers.read('from'), registers.read('to')]).toEqual(['debit', 'credit']);
  });

  test('a command that its session has left behind is not executed, and nobody claims to know', () => {
    const group = campaign(cluster(3), 'n1');
    group.ask('c', 'n1', write('x', 1, 's', 1)).settle();
    group.ask('c', 'n1', write('x', 2, 's', 2)).settle();
    answers(group);
    group.ask('c', 'n1', { ...write('x', 1, 's', 1, 2), id: 9 }).settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n1: error #9 {"code":"timeout","text":"its session has gone on; the answer is not kept"}",
      ]
    `);
    expect(registersOf(group.at('n1').node).read('x')).toBe(2);
  });

  test('a session is not forgotten by the clock, whatever time passes (thesis 6.3)', () => {
    const group = campaign(cluster(3, { settings: PAPER }), 'n1');
    group.ask('c', 'n1', cas('lock', null, 'mine', 's', 1)).settle();
    answers(group);
    for (const { self } of group.nodes.values()) group.at(self).tick(24 * 3_600_000);
    group.ask('c', 'n1', { ...cas('lock', null, 'mine', 's', 1, 2), id: 2 });
    expect(answers(group)).toEqual(['n1: cas_ok #2 {}']);
  });

  test('beyond sessions-max the oldest session is forgotten, on all servers alike (thesis 6.3)', () => {
    const group = campaign(cluster(3, { settings: { sessionsMax: 2 } }), 'n1');
    for (const session of ['s1', 's2', 's3']) {
      group.ask('c', 'n1', cas('x', null, session, session)).settle();
    }
    group.fire('n1', 'heartbeat').settle();
    for (const { node } of group.nodes.values()) {
      expect(node.sessions.size).toBe(2);
      const found = (session: string) => {
        const command = node.commands.of(cas('x', null, session, session));
        return command === null ? null : node.sessions.find(command);
      };
      expect(found('s1')).toBe(null);
      expect(found('s2')).toMatchObject({ code: 'precondition-failed' });
    }
    // The retry is never executed again: it would fail where it had succeeded.
    answers(group);
    group.ask('c', 'n1', { ...cas('x', null, 's1', 's1', 1, 2), id: 9 }).settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n1: error #9 {"code":"timeout","text":"its session is forgotten; it is not executed again"}",
      ]
    `);
  });

  test('an old leader answers when its entry is committed after all', () => {
    const group = campaign(cluster(3, { settings: PAPER }), 'n1');
    group
      .ask('c', 'n1', { ...write('x', 1), id: 1 })
      .deliver()
      .drop();
    // n2 has the entry too, and leads.
    campaign(group, 'n2').fire('n2', 'heartbeat').settle();
    expect(group.at('n1').node.role).toBe('follower');
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n1: write_ok #1 {}",
      ]
    `);
  });

  test('an old leader says "did not happen" when another entry is applied at that index, and not before', () => {
    // The story of answers.ts. n1 gets x to n2 alone.
    const group = campaign(cluster(5, { settings: PAPER }), 'n1').cut(['n1'], ['n3', 'n4', 'n5']);
    group.ask('c', 'n1', { ...write('x', 1), id: 1 }).settle();
    // n3 is elected without n2, and overwrites the entry on n1 alone.
    group.heal().isolate('n2');
    group.fire('n3', 'election').settle(({ message }) => message.type !== 'appendEntries');
    group.settle(({ from, to }) => from === 'n1' || to === 'n1');
    expect(terms(group.at('n1'))).toEqual([1, 2]);
    expect(answers(group)).toEqual([]);
    // n3 dies; n2 is elected by n4 and n5, and its entry is committed.
    group.drop().heal().at('n3').crash();
    group.isolate('n1');
    campaign(group, 'n2');
    campaign(group, 'n2');
    expect(group.at('n2').node.role).toBe('leader');
    expect(registersOf(group.at('n2').node).read('x')).toBe(1);
    // n1 hears of it. It has another entry of term 1 at that index again: its own.
    group.heal();
    for (let beat = 0; beat < 3; beat++) group.fire('n2', 'heartbeat').settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n1: write_ok #1 {}",
      ]
    `);
  });

  test('an entry whose place is taken for good: abort', () => {
    const group = campaign(cluster(3, { settings: PAPER }), 'n1').isolate('n1');
    group.ask('c', 'n1', { ...write('x', 1), id: 1 });
    campaign(group, 'n2').heal();
    group.fire('n2', 'heartbeat').settle();
    group.fire('n2', 'heartbeat').settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n1: error #1 {"code":"abort","text":"another entry took its place in the log"}",
      ]
    `);
  });

  test('two requests of two terms at one index: each gets the answer that is true for it', () => {
    const group = campaign(cluster(3, { settings: PAPER }), 'n1').isolate('n1');
    group.ask('c', 'n1', { ...write('x', 'first', 's1'), id: 1 });
    // n2 leads, and overwrites index 2 on n1 alone: nobody else hears of its entry.
    group.fire('n2', 'election').settle(({ message }) => message.type !== 'appendEntries');
    group.drop().heal().isolate('n3').fire('n2', 'heartbeat');
    group.deliver(({ from, to }) => from === 'n2' && to === 'n1').drop();
    expect(terms(group.at('n1'))).toEqual([1, 2]);
    // n2 dies with its answer unheard; n1 leads again. Index 2 is n2's, 3 the no-op, 4 the second.
    group.at('n2').crash();
    group.heal();
    campaign(group, 'n1');
    group.ask('c', 'n1', { ...write('x', 'second', 's2'), id: 2 }).settle();
    expect(terms(group.at('n1'))).toEqual([1, 2, 3, 3]);
    expect(answers(group)).toEqual([
      'n1: error #1 {"code":"abort","text":"another entry took its place in the log"}',
      'n1: write_ok #2 {}',
    ]);
  });

  test('an index at which requests of two terms wait answers both', () => {
    const n1 = leader();
    for (let id = 1; id <= 3; id++) n1.receive('c', { ...write('x', id, `s${id}`), id });
    // A leader of term 2 cuts them all off; n1 leads again, and index 4 is taken once more.
    n1.receive('n2', {
      type: 'appendEntries',
      term: 2,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: [{ term: 2, command: { type: 'no-op' } }],
      leaderCommit: 1,
    });
    n1.fireTimer('election');
    n1.receive('n3', { type: 'requestVoteReply', term: 3, voteGranted: true });
    n1.receive('c', { ...write('x', 4, 's4'), id: 4 }).forget();
    expect(terms(n1)).toEqual([1, 2, 3, 3]);
    n1.receive('n3', accepted(4, 3));
    const told = n1.take().filter(({ to }) => to === 'c');
    expect(told.map(({ message }) => Object.values(message).slice(0, 3))).toEqual([
      ['error', 1, 'abort'],
      ['error', 2, 'abort'],
      ['write_ok', 4],
      ['error', 3, 'abort'],
    ]);
  });

  test('what it does not answer is refused', () => {
    const group = campaign(cluster(3), 'n1');
    group.ask('c', 'n1', { ...write('x', 1), type: 'append', id: 1 } as never).settle();
    group.ask('c', 'n1', { type: 'gossip' } as never).settle();
    expect(answers(group)).toMatchInlineSnapshot(`
      [
        "n1: error #1 {"code":"not-supported","text":"raft does not serve append"}",
      ]
    `);
  });

  test('a leader that cannot commit refuses in the end, and says that it is overloaded', () => {
    const n1 = leader({ settings: { uncommittedMax: 3 } });
    for (let i = 1; i <= 4; i++) n1.receive('c', { ...write('x', i, 's', i), id: i });
    expect(n1.sent().split('\n').at(-1)).toMatchInlineSnapshot(
      `"n1→c error inReplyTo=4 code=overloaded text=too many entries wait to be committed"`,
    );
    n1.receive('n2', accepted(4)).forget();
    n1.receive('c', { ...write('x', 5, 's', 5), id: 5 });
    expect(n1.sent()).not.toContain('overloaded');
  });
});

describe('the system', () => {
  test('declares itself: defaults, quorum, refusals', () => {
    const values = defaultsOf(raftSystem.params);
    expect([1, 2, 3, 4, 5].map((members) => raftSystem.quorum?.(values, members, {}))).toEqual([
      1, 2, 2, 3, 3,
    ]);
    expect(raftSystem.refuse?.(values, 5, {})).toBe(null);
    expect(raftSystem.refuse?.({ ...values, heartbeat: 150 }, 5, {})).toMatchInlineSnapshot(
      `"heartbeat (150ms) must be shorter than election-timeout (150ms), or followers call elections while their leader is well"`,
    );
    const place = { self: 'n1', members: three } as unknown as Place;
    expect(() => raftSystem.create(values, place, 'no-such-bug')).toThrow('no bug no-such-bug');
  });

  test('the view is plain, small, and changes nothing', () => {
    const n1 = leader();
    const view = n1.inspect();
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    expect(n1.inspect()).toEqual(view);
    n1.receive('c', write('x', 1));
    expect(view['lastIndex']).toBe(1);
    expect(view['tailTerms']).toEqual([1]);
  });
});
