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
type View = { role: string; term: number; last: number; commit: number };
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

test('settings that make no sense together', () => {
  const refuse = (minMs: number) =>
    system.refuse?.({ heartbeat: 50, 'view-timeout': { minMs, maxMs: 300 } } as never, 3, {});
  expect([refuse(51), typeof refuse(50)]).toEqual([null, 'string']);
});
