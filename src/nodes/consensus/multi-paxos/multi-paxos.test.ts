/** Multi-Paxos by hand: both phases, gaps, the window, leases, catching up, and who is answered what. */
import { describe, expect, test } from 'vitest';
import {
  diskAlone,
  heldLink,
  type Sent,
  Stage,
  type StageOptions,
} from '../../../../test/support/stage.ts';
import { told } from '../../../../test/support/told.ts';
import type { Message } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';
import type { Accept, MultiPaxosMessage } from './messages.ts';
import { refuseSettings } from './settings.ts';
import { Slots } from './slots.ts';

const names = (n: number) => Array.from({ length: n }, (_, i) => `n${i + 1}`);

interface GroupOptions extends StageOptions {
  /** How many vote at first; all without it. */
  readonly initial?: number;
  readonly params?: { readonly [name: string]: unknown };
  readonly bug?: string;
}

function group(n: number, { initial = n, params = {}, bug, ...options }: GroupOptions = {}): Stage {
  const stage = new Stage(options);
  const place = { group: 'mp', members: names(n), initial: names(initial) };
  for (const id of place.members) {
    stage.addSystem(id, system, { params, place, ...(bug === undefined ? {} : { bug }) });
  }
  return stage;
}

type Asked = Message & { readonly [field: string]: unknown };
const write = (value: number, key = 'x'): Asked => ({ type: 'write', key, value });
const read = (key = 'x'): Asked => ({ type: 'read', key });
const isProtocol = ({ to, from }: Sent) => to !== 'client' && from !== 'client';

/** The one that leads; waits until there is one. */
function leaderOf(stage: Stage): string {
  for (let i = 0; i < 200; i++) {
    for (const [name, { role }] of stage.views()) if (role === 'leader') return name;
    stage.step(10);
  }
  throw new Error('nobody leads');
}

function others(stage: Stage, name: string): readonly string[] {
  return [...stage.views().keys()].filter((other) => other !== name);
}

function ask(stage: Stage, to: string, request: Asked, ms = 100): unknown {
  const id = stage.ask(to, request);
  stage.step(ms);
  return told(stage, id);
}

const broken = (stage: Stage) =>
  system.invariants.flatMap(({ name, check }) =>
    check(stage.views(), undefined as never) === null ? [] : [name],
  );

describe('a stable leader', () => {
  test('a write takes one round trip and 2(n-1) messages', () => {
    for (const n of [3, 5, 7]) {
      const stage = group(n, { params: { heartbeat: 140 } });
      const leader = leaderOf(stage);
      stage.step(1000).transcript();
      stage.until(Math.ceil(stage.nowMs / 140) * 140 + 20).transcript();
      const mark = stage.sent.length;
      const atMs = stage.nowMs;
      const id = stage.ask(leader, write(1));
      stage.step(2);
      expect(told(stage, id)).toBe('write_ok');
      expect(stage.nowMs - atMs).toBe(2);
      const sent = stage.sent.slice(mark).filter(isProtocol);
      expect([n, sent.length]).toEqual([n, 2 * (n - 1)]);
    }
  });

  test('members pass requests on, and the answers back', () => {
    const stage = group(3);
    const [other] = others(stage, leaderOf(stage));
    stage.step(20);
    expect(ask(stage, other as string, write(1))).toBe('write_ok');
    expect(ask(stage, other as string, read())).toBe(1);
  });

  test('without forward they name the leader', () => {
    const stage = group(3, { params: { forward: false } });
    const leader = leaderOf(stage);
    stage.step(20);
    const id = stage.ask(others(stage, leader)[0] as string, read());
    stage.step(10);
    expect(stage.answers().get(id)).toMatchObject({
      code: 'temporarily-unavailable',
      text: `the leader is ${leader}`,
    });
  });

  test('alone it is a group, too', () => {
    const stage = group(1, { diskMs: 2 });
    const leader = leaderOf(stage);
    expect(ask(stage, leader, write(1))).toBe('write_ok');
    expect(ask(stage, leader, read())).toBe(1);
  });

  test.each([
    ['counter', { type: 'add', delta: 2 }, 'add_ok'],
    ['ids', { type: 'generate' }, 'generate_ok'],
    ['locks', { type: 'acquire', key: 'l' }, 'acquire_ok'],
    ['queue', { type: 'enqueue', value: 1 }, 'enqueue_ok'],
  ])('machine: %s', (machine, request, answer) => {
    const stage = group(3, { params: { machine } });
    expect(ask(stage, leaderOf(stage), request)).toBe(answer);
  });

  test('the window bounds the open slots; what waits for too long is refused', () => {
    const stage = group(3, { params: { window: 2, 'backlog-max': 2 } });
    const leader = leaderOf(stage);
    stage.step(20);
    for (const other of others(stage, leader)) stage.levers().cut(other, leader);
    const ids = [1, 2, 3, 4, 5].map((value) =>
      stage.ask(leader, write(value), value === 3 ? 10 : 400),
    );
    stage.step(5);
    expect(stage.views().get(leader)).toMatchObject({ open: 2, backlog: 2 });
    expect(ids.map((id) => told(stage, id)).at(-1)).toBe('overloaded');
    // It steps down: what was not proposed certainly did not happen.
    stage.step(600);
    expect(ids.map((id) => told(stage, id))).toEqual([
      'silence',
      'silence',
      'temporarily-unavailable',
      'temporarily-unavailable',
      'overloaded',
    ]);
    expect(stage.notes.some((note) => note.includes('steps down'))).toBe(true);
  });
});

