/**
 * Reads beside the log by hand (Ongaro's thesis, section 6.4): ReadIndex at leader and followers,
 * leases and what they rest on, and reads that are not linearizable.
 */
import { describe, expect, test } from 'vitest';
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { Settings } from '../../src/nodes/consensus/raft/settings.ts';
import type { HandCluster, Sent } from '../support/drive.ts';
import { campaign, cluster, names, read, write } from './raft-cluster.ts';

const READ_INDEX: Partial<Settings> = { reads: 'read-index', preVote: false, checkQuorum: false };
const LEASE: Partial<Settings> = { reads: 'lease', preVote: false, checkQuorum: true };

/** n1 leads, and `x` is `old`; all have applied it. */
function group(settings: Partial<Settings>, bug: Bug | null = null, count = 3): HandCluster<Raft> {
  const all = cluster(count, { settings, bug });
  // Past the time in which servers that have just booted keep a promise that they may have made.
  for (const node of all.nodes.values()) node.tick(400);
  campaign(all, 'n1');
  all.ask('c', 'n1', write('x', 'old', 'w', 1)).settle();
  all.fire('n1', 'heartbeat').settle();
  all.answers = [];
  return all;
}

/** What clients were answered: values of reads, or the code of an error. */
function answers(all: HandCluster<Raft>): unknown[] {
  return all.answers.splice(0).map(({ message }) => {
    const { type, value, code } = message as { type: string; value?: unknown; code?: string };
    return type === 'error' ? code : (value ?? type);
  });
}

function ask(all: HandCluster<Raft>, id: string, serial = 1): HandCluster<Raft> {
  return all.ask('c', id, read('x', 'r', serial));
}

/** Runs the steps without the bug and with it. */
function both<T>(bug: Bug, steps: (bug: Bug | null) => T): { without: T; with: T } {
  return { without: steps(null), with: steps(bug) };
}

const entryless = ({ message }: Sent) =>
  message.type === 'appendEntries' && (message as { entries?: unknown[] }).entries?.length === 0;

/** Elects n2 without n1, which hears nothing, and writes `new` there. */
function deposed(all: HandCluster<Raft>): HandCluster<Raft> {
  all.isolate('n1');
  // Past the promise to n1.
  for (const id of ['n2', 'n3']) all.at(id).tick(all.at(id).now() + 200);
  campaign(all, 'n2')
    .ask('c', 'n2', write('x', 'new', 'w', 2))
    .settle();
  answers(all);
  return all;
}

