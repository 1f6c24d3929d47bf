/**
 * Disks that are full or damaged, by hand: what a server may promise then (Alagappan et al. 2018,
 * "Protocol-Aware Recovery for Consensus-Based Storage").
 */
import { describe, expect, test } from 'vitest';
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import { invariants } from '../../src/nodes/consensus/raft/invariants.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { HandCluster } from '../support/drive.ts';
import { campaign, cluster, names, PAPER, server, terms, write } from './raft-cluster.ts';

function broken(all: HandCluster<Raft>): string[] {
  const up = [...all.nodes.values()].filter((node) => node.up);
  const views = new Map(up.map((node) => [node.self, node.inspect()]));
  return invariants.filter(({ check }) => check(views) !== null).map(({ name }) => name);
}

/** n1 leads, n3 was away: n1 and n2 alone have four entries. Then n2 reboots with entry 3 damaged. */
function damaged(bug: Bug | null = null): HandCluster<Raft> {
  const settings = { ...PAPER, onCorruptLog: 'repair' as const };
  const all = campaign(cluster(3, { settings, bug }), 'n1').isolate('n3');
  for (let i = 1; i <= 3; i++) all.ask('c', 'n1', write('x', i, 's', i)).settle();
  all.at('n2').crash().damageRecord('entries', 2).restart();
  return all.collect();
}

describe('a damaged log', () => {
  test('by default the server stops: what it cannot read it may have promised', () => {
    const n2 = server('n2', names(3), { term: 1, log: [1, 1, 1] });
    n2.crash().damageRecord('entries', 1).restart();
    expect(n2.up).toBe(false);
    expect(n2.transcript()).toMatch(/checksum is wrong/);
  });

  test('with repair it is cut before the damage, and the server has no vote', () => {
    const n2 = damaged().at('n2');
    expect(terms(n2)).toEqual([1, 1]);
    expect(n2.node.damagedUpTo).toBe(4);
    n2.receive('n3', { type: 'requestVote', term: 2, lastLogIndex: 9, lastLogTerm: 1 });
    expect(n2.node.votedFor).toBe(null);
    n2.fireTimer('election');
    expect(n2.node.role).toBe('follower');
  });

  test('it does not forget that over another crash', () => {
    const n2 = damaged().at('n2');
    n2.crash().restart();
    expect(n2.node.damagedUpTo).toBe(4);
  });

  test('the leader gives back what was lost, and the server votes again', () => {
    const all = damaged();
    all.fire('n1', 'heartbeat').settle();
    const { node } = all.at('n2');
    expect([terms(all.at('n2')), node.damagedUpTo]).toEqual([[1, 1, 1, 1], 0]);
    expect(all.at('n1').node.matchIndex[1]).toBe(4);
    expect(all.at('n2').storage.get('damaged')).toBe(undefined);
  });

  test('the leader does not count what the server has lost', () => {
    const all = damaged();
    all.fire('n1', 'heartbeat').deliver().deliver();
    expect(all.at('n1').node.matchIndex[1]).toBe(2);
    expect(all.at('n1').node.commitIndex).toBe(4);
  });

  test('cut-damaged-tail: a server that votes without them elects a leader without them', () => {
    const elected = (bug: Bug | null) => {
      const all = damaged(bug);
      all.heal().isolate('n1');
      campaign(all, 'n2');
      return [all.at('n2').node.role, broken(all).includes('leader-completeness')];
    };
    expect(elected(null)).toEqual(['follower', false]);
    expect(elected('cut-damaged-tail')).toEqual(['leader', true]);
  });
});