// ---- a change of leaders by hand ---------------------------------------------------------------

interface StoryOptions {
  readonly bug?: string | undefined;
  readonly params?: object;
  readonly n?: number;
  readonly spares?: number;
}

/** Held links; n1 leads in a group of `n`, three without, and those that elected it know. */
class Story {
  readonly stage: Stage;

  constructor({ bug, params = {}, n = 3, spares = 0 }: StoryOptions = {}) {
    const timeout = { minMs: 10_000, maxMs: 10_000_000 };
    this.stage = group(n + spares, {
      initial: n,
      link: heldLink,
      diskMs: 1,
      params: { heartbeat: 5000, 'election-timeout': timeout, 'stable-leader': false, ...params },
      ...(bug === undefined ? {} : { bug }),
    });
    this.elect('n1', ...names(n).slice(1, (n >> 1) + 1));
  }

  /** n's election timeout is over; it hears these. */
  elect(name: string, ...voters: readonly string[]): this {
    const { stage } = this;
    this.fire(name, 'election');
    stage.step(3);
    this.pass('prepare', name, voters);
    this.pass('promise', name, voters);
    return this;
  }

  /** Lets a timer of a node fire now. */
  fire(name: string, tag: string): this {
    const { world } = this.stage;
    const host = world.hosts[world.indexOf(name)] as never as {
      readonly node: { timeout(ctx: unknown, tag: string, key: number): void };
    };
    world.handle(host as never, () => host.node.timeout(host, tag, 0));
    return this;
  }

  /** Delivers messages of a type between a node and others, as far as they are wanted. */
  pass(type: string, name: string, ends: readonly string[], wanted = (_: Sent) => true): this {
    this.stage.deliver((sent) => {
      const { from, to, message } = sent;
      const isBetween =
        (from === name && ends.includes(to)) || (to === name && ends.includes(from));
      return message.type === type && isBetween && wanted(sent);
    });
    this.stage.step(3);
    return this;
  }
}

const ofSlot =
  (...slots: readonly number[]) =>
  ({ message }: Sent) =>
    slots.includes((message as Accept).first) && (message as Accept).values?.length !== 0;

/** n1 proposes three values; n2 accepts those of the slots 1 and 3, and is elected by n3. */
function withGap(bug?: string): Story {
  const story = new Story(bug === undefined ? {} : { bug });
  for (const value of [1, 2, 3]) story.stage.ask('n1', write(value, `k${value}`));
  story.stage.step(3);
  story.pass('accept', 'n1', ['n2'], ofSlot(1, 3)).stage.drop();
  return story.elect('n2', 'n3');
}

