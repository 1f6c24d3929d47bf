/**
 * Changes of the members by hand (Ongaro & Ousterhout 2014, section 6; Ongaro's thesis, chapter 4),
 * and leadership transfer (thesis 3.10).
 */
import { describe, expect, test } from 'vitest';
import type { Bug } from '../../src/nodes/consensus/raft/bugs.ts';
import { invariants } from '../../src/nodes/consensus/raft/invariants.ts';
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import {
  firstConfiguration,
  params,
  quorumOf,
  refuseSettings,
  type Settings,
} from '../../src/nodes/consensus/raft/settings.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import type { HandCluster } from '../support/drive.ts';
import { campaign, cluster, names, PAPER, roles, terms, write } from './raft-cluster.ts';

/** `initial` servers of `count` are there at the beginning; n1 leads. */
function group(
  count: number,
  initial: number,
  settings: Partial<Settings> = PAPER,
  bug: Bug | null = null,
): HandCluster<Raft> {
  return campaign(cluster(count, { settings, initial: names(initial), bug }), 'n1');
}

function tell(all: HandCluster<Raft>, to: string, name: string, params = {}): HandCluster<Raft> {
  all.at(to).command(name, params);
  return all.collect();
}

function voters(all: HandCluster<Raft>, id: string): string {
  const { configuration } = all.at(id).node;
  const { voters, outgoing, learners } = configuration;
  const old = outgoing.length === 0 ? '' : ` from ${outgoing.join(' ')}`;
  const also = learners.length === 0 ? '' : ` learners ${learners.join(' ')}`;
  return `${voters.join(' ')}${old}${also}`;
}

function broken(all: HandCluster<Raft>): string[] {
  const up = [...all.nodes.values()].filter((node) => node.up);
  const views = new Map(up.map((node) => [node.self, node.inspect()]));
  return invariants.filter(({ check }) => check(views) !== null).map(({ name }) => name);
}

/** The reasons why commands were refused at a server. */
function refusals(all: HandCluster<Raft>, id: string): string[] {
  return [
    ...all
      .at(id)
      .transcript()
      .matchAll(/refuses a command .*why=(.*)/g),
  ].map(([, why]) => why ?? '');
}

const wholeLog = ({ message }: { message: { type: string } }) => message.type !== 'appendEntries';

