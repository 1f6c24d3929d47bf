/** Viewstamped Replication by hand. Seeds and mistakes under faults are in `test/viewstamped`. */
import { describe, expect, test } from 'vitest';
import { fastLink, heldLink, type Sent, Stage } from '../../../../test/support/stage.ts';
import system from './index.ts';

interface Cast {
  readonly params?: object;
  readonly bug?: string;
  readonly held?: boolean;
  readonly diskMs?: number;
}

/** Members that begin no view by themselves, unless a test gives them a time for it. */
function cast(count = 3, { params = {}, bug, held = false, diskMs = 0 }: Cast = {}) {
  const members = Array.from({ length: count }, (_, i) => `kv${i + 1}`);
  const stage = new Stage({ link: held ? heldLink : fastLink, diskMs });
  const still = { minMs: 1e6, maxMs: 1e6 };
  for (const id of members) {
    const given = { 'view-timeout': still, ...params } as never;
    const more = bug === undefined ? {} : { bug };
    stage.addSystem(id, system, { params: given, place: { members, group: 'kv' }, ...more });
  }
  return stage;
}

const write = (stage: Stage, to: string, value: number) =>
  stage.ask(to, { type: 'write', key: 'x', value });
const answerOf = (stage: Stage, id: number) => stage.answers().get(id);
const viewOf = (stage: Stage, id: string) => stage.views().get(id) as never as View;
type View = { role: string; term: number; last: number; commit: number; checkpoint: number };
const of =
  (...types: string[]) =>
  (sent: Sent) =>
    types.includes(sent.message.type);
const wants = (stage: Stage, to: string, view: number, from: readonly string[]) => {
  for (const one of from) stage.inject(one, to, { type: 'startViewChange', view } as never);
};
const NORMAL = { 'view-timeout': { minMs: 150, maxMs: 300 } };

describe('normal operation (section 4.1)', () => {
  test.each([3, 5, 7])('of %i: one round trip and 2(n-1) messages', (n) => {
    const stage = cast(n);
    stage.until(1).transcript();
    const id = write(stage, 'kv1', 7);
    stage.step(2.1);
    expect(answerOf(stage, id)).toMatchObject({ type: 'write_ok' });
    const between = stage.sent.filter(of('prepare', 'prepareOk'));
    expect(between.length).toBe(2 * (n - 1));
  });

  test('a backup passes requests on to the primary, and the answers back', () => {
    const stage = cast();
    const written = write(stage, 'kv3', 7);
    stage.step(10);
    expect(answerOf(stage, written)).toMatchObject({ type: 'write_ok' });
    const read = stage.ask('kv2', { type: 'read', key: 'x' });
    stage.step(10);
    expect(answerOf(stage, read)).toMatchObject({ value: 7 });
  });

  test('on a disk nothing counts before it is there, on that of the primary too', () => {
    const stage = cast(3, { diskMs: 10 }).until(20);
    const id = write(stage, 'kv1', 7);
    stage.step(9.9);
    expect(answerOf(stage, id)).toBe(undefined);
    stage.step(3);
    expect(answerOf(stage, id)).toMatchObject({ type: 'write_ok' });
  });

  test('who lacks an operation asks for it, and acknowledges none after it before', () => {
    const stage = cast(3, { held: true });
    write(stage, 'kv1', 1);
    stage.drop(of('prepare'));
    write(stage, 'kv1', 2);
    stage.deliver(({ to, message }) => to === 'kv2' && message.type === 'prepare');
    expect(viewOf(stage, 'kv2').last).toBe(0);
    stage.deliver(of('getState')).deliver(of('newState'));
    expect(viewOf(stage, 'kv2').last).toBe(2);
    stage.deliver(of('prepareOk')).step(1);
    expect(viewOf(stage, 'kv1').commit).toBe(2);
  });

  test('a late answer takes nothing back', () => {
    const stage = cast(3, { held: true });
    write(stage, 'kv1', 1);
    const late = { type: 'newState', view: 0, after: 0, entries: [], commit: 0 };
    stage.deliver(of('prepare')).inject('kv1', 'kv2', late as never);
    expect(viewOf(stage, 'kv2').last).toBe(1);
  });
});

