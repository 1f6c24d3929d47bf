/** The members by hand: gaps, copies, epochs, late messages, modes of replication. */
import { describe, expect, test } from 'vitest';
import { heldLink, Stage, type StageOptions, type Wanted } from '../../../../test/support/stage.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { Reply } from '../../../sim/rpc.ts';
import system from './index.ts';
import { acksNeeded, candidatesNeeded, params, refuseSettings } from './settings.ts';

interface Group {
  readonly params?: { readonly [name: string]: unknown };
  readonly bug?: string;
  readonly options?: StageOptions;
}

/** a is the primary, b and c are replicas. */
function group({ params: given = {}, bug, options = {} }: Group = {}): Stage {
  const stage = new Stage(options);
  const members = ['a', 'b', 'c'];
  for (const id of members) {
    stage.addSystem(id, system, {
      params: given,
      place: { members, group: 'db' },
      ...(bug === undefined ? {} : { bug }),
    });
  }
  return stage.step(5);
}

const write = (value: unknown, key = 'x') => ({ type: 'write', key, value });
const read = (key = 'x') => ({ type: 'read', key });
const cas = (from: unknown, to: unknown) => ({ type: 'cas', key: 'x', from, to });

function answer(stage: Stage, to: string, body: { type: string }, waitMs = 30): Reply | null {
  const id = stage.ask(to, body);
  return stage.step(waitMs).answers().get(id) ?? null;
}

const ok = (value: unknown) => expect.objectContaining({ type: 'read_ok', value });
const view = (stage: Stage, id: string) => stage.views().get(id);
const promote = (epoch: number, isForced = false) =>
  ({ type: 'promote', epoch, isLeased: false, isForced }) as never;
const health = (more: object = {}) =>
  ({
    ...{ type: 'health', round: 1, heardRound: 0, epoch: 0, primary: null, leaseMs: null },
    ...more,
  }) as never;

/** Links between members hold what is sent until the test delivers it. */
const held: StageOptions = {
  link: (from, to) =>
    'abc'.includes(from) && 'abc'.includes(to)
      ? heldLink
      : { ...heldLink, latency: { kind: 'constant', value: 1 } },
};

describe('replication', () => {
  test('what the primary writes, replicas read; they pass writes on', () => {
    const stage = group({ params: { reads: 'any' } });
    expect(answer(stage, 'b', write(1))?.type).toBe('write_ok');
    for (const member of ['a', 'b', 'c']) expect(answer(stage, member, read())).toEqual(ok(1));
    expect(answer(stage, 'c', cas(1, 2))?.type).toBe('cas_ok');
    expect(answer(stage, 'c', cas(1, 3))).toMatchObject({ code: 'precondition-failed' });
    expect(answer(group({ params: { forward: false } }), 'b', write(1))).toMatchObject({
      code: 'temporarily-unavailable',
    });
  });

  test('records that overtake others wait; those that come twice change nothing', () => {
    const stage = group({ options: held, params: { reads: 'any', heartbeat: 1e5 } });
    stage.drop();
    for (const value of [1, 2, 3]) stage.ask('a', write(value));
    const toB = stage.inFlight.filter(({ to }) => to === 'b');
    expect(toB).toHaveLength(3);
    for (const sent of [...toB].reverse()) stage.again(sent);
    expect(view(stage, 'b')).toMatchObject({ lsn: 3, applied: 3 });
    for (const sent of toB) stage.again(sent);
    expect(view(stage, 'b')).toMatchObject({ lsn: 3 });
    expect(answer(stage, 'b', read())).toEqual(ok(3));
  });

  test('what was lost is sent again with a heartbeat', () => {
    const stage = group({ params: { reads: 'any' } });
    const levers = stage.levers();
    const heal = levers.cut('a', 'b');
    answer(stage, 'a', write(1));
    answer(stage, 'a', write(2));
    expect(view(stage, 'b')).toMatchObject({ lsn: 0 });
    heal();
    stage.step(500);
    expect(answer(stage, 'b', read())).toEqual(ok(2));
  });

  test('a replica that is too far behind gets a full copy, while writes go on', () => {
    const stage = group({ params: { reads: 'any', 'log-max': 5 } });
    stage.crash('c');
    for (let i = 0; i < 40; i++) answer(stage, 'a', write(i, `k${i % 7}`), 5);
    stage.boot('c');
    for (let i = 40; i < 60; i++) answer(stage, 'a', write(i, `k${i % 7}`), 10);
    stage.step(500);
    expect(stage.notes).toContain('a sends a full copy {"to":"c"}');
    for (let key = 0; key < 7; key++) {
      const expected = answer(stage, 'a', read(`k${key}`)) as Reply & { value: unknown };
      expect(answer(stage, 'c', read(`k${key}`))).toEqual(ok(expected.value));
    }
    // And it survives a crash with the copy and what followed.
    stage.crash('c').boot('c').step(500);
    expect(view(stage, 'c')).toMatchObject({ lsn: 60, applied: 60 });
  });

  test('a replica applies one record after the other, and shows how far behind it is', () => {
    const stage = group({ params: { reads: 'any', apply: { kind: 'constant', value: 20 } } });
    for (const value of [1, 2, 3]) stage.ask('a', write(value));
    stage.step(25);
    expect(view(stage, 'b')).toMatchObject({ lsn: 3, applied: 1 });
    expect(answer(stage, 'b', read(), 2)).toEqual(ok(1));
    stage.step(40);
    expect(view(stage, 'b')).toMatchObject({ applied: 3 });
  });
});

