/**
 * Snapshots by hand (Ongaro & Ousterhout 2014, section 7; Ongaro's thesis, chapter 5): compaction,
 * recovery, InstallSnapshot in pieces, sessions across snapshots, and what goes wrong.
 */
import { describe, expect, test } from 'vitest';
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import type {
  InstallSnapshot,
  InstallSnapshotReply,
} from '../../src/nodes/consensus/raft/messages.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { Driven, HandCluster } from '../support/drive.ts';
import {
  campaign,
  cas,
  cluster,
  names,
  PAPER,
  read,
  registersOf,
  server,
  terms,
  write,
} from './raft-cluster.ts';

const EVERY_4 = { snapshotEvery: 4, snapshotKeep: 0, snapshotChunk: 100 };

function writes(group: HandCluster<Raft>, from: number, to: number): HandCluster<Raft> {
  for (let i = from; i <= to; i++) group.ask('c', 'n1', write('x', i, 's', i)).settle();
  return group;
}

function replies(group: HandCluster<Raft>): string[] {
  return group.answers.splice(0).map(({ message }) => message.type);
}

/** n1 leads and has compacted its log up to 4; n3 was away and has only the first no-op. */
function lagging(bug: Bug | null = null): HandCluster<Raft> {
  const settings = { ...PAPER, ...EVERY_4 };
  const group = campaign(cluster(3, { settings, bug }), 'n1').isolate('n3');
  writes(group, 1, 6);
  replies(group);
  return group.heal();
}

function snapshotKeys(node: Driven<Raft>): readonly string[] {
  return node.storage.keys().filter((key) => key.startsWith('snapshot'));
}

describe('compaction (§7)', () => {
  test('after every snapshot-every entries the log goes, and the state stays', () => {
    const n1 = lagging().at('n1');
    expect([n1.node.log.baseIndex, terms(n1).length]).toEqual([4, 7]);
    expect(snapshotKeys(n1)).toEqual(['snapshot 4']);
    expect(n1.storage.log('entries')).toMatchObject({ start: 4, end: 7 });
    expect(registersOf(n1.node).read('x')).toBe(6);
  });

  test('entries before the snapshot can be kept, for followers a little behind', () => {
    const settings = { ...PAPER, ...EVERY_4, snapshotKeep: 3 };
    const group = writes(campaign(cluster(3, { settings }), 'n1'), 1, 6);
    expect(group.at('n1').node.log.baseIndex).toBe(1);
    expect(group.at('n1').node.snapshot?.index).toBe(4);
  });

  test('nothing is dropped before the snapshot is durable', () => {
    const n1 = server('n1', ['n1'], { settings: EVERY_4, disk: 'by-hand' }).fireTimer('election');
    n1.flush();
    for (let i = 1; i <= 3; i++) n1.receive('c', write('x', i, 's', i)).flush(1);
    // The snapshot is written as entry 4 is applied, and not durable yet.
    expect([n1.node.snapshotWriting?.index, n1.node.log.baseIndex]).toEqual([4, 0]);
    n1.crash().restart();
    expect([n1.node.snapshot, n1.node.log.lastIndex]).toEqual([null, 4]);
  });

  test('a server comes back from snapshot and log, with its sessions', () => {
    const group = lagging();
    const n1 = group.at('n1');
    n1.crash().restart();
    group.collect();
    expect([n1.node.lastApplied, n1.node.log.lastIndex]).toEqual([4, 7]);
    campaign(group, 'n1').fire('n1', 'heartbeat').settle();
    expect(group.at('n2').node.lastApplied).toBeGreaterThanOrEqual(7);
    expect(n1.node.log.hashAt(8)).not.toBe(0);
    expect(n1.node.log.hashAt(8)).toBe(group.at('n2').node.log.hashAt(8));
    expect(n1.node.sessions.size).toBe(1);
  });

  test('the state after an entry is the same on whoever replayed it and whoever did not', () => {
    const group = lagging();
    group.fire('n1', 'heartbeat').settle();
    const views = [...group.nodes.values()].map((node) => node.inspect());
    expect(new Set(views.map((view) => view['stateHash'])).size).toBe(1);
    expect(views.map((view) => view['applied'])).toEqual([7, 7, 7]);
  });
});