describe('a view change (section 4.2)', () => {
  test('when nothing is heard of the primary: the next one, whose turn it is', () => {
    const stage = cast(3, { params: NORMAL });
    write(stage, 'kv1', 7);
    stage.until(200).crash('kv1').until(1000);
    expect(viewOf(stage, 'kv2')).toMatchObject({ role: 'leader', term: 1 });
    const read = stage.ask('kv3', { type: 'read', key: 'x' });
    stage.step(20);
    expect(answerOf(stage, read)).toMatchObject({ value: 7 });
    stage.boot('kv1').until(2000);
    expect(viewOf(stage, 'kv1')).toMatchObject({ role: 'follower', last: 2 });
  });

  test('takes three steps: f others want it, f + 1 give their logs, the new primary says what holds', () => {
    const stage = cast(3, { held: true });
    wants(stage, 'kv3', 1, ['kv2']);
    expect(stage.inFlight.map(({ to, message }) => `${message.type} ${to}`)).toEqual([
      'startViewChange kv1',
      'startViewChange kv2',
      'doViewChange kv2',
    ]);
    stage.deliver(({ to, message }) => to === 'kv2' && message.type === 'startViewChange');
    expect(viewOf(stage, 'kv2').role).toBe('candidate');
    stage.deliver(of('doViewChange')).step(1);
    expect(viewOf(stage, 'kv2').role).toBe('leader');
    stage.deliver(of('startView'));
    expect(viewOf(stage, 'kv3')).toMatchObject({ role: 'follower', term: 1 });
  });

  test('the log of the latest view holds, not the longest; the old primary says so to its client', () => {
    const story = (bug?: string) => {
      const stage = cast(3, { held: true, ...(bug === undefined ? {} : { bug }) });
      // Three operations that only kv1 has; then view 1, in which one is committed without it.
      const lost = [1, 2, 3].map((value) => write(stage, 'kv1', value));
      stage.drop();
      wants(stage, 'kv3', 1, ['kv2']);
      stage.deliver(({ to }) => to === 'kv2').step(1);
      stage.deliver(({ to, message }) => to === 'kv3' && message.type === 'startView');
      const kept = write(stage, 'kv2', 9);
      stage
        .deliver(({ to }) => to === 'kv3')
        .deliver(of('prepareOk'))
        .step(1);
      expect(answerOf(stage, kept)).toMatchObject({ type: 'write_ok' });
      stage.drop();
      // View 3 belongs to kv1; kv3 helps it, and kv2 does not hear of it.
      wants(stage, 'kv1', 3, ['kv3']);
      wants(stage, 'kv3', 3, ['kv1']);
      stage.deliver(of('doViewChange')).step(1).deliver(of('startView')).step(1);
      stage.deliver(of('prepareOk')).step(1);
      return { view: viewOf(stage, 'kv1'), first: answerOf(stage, lost[0] as number) };
    };
    expect(story()).toMatchObject({ view: { role: 'leader', last: 1 }, first: { code: 'abort' } });
    expect(story('longest-log')).toMatchObject({ view: { role: 'leader', last: 3 } });
  });

  test('a primary that restarts leads that view no more', () => {
    const stage = cast(3, { held: true });
    stage.crash('kv1').boot('kv1');
    expect(viewOf(stage, 'kv1')).toMatchObject({ role: 'candidate', term: 1 });
  });
});