test('with max-staleness a replica that has not heard the primary lately refuses reads', () => {
  const late = (params: object) => {
    const stage = group({ params: { reads: 'any', ...params } }).step(1000);
    stage.levers().cut('a', 'b');
    return answer(stage.step(500), 'b', read());
  };
  expect(late({})).toEqual(ok(null));
  expect(late({ 'max-staleness': 300 })).toMatchObject({ code: 'temporarily-unavailable' });
  expect(late({ 'max-staleness': 1000 })).toEqual(ok(null));
});

describe('reads: nearest', () => {
  /** b is 2 ms from c and 9 ms from a; c is as far from a. */
  const apart: StageOptions = {
    link: (from, to) => {
      const isFar = from !== to && `${from}${to}`.includes('a') && /^[abc]{2}$/.test(from + to);
      return { ...heldLink, latency: { kind: 'constant', value: isFar ? 9 : 2 } };
    },
  };
  /** Which members have answered ten reads that b was asked for. */
  const answering = (params: object, harm: (stage: Stage) => void) => {
    const given = { 'max-staleness': 400, ...params };
    const stage = group({ params: { reads: 'nearest', ...given }, options: apart }).step(500);
    harm(stage);
    stage.step(500);
    const before = stage.sent.length;
    const replies = Array.from({ length: 10 }, () => answer(stage, 'b', read()));
    const asked = stage.sent.slice(before).filter(({ message }) => message.type === 'forward');
    const here = replies.filter((reply) => reply?.type === 'read_ok').length - asked.length;
    return [here, ...['a', 'c'].map((id) => asked.filter(({ to }) => to === id).length)];
  };
  const cutFromPrimary = (stage: Stage) => void stage.levers().cut('a', 'b');

  test('whoever is asked answers; one that may not asks the nearest that may', () => {
    expect(answering({}, () => {})).toEqual([10, 0, 0]);
    expect(answering({}, cutFromPrimary)).toEqual([0, 0, 10]);
    expect(answering({}, (stage) => cutFromPrimary(stage.crash('c')))).toEqual([0, 0, 0]);
    const bothCut = (stage: Stage) => {
      stage.levers().cut('a', 'c');
      cutFromPrimary(stage);
    };
    // c is as far behind: nobody that b can hear may answer.
    expect(answering({}, bothCut)).toEqual([0, 0, 0]);
    expect(answering({ forward: false }, cutFromPrimary)[2]).toBe(0);
  });

  test('with a latency-window one is drawn of those within it', () => {
    const [here = 0, far, near = 0] = answering({ 'latency-window': 5 }, () => {});
    expect(far).toBe(0);
    expect(Math.min(here, near)).toBeGreaterThan(0);
    expect(answering({ 'latency-window': 30 }, () => {})[1]).toBeGreaterThan(0);
  });
});