describe('InstallSnapshot (§7, Figure 13)', () => {
  test('it comes in pieces, each answered; what follows comes as entries', () => {
    const group = lagging();
    group.at('n1').forget();
    group.at('n3').forget();
    group.fire('n1', 'heartbeat').settle();
    const pieces = group
      .at('n1')
      .sent()
      .split('\n')
      .filter((line) => /installSnapshot/.test(line));
    expect(pieces.length).toBeGreaterThan(2);
    expect(group.at('n3').transcript()).toContain('installs a snapshot');
    const { node } = group.at('n3');
    expect([node.log.baseIndex, node.log.lastIndex, node.lastApplied]).toEqual([4, 7, 7]);
    expect(registersOf(node).read('x')).toBe(6);
    expect(node.log.hashAt(7)).toBe(group.at('n1').node.log.hashAt(7));
  });

  test('a piece that comes twice adds nothing, one after a gap is not taken', () => {
    const piece = (offset: number, data: string, term = 2): InstallSnapshot => ({
      type: 'installSnapshot',
      term,
      lastIncludedIndex: 9,
      lastIncludedTerm: 1,
      offset,
      data,
      done: false,
    });
    const n3 = server('n3', names(3), { term: 2, settings: PAPER });
    const received = (m: InstallSnapshot) => {
      n3.receive('n1', m);
      return (n3.take()[0]?.message as InstallSnapshotReply | undefined)?.received;
    };
    expect(received(piece(0, 'abc'))).toBe(3);
    expect(received(piece(0, 'abc'))).toBe(3);
    expect(received(piece(5, 'xyz'))).toBe(3);
    expect(received(piece(3, 'def'))).toBe(6);
    // Another leader's snapshot of the same entry may read otherwise: it begins anew.
    expect(received(piece(6, 'ghi', 3))).toBe(0);
    expect(received(piece(0, 'ghi', 3))).toBe(3);
  });

  test('a lost piece is sent again, with growing patience', () => {
    const group = lagging();
    group.fire('n1', 'heartbeat').settle(({ message }) => message.type !== 'installSnapshot');
    const sending = () => group.at('n1').node.progressOf('n3')?.sending;
    expect(sending()).toMatchObject({ offset: 0, patienceMs: 300 });
    group.drop();
    for (let i = 0; i < 7; i++) group.fire('n1', 'heartbeat').drop();
    expect(sending()).toMatchObject({ offset: 0, patienceMs: 600 });
    for (let i = 0; i < 13; i++) {
      group.fire('n1', 'heartbeat');
      if (group.mail.some(({ message }) => message.type === 'installSnapshot')) break;
    }
    group.settle();
    expect(group.at('n3').node.lastApplied).toBe(7);
  });

  test('the leader keeps what follows a snapshot on its way, or it would send one after the other', () => {
    const group = lagging();
    // n3 gets the first piece only; meanwhile the leader takes further snapshots.
    group.fire('n1', 'heartbeat').deliver().deliver();
    for (let i = 7; i <= 16; i++) {
      group
        .ask('c', 'n1', write('x', i, 's', i))
        .settle(({ from, to }) => from !== 'n3' && to !== 'n3');
    }
    const { node } = group.at('n1');
    expect([node.snapshot?.index, node.log.baseIndex]).toEqual([16, 4]);
    group.settle();
    expect(group.at('n3').node.lastApplied).toBe(17);
    expect(group.at('n3').node.snapshot?.index).toBeGreaterThan(4);
  });

  test('heartbeats go on meanwhile: the follower calls no election', () => {
    const group = lagging();
    group.fire('n1', 'heartbeat').deliver().deliver().drop().fire('n1', 'heartbeat');
    const sent = group.mail.filter(({ to }) => to === 'n3').map(({ message }) => message);
    expect(sent).toMatchObject([{ type: 'appendEntries', prevLogIndex: 0, entries: [] }]);
  });

  test('a crash between snapshot and log: the log is dropped at the next boot', () => {
    const group = lagging();
    group.fire('n1', 'heartbeat').settle();
    const snapshot = group.at('n1').storage.get('snapshot 4') ?? null;
    const n3 = server('n3', names(3), {
      term: 1,
      log: [1, 1],
      settings: { ...PAPER, ...EVERY_4 },
    });
    n3.storage.set('snapshot 4', snapshot);
    n3.crash().restart();
    expect(n3.node.log).toMatchObject({ baseIndex: 4, lastIndex: 4, lastTerm: 1 });
    expect(registersOf(n3.node).read('x')).toBe(3);
    n3.crash().restart();
    expect(n3.node.log).toMatchObject({ baseIndex: 4, lastIndex: 4 });
  });
});

/** Runs the steps without the bug and with it. */
function both<T>(bug: Bug, steps: (bug: Bug | null) => T): { without: T; with: T } {
  return { without: steps(null), with: steps(bug) };
}