describe('ReadIndex at the leader', () => {
  test('costs one round of heartbeats, 2(n-1) messages, and no entry', () => {
    const all = group(READ_INDEX, null, 5);
    const { lastIndex } = all.at('n1').node.log;
    ask(all, 'n1');
    expect(all.mail.filter(entryless)).toHaveLength(4);
    expect(answers(all)).toEqual([]);
    all.settle();
    expect(answers(all)).toEqual(['old']);
    expect(all.at('n1').node.log.lastIndex).toBe(lastIndex);
  });

  test('reads that come during a round share the next one', () => {
    const all = group(READ_INDEX);
    for (let serial = 1; serial <= 5; serial++) ask(all, 'n1', serial);
    expect(all.at('n1').node.reads).toMatchObject({ round: 1, confirmed: 0 });
    all.settle();
    expect(all.at('n1').node.reads).toMatchObject({ round: 2, confirmed: 2 });
    expect(answers(all)).toEqual(Array(5).fill('old'));
  });

  test('a round whose messages are lost is confirmed by the next heartbeat', () => {
    const all = group(READ_INDEX);
    ask(all, 'n1').drop();
    all.fire('n1', 'heartbeat').settle();
    expect(answers(all)).toEqual(['old']);
  });

  test('a leader alone answers at once', () => {
    const all = campaign(cluster(1, { settings: READ_INDEX }), 'n1');
    ask(all, 'n1');
    expect(answers(all)).toEqual(['read_ok']);
  });

  test('one that is deposed refuses the reads that wait: nothing has happened', () => {
    const all = deposed(group(READ_INDEX));
    ask(all, 'n1').settle();
    expect(answers(all)).toEqual([]);
    all.heal().fire('n2', 'heartbeat').settle();
    expect(answers(all)).toEqual(['temporarily-unavailable']);
  });

  test('read-index-early: not before an entry of its own term is committed (etcd #7331)', () => {
    const seen = both('read-index-early', (bug) => {
      const all = group(READ_INDEX, bug);
      // `new` is committed by n1, and nobody else knows yet that it is.
      all.ask('c', 'n1', write('x', 'new', 'w', 2)).deliver(({ to }) => to !== 'n3');
      all
        .deliver(({ to }) => to === 'n1')
        .drop()
        .isolate('n1');
      expect(answers(all)).toEqual(['write_ok']);
      // n2 is elected, and its own entry is lost; heartbeats are not.
      all.fire('n2', 'election').settle(({ message }) => message.type !== 'appendEntries');
      all.drop().ask('c', 'n2', read('x', 'r', 1));
      all.settle((sent) => entryless(sent) || sent.message.type !== 'appendEntries');
      const early = answers(all);
      all.fire('n2', 'heartbeat').settle();
      return [early, answers(all)];
    });
    expect(seen).toEqual({ without: [[], ['new']], with: [['old'], []] });
  });

  test('read-index-early: nor by one that another leader has handed over to (TiKV #9239)', () => {
    const seen = both('read-index-early', (bug) => {
      const all = group(READ_INDEX, bug);
      // n2 has the entry, and does not know yet that it is committed.
      all.ask('c', 'n1', write('x', 'new', 'w', 2)).settle();
      expect(answers(all)).toEqual(['write_ok']);
      all.at('n1').command('transfer', { to: ['n2'] });
      all.collect().settle(({ message }) => message.type !== 'appendEntries');
      expect(all.at('n2').node.role).toBe('leader');
      all.drop().ask('c', 'n2', read('x', 'r', 1));
      all.settle((sent) => entryless(sent) || sent.message.type !== 'appendEntries');
      const early = answers(all);
      all.fire('n2', 'heartbeat').settle();
      return [early, answers(all)];
    });
    expect(seen).toEqual({ without: [[], ['new']], with: [['old'], []] });
  });

  test('while the configuration is joint a round needs both majorities (§6)', () => {
    const settings = { ...READ_INDEX, membership: 'joint' } as const;
    const all = campaign(cluster(5, { settings, initial: names(3) }), 'n1');
    all.at('n1').command('add-learner', { server: ['n4', 'n5'] });
    all.collect().settle();
    all.at('n1').command('change', { voters: ['n1', 'n4', 'n5'] });
    all.collect().cut(['n1', 'n4', 'n5'], ['n2', 'n3']).settle();
    ask(all, 'n1').settle();
    all.fire('n1', 'heartbeat').settle();
    expect(answers(all)).toEqual([]);
    all.heal().fire('n1', 'heartbeat').settle();
    expect(answers(all)).toEqual(['read_ok']);
  });

  test('read-index-any-ack: an old acknowledgement confirms nothing that came later (etcd #20418)', () => {
    const seen = both('read-index-any-ack', (bug) => {
      const all = group(READ_INDEX, bug);
      // The answers to this round are under way for long.
      all.fire('n1', 'heartbeat').deliver();
      const late = all.mail.splice(0);
      ask(deposed(all), 'n1').settle();
      all.heal();
      for (const sent of late) all.hand(sent);
      return answers(all);
    });
    expect(seen).toEqual({ without: [], with: ['old'] });
  });
});

describe('ReadIndex at a follower', () => {
  test('asks for the index, and answers itself once it has applied that', () => {
    const all = group(READ_INDEX);
    ask(all, 'n3');
    expect(all.mail.map(({ message }) => message.type)).toEqual(['readIndex']);
    all.settle();
    expect(answers(all)).toEqual(['old']);
  });

  test('read-before-applied: waits for its own state machine', () => {
    const seen = both('read-before-applied', (bug) => {
      const all = group(READ_INDEX, bug);
      // n3 has the entry, and does not know that it is committed.
      all.ask('c', 'n1', write('x', 'new', 'w', 2)).settle();
      answers(all);
      ask(all, 'n3').settle(({ from, to, message }) => {
        // Heartbeats would tell n3.
        return !(from === 'n1' && to === 'n3' && message.type === 'appendEntries');
      });
      const first = answers(all);
      all.settle();
      return [first, answers(all)];
    });
    expect(seen).toEqual({ without: [[], ['new']], with: [['old'], []] });
  });

  test('a leader that leads no more says so, and the read is refused', () => {
    const all = group(READ_INDEX);
    ask(all, 'n3').isolate('n3');
    const [question] = all.mail;
    campaign(all, 'n2');
    all.heal();
    if (question !== undefined) all.hand(question);
    all.settle();
    expect(answers(all)).toEqual(['temporarily-unavailable']);
  });

  test('an answer to an earlier life of the server answers nothing in this one', () => {
    const all = group(READ_INDEX);
    ask(all, 'n3').deliver();
    all.deliver(({ message }) => message.type === 'appendEntries').deliver();
    const late = all.mail.filter(({ message }) => message.type === 'readIndexReply');
    expect(late).toHaveLength(1);
    all.drop().at('n3').crash().restart();
    all.collect().fire('n1', 'heartbeat').settle();
    ask(all, 'n3');
    for (const sent of late) all.hand(sent);
    expect(answers(all)).toEqual([]);
  });
});