describe('adding servers (thesis 4.2.1)', () => {
  test('a new server learns first, and votes once it has caught up', () => {
    const all = group(4, 3);
    expect(all.at('n4').node.configuration.voters).toEqual([]);
    tell(all, 'n1', 'add', { server: ['n4'] });
    expect(voters(all, 'n1')).toBe('n1 n2 n3 learners n4');
    all.settle();
    expect(voters(all, 'n1')).toBe('n1 n2 n3 n4');
    all.fire('n1', 'heartbeat').settle();
    expect(names(4).map((id) => voters(all, id))).toEqual(Array(4).fill('n1 n2 n3 n4'));
    expect(all.at('n4').node.lastApplied).toBe(all.at('n1').node.lastApplied);
  });

  test('learners are not counted: they neither commit nor elect', () => {
    const all = group(5, 3);
    tell(all, 'n1', 'add-learner', { server: ['n4'] }).settle();
    tell(all, 'n1', 'add-learner', { server: ['n5'] }).settle();
    expect(voters(all, 'n1')).toBe('n1 n2 n3 learners n4 n5');
    all.cut(['n1', 'n4', 'n5'], ['n2', 'n3']).ask('c', 'n1', write('x', 1)).settle();
    const { node } = all.at('n1');
    expect(node.commitIndex).toBe(node.log.lastIndex - 1);
    expect(all.at('n4').node.log.lastIndex).toBe(node.log.lastIndex);
    all.at('n4').fireTimer('election');
    expect(all.at('n4').node.role).toBe('follower');
  });

  test('a learner votes for a candidate that counts on it: it may not know yet that it may (etcd #10998)', () => {
    const all = group(4, 3);
    tell(all, 'n1', 'add-learner', { server: ['n4'] }).settle();
    all.fire('n1', 'heartbeat').settle();
    const { lastIndex, lastTerm } = all.at('n4').node.log;
    all.at('n4').receive('n2', {
      type: 'requestVote',
      term: 2,
      lastLogIndex: lastIndex,
      lastLogTerm: lastTerm,
    });
    expect(all.at('n4').node.votedFor).toBe('n2');
  });

  test('learner-refuses-vote: then nobody can win, and nobody leads any more', () => {
    const elected = (bug: Bug | null) => {
      const all = group(2, 1, PAPER, bug);
      tell(all, 'n1', 'add-learner', { server: ['n2'] }).settle();
      all.fire('n1', 'heartbeat').settle();
      // n1 alone knows that n2 has a vote, and needs it from now on.
      tell(all, 'n1', 'promote', { server: ['n2'] }).drop();
      all.at('n1').crash().restart();
      all.collect();
      campaign(all, 'n1');
      return [voters(all, 'n1'), all.at('n1').node.role];
    };
    expect(elected(null)).toEqual(['n1 n2', 'leader']);
    expect(elected('learner-refuses-vote')).toEqual(['n1 n2', 'follower']);
  });

  test('a promotion in a group of two outlives the leader, since it is in force as it is appended (etcd #12359)', () => {
    const all = group(3, 2);
    tell(all, 'n1', 'add-learner', { server: ['n3'] }).settle();
    all.fire('n1', 'heartbeat').settle();
    // n2 has the entry and does not know that it is committed; n3 knows nothing of it.
    tell(all, 'n1', 'promote', { server: ['n3'] }).deliver(({ to }) => to === 'n2');
    all.deliver(({ to }) => to === 'n1').drop();
    expect(all.at('n1').node.commitIndex).toBe(all.at('n1').node.log.lastIndex);
    all.at('n1').crash();
    campaign(all, 'n2');
    expect(all.at('n2').node.role).toBe('leader');
    expect(voters(all, 'n3')).toBe('n1 n2 n3');
  });

  test('one that does not catch up is given up, and stays a learner', () => {
    const all = group(4, 3, { ...PAPER, catchUpRounds: 2 });
    all.at('n1').forget();
    tell(all, 'n1', 'add', { server: ['n4'] });
    for (let round = 0; round < 3; round++) {
      all.ask('c', 'n1', write('x', round, 's', round + 1));
      all.settle(({ to, from }) => to !== 'n4' && from !== 'n4');
      all.at('n1').advance(200);
      all.collect().settle();
    }
    expect(all.at('n1').transcript()).toContain('gives up a change why=n4 does not catch up');
    expect(voters(all, 'n1')).toBe('n1 n2 n3 learners n4');
    tell(all, 'n1', 'promote', { server: ['n4'] }).settle();
    expect(voters(all, 'n1')).toBe('n1 n2 n3 n4');
  });

  test('a follower passes an operator’s command on to the leader', () => {
    const all = group(4, 3);
    tell(all, 'n2', 'add', { server: ['n4'] }).settle();
    expect(voters(all, 'n1')).toBe('n1 n2 n3 n4');
  });
});

