/** A replicated log by hand: who leads, what is committed, where logs part. */
import { describe, expect, test } from 'vitest';
import { brokenIn } from '../../../../test/support/laid-over.ts';
import { fastLink, Stage, type StageOptions } from '../../../../test/support/stage.ts';
import { told } from '../../../../test/support/told.ts';
import { Generations } from './generations.ts';
import system from './index.ts';

interface Cast extends StageOptions {
  readonly count?: number;
  readonly params?: object;
  readonly bug?: string;
}

/** Members `a`, `b`, `c` ...; the first has the shortest time-out, so it leads at first. */
function cast({ count = 3, params = {}, bug, ...options }: Cast = {}): Stage {
  const members = ['a', 'b', 'c', 'd', 'e'].slice(0, count);
  const stage = new Stage({ diskMs: 1, ...options });
  members.forEach((id, i) => {
    const minMs = 300 + 100 * i;
    const timeouts = { 'election-timeout': { minMs, maxMs: minMs + 1 } };
    const place = { members, group: 'log' };
    const given = { ...timeouts, ...params };
    stage.addSystem(id, system, { params: given, place, ...(bug === undefined ? {} : { bug }) });
  });
  return stage;
}

const send = (value: number, more: object = {}) => ({ type: 'send', key: 'x', value, ...more });
const roles = (stage: Stage) =>
  [...stage.views()].map(([id, view]) => `${id} ${view['role']} ${view['term']}`);
const ends = (stage: Stage) =>
  [...stage.views()].map(([id, view]) => `${id} ${view['highWater']}/${view['end']}`);

function ask(stage: Stage, to: string, body: object, ms = 100): unknown {
  const id = stage.ask(to, body as never);
  stage.step(ms);
  return stage.answers().get(id);
}

function polled(stage: Stage, to: string, from = 0): unknown {
  const answer = ask(stage, to, { type: 'poll', offsets: { x: from } }) as never;
  return (answer['records'] as never)['x'];
}

/** Cuts a member off from all others; gives what heals it. */
function isolate(stage: Stage, id: string, others: readonly string[]): () => void {
  const levers = stage.levers();
  const heals = others.flatMap((other) => [levers.cut(id, other), levers.cut(other, id)]);
  return () => {
    for (const heal of heals) heal();
  };
}

describe('who leads', () => {
  test('the first whose time is over, in a generation of its own', () => {
    expect(roles(cast().until(1000))).toEqual(['a leader 1', 'b follower 1', 'c follower 1']);
  });

  test('a log of one member leads itself', () => {
    const stage = cast({ count: 1 }).until(1000);
    expect(roles(stage)).toEqual(['a leader 1']);
    expect(ask(stage, 'a', send(1))).toMatchObject({ type: 'send_ok', offset: 0 });
  });

  test('another one when it is silent; it follows when it is back', () => {
    const stage = cast().until(1000);
    stage.crash('a').until(2000);
    expect(roles(stage)).toEqual(['b follower 2', 'c leader 2']);
    stage.boot('a').until(3000);
    expect(roles(stage)).toEqual(['a follower 2', 'b follower 2', 'c leader 2']);
  });

  test('a leader without a majority steps down', () => {
    const stage = cast().until(1000);
    isolate(stage, 'a', ['b', 'c']);
    stage.until(1250);
    expect(roles(stage)[0]).toBe('a leader 1');
    stage.until(1500);
    expect(roles(stage)[0]).toBe('a follower 1');
    expect(stage.notes).toContain('a steps down {"term":1}');
  });

  test('a member that was cut off deposes nobody when it comes back', () => {
    const stage = cast().until(1000);
    const heal = isolate(stage, 'c', ['a', 'b']);
    stage.until(5000);
    heal();
    expect(roles(stage.until(6000))).toEqual(['a leader 1', 'b follower 1', 'c follower 1']);
  });

  test('nobody whose log is behind: its last generation, then its length', () => {
    const stage = cast().until(1000);
    const heal = isolate(stage, 'b', ['a', 'c']);
    expect(ask(stage, 'a', send(1))).toMatchObject({ type: 'send_ok' });
    heal();
    // Of the two that are left `b` asks first, and lacks the record.
    stage.crash('a');
    stage.until(4000);
    expect(roles(stage)).toEqual(['b follower 2', 'c leader 2']);
    expect(polled(stage, 'c')).toEqual([[0, 1]]);
  });
});

