/**
 * Raft where some members reach each other and others do not, with each setting of Pre-Vote and of
 * check-quorum (the outage at Cloudflare of 2 November 2020 was of this kind). What helps against
 * one shape of the network hurts in another.
 */
import { describe, expect, test } from 'vitest';
import multiPaxos from '../../src/nodes/consensus/multi-paxos/index.ts';
import raft from '../../src/nodes/consensus/raft/index.ts';
import type { AnySystem } from '../../src/sim/system.ts';
import { Stage } from '../support/stage.ts';
import { told } from '../support/told.ts';
import { names } from './raft-cluster.ts';

type Settings = readonly [preVote: boolean, checkQuorum: boolean];
const ALL: readonly Settings[] = [
  [true, true],
  [true, false],
  [false, true],
  [false, false],
];

class Group {
  readonly stage: Stage;
  readonly members: readonly string[];

  constructor(system: AnySystem, n: number, params: object = {}, seed = '1') {
    this.stage = new Stage({ seed });
    this.members = names(n);
    const place = { group: 'kv', members: this.members };
    for (const id of this.members) {
      this.stage.addSystem(id, system, { params: { ...params }, place });
    }
    this.stage.step(1000);
  }

  /** Those that lead and are up. */
  get leaders(): readonly string[] {
    return [...this.stage.views()].flatMap(([id, { role }]) => (role === 'leader' ? [id] : []));
  }

  termOf(id: string): unknown {
    return this.stage.views().get(id)?.['term'];
  }

  /** Whoever is not the leader now, in the order of the names. */
  get others(): readonly string[] {
    return this.members.filter((id) => !this.leaders.includes(id));
  }

  /** Only members that are joined reach each other; a link that is cut stays so. */
  onlyLinks(joined: (a: string, b: string) => boolean): this {
    const levers = this.stage.levers();
    for (const a of this.members) {
      for (const b of this.members) {
        if (a !== b && !joined(a, b) && !joined(b, a)) levers.cut(a, b);
      }
    }
    return this;
  }

  /** The share of writes that are answered, one every 50 ms at this member. */
  answered(at: string, forMs: number): number {
    const ids: number[] = [];
    for (let ms = 0; ms < forMs; ms += 50) {
      ids.push(this.stage.ask(at, { type: 'write', key: 'x', value: ms }, 500));
      this.stage.step(50);
    }
    this.stage.step(500);
    return ids.filter((id) => told(this.stage, id) === 'write_ok').length / ids.length;
  }
}

function raftWith([preVote, checkQuorum]: Settings, n: number): Group {
  return new Group(raft, n, { 'pre-vote': preVote, 'check-quorum': checkQuorum });
}

describe('a star: all links but those of one member are lost, and another one leads', () => {
  test.each(ALL)('pre-vote %s, check-quorum %s', (preVote, checkQuorum) => {
    const group = raftWith([preVote, checkQuorum], 5);
    const [centre] = group.others as [string];
    // Both together elect it within .7 s; without Pre-Vote those at the ends interrupt it for a while.
    group.onlyLinks((a) => a === centre).stage.step(preVote && checkQuorum ? 700 : 2500);
    // With Pre-Vote alone the centre still hears the old leader, and nobody gets its vote.
    const isStuck = preVote && !checkQuorum;
    expect(group.leaders.includes(centre)).toBe(!isStuck);
    const share = group.answered(centre, 5000);
    if (isStuck) expect(share).toBe(0);
    else expect(share).toBeGreaterThanOrEqual(0.97);
  });
});

/** The leader dies while the only member that reaches the others lacks the last writes. */
function starBehind(system: AnySystem, params: object): { group: Group; centre: string } {
  const group = new Group(system, 5, params);
  const [leader] = group.leaders as [string];
  const [centre] = group.others as [string];
  const levers = group.stage.levers();
  const heals = group.members.map((id) => levers.cut(id, centre));
  group.answered(leader, 100);
  group.onlyLinks((a) => a === centre).stage.crash(leader);
  for (const heal of heals) heal();
  return { group, centre };
}

describe('a star whose centre lacks the last writes, and the leader dies', () => {
  test.each(ALL)('pre-vote %s, check-quorum %s: nobody leads any more', (preVote, checkQuorum) => {
    const settings = { 'pre-vote': preVote, 'check-quorum': checkQuorum };
    const { group, centre } = starBehind(raft, settings);
    expect(group.answered(centre, 5000)).toBe(0);
    expect(group.leaders).toEqual([]);
  });

  test('Multi-Paxos: the centre leads, and learns from promises what it lacks', () => {
    const { group, centre } = starBehind(multiPaxos, {});
    group.stage.step(2000);
    expect(group.leaders).toEqual([centre]);
    expect(group.answered(centre, 2000)).toBeGreaterThanOrEqual(0.97);
  });
});

describe('a chain of three: the leader at one end, and its link to the other end is lost', () => {
  test.each(ALL)('pre-vote %s, check-quorum %s', (preVote, checkQuorum) => {
    const group = raftWith([preVote, checkQuorum], 3);
    const [leader] = group.leaders as [string];
    const [middle, end] = group.others as [string, string];
    const before = group.termOf(leader);
    group.onlyLinks((a) => a === middle);
    const shareAtEnd = group.answered(end, 10_000);
    if (preVote || checkQuorum) {
      expect([group.leaders, group.termOf(leader)]).toEqual([[leader], before]);
      expect(shareAtEnd).toBe(0);
      return;
    }
    // The end campaigns again and again, until the middle is quicker once.
    expect(group.leaders).toEqual([middle]);
    expect(shareAtEnd).toBeGreaterThan(0.5);
  });
});