describe('a lost disk', () => {
  /** n1 leads; n3 is away, so that n1 and n2 alone have two entries. Then n2 loses its disk. */
  function lost(onLostDisk: 'vote' | 'wait'): HandCluster<Raft> {
    const all = campaign(cluster(3, { settings: { ...PAPER, onLostDisk } }), 'n1').isolate('n3');
    for (let i = 1; i <= 2; i++) all.ask('c', 'n1', write('x', i, 's', i)).settle();
    all.at('n2').crash().loseDisk().restart();
    return all.collect();
  }

  test('a server that takes part as a new one elects a leader that lacks what is committed', () => {
    const elected = (onLostDisk: 'vote' | 'wait') => {
      const all = lost(onLostDisk).heal().isolate('n1');
      campaign(all, 'n3');
      return [all.at('n3').node.role, broken(all).includes('leader-completeness')];
    };
    expect(elected('vote')).toEqual(['leader', true]);
    expect(elected('wait')).toEqual(['candidate', false]);
  });

  test('it votes twice in a term, or waits', () => {
    const vote = (onLostDisk: 'vote' | 'wait') => {
      const n2 = server('n2', names(3), { settings: { ...PAPER, onLostDisk } });
      const ask = { type: 'requestVote', term: 5, lastLogIndex: 9, lastLogTerm: 4 } as const;
      n2.receive('n1', ask);
      n2.crash().loseDisk().restart().take();
      n2.receive('n3', ask);
      return n2.take().map(({ message }) => (message as { voteGranted?: boolean }).voteGranted);
    };
    expect(vote('vote')).toEqual([true]);
    expect(vote('wait')).toEqual([false]);
  });

  test('meanwhile it is not counted: the leader commits nothing with it alone', () => {
    const all = lost('wait');
    const before = all.at('n1').node.commitIndex;
    all.ask('c', 'n1', write('x', 3, 's', 3)).settle();
    all.fire('n1', 'heartbeat').settle();
    // It has everything all the same.
    expect(terms(all.at('n2'))).toEqual(terms(all.at('n1')));
    expect(all.at('n1').node.commitIndex).toBe(before);
    expect(all.at('n2').node.remembers).toBe(false);
  });

  test('once the others have gone on without it, it votes and is counted again', () => {
    const all = lost('wait').heal();
    for (let i = 0; i < 4; i++) all.fire('n1', 'heartbeat').settle();
    expect(all.at('n2').node.remembers).toBe(true);
    all.fire('n1', 'heartbeat').settle();
    const { lastIndex } = all.at('n1').node.log;
    expect(all.at('n1').node.matchIndex).toEqual([lastIndex, lastIndex, lastIndex]);
    all.isolate('n1');
    campaign(all, 'n2');
    expect([all.at('n2').node.role, broken(all)]).toEqual(['leader', []]);
  });

  test('another crash on the way does not make it forget that', () => {
    const all = lost('wait');
    all.fire('n1', 'heartbeat').settle();
    all.at('n2').crash().restart();
    expect(all.at('n2').node.remembers).toBe(false);
    all.heal();
    for (let i = 0; i < 4; i++) all.fire('n1', 'heartbeat').settle();
    expect(all.at('n2').node.remembers).toBe(true);
  });

  test('a server that crashes with its disk has lost nothing', () => {
    const n2 = server('n2', names(3), { settings: { ...PAPER, onLostDisk: 'wait' } });
    n2.crash().restart();
    expect(n2.node.remembers).toBe(true);
  });
});

describe('a full disk, with step-down', () => {
  const FULL = { ...PAPER, onDiskFull: 'step-down' as const };

  test('a leader refuses the request for good, and steps down', () => {
    const all = campaign(cluster(3, { settings: FULL }), 'n1');
    all.at('n1').fillDisk();
    all.ask('c', 'n1', write('x', 1)).settle();
    expect(all.answers.map(({ message }) => message)).toMatchObject([{ code: 'overloaded' }]);
    expect(all.at('n1').node.role).toBe('follower');
    campaign(all, 'n2');
    expect(all.at('n2').node.role).toBe('leader');
  });

  test('a follower acknowledges nothing that it cannot write, and goes on when there is room', () => {
    const all = campaign(cluster(3, { settings: FULL }), 'n1');
    const free = all.at('n3').fillDisk();
    all.ask('c', 'n1', write('x', 1)).settle();
    expect(all.at('n1').node.matchIndex).toEqual([2, 2, 1]);
    expect(all.answers.map(({ message }) => message.type)).toEqual(['write_ok']);
    free();
    for (let i = 0; i < 3; i++) all.fire('n1', 'heartbeat').settle();
    expect(all.at('n1').node.matchIndex).toEqual([2, 2, 2]);
  });

  test('a term that cannot be written down is not entered', () => {
    const n1 = server('n1', names(3), { term: 1, settings: FULL });
    const free = n1.fillDisk();
    n1.fireTimer('election');
    expect([n1.node.currentTerm, n1.node.role, n1.take()]).toEqual([1, 'follower', []]);
    n1.receive('n2', { type: 'requestVote', term: 2, lastLogIndex: 9, lastLogTerm: 1 });
    expect([n1.node.currentTerm, n1.node.votedFor, n1.take()]).toEqual([1, null, []]);
    free();
    n1.fireTimer('election');
    expect([n1.node.currentTerm, n1.node.role]).toEqual([2, 'candidate']);
  });

  test('a snapshot for which there is no room is not taken', () => {
    const settings = { ...FULL, snapshotEvery: 2, snapshotKeep: 0 };
    const n1 = server('n1', ['n1'], { settings }).fireTimer('election');
    n1.fillDisk();
    n1.command('snapshot');
    expect([n1.node.snapshot, n1.node.log.baseIndex]).toEqual([null, 0]);
    expect(n1.transcript()).toContain('snapshot fails');
  });
});

test('by default a full disk ends the server, as it does a process', () => {
  const n1 = server('n1', ['n1']);
  n1.fillDisk();
  n1.fireTimer('election');
  expect(n1.up).toBe(false);
  expect(n1.transcript()).toMatch(/no room on the disk/);
});