describe('a new leader', () => {
  test('proposes again what promises name, and fills gaps', () => {
    const { stage } = withGap();
    const proposed = stage.sent.filter(
      ({ from, message }) => from === 'n2' && message.type === 'accept',
    );
    const slots = proposed.flatMap(({ message }) => {
      const { first, values } = message as Accept;
      return values.map(({ command }) => [first, command.type, command['key' as never] ?? null]);
    });
    expect(new Set(slots.map((slot) => JSON.stringify(slot)))).toEqual(
      new Set(['[1,"write","k1"]', '[2,"no-op",null]', '[3,"write","k3"]']),
    );
    expect(stage.notes).toContain('n2 fills gap {"slot":2}');
  });

  test('who waits for the slot of a gap hears that another value was chosen', () => {
    const story = withGap();
    const { stage } = story;
    story.pass('accept', 'n2', ['n1', 'n3']).pass('accepted', 'n2', ['n1', 'n3']);
    story.fire('n2', 'heartbeat').stage.step(3);
    story.pass('accept', 'n2', ['n1', 'n3']);
    expect([1, 2, 3].map((id) => told(stage, id))).toEqual(['write_ok', 'abort', 'write_ok']);
    expect(broken(stage)).toEqual([]);
  });

  test('gap-skipped: nobody has chosen the no-op that the leader takes for chosen', () => {
    expect(withGap().stage.views().get('n2')).toMatchObject({ chosen: 0 });
    // n2 took slot 2 for empty; slot 1 is chosen as soon as n3 has it, and then both are applied.
    const applied = (bug?: string) => {
      const story = withGap(bug);
      story.pass('accept', 'n2', ['n3'], ofSlot(1)).pass('accepted', 'n2', ['n3']);
      return story.stage.views().get('n2')?.['chosen'];
    };
    expect([applied(), applied('gap-skipped')]).toEqual([1, 2]);
  });

  test('promise-latest-slot-only: chosen values of earlier slots are overwritten', () => {
    const outcome = (bug?: string) => {
      const story = new Story({ ...(bug === undefined ? {} : { bug }) });
      for (const value of [1, 2]) story.stage.ask('n1', write(value, `k${value}`));
      story.stage.step(3);
      story.pass('accept', 'n1', ['n2']).pass('accepted', 'n1', ['n2']);
      const answered = [1, 2].map((id) => told(story.stage, id));
      story.stage.drop();
      story.elect('n3', 'n2').pass('accept', 'n3', ['n2']).pass('accepted', 'n3', ['n2']);
      return { answered, broken: broken(story.stage) };
    };
    expect(outcome()).toEqual({ answered: ['write_ok', 'write_ok'], broken: [] });
    expect(outcome('promise-latest-slot-only').broken).toEqual(['same-history']);
  });

  test('own-value-always: what was acknowledged is overwritten', () => {
    const outcome = (bug?: string) => {
      const story = new Story({ ...(bug === undefined ? {} : { bug }) });
      story.stage.ask('n1', write(1));
      story.stage.step(3);
      story.pass('accept', 'n1', ['n2']).pass('accepted', 'n1', ['n2']).stage.drop();
      story.elect('n3', 'n2').stage.ask('n3', write(2, 'y'));
      story.stage.step(3);
      story.pass('accept', 'n3', ['n2']).pass('accepted', 'n3', ['n2']);
      return broken(story.stage);
    };
    expect(outcome()).toEqual([]);
    expect(outcome('own-value-always')).toEqual(['same-history']);
  });

  test('promise-not-durable: a member that has crashed helps the old leader', () => {
    const outcome = (bug?: string) => {
      const story = new Story({ ...(bug === undefined ? {} : { bug }) });
      story.stage.ask('n1', write(1));
      story.stage.step(3);
      story.elect('n3', 'n2').stage.crash('n2').boot('n2').step(3);
      story.stage.ask('n3', write(2));
      story.stage.step(3);
      story.pass('accept', 'n1', ['n2']).pass('accepted', 'n1', ['n2']);
      story.pass('accept', 'n3', ['n2']).pass('accepted', 'n3', ['n2']);
      return broken(story.stage);
    };
    expect(outcome()).toEqual([]);
    expect(outcome('promise-not-durable')).toEqual(['same-history']);
  });

  test('chosen-by-index: a value that lost is taken for the one that was chosen', () => {
    const outcome = (bug?: string) => {
      const story = new Story({ n: 5, ...(bug === undefined ? {} : { bug }) });
      const { stage } = story;
      // n2 accepts a value of n1 in slot 1; those who elect n3 know nothing of it.
      stage.ask('n1', write(1));
      stage.step(3);
      story.pass('accept', 'n1', ['n2']).stage.drop();
      story.elect('n3', 'n4', 'n5').stage.ask('n3', write(2));
      stage.step(3);
      story.pass('accept', 'n3', ['n4', 'n5']).pass('accepted', 'n3', ['n4', 'n5']).stage.drop();
      // All up to slot 1 is chosen, n3 says.
      story.fire('n3', 'heartbeat').stage.step(3);
      story.pass('accept', 'n3', ['n2']);
      return [stage.views().get('n2')?.['chosen'], ...broken(stage)];
    };
    expect(outcome()).toEqual([0]);
    expect(outcome('chosen-by-index')).toEqual([1, 'same-history']);
  });
});

function tell(stage: Stage, to: string, name: string, params: object = {}): Stage {
  stage.levers().command(to, name, { ...params });
  return stage.step(100);
}

/** The reasons why commands were refused. */
function refusals(stage: Stage): string[] {
  const told = stage.notes.splice(0).filter((note) => note.includes('refuses a command'));
  return told.map((note) => (JSON.parse(note.slice(note.indexOf('{'))) as { why: string }).why);
}