describe('what goes wrong', () => {
  test('snapshot-loses-sessions: a retry of what was compacted is executed again', () => {
    const seen = both('snapshot-loses-sessions', (bug) => {
      const settings = { ...PAPER, ...EVERY_4 };
      const group = campaign(cluster(1, { settings, bug }), 'n1');
      group.ask('c', 'n1', cas('lock', null, 'mine', 'a', 1));
      writes(group, 1, 4);
      group.at('n1').crash().restart();
      group.collect();
      replies(group);
      campaign(group, 'n1').ask('c', 'n1', cas('lock', null, 'mine', 'a', 1, 2));
      return replies(group);
    });
    expect(seen).toEqual({ without: ['cas_ok'], with: ['error'] });
  });

  test('snapshot-behind-applied: a late snapshot takes back what was applied (NuRaft #407)', () => {
    const seen = both('snapshot-behind-applied', (bug) => {
      const group = lagging(bug);
      group.fire('n1', 'heartbeat');
      const pieces: InstallSnapshot[] = [];
      group.settle(({ message }) => {
        if (message.type === 'installSnapshot' && !pieces.includes(message as InstallSnapshot)) {
          pieces.push(message as InstallSnapshot);
        }
        return true;
      });
      for (const message of pieces) group.hand({ from: 'n1', to: 'n3', message });
      return group.at('n3').node.lastApplied;
    });
    expect(seen).toEqual({ without: 7, with: 4 });
  });

  test('snapshot-drops-suffix: a snapshot of a prefix of its own log takes acknowledged entries with it (Zeebe #6092)', () => {
    const seen = both('snapshot-drops-suffix', (bug) => {
      const whole = writes(campaign(cluster(1, { settings: EVERY_4 }), 'n1'), 1, 3).at('n1');
      const text = JSON.stringify(whole.node.snapshot);
      const n3 = server('n3', names(3), { bug, term: 1, log: [1, 1, 1, 1, 1, 1], settings: PAPER });
      n3.receive('n1', {
        type: 'installSnapshot',
        term: 1,
        lastIncludedIndex: 4,
        lastIncludedTerm: 1,
        offset: 0,
        data: text,
        done: true,
      });
      return [n3.node.commitIndex, n3.node.log.lastIndex];
    });
    expect(seen).toEqual({ without: [4, 6], with: [4, 4] });
  });

  test('a snapshot whose last entry differs from its own replaces the log (hashicorp/raft #704)', () => {
    const whole = writes(campaign(cluster(1, { settings: EVERY_4 }), 'n1'), 1, 3).at('n1');
    const n3 = server('n3', names(3), { term: 3, log: [2, 2, 2, 2, 2, 2], settings: PAPER });
    n3.receive('n1', {
      type: 'installSnapshot',
      term: 3,
      lastIncludedIndex: 4,
      lastIncludedTerm: 1,
      offset: 0,
      data: JSON.stringify(whole.node.snapshot),
      done: true,
    });
    expect(n3.node.log).toMatchObject({ baseIndex: 4, lastIndex: 4, lastTerm: 1 });
  });

  test('forgotten-session-runs: the retry of a session that was forgotten is executed again', () => {
    const seen = both('forgotten-session-runs', (bug) => {
      const group = campaign(cluster(1, { settings: { sessionsMax: 1 }, bug }), 'n1');
      group.ask('c', 'n1', cas('lock', null, 'mine', 'a', 1));
      group.ask('c', 'n1', write('x', 1, 'b', 1));
      replies(group);
      group.ask('c', 'n1', { ...cas('lock', null, 'mine', 'a', 1, 2), id: 77 });
      return group.answers.splice(0).map(({ message }) => (message as { code?: string }).code);
    });
    expect(seen).toEqual({ without: ['timeout'], with: ['precondition-failed'] });
  });
});

test('whoever waited for an entry that a snapshot stands for hears that nobody knows', () => {
  const group = campaign(cluster(3, { settings: { ...PAPER, ...EVERY_4 } }), 'n1');
  group.isolate('n1').ask('c', 'n1', { ...write('x', 'lost', 't', 1), id: 55 });
  campaign(group, 'n2');
  for (let i = 1; i <= 6; i++) group.ask('c', 'n2', write('x', i, 's', i)).settle();
  replies(group);
  // The first piece was lost while n1 was away: it is sent again.
  group.heal();
  for (let i = 0; i < 8; i++) group.fire('n2', 'heartbeat').settle();
  expect(group.answers.map(({ message }) => message)).toMatchObject([
    { type: 'error', inReplyTo: 55, code: 'timeout' },
  ]);
  group.answers = [];
  group.ask('c', 'n1', { ...read('x', 'r', 1), id: 56 }).settle();
  expect(group.answers.map(({ message }) => message)).toMatchObject([{ value: 6 }]);
});