describe('who is there at the beginning', () => {
  test('learners get the log and neither elect nor commit; a server that is neither waits to be added', () => {
    const all = cluster(5, { settings: PAPER, initial: names(3), learners: ['n4'] });
    expect(names(5).map((id) => voters(all, id))).toEqual([
      ...Array(4).fill('n1 n2 n3 learners n4'),
      '',
    ]);
    for (const id of ['n4', 'n5']) expect(campaign(all, id).at(id).node.role).toBe('follower');
    campaign(all, 'n1').cut(['n1', 'n4', 'n5'], ['n2', 'n3']);
    all.ask('c', 'n1', write('x', 1)).settle();
    expect(all.at('n4').node.log.lastIndex).toBe(2);
    expect([all.at('n1').node.commitIndex, all.at('n5').node.log.lastIndex]).toEqual([1, 0]);
    tell(all.heal(), 'n1', 'add', { server: ['n5'] }).settle();
    all.fire('n1', 'heartbeat').settle();
    expect(names(5).map((id) => voters(all, id))).toEqual(Array(5).fill('n1 n2 n3 n5 learners n4'));
  });

  test('without more all vote; learners are taken out of them, and spare ones wait', () => {
    const place = { initial: names(4), members: names(5) };
    const first = (given: object) => firstConfiguration({ ...defaultsOf(params), ...given }, place);
    expect(first({})).toEqual({ voters: names(4), learners: [] });
    expect(first({ learners: ['n4'] })).toEqual({ voters: names(3), learners: ['n4'] });
    expect(first({ voters: ['n2'] })).toEqual({ voters: ['n2'], learners: [] });
    // A spare learner is sent the log once it is started.
    expect(first({ learners: ['n5'] })).toEqual({ voters: names(4), learners: ['n5'] });
    expect(() => first({ learners: ['n6'] })).toThrow('n6 is no member of the group');
  });

  test('so many always include a majority of the voters', () => {
    const quorum = (given: object) => quorumOf({ ...defaultsOf(params), ...given }, 5);
    expect([{}, { learners: ['n4', 'n5'] }, { voters: names(1) }].map(quorum)).toEqual([3, 4, 5]);
  });

  test('somebody must vote, and nobody does both', () => {
    const refused = (given: object) => refuseSettings({ ...defaultsOf(params), ...given }, 3);
    expect(refused({ voters: ['n1'], learners: ['n2'] })).toBe(null);
    expect(refused({ voters: ['n1'], learners: ['n1'] })).toBe('n1 cannot vote and learn only');
    expect([{ voters: [] }, { learners: names(3) }].map(refused)).toEqual(
      Array(2).fill('somebody must vote'),
    );
  });
});

describe('removing servers (thesis 4.2.2, 4.2.3)', () => {
  test('a leader that is removed leads until that is committed, without counting itself', () => {
    const all = group(3, 3);
    tell(all, 'n1', 'remove', { server: ['n1'] });
    expect(voters(all, 'n1')).toBe('n2 n3');
    all.cut(['n1'], ['n3']).settle();
    // n1 and n2 have it, and only n2 counts.
    expect(all.at('n1').node.role).toBe('leader');
    all.heal().fire('n1', 'heartbeat').settle();
    expect(all.at('n1').node.role).toBe('follower');
    all.at('n1').fireTimer('election');
    expect(all.at('n1').node.role).toBe('follower');
    campaign(all, 'n2').ask('c', 'n2', write('x', 1)).settle();
    expect(all.at('n2').node.commitIndex).toBe(all.at('n2').node.log.lastIndex);
  });

  test('one that is removed campaigns until that is committed: nobody else may be able to win', () => {
    const all = group(2, 2);
    // n1 alone has the configuration in which n2 votes alone, and n2 needs the vote of n1.
    tell(all, 'n1', 'remove', { server: ['n1'] }).drop();
    all.at('n1').crash().restart();
    all.collect();
    campaign(all, 'n2');
    expect(all.at('n2').node.role).toBe('follower');
    campaign(all, 'n1');
    expect(roles(all)).toBe('n1:follower@3 n2:follower@3');
    expect(voters(all, 'n2')).toBe('n2');
    campaign(all, 'n2');
    expect(all.at('n2').node.role).toBe('leader');
    all.at('n1').fireTimer('election');
    expect(all.at('n1').node.role).toBe('follower');
  });

  test('one that was never told that it is removed deposes nobody', () => {
    const disturbed = (settings: Partial<Settings>) => {
      const all = group(3, 3, settings);
      tell(all.isolate('n3'), 'n1', 'remove', { server: ['n3'] }).settle();
      all.heal();
      expect(voters(all, 'n3')).toBe('n1 n2 n3');
      campaign(all, 'n3');
      return all.at('n1').node.role;
    };
    expect(disturbed({ preVote: false, checkQuorum: true })).toBe('leader');
    expect(disturbed({ preVote: true, checkQuorum: false })).toBe('leader');
    expect(disturbed(PAPER)).toBe('follower');
  });

  test('a server that was removed and comes back starts from nothing in the eyes of the leader', () => {
    const all = group(3, 3);
    all.ask('c', 'n1', write('x', 1)).settle();
    tell(all, 'n1', 'remove', { server: ['n3'] }).settle();
    expect(all.at('n1').node.progressOf('n3')).toBe(undefined);
    tell(all, 'n1', 'add-learner', { server: ['n3'] });
    expect(all.at('n1').node.matchIndex[2]).toBe(0);
    all.settle();
    expect(terms(all.at('n3'))).toEqual(terms(all.at('n1')));
  });
});