describe('a change of the voters', () => {
  test('new voters decide from `window` slots later on; no-ops fill the slots before', () => {
    const stage = group(5, { initial: 3, params: { window: 8 } });
    const leader = leaderOf(stage);
    expect(ask(stage, leader, write(1))).toBe('write_ok');
    tell(stage, leader, 'add', { server: ['n4', 'n5'] });
    expect(stage.notes).toContain(`${leader} configuration {"voters":"n1 n2 n3 n4 n5","from":10}`);
    expect(stage.views().get(leader)).toMatchObject({ chosen: 9, voters: ['n1', 'n2', 'n3'] });
    expect(ask(stage, leader, write(2))).toBe('write_ok');
    expect(stage.views().get('n4')).toMatchObject({ chosen: 10, voters: names(5) });
    // Three of five are a majority, and two of the first three are gone.
    for (const old of names(3).filter((name) => name !== leader)) stage.crash(old);
    expect(ask(stage, leader, read(), 500)).toBe(2);
    expect(broken(stage)).toEqual([]);
  });

  test('any set may follow any other at once; a leader that is not in it steps down', () => {
    const stage = group(6, { initial: 3, params: { window: 4 } });
    const old = leaderOf(stage);
    ask(stage, old, write(1));
    tell(stage, old, 'change', { voters: ['n4', 'n5', 'n6'] });
    expect(stage.notes.some((note) => note.startsWith(`${old} steps down`))).toBe(true);
    for (const name of names(3)) stage.crash(name);
    const leader = leaderOf(stage);
    expect(['n4', 'n5', 'n6']).toContain(leader);
    expect(ask(stage, leader, read())).toBe(1);
    expect(broken(stage)).toEqual([]);
  });

  test('a member that does not vote learns all the same, passes requests on, and never leads', () => {
    const stage = group(4, { initial: 3 });
    const leader = leaderOf(stage);
    ask(stage, leader, write(1));
    stage.step(400);
    const { chosen } = stage.views().get(leader) as { chosen: number };
    expect(stage.views().get('n4')).toMatchObject({ chosen, leader });
    expect(ask(stage, 'n4', read())).toBe(1);
    for (const name of names(3)) stage.crash(name);
    stage.step(2000);
    expect(stage.views().get('n4')).toMatchObject({ role: 'follower' });
  });

  test('one that was removed and does not know hears it, and campaigns no more', () => {
    const stage = group(3);
    const leader = leaderOf(stage);
    const [gone] = others(stage, leader) as [string];
    const levers = stage.levers();
    const heals = names(3).flatMap((name) => [levers.cut(name, gone), levers.cut(gone, name)]);
    tell(stage, leader, 'remove', { server: [gone] });
    stage.step(2000);
    expect(stage.views().get(gone)).toMatchObject({ role: 'candidate' });
    for (const heal of heals) heal();
    stage.step(2000);
    expect(stage.views().get(gone)).toMatchObject({ role: 'follower', leader });
    expect(stage.views().get(leader)).toMatchObject({ role: 'leader' });
  });

  test('one that is far behind when it hears that learns all that it lacks, and not a little each time', () => {
    const stage = group(3, { params: { 'learn-slots': 2 } });
    const leader = leaderOf(stage);
    const [gone] = others(stage, leader) as [string];
    const levers = stage.levers();
    const heals = names(3).flatMap((name) => [levers.cut(name, gone), levers.cut(gone, name)]);
    for (let value = 1; value <= 60; value++) ask(stage, leader, write(value), 5);
    tell(stage, leader, 'remove', { server: [gone] });
    stage.step(500);
    for (const heal of heals) heal();
    stage.step(1000);
    // Some six tries to be elected, at two slots each, would not be enough.
    expect(stage.views().get(gone)).toMatchObject({ role: 'follower', leader });
  });

  test('snapshots say who votes', () => {
    const params = { window: 2, 'snapshot-every': 5, 'snapshot-keep': 0 };
    const stage = group(4, { initial: 3, params });
    const leader = leaderOf(stage);
    const [late] = others(stage, leader) as [string];
    stage.crash(late);
    tell(stage, leader, 'add', { server: ['n4'] });
    for (let value = 1; value <= 10; value++) ask(stage, leader, write(value), 5);
    stage.boot(late).step(300).crash(leader).boot(leader);
    for (const name of [late, leader]) {
      expect(stage.notes).toContain(`${late} configuration {"voters":"n1 n2 n3 n4","from":3}`);
      expect(stage.views().get(name)).toMatchObject({ voters: names(4) });
    }
    stage.step(1000);
    expect(ask(stage, leaderOf(stage), read())).toBe(10);
    expect(broken(stage)).toEqual([]);
  });

  test('what makes no sense is refused, and so are two changes at a time', () => {
    const stage = group(4, { initial: 3 });
    stage.levers().command('n1', 'add', { server: ['n4'] });
    const leader = leaderOf(stage);
    stage.step(100);
    tell(stage, leader, 'add', { server: ['n9'] });
    tell(stage, leader, 'remove', { server: names(3) });
    tell(stage, leader, 'add', { server: ['n1'] });
    tell(stage, leader, 'transfer', { to: [leader] });
    tell(stage, leader, 'transfer', { to: ['n4'] });
    stage.levers().command(leader, 'add', { server: ['n4'] });
    stage.levers().command(leader, 'remove', { server: ['n4'] });
    stage.step(100);
    const [other] = others(stage, leader) as [string];
    tell(stage, other, 'change', { voters: names(3) });
    expect(refusals(stage)).toEqual([
      'no leader is known',
      'n9 is no member of the group',
      'somebody must vote',
      'nothing would change',
      'it leads already',
      'only to a voter',
      'another change is under way',
    ]);
    expect(stage.views().get(leader)).toMatchObject({ chosen: 128 });
  });

  /** Slot 1 says that n2 has no vote any more; n1 has a write in slot 2, and n3 after it another. */
  test('change-at-once: a slot that is open has two sets of voters', () => {
    const outcome = (bug?: string) => {
      const story = new Story({ bug, spares: 2, params: { window: 4 } });
      const { stage } = story;
      stage.levers().command('n1', 'change', { voters: ['n1', 'n3', 'n4', 'n5'] });
      stage.step(1);
      const first = stage.ask('n1', write(1));
      stage.step(3);
      story.pass('accept', 'n1', ['n2'], ofSlot(1)).pass('accepted', 'n1', ['n2']);
      story.fire('n1', 'heartbeat').stage.step(3);
      story.pass('accept', 'n1', ['n4', 'n5'], ofSlot(2)).pass('accepted', 'n1', ['n4', 'n5']);
      stage.drop();
      const said = told(stage, first);
      story.elect('n3', 'n2').stage.ask('n3', write(2));
      stage.step(3);
      story.pass('accept', 'n3', ['n2']).pass('accepted', 'n3', ['n2']);
      story.fire('n3', 'heartbeat').stage.step(3);
      story.pass('accept', 'n3', ['n4', 'n5']).pass('accepted', 'n3', ['n4', 'n5']);
      return [said, ...broken(stage)];
    };
    expect(outcome()).toEqual(['silence']);
    expect(outcome('change-at-once')).toEqual(['write_ok', 'same-history']);
  });

  test('change-without-prepare: what new voters have chosen is overwritten', () => {
    const outcome = (bug?: string) => {
      const story = new Story({ bug, spares: 1, params: { window: 1 } });
      const { stage } = story;
      stage.levers().command('n1', 'change', { voters: ['n1', 'n3', 'n4'] });
      stage.step(3);
      story.pass('accept', 'n1', ['n2']).pass('accepted', 'n1', ['n2']);
      story.pass('prepare', 'n1', ['n4']).pass('promise', 'n1', ['n4']);
      const first = stage.ask('n1', write(1));
      stage.step(3);
      story.pass('accept', 'n1', ['n4']).pass('accepted', 'n1', ['n4']).stage.drop();
      story.elect('n3', 'n2').pass('accept', 'n3', ['n2']).pass('accepted', 'n3', ['n2']);
      const second = stage.ask('n3', write(2));
      stage.step(3);
      if (bug === undefined) story.pass('prepare', 'n3', ['n4']).pass('promise', 'n3', ['n4']);
      for (let i = 0; i < 2; i++) story.pass('accept', 'n3', ['n4']).pass('accepted', 'n3', ['n4']);
      return [told(stage, first), told(stage, second), ...broken(stage)];
    };
    expect(outcome()).toEqual(['write_ok', 'write_ok']);
    expect(outcome('change-without-prepare')).toEqual(['write_ok', 'write_ok', 'same-history']);
  });
});

