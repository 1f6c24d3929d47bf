/** Watchers: how fast they find out, what they agree on, which node they promote, how they fence. */
import { describe, expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { defaultsOf } from '../../../sim/params.ts';
import leaseServer from '../../consensus/lease-server/index.ts';
import type { HealthReply } from '../../parts/failover-messages.ts';
import primaryReplica from '../primary-replica/index.ts';
import { type Bug, bugs } from './declared.ts';
import system from './index.ts';
import { params, refuseSettings } from './settings.ts';
import { mostAdvanced, Watched } from './watched.ts';

const db = ['a', 'b', 'c'];

interface Scene {
  readonly watchers?: number;
  readonly params?: { readonly [name: string]: unknown };
  readonly db?: { readonly [name: string]: unknown };
  readonly seed?: string;
}

/** A primary a with two replicas, and watchers w1, w2, ... */
function scene({ watchers = 1, params = {}, db: given = {}, seed = '1' }: Scene = {}): Stage {
  const stage = new Stage({ seed });
  for (const id of db) {
    stage.addSystem(id, primaryReplica, {
      params: { failover: 'watched', ...given },
      place: { members: db, group: 'db' },
    });
  }
  const members = Array.from({ length: watchers }, (_, i) => `w${i + 1}`);
  for (const id of members) {
    stage.addSystem(id, system, {
      params: { watch: db, interval: 1000, timeout: 500, fall: 3, ...params },
      place: { members, group: 'guard' },
      operates: db,
    });
  }
  return stage;
}

const noted = (stage: Stage, text: string) => stage.notes.filter((note) => note.includes(text));
const primaries = (stage: Stage) =>
  [...stage.views()].flatMap(([id, view]) => (view['role'] === 'primary' ? [id] : []));

describe('detection', () => {
  test('takes from (f - 1) h + t to f h + t, with the mean in between', () => {
    const times: number[] = [];
    for (let i = 0; i < 40; i++) {
      const stage = scene({ seed: String(i) });
      // Each fortieth of an interval once.
      const crashAtMs = 5000 + i * 25 + 12;
      stage.until(crashAtMs).crash('a');
      while (noted(stage, 'takes for dead').length === 0) stage.step(10);
      times.push(stage.nowMs - crashAtMs);
    }
    // h = 1 s, t = 0.5 s, f = 3; a question that is on its way counts as asked.
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2500 - 10);
    expect(Math.max(...times)).toBeLessThanOrEqual(3500 + 10);
    const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
    expect(Math.abs(mean - 3000)).toBeLessThan(20);
  });

  test('a node that misses one question less is not dead', () => {
    const stage = scene();
    stage.until(4900).crash('b').step(1900).boot('b').step(5000);
    expect(noted(stage, 'takes for dead')).toEqual([]);
  });

  test('and is alive again after `rise` answers', () => {
    const stage = scene();
    stage.until(4900).crash('b').step(4000);
    expect(noted(stage, 'takes for dead {"node":"b"}')).toHaveLength(1);
    stage.boot('b').step(600);
    expect(noted(stage, 'alive again')).toEqual([]);
    expect(noted(stage.step(1500), 'alive again')).toHaveLength(1);
  });
});