describe('joint consensus (§6)', () => {
  const JOINT: Partial<Settings> = { ...PAPER, membership: 'joint' };

  test('needs both majorities, and leaves the joint configuration by itself', () => {
    const all = group(6, 3, JOINT);
    tell(all, 'n1', 'change', { voters: ['n4', 'n5', 'n6'] }).settle(wholeLog);
    all.settle();
    expect(voters(all, 'n4')).toBe('n4 n5 n6');
    expect(all.at('n1').node.role).toBe('follower');
    campaign(all, 'n5');
    expect(all.at('n5').node.role).toBe('leader');
    expect(broken(all)).toEqual([]);
  });

  test('the new voters alone decide nothing while it is joint, nor do the old ones', () => {
    const all = group(5, 3, JOINT);
    tell(all, 'n1', 'add-learner', { server: ['n4', 'n5'] }).settle();
    tell(all, 'n1', 'change', { voters: ['n1', 'n4', 'n5'] });
    expect(voters(all, 'n1')).toBe('n1 n4 n5 from n1 n2 n3');
    const { commitIndex } = all.at('n1').node;
    all.settle(({ from, to }) => !['n2', 'n3'].includes(from) && !['n2', 'n3'].includes(to));
    expect(all.at('n1').node.commitIndex).toBe(commitIndex);
    all.fire('n1', 'heartbeat').settle();
    expect(voters(all, 'n1')).toBe('n1 n4 n5');
  });

  test('a candidate needs a majority of both', () => {
    const all = group(5, 3, JOINT);
    tell(all, 'n1', 'add-learner', { server: ['n4', 'n5'] }).settle();
    tell(all, 'n1', 'change', { voters: ['n1', 'n4', 'n5'] });
    all.deliver(({ to }) => to === 'n4' || to === 'n5').drop();
    all.cut(['n1', 'n4', 'n5'], ['n2', 'n3']);
    campaign(all, 'n4');
    expect(all.at('n4').node.role).toBe('candidate');
    all.heal();
    campaign(all, 'n4');
    expect(all.at('n4').node.role).toBe('leader');
  });

  test('leaving it survives a change of the leader', () => {
    const all = group(4, 3, JOINT);
    tell(all, 'n1', 'add-learner', { server: ['n4'] }).settle();
    tell(all, 'n1', 'change', { voters: ['n2', 'n3', 'n4'] });
    all.deliver();
    expect(voters(all, 'n2')).toBe('n2 n3 n4 from n1 n2 n3');
    all.drop().isolate('n1');
    campaign(all, 'n2').fire('n2', 'heartbeat').settle();
    expect(voters(all, 'n2')).toBe('n2 n3 n4');
  });

  test('a voter that becomes a learner votes until the joint configuration is left', () => {
    const all = group(3, 3, JOINT);
    tell(all, 'n1', 'change', { voters: ['n1', 'n2'], learners: ['n3'] });
    expect(all.at('n1').node.configuration).toEqual({
      voters: ['n1', 'n2'],
      outgoing: ['n1', 'n2', 'n3'],
      learners: [],
      demoted: ['n3'],
    });
    all.settle();
    expect(voters(all, 'n1')).toBe('n1 n2 learners n3');
  });
});