describe('what is committed', () => {
  test('what a majority has on disk, and only that is given to consumers', () => {
    const stage = cast({ diskMs: 40, link: fastLink }).until(1000);
    const sent = stage.ask('a', send(7) as never);
    // One way to a follower, its flush, and its fetch on the way back; 40 ms of the leader's own.
    stage.step(38);
    expect(told(stage, sent)).toBe('silence');
    expect(ends(stage)[0]).toBe('a 1/2');
    stage.step(10);
    expect(told(stage, sent)).toBe('send_ok');
    expect(polled(stage, 'a')).toEqual([[0, 7]]);
  });

  test('a leader that nobody follows acknowledges nothing and gives nothing away', () => {
    const stage = cast().until(1000);
    isolate(stage, 'a', ['b', 'c']);
    const sent = stage.ask('a', send(7) as never);
    stage.step(150);
    expect(roles(stage)[0]).toBe('a leader 1');
    expect(told(stage, sent)).toBe('silence');
    expect(polled(stage, 'a')).toEqual([]);
    // When it steps down, nobody knows what becomes of the record.
    stage.until(2000);
    expect(told(stage, sent)).toBe('crash');
  });

  test('the mark of followers lags behind, and comes with the next answer', () => {
    const stage = cast({ link: { ...fastLink, latency: { kind: 'constant', value: 10 } } });
    stage.until(1000);
    stage.ask('a', send(1) as never);
    stage.step(25);
    expect(ends(stage)).toEqual(['a 2/2', 'b 1/2', 'c 1/2']);
    stage.step(10);
    expect(ends(stage)).toEqual(['a 2/2', 'b 2/2', 'c 2/2']);
  });

  test('records of earlier leaders only with one of the new leader behind them', () => {
    const stage = cast({ count: 5 }).until(1000);
    // `a` has handed a record to `b` alone.
    const heals = ['c', 'd', 'e'].flatMap((id) => isolate(stage, id, ['a', 'b']));
    stage.ask('a', send(1) as never);
    stage.step(50);
    stage.crash('a').crash('c');
    for (const heal of heals) heal();
    stage.until(6000);
    // Of the three that are left only `b` has all of it. Its first record commits the other one.
    expect(roles(stage)[0]).toMatch(/^b leader/);
    expect(ends(stage)).toEqual(['b 3/3', 'd 3/3', 'e 3/3']);
    expect(polled(stage, 'b')).toEqual([[0, 1]]);
  });

  test.each([
    ['none', 1],
    ['leader', 19],
  ])('acks: %s is answered after %i ms, and may be lost', (acks, ms) => {
    const stage = cast({ diskMs: 19, params: { acks } }).until(1000);
    isolate(stage, 'a', ['b', 'c']);
    const sent = stage.ask('a', send(1) as never);
    stage.step(ms - 1);
    expect(told(stage, sent)).toBe(ms === 1 ? 'send_ok' : 'silence');
    stage.step(2);
    expect(told(stage, sent)).toBe('send_ok');
    stage.until(4000);
    expect(polled(stage, 'b')).toEqual([]);
  });

  test('a request may want more than the log gives by itself', () => {
    const stage = cast({ params: { acks: 'none' } }).until(1000);
    isolate(stage, 'a', ['b', 'c']);
    const sent = stage.ask('a', send(1, { acks: 'all' }) as never);
    stage.step(100);
    expect(told(stage, sent)).toBe('silence');
  });
});