describe('fail-over', () => {
  test('the replica that has received the most becomes primary; the old one is a replica later', () => {
    const stage = scene();
    stage.until(2000);
    const levers = stage.levers();
    levers.cut('a', 'b');
    stage.ask('a', { type: 'write', key: 'x', value: 1 });
    stage.step(100).crash('a').step(5000);
    expect(primaries(stage)).toEqual(['c']);
    expect(noted(stage, 'fail-over done')).toHaveLength(1);
    stage.boot('a').step(4000);
    expect(stage.views().get('a')).toMatchObject({ role: 'replica', primary: 'c', term: 2 });
  });

  test('fails back when the first node is well again, once the cool-down is over, and loses nothing', () => {
    const stage = scene({ params: { failback: true, 'cool-down': 8000 } });
    stage.until(2000).crash('a').step(5000).boot('a');
    stage.step(4000);
    expect(primaries(stage)).toEqual(['b']);
    const asked = stage.ask('b', { type: 'write', key: 'x', value: 7 });
    stage.step(8000);
    expect(stage.answers().get(asked)?.type).toBe('write_ok');
    expect(primaries(stage)).toEqual(['a']);
    const read = stage.ask('a', { type: 'read', key: 'x' });
    expect(stage.step(50).answers().get(read)).toMatchObject({ value: 7 });
    const without = scene().until(2000).crash('a').step(5000).boot('a').step(12_000);
    expect(primaries(without)).toEqual(['b']);
  });

  test('of those that are equally far the first by name', () => {
    const watched = (id: string, lastEpoch: number, lsn: number) => {
      const node = new Watched(id);
      node.hear({ lastEpoch, lsn, round: 1 } as HealthReply, 0, 1);
      return node;
    };
    const best = (...nodes: Watched[]) => mostAdvanced(nodes)?.id;
    expect(best(watched('b', 1, 5), watched('a', 1, 5))).toBe('a');
    expect(best(watched('a', 1, 9), watched('b', 2, 3))).toBe('b');
    expect(best(watched('a', 1, 9), watched('b', 1, 10))).toBe('b');
    expect(best()).toBeUndefined();
  });

  test('a second fail-over follows when the new primary dies before it has answered', () => {
    const stage = scene();
    stage.until(2000);
    stage.onSent = ({ message, to }) => {
      if (message.type === 'promote' && to === 'b') stage.after(0, () => void stage.crash('b'));
    };
    stage.crash('a').step(20_000);
    expect(primaries(stage)).toEqual(['c']);
  });

  test('sync: nobody is promoted before enough replicas were heard to have everything', () => {
    const stage = scene({ db: { replication: 'sync' } });
    stage.until(2000).crash('a').crash('b').step(8000);
    expect(primaries(stage)).toEqual([]);
    expect(noted(stage, 'no candidate').length).toBeGreaterThan(0);
    stage.boot('b').step(4000);
    expect(primaries(stage)).toHaveLength(1);
  });

  test('cool-down keeps fail-overs apart', () => {
    const stage = scene({ params: { 'cool-down': 30_000 } });
    stage.until(2000).crash('a').step(6000);
    const [first = ''] = primaries(stage);
    stage.boot('a').step(3000).crash(first).step(10_000);
    expect(noted(stage, 'fail-over done')).toHaveLength(1);
    stage.step(20_000);
    expect(noted(stage, 'fail-over done')).toHaveLength(2);
  });
});

describe('agreement', () => {
  const three = { watchers: 3, params: { quorum: 2 } };
  const cutOff = (stage: Stage, watcher: string) => {
    const levers = stage.levers();
    for (const id of db) levers.cut(id, watcher);
  };

  test('one of three watchers that cannot hear the primary does nothing', () => {
    const stage = scene(three);
    stage.until(2000);
    stage.levers().cut('a', 'w1');
    stage.step(10_000);
    expect(noted(stage, 'w1 takes for dead')).toHaveLength(1);
    expect(noted(stage, 'promotes')).toEqual([]);
    expect(primaries(stage)).toEqual(['a']);
  });

  test('all three agree, and one of them acts', () => {
    const stage = scene(three);
    stage.until(2000).crash('a').step(10_000);
    expect(primaries(stage)).toHaveLength(1);
    expect(noted(stage, 'fail-over done')).toHaveLength(1);
    const views = ['w1', 'w2', 'w3'].map((id) => stage.views().get(id));
    expect(new Set(views.map((view) => view?.['primary']))).toEqual(new Set(primaries(stage)));
  });

  test('a watcher remembers over a crash in which epoch it has voted', () => {
    const stage = scene(three);
    stage.until(2000);
    cutOff(stage, 'w3');
    stage.inject('w1', 'w3', { type: 'askVote', epoch: 7, node: 'a' } as never).step(1);
    stage.crash('w3').boot('w3').step(10).sent.splice(0);
    stage.inject('w2', 'w3', { type: 'askVote', epoch: 7, node: 'a' } as never).step(1);
    const votes = stage.sent.filter(({ message }) => message.type === 'vote');
    expect(votes.map(({ message }) => message)).toMatchObject([{ epoch: 7, isGranted: false }]);
  });
});

describe('fencing', () => {
  function cutOffPrimary(stage: Stage): void {
    const levers = stage.levers();
    for (const other of ['b', 'c', 'w1']) {
      levers.cut('a', other);
      levers.cut(other, 'a');
    }
  }

  test('stonith stops the old primary, and starts it again as a replica', () => {
    const stage = scene({ params: { fence: 'stonith' } });
    cutOffPrimary(stage.until(2000));
    stage.until(6000);
    expect(noted(stage, 'cuts off the power {"node":"a"}')).toHaveLength(1);
    expect(primaries(stage)).toEqual(['b']);
    expect(stage.step(2000).views().get('a')).toMatchObject({ role: 'replica' });
  });

  test('without revive it stays off', () => {
    const stage = scene({ params: { fence: 'stonith', revive: false } });
    cutOffPrimary(stage.until(2000));
    stage.until(8000);
    expect(primaries(stage)).toEqual(['b']);
    expect(stage.views().has('a')).toBe(false);
  });

  test('under a lease there is never a moment with two primaries that serve', () => {
    const stage = scene({ params: { fence: 'lease', lease: 4000 } });
    cutOffPrimary(stage.until(5000));
    const serves = (id: string) => {
      const asked = stage.ask(id, { type: 'write', key: id, value: 1 });
      stage.step(50);
      return stage.answers().get(asked)?.type === 'write_ok';
    };
    let handedOver = false;
    for (let i = 0; i < 200; i++) {
      const [old, next] = [serves('a'), serves('b')];
      expect(old && next).toBe(false);
      if (old) expect(handedOver).toBe(false);
      if (next) handedOver = true;
    }
    expect(handedOver).toBe(true);
  });
});