describe('without a disk (section 4.3)', () => {
  const memory = { params: { ...NORMAL, state: 'memory' } };

  test('a member gets back what it had, from f + 1 others with the primary among them', () => {
    const stage = cast(3, memory);
    write(stage, 'kv1', 7);
    stage.until(100).crash('kv3').boot('kv3');
    expect(viewOf(stage, 'kv3').role).toBe('recovering');
    stage.step(10);
    expect(viewOf(stage, 'kv3')).toMatchObject({ role: 'follower', last: 1, commit: 1 });
  });

  test('not from one alone, and not without the primary', () => {
    const stage = cast(3, { params: { state: 'memory' }, held: true });
    stage.crash('kv3').boot('kv3');
    stage.deliver(of('recovery'));
    stage.deliver(({ from, message }) => from === 'kv2' && message.type === 'recoveryResponse');
    expect(viewOf(stage, 'kv3').role).toBe('recovering');
    stage.deliver(of('recoveryResponse'));
    expect(viewOf(stage, 'kv3').role).toBe('follower');
  });

  test('an answer to an earlier life counts for nothing', () => {
    const stage = cast(3, { params: { state: 'memory' }, held: true });
    stage.crash('kv3').boot('kv3').deliver(of('recovery')).crash('kv3').boot('kv3');
    stage.deliver(of('recoveryResponse'));
    expect(viewOf(stage, 'kv3').role).toBe('recovering');
  });

  // Michael et al. 2017: kv3 gives its log to the primary of view 1, forgets that, and helps the
  // primary of view 0 to commit; view 1 begins with what it had before.
  test('forget-view: a committed operation is missing in the next view', () => {
    const story = (bug?: string) => {
      const more = bug === undefined ? {} : { bug };
      const stage = cast(5, { params: { state: 'memory' }, held: true, ...more });
      wants(stage, 'kv3', 1, ['kv4', 'kv5']);
      const [given] = stage.inFlight.filter(of('doViewChange'));
      stage.drop();
      stage.crash('kv3').boot('kv3');
      stage.deliver(of('recovery')).deliver(of('recoveryResponse'));
      const written = write(stage, 'kv1', 7);
      stage
        .deliver(({ to }) => to === 'kv3' || to === 'kv4')
        .deliver(of('prepareOk'))
        .step(1);
      wants(stage, 'kv2', 1, ['kv3', 'kv5']);
      wants(stage, 'kv5', 1, ['kv2', 'kv3']);
      stage
        .step(1)
        .again(given as Sent)
        .deliver(of('doViewChange'))
        .step(1);
      return { acknowledged: answerOf(stage, written) !== undefined, next: viewOf(stage, 'kv2') };
    };
    const next = { role: 'leader', term: 1, last: 0 };
    expect(story('forget-view')).toMatchObject({ acknowledged: true, next });
    expect(story()).toMatchObject({ acknowledged: false, next });
  });
});