describe('when a write is acknowledged', () => {
  const withoutReplicas = (given: { readonly [name: string]: unknown }, bug?: string) => {
    const stage = group({ params: given, ...(bug === undefined ? {} : { bug }) });
    stage.crash('b').crash('c');
    return stage;
  };

  test('async: at once; sync: not without a replica, and then nobody knows', () => {
    expect(answer(withoutReplicas({}), 'a', write(1))?.type).toBe('write_ok');
    const stage = withoutReplicas({ replication: 'sync', 'write-timeout': 200 });
    const id = stage.ask('a', write(1));
    expect(answer(stage, 'a', read(), 100)).toEqual(ok(null));
    expect(stage.step(200).answers().get(id)).toMatchObject({ code: 'timeout' });
    // It is in the log, and shows when a replica has it.
    stage.boot('b').step(500);
    expect(answer(stage, 'a', read())).toEqual(ok(1));
  });

  test('the mistakes acknowledge it all the same', () => {
    const given = { replication: 'sync', 'write-timeout': 1000 };
    const ends = (bug: string) => answer(withoutReplicas(given, bug), 'a', write(1), 2000)?.type;
    expect(['ack-before-ship', 'silent-async', 'ok-on-timeout'].map(ends)).toEqual(
      Array(3).fill('write_ok'),
    );
  });

  test('semi-sync: it waits for a replica, goes on without one, and waits again', () => {
    const given = { replication: 'semi-sync', 'semi-sync-timeout': 300 };
    const stage = withoutReplicas(given);
    const id = stage.ask('a', write(1));
    expect(stage.step(250).answers().get(id)).toBeUndefined();
    expect(stage.step(100).answers().get(id)?.type).toBe('write_ok');
    expect(stage.notes).toContain('a fell back to async');
    expect(view(stage, 'a')).toMatchObject({ replication: 'async' });
    expect(answer(stage, 'a', write(2), 10)?.type).toBe('write_ok');
    stage.boot('b').step(500);
    expect(stage.notes).toContain('a semi-sync again');
    expect(view(stage, 'a')).toMatchObject({ replication: 'semi-sync' });
  });

  test('after-commit shows a write that no replica has; after-sync does not', () => {
    const seen = (point: string) => {
      const given = { replication: 'semi-sync', 'semi-sync-point': point };
      const stage = withoutReplicas(given);
      stage.ask('a', write(1));
      return answer(stage, 'a', read());
    };
    expect(seen('after-commit')).toEqual(ok(1));
    expect(seen('after-sync')).toEqual(ok(null));
  });

  test('a compare that fails against an unacknowledged write waits for it', () => {
    const stage = withoutReplicas({ replication: 'sync' });
    stage.ask('a', write(1));
    const id = stage.ask('a', cas(7, 8));
    expect(stage.step(50).answers().get(id)).toBeUndefined();
    expect(stage.boot('b').step(500).answers().get(id)).toMatchObject({
      code: 'precondition-failed',
    });
  });

  test('quorum: a majority of all members, itself included', () => {
    const stage = group({ params: { replication: 'quorum' } });
    expect(answer(stage.crash('c'), 'a', write(1))?.type).toBe('write_ok');
    expect(answer(stage.crash('b'), 'a', write(2))).toBeNull();
  });

  test('sync with `first` waits for the first replica that is connected', () => {
    const stage = group({ params: { replication: 'sync', 'sync-choose': 'first' } });
    stage.step(300);
    expect(answer(stage, 'a', write(1))?.type).toBe('write_ok');
    stage.crash('b');
    expect(answer(stage, 'a', write(2), 100)).toBeNull();
    // b is not connected any more: c takes its place.
    expect(answer(stage.step(600), 'a', write(3), 300)?.type).toBe('write_ok');
  });

  test('min-replicas refuses for good when too few have acknowledged lately', () => {
    const stage = group({ params: { 'min-replicas': 2, 'max-lag': 300 } });
    expect(answer(stage.step(200), 'a', write(1))?.type).toBe('write_ok');
    stage.crash('b').step(500);
    expect(answer(stage, 'a', write(2))).toMatchObject({ code: 'temporarily-unavailable' });
  });

  test('ack-when: applied waits until a replica can be read', () => {
    const took = (when: string) => {
      const stage = group({
        params: {
          replication: 'sync',
          'ack-when': when,
          apply: { kind: 'constant', value: 50 },
        },
      });
      const before = stage.nowMs;
      const id = stage.ask('a', write(1));
      while (!stage.answers().has(id)) stage.step(1);
      return stage.nowMs - before;
    };
    expect(took('written')).toBeLessThan(10);
    expect(took('applied')).toBeGreaterThanOrEqual(50);
  });
});