describe('handing over', () => {
  test('the next leader is elected three delays after it was asked, though all hear the old one', () => {
    const stage = group(3, { params: { lease: 200, heartbeat: 40 } });
    const leader = leaderOf(stage);
    stage.step(300);
    const [next] = others(stage, leader) as [string];
    stage.levers().command(leader, 'transfer', { to: [next] });
    expect(stage.step(3).views().get(next)).toMatchObject({ role: 'leader' });
    expect(stage.step(1).views().get(leader)).toMatchObject({ role: 'follower' });
    expect(ask(stage, next, write(1))).toBe('write_ok');
  });

  test('if it comes to nothing the leader serves on, without a lease', () => {
    const stage = group(3, { params: { lease: 200, heartbeat: 40 } });
    const leader = leaderOf(stage);
    stage.step(300);
    const [next] = others(stage, leader) as [string];
    stage.crash(next);
    tell(stage, leader, 'transfer', { to: [next] });
    expect(ask(stage, leader, write(1))).toBe('write_ok');
    const { chosen } = stage.views().get(leader) as { chosen: number };
    expect(ask(stage, leader, read())).toBe(1);
    expect(stage.views().get(leader)).toMatchObject({ role: 'leader', chosen: chosen + 1 });
  });

  test('lease-survives-transfer: the old leader answers with the past', () => {
    const readAfter = (bug?: string) => {
      const options = bug === undefined ? {} : { bug };
      const stage = group(3, { params: { lease: 1000, heartbeat: 40 }, ...options });
      const leader = leaderOf(stage);
      stage.step(1500);
      ask(stage, leader, write(1));
      const [next, third] = others(stage, leader) as [string, string];
      stage.levers().command(leader, 'transfer', { to: [next] });
      // It does not hear that anybody else leads.
      for (const other of [next, third]) stage.levers().cut(other, leader);
      stage.step(10);
      expect(ask(stage, next, write(2))).toBe('write_ok');
      return ask(stage, leader, read());
    };
    expect(readAfter()).toBe('silence');
    expect(readAfter('lease-survives-transfer')).toBe(1);
  });
});