describe('leases', () => {
  const leased = (bug: Bug | null = null) => group(LEASE, bug);

  test('a leader that a majority has answered reads without a message', () => {
    const all = ask(leased(), 'n1');
    expect(all.mail).toEqual([]);
    expect(answers(all)).toEqual(['old']);
  });

  test('for the minimum election timeout from when the round began, less the drift', () => {
    const { node } = leased().at('n1');
    const beganAtMs = node.reads.leaseUntilMs - (150 * 0.99) / 1.01;
    expect(beganAtMs).toBeGreaterThanOrEqual(0);
    expect(beganAtMs).toBeLessThanOrEqual(50 * 20);
    expect(node.reads.leaseUntilMs - beganAtMs).toBeCloseTo(147.03, 2);
  });

  test('when it is over, a round confirms the read', () => {
    const all = leased();
    all.at('n1').tick(all.at('n1').now() + 148);
    ask(all, 'n1');
    expect(answers(all)).toEqual([]);
    expect(all.mail.filter(entryless)).toHaveLength(2);
    all.settle();
    expect(answers(all)).toEqual(['old']);
  });

  test('voters keep the promise in whatever term they are by now', () => {
    const all = leased();
    const n2 = all.at('n2');
    // A stray message of a later term makes it forget its leader, and not its promise.
    n2.receive('n3', { type: 'requestVoteReply', term: 5, voteGranted: false });
    expect(n2.node).toMatchObject({ currentTerm: 5, leader: null });
    n2.receive('n3', { type: 'requestVote', term: 5, lastLogIndex: 9, lastLogTerm: 4 });
    expect(n2.node.votedFor).toBe(null);
    n2.tick(n2.now() + 150);
    n2.receive('n3', { type: 'requestVote', term: 5, lastLogIndex: 9, lastLogTerm: 4 });
    expect(n2.node.votedFor).toBe('n3');
  });

  test('lease-from-receipt: slow answers must not prolong it', () => {
    const seen = both('lease-from-receipt', (bug) => {
      const all = leased(bug);
      all.fire('n1', 'heartbeat').deliver();
      const late = all.mail.splice(0);
      deposed(all).heal();
      const n1 = all.at('n1');
      n1.tick(n1.now() + 160);
      for (const sent of late) all.hand(sent);
      ask(all, 'n1');
      return answers(all);
    });
    expect(seen).toEqual({ without: [], with: ['old'] });
  });

  test('lease-survives-transfer: whoever hands over has no lease any more', () => {
    const seen = both('lease-survives-transfer', (bug) => {
      const all = leased(bug);
      all.at('n1').command('transfer', { to: ['n2'] });
      all.collect().deliver().isolate('n1').settle();
      all.ask('c', 'n2', write('x', 'new', 'w', 2)).settle();
      expect(answers(all)).toEqual(['write_ok']);
      ask(all, 'n1').settle();
      return answers(all);
    });
    expect(seen).toEqual({ without: [], with: ['old'] });
  });

  test('lease-ignores-reboot: a voter keeps its promise over a restart', () => {
    const seen = both('lease-ignores-reboot', (bug) => {
      const all = leased(bug).isolate('n3');
      all.fire('n1', 'heartbeat').settle();
      all.at('n3').tick(all.at('n3').now() + 400);
      all.at('n2').crash().restart();
      all.heal().isolate('n1').collect();
      campaign(all, 'n3')
        .ask('c', 'n3', write('x', 'new', 'w', 2))
        .settle();
      answers(all);
      ask(all, 'n1').settle();
      return [all.at('n3').node.role, answers(all)];
    });
    expect(seen).toEqual({ without: ['candidate', ['old']], with: ['leader', ['old']] });
  });
});

test('local reads: any server answers at once, whatever has happened elsewhere', () => {
  const all = deposed(group({ reads: 'local', preVote: false, checkQuorum: false }));
  for (const id of names(3)) ask(all, id);
  expect(answers(all)).toEqual(['old', 'new', 'old']);
});

test('a refusal of an old term confirms no round of the term that it names', () => {
  const all = group(READ_INDEX);
  all.at('n3').receive('n2', { type: 'requestVoteReply', term: 7, voteGranted: false });
  all.at('n3').forget().receive('n1', {
    type: 'appendEntries',
    term: 1,
    prevLogIndex: 2,
    prevLogTerm: 1,
    entries: [],
    leaderCommit: 2,
    round: 9,
  });
  const [sent] = all.at('n3').take();
  expect(sent?.message).toMatchObject({ term: 7, success: false });
  expect(sent?.message).not.toHaveProperty('round');
});