describe('succession', () => {
  test('a replica that is promoted applies what it has, and deposes the old primary', () => {
    const stage = group({ params: { reads: 'any', failover: 'watched' } });
    answer(stage, 'a', write(1));
    stage.inject('client', 'b', promote(2)).step(200);
    expect(view(stage, 'b')).toMatchObject({ role: 'primary', term: 2 });
    expect(view(stage, 'a')).toMatchObject({ role: 'replica', term: 2, primary: 'b' });
    expect(answer(stage, 'a', write(2))?.type).toBe('write_ok');
    expect(answer(stage, 'c', read())).toEqual(ok(2));
  });

  /** a has a record that b never got; b is primary of epoch 2, and has written another one. */
  function parted(given: object, bug?: string): Stage {
    const stage = group({
      params: { reads: 'any', failover: 'watched', ...given },
      ...(bug === undefined ? {} : { bug }),
    });
    answer(stage, 'a', write('both'));
    const levers = stage.levers();
    const heal = ['b', 'c'].flatMap((other) => [levers.cut('a', other), levers.cut(other, 'a')]);
    answer(stage, 'a', write('old'));
    stage.inject('client', 'b', promote(2)).step(10);
    answer(stage, 'b', write('new', 'y'));
    for (const each of heal) each();
    return stage.step(600);
  }

  test('the old primary undoes what the new one does not have', () => {
    const stage = parted({});
    expect(stage.notes).toContain('a rewinds {"from":2,"to":2}');
    expect(answer(stage, 'a', read())).toEqual(ok('both'));
    expect(answer(stage, 'a', read('y'))).toEqual(ok('new'));
  });

  test('or takes a full copy, or stands aside; the mistake keeps what it has', () => {
    const copied = parted({ rejoin: 'resync' });
    expect(copied.notes).toContain('b sends a full copy {"to":"a"}');
    expect(answer(copied, 'a', read())).toEqual(ok('both'));
    const aside = parted({ rejoin: 'diverge' });
    expect(view(aside, 'a')).toMatchObject({ role: 'diverged' });
    expect(answer(aside, 'a', read())).toMatchObject({ code: 'temporarily-unavailable' });
    expect(answer(parted({}, 'no-rewind'), 'a', read())).toEqual(ok('old'));
  });

  test('a late record of an earlier epoch is refused', () => {
    const late = (bug?: string) => {
      const stage = group({
        options: held,
        params: { reads: 'any', heartbeat: 1e5 },
        ...(bug === undefined ? {} : { bug }),
      });
      stage.drop();
      stage.ask('a', write('old'));
      const [append] = stage.inFlight.filter(({ to }) => to === 'c');
      if (append === undefined) throw new Error('nothing was sent');
      stage.drop().inject('client', 'b', promote(2)).step(1);
      stage.deliver(({ to }) => to === 'c');
      stage.again(append);
      return view(stage, 'c');
    };
    expect(late()).toMatchObject({ lsn: 0 });
    expect(late('no-epoch')).toMatchObject({ lsn: 1 });
  });

  test('a watched primary that boots is a replica until somebody confirms it', () => {
    const stage = group({ params: { failover: 'watched' } });
    answer(stage, 'a', write(1));
    stage.crash('a').step(50).boot('a').step(50);
    expect(view(stage, 'a')).toMatchObject({ role: 'replica', term: 1 });
    stage.inject('client', 'a', health({ epoch: 1, primary: 'a' })).step(10);
    expect(view(stage, 'a')).toMatchObject({ role: 'primary', term: 1 });
    const unwatched = group();
    unwatched.crash('a').step(50).boot('a').step(50);
    expect(view(unwatched, 'a')).toMatchObject({ role: 'primary' });
  });

  test('a primary without its disk is not copied', () => {
    const lost = (bug?: string) => {
      const stage = group({ params: { reads: 'any' }, ...(bug === undefined ? {} : { bug }) });
      answer(stage, 'a', write(1));
      stage.crash('a').levers().wipeDisk('a');
      stage.boot('a').step(500);
      return [view(stage, 'a')?.['role'], answer(stage, 'b', read())];
    };
    expect(lost()).toEqual(['blank', ok(1)]);
    const [role, answered] = lost('empty-primary');
    expect([role, answered]).toEqual(['primary', ok(null)]);
  });

  test('a replica without its disk takes a full copy', () => {
    const stage = group({ params: { reads: 'any' } });
    answer(stage, 'a', write(1));
    stage.crash('c').levers().wipeDisk('c');
    stage.boot('c').step(500);
    expect(answer(stage, 'c', read())).toEqual(ok(1));
  });

  test('under a lease a primary serves only as long as its answers were heard', () => {
    const stage = group({ params: { failover: 'watched' } });
    const ask = (round: number, heardRound: number) =>
      stage.inject(
        'client',
        'a',
        health({ ...{ round, heardRound }, epoch: 1, primary: 'a', leaseMs: 100 }),
      );
    ask(1, 0).step(1);
    expect(answer(stage, 'a', read(), 5)).toMatchObject({ code: 'temporarily-unavailable' });
    ask(2, 1).step(1);
    expect(answer(stage, 'a', read(), 5)).toEqual(ok(null));
    stage.step(100);
    expect(answer(stage, 'a', write(1), 5)).toMatchObject({ code: 'temporarily-unavailable' });
  });

  test('a planned switch waits until the next primary has everything', () => {
    const stage = group({ params: { reads: 'any', 'ship-every': 1000 } });
    for (const value of [1, 2, 3]) stage.ask('a', write(value));
    stage.step(5);
    const commanded: Wanted = ({ message }) => message.type === 'handOver';
    expect(stage.levers().command('a', 'switch-over', { to: ['b'] })).toBeNull();
    stage.step(300);
    expect(stage.sent.filter(commanded)).toHaveLength(1);
    expect(view(stage, 'b')).toMatchObject({ role: 'primary', term: 2, lsn: 3 });
    expect(view(stage, 'a')).toMatchObject({ role: 'replica', term: 2, primary: 'b' });
  });
});