describe('what may not be', () => {
  test('commands that make no sense, and two changes at once, are refused with the reason', () => {
    const all = group(5, 3);
    all.at('n1').forget();
    tell(all, 'n1', 'promote', { server: ['n4'] });
    tell(all, 'n1', 'change', { voters: ['n4', 'n5'] });
    tell(all, 'n1', 'remove', { server: ['n4'] });
    tell(all, 'n1', 'add', { server: ['elsewhere'] });
    tell(all, 'n1', 'transfer', { to: ['n4'] });
    tell(all, 'n1', 'transfer', { to: ['n1'] });
    tell(all, 'n1', 'remove', { server: ['n2'] });
    tell(all, 'n1', 'remove', { server: ['n3'] });
    expect(refusals(all, 'n1')).toEqual([
      'only learners are promoted',
      'it changes more than one voter',
      'nothing would change',
      'elsewhere is no member of the group',
      'only to a voter',
      'it leads already',
      'the last change is not committed',
    ]);
  });

  test('no change before an entry of the leader’s own term is committed (Ongaro 2015)', () => {
    const all = cluster(4, { settings: PAPER, initial: names(3) }).fire('n1', 'election');
    all.settle(wholeLog);
    all.at('n1').forget();
    tell(all, 'n1', 'add', { server: ['n4'] });
    expect(refusals(all, 'n1')).toEqual(['no entry of this term is committed']);
  });

  /** The story of `membership.ts`, with n1 to n4 as voters and n5 to come. */
  function ongaro2015(bug: Bug | null): HandCluster<Raft> {
    const all = group(5, 4, PAPER, bug);
    tell(all, 'n1', 'add-learner', { server: ['n5'] }).settle();
    all.fire('n1', 'heartbeat').settle();
    // 1. n1 appends the configuration with n5, on n1 and n5 only.
    all.cut(['n1', 'n5'], ['n2', 'n3', 'n4']);
    tell(all, 'n1', 'promote', { server: ['n5'] }).settle();
    // 2. n2 is elected by n3 and n4, and its no-op is lost. It removes n1 all the same.
    all.fire('n2', 'election').settle(wholeLog).drop();
    all.cut(['n2'], ['n4']);
    tell(all, 'n2', 'remove', { server: ['n1'] })
      .fire('n2', 'heartbeat')
      .settle();
    // 3. n1 is elected by n4 and n5, and commits there.
    all.heal().cut(['n1', 'n4', 'n5'], ['n2', 'n3']);
    all.fire('n1', 'heartbeat').settle();
    campaign(all, 'n1').fire('n1', 'heartbeat').settle();
    return all;
  }

  test('change-before-commit: two majorities that share nobody', () => {
    expect(broken(ongaro2015(null))).toEqual([]);
    expect(broken(ongaro2015('change-before-commit'))).toContain('state-machine-safety');
  });

  test('a configuration is in force as it is appended, and out of force as it is cut off (§6)', () => {
    const rolled = (bug: Bug | null) => {
      const all = group(5, 4, PAPER, bug).isolate('n1');
      tell(all, 'n1', 'remove', { server: ['n4'] });
      expect(voters(all, 'n1')).toBe('n1 n2 n3');
      campaign(all, 'n2').heal().fire('n2', 'heartbeat').settle();
      return voters(all, 'n1');
    };
    expect(rolled(null)).toBe('n1 n2 n3 n4');
    expect(rolled('config-not-rolled-back')).toBe('n1 n2 n3');
  });

  test('half-is-majority: two halves of four elect a leader each', () => {
    const elected = (bug: Bug | null) => {
      const all = cluster(4, { settings: PAPER, bug }).cut(['n1', 'n2'], ['n3', 'n4']);
      campaign(all, 'n1');
      campaign(all, 'n3');
      return broken(all);
    };
    expect(elected(null)).toEqual([]);
    expect(elected('half-is-majority')).toEqual(['election-safety']);
  });

  test('joint-new-only: the old voters know nothing of it and elect another leader', () => {
    const split = (bug: Bug | null) => {
      const all = group(5, 3, { ...PAPER, membership: 'joint' }, bug);
      tell(all, 'n1', 'add-learner', { server: ['n4', 'n5'] }).settle();
      all.fire('n1', 'heartbeat').settle().cut(['n1', 'n4', 'n5'], ['n2', 'n3']);
      tell(all, 'n1', 'change', { voters: ['n1', 'n4', 'n5'] }).settle();
      campaign(all, 'n2').fire('n2', 'heartbeat').settle();
      return broken(all);
    };
    expect(split(null)).toEqual([]);
    expect(split('joint-new-only')).toContain('state-machine-safety');
  });

  test('learners-count: what a leader and two learners have is not committed', () => {
    const lost = (bug: Bug | null) => {
      const all = group(5, 3, PAPER, bug);
      for (const id of ['n4', 'n5']) tell(all, 'n1', 'add-learner', { server: [id] }).settle();
      all.fire('n1', 'heartbeat').settle().cut(['n1', 'n4', 'n5'], ['n2', 'n3']);
      all.ask('c', 'n1', write('x', 1)).settle();
      campaign(all, 'n2');
      return all.answers.length;
    };
    expect(lost(null)).toBe(0);
    expect(lost('learners-count')).toBe(1);
  });

  test('snapshot-loses-configuration: a server takes the voters of the start for those of today', () => {
    const known = (bug: Bug | null) => {
      const all = group(4, 3, { ...PAPER, snapshotKeep: 0 }, bug);
      tell(all, 'n1', 'add', { server: ['n4'] }).settle();
      all.fire('n1', 'heartbeat').settle();
      tell(all, 'n2', 'snapshot');
      all.at('n2').crash().restart();
      return voters(all, 'n2');
    };
    expect(known(null)).toBe('n1 n2 n3 n4');
    expect(known('snapshot-loses-configuration')).toBe('n1 n2 n3');
  });
});