test('a leader that learns what another has had chosen says no more what is chosen', () => {
  const story = new Story({ n: 5 });
  // n2 alone accepts a value of n1 in slot 1; n3 has another one chosen there.
  story.stage.ask('n1', write(1));
  story.stage.step(3);
  story.pass('accept', 'n1', ['n2']).stage.drop();
  story.elect('n3', 'n4', 'n5').stage.ask('n3', write(2));
  story.stage.step(3);
  story.pass('accept', 'n3', ['n4', 'n5']).pass('accepted', 'n3', ['n4', 'n5']).stage.drop();
  // n1 hears of it, and may not tell n2 in its old ballot that slot 1 is chosen.
  story.stage.inject('n1', 'n3', { type: 'learn', from: 1 } as never).step(3);
  story.pass('learned', 'n1', ['n3']);
  expect(story.stage.views().get('n1')).toMatchObject({ role: 'follower', chosen: 1 });
  expect(broken(story.stage)).toEqual([]);
});

test('a leader that learns what it was about to take over goes on after that', () => {
  const story = new Story({ params: { window: 1 } });
  const { stage } = story;
  for (const value of [1, 2, 3]) {
    stage.ask('n1', write(value));
    stage.step(3);
    story.pass('accept', 'n1', ['n2']).pass('accepted', 'n1', ['n2']);
  }
  // n3 has taken over the first of three slots when it hears that all are chosen.
  stage.drop();
  story.elect('n3', 'n2').stage.inject('n3', 'n1', { type: 'learn', from: 1 } as never);
  story.pass('learned', 'n3', ['n1']);
  expect(stage.views().get('n3')).toMatchObject({ role: 'leader', chosen: 3 });
  const id = stage.ask('n3', write(4));
  stage.step(3);
  story.pass('accept', 'n3', ['n2']).pass('accepted', 'n3', ['n2']);
  expect(told(stage, id)).toBe('write_ok');
  expect(broken(stage)).toEqual([]);
});