describe('settings', () => {
  const given = (set: object) => defaultsOf(params, set);

  test('that make no sense together are refused', () => {
    expect(refuseSettings(given({}), 1)).toBeNull();
    expect(refuseSettings(given({ replication: 'sync', 'sync-count': 3 }), 3)).toContain(
      '2 replicas',
    );
    expect(refuseSettings(given({ 'min-replicas': 3 }), 3)).toContain('min-replicas is 3');
    expect(refuseSettings(given({ replication: 'quorum' }), 1)).toContain('needs a replica');
    expect(refuseSettings(given({ reads: 'replica' }), 1)).toContain('needs a replica');
  });

  test('say how many replicas must have a write, and how many must be heard at a fail-over', () => {
    const both = (set: object, members: number) => {
      const settings = given(set);
      return [acksNeeded(settings, members), candidatesNeeded(settings, members)];
    };
    expect(both({ replication: 'async' }, 3)).toEqual([0, 1]);
    expect(both({ replication: 'semi-sync' }, 3)).toEqual([1, 1]);
    expect(both({ replication: 'sync' }, 3)).toEqual([1, 2]);
    expect(both({ replication: 'sync', 'sync-count': 2 }, 3)).toEqual([2, 1]);
    expect(both({ replication: 'quorum' }, 5)).toEqual([2, 3]);
  });
});

describe('confirm-reads', () => {
  const quorum = { replication: 'quorum', 'write-timeout': 200 };

  test('a primary that nobody confirms does not answer reads', () => {
    for (const [confirms, expected] of [
      [false, ok(1)],
      [true, expect.objectContaining({ code: 'timeout' })],
    ] as const) {
      const stage = group({ params: { ...quorum, 'confirm-reads': confirms } });
      expect(answer(stage, 'a', write(1))?.type).toBe('write_ok');
      expect(answer(stage, 'a', read())).toEqual(ok(1));
      const levers = stage.levers();
      for (const other of ['b', 'c']) {
        levers.cut('a', other);
        levers.cut(other, 'a');
      }
      expect(answer(stage, 'a', read(), 300)).toEqual(expected);
    }
  });

  test('a confirmed read is a record, and changes nothing', () => {
    const stage = group({ params: { ...quorum, 'confirm-reads': true } });
    answer(stage, 'a', write(1));
    const before = view(stage, 'a')?.['lsn'];
    expect(answer(stage, 'b', read())).toEqual(ok(1));
    expect(view(stage, 'a')).toMatchObject({ lsn: (before as number) + 1 });
    expect(answer(stage, 'a', read())).toEqual(ok(1));
  });
});