describe('checkpoints, and logs that are cut (sections 5.1 to 5.3)', () => {
  const CUT = { 'checkpoint-every': 4, 'checkpoint-keep': 1 };
  const fieldsOf = (sent: Sent) => sent.message as never as { after: number; entries: unknown[] };
  /** What the messages of a type carry: after which operation, how many, and a checkpoint or not. */
  const carried = (stage: Stage, type: string) =>
    stage.inFlight.filter(of(type)).map((sent) => {
      const { after, entries } = fieldsOf(sent);
      return [after, entries.length, 'checkpoint' in sent.message];
    });
  const hashOf = (stage: Stage, id: string) =>
    (stage.views().get(id) as { tail?: number[] }).tail?.at(-1);
  const readOf = (stage: Stage, to: string) => {
    const id = stage.ask(to, { type: 'read', key: 'x' });
    stage.step(10);
    return answerOf(stage, id);
  };
  /** kv1 and kv2 commit this many writes, and kv3 hears of none. */
  const withoutThird = (stage: Stage, writes: number) => {
    for (let value = 1; value <= writes; value++) {
      write(stage, 'kv1', value);
      stage.drop(({ to }) => to === 'kv3').deliver(of('prepare'));
      stage.deliver(of('prepareOk')).step(1).drop();
    }
    return stage;
  };

  test('a restart goes on from the checkpoint, with what the log has after it', () => {
    const stage = cast(3, { params: { ...CUT, ...NORMAL }, diskMs: 1 }).until(10);
    for (let value = 1; value <= 10; value++) {
      write(stage, 'kv1', value);
      stage.step(10);
    }
    expect(viewOf(stage, 'kv3')).toMatchObject({ last: 10, checkpoint: 8 });
    stage.step(100).crash('kv3').boot('kv3');
    expect(viewOf(stage, 'kv3')).toMatchObject({ last: 10, checkpoint: 8, commit: 8 });
    stage.step(100);
    expect(viewOf(stage, 'kv3')).toMatchObject({ last: 10, commit: 10 });
    expect(readOf(stage, 'kv3')).toMatchObject({ value: 10 });
  });

  test('a member that is a little behind gets operations, one that is far behind the state', () => {
    const stage = withoutThird(cast(3, { params: CUT, held: true }), 5);
    // The log begins after operation 3: one before the checkpoint.
    for (const after of [3, 2]) {
      stage.inject('kv3', 'kv1', { type: 'getState', view: 0, after } as never);
    }
    expect(carried(stage, 'newState')).toEqual([
      [3, 2, false],
      [4, 1, true],
    ]);
    stage.deliver(of('newState'));
    expect(viewOf(stage, 'kv3')).toMatchObject({ last: 5, commit: 5, checkpoint: 4 });
  });

  test('a late checkpoint takes nothing back', () => {
    const stage = withoutThird(cast(3, { params: CUT, held: true }), 5);
    for (let i = 0; i < 2; i++) {
      stage.inject('kv3', 'kv1', { type: 'getState', view: 0, after: 0 } as never);
    }
    const late = stage.inFlight.filter(of('newState'))[1] as Sent;
    stage.deliver(of('newState')).drop();
    write(stage, 'kv1', 6);
    stage.deliver(({ to, message }) => to === 'kv3' && message.type === 'prepare');
    stage.again(late);
    expect(viewOf(stage, 'kv3')).toMatchObject({ last: 6, checkpoint: 4 });
  });

  test('a view change carries what is not known to be committed, and no more', () => {
    const stage = cast(3, { held: true });
    for (let value = 1; value <= 9; value++) {
      write(stage, 'kv1', value);
      stage.deliver(of('prepare')).deliver(of('prepareOk')).step(1);
    }
    // Backups know of all commits but the last.
    wants(stage, 'kv3', 1, ['kv2']);
    expect(carried(stage, 'doViewChange')).toEqual([[8, 1, false]]);
    stage.deliver(({ to, message }) => to === 'kv2' && message.type === 'startViewChange');
    stage.deliver(of('doViewChange')).step(1);
    expect(viewOf(stage, 'kv2')).toMatchObject({ role: 'leader', last: 9 });
    expect(carried(stage, 'startView')).toEqual([
      [8, 1, false],
      [8, 1, false],
    ]);
  });

  test.each([
    ['operations', {}],
    ['the state', CUT],
  ])('a new primary that lacks what is committed asks for %s first', (_what, params) => {
    const stage = withoutThird(cast(3, { params, held: true }), 6);
    // View 2 belongs to kv3, which has nothing; kv1 is gone.
    const executed = hashOf(stage, 'kv1');
    stage.crash('kv1');
    wants(stage, 'kv2', 2, ['kv3']);
    wants(stage, 'kv3', 2, ['kv2']);
    stage.step(1).deliver(of('doViewChange'));
    expect(viewOf(stage, 'kv3')).toMatchObject({ role: 'candidate', last: 0 });
    stage.deliver(of('getState')).deliver(of('doViewChange')).step(1);
    expect(viewOf(stage, 'kv3')).toMatchObject({ role: 'leader', last: 6 });
    stage.deliver(of('startView')).deliver(of('prepareOk')).step(1);
    expect(viewOf(stage, 'kv3')).toMatchObject({ commit: 6 });
    expect(hashOf(stage, 'kv3')).toBe(executed);
  });

  test('a member without memory gets the checkpoint and what comes after it', () => {
    const stage = cast(3, { params: { ...CUT, ...NORMAL, state: 'memory' } });
    for (let value = 1; value <= 6; value++) {
      write(stage, 'kv1', value);
      stage.step(5);
    }
    stage.crash('kv3').boot('kv3').step(10);
    expect(viewOf(stage, 'kv3')).toMatchObject({ role: 'follower', last: 6, checkpoint: 4 });
    expect(readOf(stage, 'kv3')).toMatchObject({ value: 6 });
  });

  test('who waits for an operation that a checkpoint skips hears that nobody knows', () => {
    const stage = cast(3, { params: { ...CUT, 'checkpoint-keep': 0 }, held: true });
    const asked = write(stage, 'kv1', 1);
    stage.drop();
    wants(stage, 'kv3', 1, ['kv2']);
    stage.deliver(({ to, message }) => to === 'kv2' && message.type === 'startViewChange');
    stage.deliver(of('doViewChange')).step(1);
    stage.deliver(({ to, message }) => to === 'kv3' && message.type === 'startView');
    for (let value = 2; value <= 5; value++) {
      write(stage, 'kv2', value);
      stage
        .deliver(({ to }) => to === 'kv3')
        .deliver(of('prepareOk'))
        .step(1);
    }
    stage.drop().inject('kv1', 'kv2', { type: 'getState', view: 1, after: 0 } as never);
    stage.deliver(of('newState'));
    expect(viewOf(stage, 'kv1')).toMatchObject({ term: 1, checkpoint: 4 });
    expect(answerOf(stage, asked)).toMatchObject({ type: 'error', code: 'crash' });
  });

  // kv3 has operation 1 of view 0, which nobody else has; view 1 commits others in its place.
  test('suffix-by-length: a log that is long enough is not the same', () => {
    const story = (bug?: string) => {
      const stage = cast(3, { held: true, ...(bug === undefined ? {} : { bug }) });
      write(stage, 'kv1', 1);
      stage.deliver(({ to }) => to === 'kv3').drop();
      stage.inject('kv1', 'kv2', { type: 'startViewChange', view: 1 } as never);
      const log = { view: 1, lastNormal: 0, after: 0, entries: [], commit: 0 };
      stage.inject('kv1', 'kv2', { type: 'doViewChange', ...log } as never).step(1);
      stage.drop(({ to }) => to === 'kv3');
      stage.deliver(({ to, message }) => to === 'kv1' && message.type === 'startView');
      for (const value of [2, 3]) {
        write(stage, 'kv2', value);
        stage.drop(({ to }) => to === 'kv3').deliver(({ to }) => to === 'kv1');
        stage.deliver(of('prepareOk')).step(1);
      }
      // View 4 is of kv2 too, and begins with what is committed.
      stage.drop();
      wants(stage, 'kv1', 4, ['kv2']);
      wants(stage, 'kv2', 4, ['kv1']);
      stage.deliver(of('doViewChange')).step(1);
      expect(carried(stage, 'startView')[1]).toEqual([2, 0, false]);
      const [, start] = stage.inFlight.filter(of('startView'));
      const { entries } = fieldsOf(start as Sent);
      // A call that begins after operation 1.
      const early = { ...(start as Sent).message, after: 1, entries, commit: 1 };
      stage.drop(of('startView')).inject('kv2', 'kv3', early as never);
      return viewOf(stage, 'kv3').commit;
    };
    expect([story(), story('suffix-by-length')]).toEqual([0, 1]);
  });
});

test('settings that make no sense together', () => {
  const refuse = (minMs: number) =>
    system.refuse?.({ heartbeat: 50, 'view-timeout': { minMs, maxMs: 300 } } as never, 3, {});
  expect([refuse(51), typeof refuse(50)]).toEqual([null, 'string']);
});
