/**
 * Stories of several servers, their mail delivered by hand: Figure 8, old leaders, minorities.
 * Single servers are in `cases.test.ts`, the strongest cases of etcd's tests in
 * `strongest-cases.test.ts`. Every log begins with the no-op of its first leader, which
 * etcd appends too.
 */
import { expect, test } from 'vitest';
import type { AppendEntries } from '../../src/nodes/consensus/raft/messages.ts';
import { figure8 } from './figure-8.ts';
import {
  campaign,
  cluster,
  commits,
  heartbeat,
  logs,
  names,
  PAPER,
  registersOf,
  roles,
  write,
} from './raft-cluster.ts';

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