describe('where logs part', () => {
  test('the last generation up to one, and where it ends', () => {
    const generations = new Generations();
    for (const [offset, generation] of [1, 1, 3, 3, 6].entries()) {
      generations.append(generation, offset);
    }
    expect([0, 1, 2, 3, 5, 6, 9].map((of) => generations.lastUpTo(of, 5))).toEqual([
      { of: 0, end: 0 },
      { of: 1, end: 2 },
      { of: 1, end: 2 },
      { of: 3, end: 4 },
      { of: 3, end: 4 },
      { of: 6, end: 5 },
      { of: 6, end: 5 },
    ]);
    expect([-1, 0, 2, 4].map((offset) => generations.at(offset))).toEqual([0, 1, 3, 6]);
    generations.truncate(3);
    expect(generations.lastUpTo(9, 3)).toEqual({ of: 3, end: 3 });
    generations.truncate(2);
    expect(generations.lastUpTo(9, 2)).toEqual({ of: 1, end: 2 });
    expect(() => generations.append(0, 2)).toThrow('generations rise along a log');
  });

  test('an old leader cuts off what nobody else has, and not more', () => {
    const stage = cast().until(1000);
    ask(stage, 'a', send(1));
    const heal = isolate(stage, 'a', ['b', 'c']);
    for (const value of [2, 3]) stage.ask('a', send(value) as never);
    stage.until(2500);
    ask(stage, 'b', send(4));
    heal();
    stage.until(4000);
    expect(stage.notes.filter((note) => note.includes('truncates'))).toEqual([
      'a truncates {"to":2,"from":4}',
    ]);
    expect(polled(stage, 'b')).toEqual([
      [0, 1],
      [1, 4],
    ]);
    expect(new Set([...stage.views().values()].map(({ end }) => end)).size).toBe(1);
  });

  /**
   * KIP-101, scenario 1: a follower restarts before it hears that its last record is committed, and
   * becomes the leader.
   */
  const restarted = (bug?: string) => {
    const stage = cast({ bug: bug as never });
    stage.until(1000);
    isolate(stage, 'c', ['a', 'b']);
    // `b` has the record; the answer that would raise its mark is lost with it.
    const sent = stage.ask('a', send(1) as never);
    stage.step(6);
    expect(told(stage, sent)).toBe('send_ok');
    stage.crash('b').boot('b').step(10);
    return Number(stage.views().get('b')?.['end']);
  };

  test('a follower that restarts keeps what it does not know to be committed', () => {
    expect(restarted()).toBe(2);
    expect(restarted('truncate-to-high-water')).toBeLessThan(2);
  });

  test('the second copy of an answer cuts nothing off', () => {
    const stage = cast().until(1000);
    const heal = isolate(stage, 'a', ['b', 'c']);
    for (const value of [1, 2, 3]) stage.ask('a', send(value) as never);
    stage.until(2500);
    heal();
    stage.until(3500);
    const parted = stage.sent.filter(({ message }) => message.type === 'diverges');
    expect(parted.map(({ to }) => to)).toEqual(['a']);
    for (const value of [4, 5, 6]) ask(stage, 'b', send(value));
    const before = ends(stage);
    stage.again(parted[0] as never).step(50);
    expect(ends(stage)).toEqual(before);
  });
});