describe('leases', () => {
  const params = { lease: 200, heartbeat: 40 };

  test('a read costs no message, and is not in the log', () => {
    const stage = group(3, { params });
    const leader = leaderOf(stage);
    stage.step(300);
    expect(ask(stage, leader, write(1), 21)).toBe('write_ok');
    const { chosen } = stage.views().get(leader) as { chosen: number };
    const id = stage.ask(leader, read());
    stage.step(0);
    expect(told(stage, id)).toBe(1);
    stage.step(100);
    expect(stage.views().get(leader)).toMatchObject({ chosen });
    expect(stage.measured().filter((line) => line.includes('lease-reads'))).toHaveLength(1);
  });

  /**
   * A leader is cut off for a while, and another writes as soon as it leads. Returns what the old
   * one reads then; null if nobody else leads by then.
   */
  function readAfterCut(cutMs: number, given: object, bug?: string): unknown {
    const stage = group(3, {
      params: { ...params, ...given },
      ...(bug === undefined ? {} : { bug }),
    });
    const leader = leaderOf(stage);
    stage.step(300);
    ask(stage, leader, write(1), 21);
    const levers = stage.levers();
    for (const other of others(stage, leader)) {
      levers.cut(leader, other);
      levers.cut(other, leader);
    }
    const newer = () =>
      [...stage.views()].find(([name, { role }]) => role === 'leader' && name !== leader)?.[0];
    const untilMs = stage.nowMs + cutMs;
    while (newer() === undefined && stage.nowMs < untilMs) stage.step(10);
    const next = newer();
    if (next === undefined) return null;
    ask(stage, next, write(2), 10);
    return ask(stage, leader, read(), 1);
  }

  test('nobody else leads before it is over, and then the old leader does not answer', () => {
    expect(readAfterCut(600, {})).toBe('silence');
  });

  test('lease-without-wait: the old leader answers with the past', () => {
    const hasty = { 'election-timeout': { minMs: 60, maxMs: 120 } };
    expect(readAfterCut(140, hasty)).toBe(null);
    expect(readAfterCut(140, hasty, 'lease-without-wait')).toBe(1);
  });

  test('a member that has crashed binds itself for as long as it may have been bound', () => {
    const stage = group(3, { params });
    const leader = leaderOf(stage);
    stage.step(300);
    const [a, b] = others(stage, leader) as [string, string];
    stage.crash(a).boot(a);
    const prepare: MultiPaxosMessage = { type: 'prepare', ballot: 3000, from: 1 };
    stage.inject(b, a, prepare as never).step(1);
    expect(stage.notes.at(-1)).toBe(`${a} refuses ballot {"of":"${b}"}`);
  });

  test('one that is not longer than the heartbeat is refused', () => {
    const values = (lease: number) => defaultsOf(system.params, { lease, heartbeat: 50 });
    expect(refuseSettings(values(50))).toContain('must be longer than heartbeat');
    expect([refuseSettings(values(51)), refuseSettings(values(0))]).toEqual([null, null]);
  });
});

describe('a lost disk', () => {
  /** The leader and one other have a value; the third was away. Then that other loses its disk. */
  function lost(how: 'vote' | 'ask') {
    const stage = group(3, { params: { 'on-lost-disk': how } });
    const leader = leaderOf(stage);
    ask(stage, leader, write(1));
    const [late, other] = others(stage, leader) as [string, string];
    const levers = stage.levers();
    const cut = (name: string) =>
      names(3).flatMap((id) => [levers.cut(name, id), levers.cut(id, name)]);
    const heals = cut(late);
    expect(ask(stage, leader, write(2), 20)).toBe('write_ok');
    stage.crash(other);
    levers.wipeDisk(other);
    const isolate = () => {
      for (const heal of heals) heal();
      return cut(leader);
    };
    return { stage, leader, late, other, isolate, heals };
  }

  test('a member that takes part as a new one helps to forget what was chosen', () => {
    const { stage, late, other, isolate } = lost('vote');
    isolate();
    stage.boot(other).step(2000);
    const [newLeader] = [...stage.views()].flatMap(([name, { role }]) =>
      role === 'leader' && (name === late || name === other) ? [name] : [],
    ) as [string];
    expect(ask(stage, newLeader, read())).toBe(1);
    expect(broken(stage)).not.toEqual([]);
  });

  test('one that asks takes part in nothing, until a majority of the others has answered', () => {
    const { stage, leader, late, other, isolate } = lost('ask');
    const heals = isolate();
    stage.boot(other).step(2000);
    const roles = () => [late, other].map((name) => stage.views().get(name)?.['role']);
    expect(roles()).not.toContain('leader');
    for (const heal of heals) heal();
    stage.step(1000);
    expect(stage.notes).toContain(`${other} may vote again`);
    // It counts: without the late one it is a majority with the old leader.
    stage.crash(late);
    expect(ask(stage, leader, read(), 1000)).toBe(2);
    expect(ask(stage, leader, write(3), 1000)).toBe('write_ok');
    expect(broken(stage)).toEqual([]);
  });

  test('a crash on the way does not make it forget that it has to ask', () => {
    const { stage, other, isolate } = lost('ask');
    isolate();
    stage.boot(other).step(1000).crash(other).boot(other).step(1000);
    expect(stage.notes.filter((note) => note === `${other} may vote again`)).toEqual([]);
    expect(stage.notes.filter((note) => note === `${other} has lost its disk`)).toHaveLength(1);
  });

  test('what a member promised in an earlier life counts no more once somebody knows of the next', () => {
    const elected = (known: readonly number[]) => {
      const stage = group(5, { params: { 'on-lost-disk': 'ask' } });
      const levers = stage.levers();
      for (const id of names(5))
        for (const cut of [
          ['n1', id],
          [id, 'n1'],
        ])
          levers.cut(...(cut as [string, string]));
      stage.step(400);
      const { ballot } = stage.views().get('n1') as { ballot: number };
      const promise = { type: 'promise', ballot, base: 0, accepted: [] };
      stage.inject('n2', 'n1', { ...promise, lives: [1, 1, 1, 1, 1] } as never);
      stage.inject('n3', 'n1', { ...promise, lives: known } as never);
      stage.step(5);
      return stage.views().get('n1')?.['role'];
    };
    expect(elected([1, 1, 1, 1, 1])).toBe('leader');
    // n3 has answered n2 in its second life: what n2 said in its first is forgotten there.
    expect(elected([1, 2, 1, 1, 1])).toBe('candidate');
    // n3 has promised this to an earlier life of the candidate.
    expect(elected([0, 1, 1, 1, 1])).toBe('candidate');
  });
});