describe('leadership transfer (thesis 3.10)', () => {
  test('a follower that has everything gets timeoutNow at once, skips pre-vote, and is elected though all hear the leader', () => {
    const all = group(3, 3, {});
    tell(all, 'n1', 'transfer', { to: ['n3'] }).settle();
    expect(roles(all)).toBe('n1:follower@2 n2:follower@2 n3:leader@2');
  });

  test('one that is behind is brought up to date first', () => {
    const all = group(3, 3, {}).isolate('n3');
    all.ask('c', 'n1', write('x', 1)).settle().heal();
    tell(all, 'n1', 'transfer', { to: ['n3'] });
    expect(all.mail.some(({ message }) => message.type === 'timeoutNow')).toBe(false);
    all.fire('n1', 'heartbeat').settle();
    expect(all.at('n3').node.role).toBe('leader');
  });

  test('meanwhile requests are refused; after an election timeout the leader serves again', () => {
    const all = group(3, 3, PAPER).isolate('n3');
    tell(all, 'n1', 'transfer', { to: ['n3'] });
    all.ask('c', 'n1', write('x', 1)).settle();
    expect(all.answers.splice(0).map(({ message }) => message)).toMatchObject([
      { code: 'temporarily-unavailable' },
    ]);
    all.fire('n1', 'transfer').ask('c', 'n1', write('x', 1)).settle();
    expect(all.answers.map(({ message }) => message.type)).toEqual(['write_ok']);
  });

  test('to nobody in particular: to the voter that is furthest', () => {
    const all = group(3, 3, {}).isolate('n2');
    all.ask('c', 'n1', write('x', 1)).settle().heal();
    tell(all, 'n1', 'transfer').settle();
    expect(all.at('n3').node.role).toBe('leader');
  });

  test('it ends if whoever was to lead is removed; a late word from an old leader changes nothing', () => {
    const all = group(3, 3, PAPER).isolate('n3');
    tell(all, 'n1', 'transfer', { to: ['n3'] });
    expect(all.at('n1').node.transfer?.to.id).toBe('n3');
    all.heal();
    campaign(all, 'n2');
    expect(all.at('n1').node.transfer).toBe(null);
    all.at('n3').receive('n1', { type: 'timeoutNow', term: 1 });
    expect(all.at('n3').node.role).toBe('follower');
  });
});
