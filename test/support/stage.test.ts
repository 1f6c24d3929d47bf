/** The stage: that what a test does by hand is what the world does by itself. */
import { describe, expect, test } from 'vitest';
import raft from '../../src/nodes/consensus/raft/index.ts';
import type { Message, NodeId } from '../../src/sim/node.ts';
import { type Body, heldLink, Stage } from './stage.ts';

/** Passes each number on to the next node, one more; the last answers nobody. */
const passing =
  (next: NodeId | null): (() => Body) =>
  () => ({
    receive: (ctx, _from, message) => {
      const count = (message as Message & { count: number }).count + 1;
      if (next !== null) ctx.send(next, { type: 'pass', count } as Message);
      ctx.note('has', { count });
    },
  });

function chain(held: boolean): Stage {
  const stage = new Stage({ traced: true, ...(held ? { link: heldLink } : {}) });
  return stage.addBody('a', passing('b')).addBody('b', passing('c')).addBody('c', passing(null));
}

const pass = { type: 'pass', count: 0 } as Message;

describe('messages', () => {
  test('arrive by themselves after the latency of their link', () => {
    const stage = chain(false).inject('client', 'a', pass).until(1.5);
    expect(stage.transcript()).toBe('0ms a→b pass count=1\n1ms b→c pass count=2');
    expect(stage.untilQuiet().nowMs).toBe(2);
    expect(stage.notes).toEqual(['a has {"count":1}', 'b has {"count":2}', 'c has {"count":3}']);
    expect(stage.trace(({ type }) => type !== 'boot')).toMatchInlineSnapshot(`
      "0.000ms client⇒a pass count=0
      0.000ms a→b pass count=1
      0.000ms a has count=1
      1.000ms a⇒b pass count=1
      1.000ms b→c pass count=2
      1.000ms b has count=2
      2.000ms b⇒c pass count=2
      2.000ms c has count=3"
    `);
  });

  test('on held links stay in flight until they are delivered, in any order, or lost', () => {
    const stage = chain(true).inject('client', 'a', pass).inject('client', 'a', pass);
    stage.until(60_000);
    expect(stage.inFlight.map(({ to }) => to)).toEqual(['b', 'b']);
    const [first, second] = stage.inFlight;
    stage.deliver(second).drop(({ to }) => to === 'b');
    expect(stage.inFlight.map(({ to }) => to)).toEqual(['c']);
    if (first !== undefined) stage.again(first);
    stage.deliver();
    expect(stage.notes.filter((note) => note.startsWith('c'))).toHaveLength(2);
    expect(stage.inFlight).toEqual([]);
  });

  test('can be handed over at a time, and a fault can cut their link', () => {
    const stage = chain(false).inject('client', 'a', pass, 10).inject('client', 'a', pass, 20);
    stage.after(15, () => stage.levers().cut('b', 'c'));
    stage.untilQuiet();
    expect(stage.notes.filter((note) => note.startsWith('c'))).toEqual(['c has {"count":3}']);
    expect(stage.trace(({ type }) => type === 'drop')).toBe(
      '21.000ms b✕c pass count=2 (partition)',
    );
  });
});

describe('lives', () => {
  const counting = (): Body => ({
    start: (ctx) => ctx.storage.set('lives', 1 + ((ctx.storage.get('lives') as number) ?? 0)),
    receive: (ctx, from) => ctx.send(from, { type: `${ctx.storage.get('lives')}` }),
    timeout: (ctx) => ctx.note('late', { atMs: ctx.now() }),
  });

  test('a crash takes what the disk has not, and a boot begins a new life', () => {
    const stage = new Stage({ diskMs: 5 }).addBody('a', counting);
    stage.crash('a').boot('a').until(10);
    stage.crash('a').boot('a').ask('a', { type: 'read' });
    expect(stage.untilQuiet().sent.map(({ message }) => message.type)).toEqual(['2']);
  });

  test('a paused node gets its messages when it resumes', () => {
    const stage = new Stage().addBody('a', counting).pause('a', 30);
    stage.ask('a', { type: 'read' });
    expect(stage.until(29).sent).toEqual([]);
    expect(stage.untilQuiet().sent.map(({ atMs }) => atMs)).toEqual([30]);
  });

  test('a clock that is set shows another time', () => {
    const stage = new Stage().addBody('a', () => ({
      ...counting(),
      receive: (ctx) => ctx.setTimer('t', 10),
    }));
    stage.levers().shapeClock('a', { offsetMs: 500 });
    stage.ask('a', { type: 'read' });
    expect(stage.timersOf('a')).toEqual(['t 0']);
    expect(stage.untilQuiet().notes).toEqual(['a late {"atMs":510}']);
  });
});

test('what a handler throws reaches the test as it was thrown', () => {
  const stage = new Stage().addBody('a', () => ({
    start: (ctx) => ctx.setTimer('t', 5),
    timeout: () => {
      throw new TypeError('a mistake');
    },
  }));
  expect(() => stage.untilQuiet()).toThrow(new TypeError('a mistake'));
});

test('a system plays with its defaults, and one elects a leader', () => {
  const stage = new Stage();
  const members = ['n1', 'n2', 'n3'];
  for (const id of members) stage.addSystem(id, raft, { place: { members } });
  stage.until(2000);
  const roles = [...stage.views().values()].map(({ role }) => role);
  expect(roles.filter((role) => role === 'leader')).toHaveLength(1);
  const leader = members[roles.indexOf('leader')] ?? '';
  const id = stage.ask(leader, { type: 'write', key: 'x', value: 1 });
  expect(stage.step(50).answers().get(id)).toMatchObject({ type: 'write_ok' });
});