describe('who is behind', () => {
  test('asks for slots, and goes on', () => {
    const stage = group(3);
    const leader = leaderOf(stage);
    const [a] = others(stage, leader) as [string];
    stage.crash(a);
    for (let value = 1; value <= 30; value++) ask(stage, leader, write(value), 5);
    stage.boot(a).step(300);
    const { chosen } = stage.views().get(leader) as { chosen: number };
    expect(stage.views().get(a)).toMatchObject({ chosen });
    expect(broken(stage)).toEqual([]);
  });

  test('takes a snapshot', () => {
    const params = { 'snapshot-every': 10, 'snapshot-keep': 0 };
    const stage = group(3, { params });
    const leader = leaderOf(stage);
    const [a] = others(stage, leader) as [string];
    stage.crash(a);
    for (let value = 1; value <= 25; value++) ask(stage, leader, write(value), 5);
    stage.boot(a).step(300);
    expect(stage.notes).toContain(`${a} installs snapshot {"slot":20}`);
    const { chosen } = stage.views().get(leader) as { chosen: number };
    expect(stage.views().get(a)).toMatchObject({ chosen, base: 20 });
    stage.crash(leader).step(1000);
    expect(ask(stage, leaderOf(stage), read())).toBe(25);
  });

  test('boots from its own snapshot and the records after it', () => {
    const params = { 'snapshot-every': 10, 'snapshot-keep': 2 };
    const stage = group(1, { params, diskMs: 1 });
    for (let value = 1; value <= 25; value++) ask(stage, leaderOf(stage), write(value), 5);
    stage.crash('n1').boot('n1');
    expect(ask(stage, leaderOf(stage), read())).toBe(25);
    expect(stage.views().get('n1')).toMatchObject({ chosen: 26 });
  });
});

test('snapshot-without-sessions: a retry of what the snapshot stands for is executed again', () => {
  const sum = (bug?: string) => {
    const params = { machine: 'counter', 'snapshot-every': 5, 'snapshot-keep': 0 };
    const stage = group(1, { params, diskMs: 1, ...(bug === undefined ? {} : { bug }) });
    leaderOf(stage);
    const add = { type: 'add', delta: 1, session: 'another', serial: 1, timeoutMs: null };
    stage.inject('client', 'n1', { ...add, id: 1001, attempt: 1 } as never).step(20);
    for (let i = 0; i < 6; i++) ask(stage, 'n1', { type: 'add', delta: 10 }, 5);
    stage.crash('n1').boot('n1');
    leaderOf(stage);
    stage.inject('client', 'n1', { ...add, id: 1002, attempt: 2 } as never).step(20);
    const id = stage.ask('n1', { type: 'read' });
    stage.step(20);
    return (stage.answers().get(id) as { value?: number } | undefined)?.value;
  };
  expect([sum(), sum('snapshot-without-sessions')]).toEqual([61, 62]);
});

test('what is learned keeps the higher ballot', () => {
  const disk = diskAlone();
  const slots = new Slots(disk);
  const value = (made: number) => ({ made, command: { type: 'no-op' } as const });
  slots.accept(1, 5, value(1));
  slots.learn(1, 3, value(1));
  slots.accept(2, 4, value(2));
  slots.learn(2, 7, value(3));
  expect([slots.at(1), slots.at(2)]).toMatchObject([
    { ballot: 5, value: { made: 1 } },
    { ballot: 7, value: { made: 3 } },
  ]);
  expect(new Slots(disk).from(1)).toEqual(slots.from(1));
});
