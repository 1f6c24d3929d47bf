/**
 * Each famous mistake by hand, in the fewest steps: with the `bug:` switch it happens, without it
 * the same steps are harmless. In `chaos.test.ts` chance finds them.
 */
import { expect, test } from 'vitest';
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import { invariants } from '../../src/nodes/consensus/raft/invariants.ts';
import type { AppendEntries } from '../../src/nodes/consensus/raft/messages.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { HandCluster } from '../support/drive.ts';
import { figure8 } from './figure-8.ts';
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

/** The names of the invariants that do not hold now. */
function broken(group: HandCluster<Raft>): string[] {
  const up = [...group.nodes.values()].filter((node) => node.up);
  const views = new Map(up.map((node) => [node.self, node.inspect()]));
  return invariants.filter(({ check }) => check(views) !== null).map(({ name }) => name);
}

function replies(group: HandCluster<Raft>): string[] {
  return group.answers.splice(0).map(({ message }) => JSON.stringify(message));
}

/** Runs the steps without the bug and with it. */
function both<T>(bug: Bug, steps: (bug: Bug | null) => T): { without: T; with: T } {
  return { without: steps(null), with: steps(bug) };
}

test('vote-twice: a voter that reboots elects a second leader of the same term', () => {
  const seen = both('vote-twice', (bug) => {
    const group = cluster(3, { settings: PAPER, bug }).cut(['n1'], ['n3']);
    // n1 has n2's vote, and leads; its first entry is lost.
    group
      .fire('n1', 'election')
      .settle(({ message }) => message.type !== 'appendEntries')
      .drop();
    group.at('n2').crash().restart();
    campaign(group, 'n3');
    return broken(group);
  });
  expect(seen).toEqual({ without: [], with: ['election-safety'] });
});

test('commit-old-term: what was reported as committed is overwritten (Figure 8)', () => {
  const seen = both('commit-old-term', (bug) => {
    const group = figure8(bug);
    const committed = group.at('n1').node.commitIndex;
    group.cut(['n1'], ['n2', 'n3', 'n4', 'n5']);
    campaign(group, 'n5');
    campaign(group, 'n5');
    group.fire('n5', 'heartbeat').settle();
    return { committed, broken: broken(group) };
  });
  expect(seen).toEqual({
    without: { committed: 0, broken: [] },
    with: { committed: 2, broken: ['leader-completeness', 'state-machine-safety'] },
  });
});

test('ack-before-durable: a majority has acknowledged, and a majority has forgotten', () => {
  const seen = both('ack-before-durable', (bug) => {
    const group = cluster(3, { settings: PAPER, bug, disk: 'by-hand' });
    const flush = () => {
      for (const node of group.nodes.values()) node.flush();
      return group.collect();
    };
    group.fire('n1', 'election');
    while (group.at('n1').node.commitIndex === 0) flush().deliver();
    flush().settle();
    group.isolate('n3').ask('c', 'n1', write('x', 1)).settle();
    const acknowledged = replies(group).length;
    group.at('n2').crash().restart();
    group.heal().isolate('n1').collect();
    for (let i = 0; i < 4 && group.at('n3').node.role !== 'leader'; i++) {
      group.fire('n3', 'election');
      for (let rounds = 0; rounds < 6; rounds++) flush().deliver();
    }
    return { acknowledged, leads: terms(group.at('n3')), broken: broken(group) };
  });
  expect(seen).toEqual({
    without: { acknowledged: 0, leads: [1, 2], broken: [] },
    with: {
      acknowledged: 1,
      leads: [1, 2],
      broken: ['leader-completeness', 'state-machine-safety', 'state-machines-agree'],
    },
  });
});

test('no-log-check: who lacks committed entries is elected all the same (§5.4.1)', () => {
  const seen = both('no-log-check', (bug) => {
    const group = campaign(cluster(3, { settings: PAPER, bug }), 'n1').isolate('n3');
    group.ask('c', 'n1', write('x', 1)).settle().heal();
    campaign(group, 'n3');
    return { role: group.at('n3').node.role, broken: broken(group) };
  });
  expect(seen.without).toEqual({ role: 'follower', broken: [] });
  expect(seen.with.role).toBe('leader');
  expect(seen.with.broken).toContain('leader-completeness');
});