describe('mistakes', () => {
  const stages: { readonly [B in Bug]: readonly [file: string, sets: readonly string[]] } = {
    'no-fencing': ['split-brain', ['expect=[leaders per term <= 1]']],
    'one-watcher-two-primaries': ['async-failover', ['expect=[leaders per term <= 1]']],
    'promote-behind': [
      'async-failover',
      [
        'nodes.db.replication=async',
        'duration=9s',
        // One replica hears nothing of the primary for a while, then the primary dies.
        'faults=[{ at: 2s, for: 1500ms, one-way: { nodes: db-1, to: db-2, direction: out } }, { at: 3s, for: 3s, crash: db-1 }]',
        'expect=[no-lost-writes]',
      ],
    ],
  };

  test.each(Object.entries(stages))('%s', { timeout: 30_000 }, async (bug, [name, sets]) => {
    const file = `scenarios/${name}.yaml`;
    expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
    const wrong = await runLaidOver({ file, sets: [...sets, `nodes.guard.bug=${bug}`] });
    const { caughtBy } = bugs[bug as Bug];
    expect(violatedIn(wrong).filter((text) => text.includes(caughtBy))).not.toEqual([]);
  });
});

describe('fence: shared-lock', () => {
  /** Its own lease is 3 s; the primary is cut off from the watcher, and is well. */
  function withLock(seed = '1'): Stage {
    const params = { fence: 'shared-lock', lock: ['locks'], lease: 3000 };
    const stage = scene({ params, seed });
    return stage.addSystem('locks', leaseServer, { place: { members: ['locks'], group: 'locks' } });
  }
  const write = (stage: Stage, to: string) => {
    const asked = stage.ask(to, { type: 'write', key: 'x', value: 1 });
    return stage.step(100).answers().get(asked)?.type;
  };

  test('whoever takes over has the lock first, and the old primary serves no more', () => {
    const stage = withLock().until(5000);
    expect(write(stage, 'a')).toBe('write_ok');
    const levers = stage.levers();
    for (const id of ['w1', 'b', 'c', 'locks']) {
      levers.cut('a', id);
      levers.cut(id, 'a');
    }
    const served = { a: 0, b: 0 };
    while (stage.nowMs < 16_000) {
      const isA = write(stage, 'a') === 'write_ok';
      const isB = write(stage, 'b') === 'write_ok';
      expect(isA && isB).toBe(false);
      if (isA) served.a = stage.nowMs;
      if (isB && served.b === 0) served.b = stage.nowMs;
    }
    expect(served.a).toBeLessThan(5000 + 3300);
    expect(served.b).toBeGreaterThan(served.a);
    expect(served.b).toBeLessThan(5000 + 3500 + 3000);
  });

  test('one that is taken for dead by mistake keeps the lock, and nobody takes over', () => {
    const stage = withLock().until(5000);
    const levers = stage.levers();
    const heal = [levers.cut('a', 'w1'), levers.cut('w1', 'a')];
    stage.step(8000);
    expect(noted(stage, 'takes for dead {"node":"a"}')).toHaveLength(1);
    expect(noted(stage, 'promotes')).not.toHaveLength(0);
    expect(primaries(stage)).toEqual(['a']);
    expect(write(stage, 'a')).toBe('write_ok');
    for (const one of heal) one();
    const asked = noted(stage.step(2000), 'promotes').length;
    // The primary is well again: nobody is asked to take its place any more.
    expect(noted(stage.step(8000), 'promotes')).toHaveLength(asked);
    expect(primaries(stage)).toEqual(['a']);
    // The one that was chosen asks no more: a planned switch to another one goes through.
    expect(stage.levers().command('a', 'switch-over', { to: ['c'] })).toBeNull();
    stage.step(6000);
    expect(primaries(stage)).toEqual(['c']);
    expect(write(stage, 'c')).toBe('write_ok');
  });

  test('needs a lock, and a lease longer than the interval', () => {
    const given = (set: object) => refuseSettings(defaultsOf(params, { watch: db, ...set }), 1);
    expect(given({ fence: 'shared-lock' })).toContain('need each other');
    expect(given({ lock: ['locks'] })).toContain('need each other');
    expect(given({ fence: 'shared-lock', lock: ['locks'], lease: 500 })).toContain('longer');
    expect(given({ fence: 'shared-lock', lock: ['locks'] })).toBeNull();
  });
});