describe('producers and consumers', () => {
  test('any member takes a request, and passes it on', () => {
    const stage = cast().until(1000);
    expect(ask(stage, 'c', send(1))).toMatchObject({ type: 'send_ok', offset: 0 });
    expect(ask(stage, 'b', send(2))).toMatchObject({ type: 'send_ok', offset: 1 });
    expect(polled(stage, 'c', 1)).toEqual([[1, 2]]);
  });

  test('without a leader they are refused', () => {
    const stage = cast().until(1000);
    stage.crash('a').crash('b').until(3000);
    expect(ask(stage, 'c', send(1))).toMatchObject({ code: 'temporarily-unavailable' });
  });

  const again = (stage: Stage, to: string, id: number) => {
    const head = { session: 's', serial: 1, attempt: id, timeoutMs: null, id: 100 + id };
    stage.inject('client', to, { ...send(1), ...head } as never);
    stage.step(100);
  };

  test('a retry adds nothing, with another leader too', () => {
    for (const [bug, count] of [
      [undefined, 1],
      ['forget-producers', 2],
    ] as const) {
      const stage = cast({ ...(bug === undefined ? {} : { bug }) }).until(1000);
      again(stage, 'a', 1);
      again(stage, 'a', 2);
      stage.crash('a').until(2000);
      again(stage, 'b', 3);
      expect([101, 102, 103].map((id) => told(stage, id))).toEqual([
        'send_ok',
        'send_ok',
        'send_ok',
      ]);
      expect(polled(stage, 'b')).toHaveLength(count);
    }
  });

  test('without idempotence it is appended again', () => {
    const stage = cast({ params: { idempotence: false } }).until(1000);
    again(stage, 'a', 1);
    again(stage, 'a', 2);
    expect(polled(stage, 'a')).toHaveLength(2);
  });

  test('a transaction adds all or nothing, with the offsets that its consumer has come to', () => {
    const stage = cast().until(1000);
    const sends = [
      ['x', 1],
      ['y', 2],
    ];
    const txn = ask(stage, 'a', { type: 'txn', sends, offsets: { in: 5 } });
    expect(txn).toMatchObject({ type: 'txn_ok', offsets: [0, 0] });
    expect(ask(stage, 'b', { type: 'committed', keys: ['in', 'x'] })).toMatchObject({
      offsets: { in: 5 },
    });
  });

  test('offsets are committed by group, and survive leaders', () => {
    const stage = cast().until(1000);
    expect(ask(stage, 'a', { type: 'commit', offsets: { x: 3 }, group: 'g' })).toMatchObject({
      type: 'commit_ok',
    });
    stage.crash('a').until(2000);
    const committed = (group: string) => ask(stage, 'b', { type: 'committed', keys: ['x'], group });
    expect(committed('g')).toMatchObject({ offsets: { x: 3 } });
    expect(committed('h')).toMatchObject({ offsets: {} });
  });

  test('what was applied stays applied when the end of the log is cut off', () => {
    const stage = cast().until(1000);
    ask(stage, 'a', { type: 'commit', offsets: { x: 3 }, group: 'g' });
    const heal = isolate(stage, 'a', ['b', 'c']);
    stage.ask('a', send(1) as never);
    stage.until(2500);
    heal();
    stage.until(3500);
    expect(stage.notes).toContain('a truncates {"to":2,"from":3}');
    const applied = [...stage.views().values()].map((view) => (view['tail'] as []).length);
    expect(new Set(applied).size).toBe(1);
    // `a` leads again.
    isolate(stage, roles(stage).find((role) => role.includes('leader'))?.[0] ?? '', ['b', 'c']);
    stage.until(8000);
    const committed = { type: 'committed', keys: ['x'], group: 'g' };
    expect(ask(stage, 'a', committed)).toMatchObject({ offsets: { x: 3 } });
  });

  test('polls are bounded, and followers answer them if they may', () => {
    const stage = cast({ params: { 'poll-records': 2, reads: 'any' } }).until(1000);
    for (const value of [1, 2, 3]) ask(stage, 'a', send(value));
    const forwards = () => stage.sent.filter(({ message }) => message.type === 'forward').length;
    expect(polled(stage, 'c')).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(forwards()).toBe(0);
    expect(polled(cast().until(1000), 'c')).toEqual([]);
  });

  test('a full disk refuses records, and nothing else', () => {
    const stage = cast().until(1000);
    ask(stage, 'a', send(1));
    const heal = stage.levers().shapeDisk('a', { full: true });
    expect(ask(stage, 'a', send(2))).toMatchObject({ code: 'temporarily-unavailable' });
    expect(polled(stage, 'a')).toEqual([[0, 1]]);
    heal();
    expect(ask(stage, 'a', send(3))).toMatchObject({ offset: 1 });
  });

  test('groups that share logs are not served', () => {
    const stage = cast().until(1000);
    expect(ask(stage, 'a', { type: 'subscribe', keys: ['x'] })).toMatchObject({
      code: 'not-supported',
    });
  });
});

test('a member reads its log again when it boots', () => {
  const stage = cast().until(1000);
  for (const value of [1, 2]) ask(stage, 'a', send(value));
  for (const id of ['a', 'b', 'c']) stage.crash(id).boot(id);
  stage.until(3000);
  expect(polled(stage, 'c')).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

test('large differences come in several answers', () => {
  const stage = cast({ params: { 'fetch-records': 2 } }).until(1000);
  stage.crash('c');
  for (let value = 1; value <= 7; value++) ask(stage, 'a', send(value));
  stage.boot('c').until(4000);
  const handed = stage.sent.filter(({ to, message }) => to === 'c' && message.type === 'records');
  const sizes = handed.map(({ message }) => (message as never as { entries: [] }).entries.length);
  expect(sizes.filter((size) => size > 0).slice(-4)).toEqual([2, 2, 2, 1]);
  expect(stage.views().get('c')).toMatchObject({ end: 8, highWater: 8 });
});

test('settings that make no sense together', () => {
  const refused = (params: object) =>
    system.refuse?.(
      { 'fetch-wait': 100, 'election-timeout': { minMs: 300, maxMs: 600 }, ...params } as never,
      3,
      {},
    );
  expect(refused({})).toBeNull();
  expect(refused({ 'fetch-wait': 300 })).toMatch(/fetch-wait must be shorter/);
});

test('what `acks: leader` acknowledged is lost in the gallery scenario', async () => {
  const file = 'scenarios/high-water-mark.yaml';
  expect(await brokenIn({ file })).toEqual([]);
  expect(await brokenIn({ file, sets: ['nodes.log.acks=leader'] })).toEqual(['log']);
});