test('truncate-always: a late, shorter call takes back what was acknowledged (§5.3)', () => {
  const seen = both('truncate-always', (bug) => {
    const group = campaign(cluster(3, { settings: PAPER, bug }), 'n1').isolate('n3');
    group.ask('c', 'n1', write('x', 1, 's1'));
    const late = group.mail[0];
    group.ask('c', 'n1', write('x', 2, 's2')).settle();
    const acknowledged = replies(group).length;
    if (late !== undefined) group.hand(late);
    group.isolate('n1').heal().isolate('n1');
    campaign(group, 'n3');
    campaign(group, 'n3');
    return { acknowledged, n2: terms(group.at('n2')), broken: broken(group) };
  });
  expect(seen.without).toMatchObject({ acknowledged: 2, n2: [1, 1, 1], broken: [] });
  expect(seen.with).toMatchObject({ acknowledged: 2, n2: [1, 1] });
});

test('truncate-always: even an old heartbeat does it', () => {
  const heartbeat: AppendEntries = {
    type: 'appendEntries',
    term: 1,
    prevLogIndex: 1,
    prevLogTerm: 1,
    entries: [],
    leaderCommit: 0,
  };
  const seen = both('truncate-always', (bug) => {
    const n1 = server('n1', names(3), { term: 1, log: [1, 1, 1], bug });
    return terms(n1.receive('n2', heartbeat));
  });
  expect(seen).toEqual({ without: [1, 1, 1], with: [1] });
});

test('local-reads: a leader that has been deposed answers with the past (thesis 6.4)', () => {
  const seen = both('local-reads', (bug) => {
    const group = campaign(cluster(3, { settings: PAPER, bug }), 'n1');
    group
      .ask('c', 'n1', write('x', 'old', 's', 1))
      .settle()
      .isolate('n1');
    campaign(group, 'n2')
      .ask('c', 'n2', write('x', 'new', 's', 2))
      .settle();
    replies(group);
    group.ask('c', 'n1', { ...read('x', 't'), id: 1 }).settle();
    return replies(group);
  });
  expect(seen).toEqual({
    without: [],
    with: ['{"type":"read_ok","inReplyTo":1,"value":"old"}'],
  });
});

test('no-dedup: a retried compare-and-set fails, though it has succeeded (thesis 6.3)', () => {
  const seen = both('no-dedup', (bug) => {
    const group = campaign(cluster(3, { bug }), 'n1');
    group.ask('c', 'n1', { ...cas('lock', null, 'mine', 's', 1, 1), id: 1 }).settle();
    replies(group);
    group.ask('c', 'n1', { ...cas('lock', null, 'mine', 's', 1, 2), id: 2 }).settle();
    return replies(group);
  });
  expect(seen.without).toEqual(['{"type":"cas_ok","inReplyTo":2}']);
  expect(seen.with[0]).toContain('precondition-failed');
});

test('no-dedup: the second copy of a write undoes the write after it (thesis 6.3)', () => {
  const seen = both('no-dedup', (bug) => {
    const group = campaign(cluster(3, { bug }), 'n1');
    const first = write('x', 1, 's', 1);
    group.ask('c', 'n1', first).settle();
    group.ask('c', 'n1', write('x', 2, 't', 1)).settle();
    group.ask('c', 'n1', first).settle();
    return registersOf(group.at('n1').node).read('x');
  });
  expect(seen).toEqual({ without: 2, with: 1 });
});

test('heartbeats-without-disk: a leader whose disk hangs goes on leading, and commits nothing', () => {
  const seen = both('heartbeats-without-disk', (bug) => {
    const group = cluster(3, { settings: PAPER, bug, disk: 'by-hand' });
    group.fire('n1', 'election');
    const flush = () => {
      for (const node of group.nodes.values()) node.flush();
      return group.collect();
    };
    while (group.at('n1').node.commitIndex === 0) flush().deliver();
    flush().settle();
    // From here on no disk is done with anything.
    group.ask('c', 'n1', write('x', 1)).settle();
    group.fire('n1', 'heartbeat');
    const shown = group.mail.map(({ to, message }) => `${to} ${message.type}`);
    group.settle();
    return { shown, committed: group.at('n1').node.commitIndex, n2: group.at('n2').node.role };
  });
  expect(seen).toEqual({
    without: { shown: [], committed: 1, n2: 'follower' },
    with: { shown: ['n2 appendEntries', 'n3 appendEntries'], committed: 1, n2: 'follower' },
  });
});
