/** The cache by hand: what it holds, what makes it forget, and the races in between. */

import { describe, expect, test } from 'vitest';
import { bind, serving } from '../../../../test/support/services.ts';
import { placeOf, Stage, type SystemOptions } from '../../../../test/support/stage.ts';
import register from '../../../interfaces/register.ts';
import request from '../../../interfaces/request.ts';
import { bodyOf, type ReplyBody } from '../../../sim/call.ts';
import type { Node, Plain } from '../../../sim/node.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { Request } from '../../../sim/rpc.ts';
import { serve } from '../../../sim/service.ts';
import system, { policy } from './index.ts';

type Params = { readonly [name: string]: unknown };
type Answer = (request: Request & { readonly [field: string]: unknown }) => ReplyBody;

/** Registers in memory; a key that begins with `no` is an error, `down()` answers nothing right. */
function registers(trouble: () => ReplyBody | null = () => null): Node {
  const values = new Map<string, Plain>();
  const answer: Answer = ({ type, key, value }) => {
    const name = key as string;
    if (type === 'write') values.set(name, value as Plain);
    if (type === 'cas') return { type: 'error', code: 'precondition-failed' };
    if (name.startsWith('no')) return { type: 'error', code: 'key-does-not-exist' };
    if (type === 'write') return { type: 'write_ok' };
    return { type: `${type}_ok`, value: values.get(name) ?? null };
  };
  return serve({ handle: (_ctx, asked) => trouble() ?? answer(asked as never) }, placeOf('db'));
}

/** The first message of this type takes this time; all others take 1 ms. */
interface Slow {
  readonly from: 'cache' | 'db';
  readonly type: string;
  readonly ms: number;
}

interface Setting {
  readonly bug?: string;
  readonly seed?: string;
  readonly slow?: Slow;
  readonly db?: () => Node;
}

/** A cache in front of this node, which answers `register`. */
const inFrontOf = (target: string, params: Params = {}): SystemOptions => ({
  params: { target: [target], ...params },
  place: { answers: [register] },
});

/** `cache` before `db`, 1 ms apart. */
function world(params: Params = {}, setting: Setting = {}): Stage {
  const { bug, seed = '1', slow, db = () => registers() } = setting;
  const stage = new Stage({ seed }).add('db', db).addSystem('cache', system, {
    ...inFrontOf('db', params),
    ...(bug === undefined ? {} : { bug }),
  });
  if (slow === undefined) return stage;
  const { from, type, ms } = slow;
  const to = from === 'db' ? 'cache' : 'db';
  // The link itself takes 1 ms.
  const script = { type, first: 1, last: 1, action: 'delay', byMs: ms - 1 } as const;
  const levers = stage.levers();
  levers.countMessages(from, to, type);
  levers.script(from, to, script);
  return stage;
}

const read = (key: string) => ({ type: 'read', key });
const write = (key: string, value: Plain) => ({ type: 'write', key, value });

/** How many requests of a type have reached the store. */
const atStore = (stage: Stage, type = 'read') =>
  stage.sent.filter(({ to, message }) => to === 'db' && message.type === type).length;

/** Asks one after the other; the answers' values, or codes. */
function inTurn(stage: Stage, ...requests: readonly { type: string }[]): unknown[] {
  return requests.map((body) => {
    const id = stage.ask('cache', body);
    stage.step(10);
    return said(stage, id);
  });
}

function said(stage: Stage, id: number): unknown {
  const reply = stage.answers().get(id) as
    | { value?: Plain; code?: string; type: string }
    | undefined;
  if (reply === undefined) return undefined;
  return reply.code ?? (reply.value === undefined ? reply.type : reply.value);
}

test('a read is loaded once and then answered from the cache, until a write drops it', () => {
  const stage = world();
  inTurn(stage, write('x', 1), read('x'), read('x'), write('x', 2), read('x'));
  expect(stage.transcript().replaceAll(/(id|inReplyTo)=\d{3,}/g, '$1=…')).toMatchInlineSnapshot(`
    "0ms cache→db write key=x value=1 id=… session=s serial=1 attempt=1 timeoutMs=null
    1ms db→cache write_ok inReplyTo=…
    2ms cache→client write_ok inReplyTo=1
    10ms cache→db read key=x id=… session=s serial=2 attempt=1 timeoutMs=null
    11ms db→cache read_ok inReplyTo=… value=1
    12ms cache→client read_ok inReplyTo=2 value=1
    20ms cache→client read_ok inReplyTo=3 value=1
    30ms cache→db write key=x value=2 id=… session=s serial=4 attempt=1 timeoutMs=null
    31ms db→cache write_ok inReplyTo=…
    32ms cache→client write_ok inReplyTo=4
    40ms cache→db read key=x id=… session=s serial=5 attempt=1 timeoutMs=null
    41ms db→cache read_ok inReplyTo=… value=2
    42ms cache→client read_ok inReplyTo=5 value=2"
  `);
  expect(stage.node('cache').inspect?.()).toMatchObject({ hits: 1, lookups: 3, entries: 1 });
});

test('keys and types are distinguished; a failed write drops too', () => {
  const stage = world();
  inTurn(stage, write('x', 1), write('y', 2));
  expect(inTurn(stage, read('x'), read('y'), read('x'), read('y'))).toEqual([1, 2, 1, 2]);
  expect(atStore(stage)).toBe(2);
  inTurn(
    stage,
    { type: 'cas', key: 'x', from: 5, to: 6 } as { type: string },
    read('y'),
    read('x'),
  );
  expect(atStore(stage)).toBe(3);
});

test('a crash leaves it empty', () => {
  const stage = world();
  inTurn(stage, write('x', 1), read('x'));
  stage.crash('cache');
  stage.boot('cache');
  expect(inTurn(stage, read('x'))).toEqual([1]);
  expect(atStore(stage)).toBe(2);
});

describe('a load that a write overtakes', () => {
  /**
   * The answer of the first read takes 20 ms; a write comes and goes meanwhile. Without a second
   * read on its way nothing but its lease says that the first is old.
   */
  function race(params: Params, bug?: string, second = true): unknown[] {
    const slow = { from: 'db', type: 'read_ok', ms: 20 } as const;
    const stage = world(params, bug === undefined ? { slow } : { slow, bug });
    stage.ask('cache', write('x', 1));
    stage.until(5);
    const first = stage.ask('cache', read('x'));
    stage.until(8);
    stage.ask('cache', write('x', 2));
    stage.until(12);
    const during = second ? [stage.ask('cache', read('x'))] : [];
    // The load is still on its way.
    expect(said(stage, first)).toBe(undefined);
    stage.until(40);
    const answers = [first, ...during].map((id) => said(stage, id));
    return [...answers, ...inTurn(stage, read('x'))];
  }

  test('does not fill, since the write has voided its lease', () => {
    expect(race({}, undefined, false)).toEqual([1, 2]);
  });

  test('fills the old value without leases', () => {
    expect(race({ lease: false }, undefined, false)).toEqual([1, 1]);
    expect(race({ lease: false })).toEqual([1, 2, 1]);
  });

  test('is joined by later reads only with bug: flight-serves-stale', () => {
    expect(race({})).toEqual([1, 2, 2]);
    expect(race({}, 'flight-serves-stale')).toEqual([1, 1, 2]);
  });

  test('is held until the end of the write if it ends before', () => {
    // The write is acknowledged late: it happened at 1 ms, and is over at 31 ms.
    const slow = { from: 'db', type: 'write_ok', ms: 30 } as const;
    const stage = world({}, { slow });
    stage.ask('cache', write('x', 1));
    expect(inTurn(stage, read('x'), read('x'))).toEqual([1, 1]);
    expect(atStore(stage)).toBe(1);
    stage.until(40);
    expect(inTurn(stage, read('x'), read('x'))).toEqual([1, 1]);
    expect(atStore(stage)).toBe(2);
  });
});

test('with bug: no-invalidate a write leaves the old value', () => {
  const stage = world({}, { bug: 'no-invalidate' });
  expect(inTurn(stage, write('x', 1), read('x'), write('x', 2), read('x'))).toEqual([
    'write_ok',
    1,
    'write_ok',
    1,
  ]);
});

describe('a stampede', () => {
  function herd(params: Params): Stage {
    const stage = world(params);
    inTurn(stage, write('x', 1));
    for (let i = 0; i < 1000; i++) stage.ask('cache', read('x'));
    stage.until(20);
    return stage;
  }

  test('of a thousand misses is one load', () => {
    const stage = herd({});
    expect(atStore(stage)).toBe(1);
    expect(stage.answers().size).toBe(1001);
    expect(stage.measured().filter((line) => line === 'cache coalesced 1')).toHaveLength(999);
  });

  test('is a thousand loads without single-flight', () => {
    expect(atStore(herd({ 'single-flight': false }))).toBe(1000);
  });

  test('shares an error, which is not held', () => {
    let down = false;
    const db = () => registers(() => (down ? { type: 'error', code: 'overloaded' } : null));
    const stage = world({}, { db });
    inTurn(stage, write('x', 1));
    down = true;
    const ids = Array.from({ length: 1000 }, () => stage.ask('cache', read('x')));
    stage.until(20);
    expect(atStore(stage)).toBe(1);
    for (const id of ids) expect(said(stage, id)).toBe('overloaded');
    down = false;
    expect(inTurn(stage, read('x'))).toEqual([1]);
  });
});

describe('a load whose leader gives up', () => {
  test('is led again by the first of those that wait and have time', () => {
    const slow = { from: 'cache', type: 'read', ms: 1000 } as const;
    const stage = world({}, { slow });
    stage.ask('cache', write('x', 1));
    stage.until(5);
    const leader = stage.ask('cache', read('x'), 10);
    const others = [1, 2, 3].map(() => stage.ask('cache', read('x'), 100));
    stage.until(50);
    expect(said(stage, leader)).toBe('timeout');
    expect(others.map((id) => said(stage, id))).toEqual([1, 1, 1]);
    expect(atStore(stage)).toBe(2);
  });

  test('is no longer waited for after flight-timeout, or when time is up', () => {
    const slow = { from: 'cache', type: 'read', ms: 1000 } as const;
    const stage = world({ 'flight-timeout': 20 }, { slow });
    stage.ask('cache', write('x', 1));
    stage.until(5);
    stage.ask('cache', read('x'), 500);
    const short = stage.ask('cache', read('x'), 10);
    const long = stage.ask('cache', read('x'), 100);
    stage.until(50);
    expect([said(stage, short), said(stage, long)]).toEqual(['timeout', 1]);
    expect(
      stage.sent.find(({ message }) => 'inReplyTo' in message && message.inReplyTo === long),
    ).toMatchObject({ atMs: 27 });
  });

  test('a cancelled leader leaves nobody behind', () => {
    const slow = { from: 'cache', type: 'read', ms: 1000 } as const;
    const stage = world({}, { slow });
    const leader = stage.ask('cache', read('x'), 500);
    const other = stage.ask('cache', read('x'), 500);
    stage.until(5);
    expect(stage.node('cache').inspect?.()).toMatchObject({ active: 2, loading: 1 });
    stage.inject('client', 'cache', { type: 'cancel', of: leader } as never);
    stage.until(20);
    expect([said(stage, leader), said(stage, other)]).toEqual([undefined, null]);
    expect(atStore(stage)).toBe(2);
    expect(stage.node('cache').inspect?.()).toMatchObject({ active: 0, loading: 0 });
  });
});

describe('errors', () => {
  const failing = (params: Params, bug?: string) => {
    let asked = 0;
    const db = () =>
      registers(() => (asked++ === 0 ? { type: 'error', code: 'overloaded' } : null));
    const stage = world(params, bug === undefined ? { db } : { db, bug });
    return inTurn(stage, read('x'), read('x'));
  };

  test('are not held, whatever the ttls', () => {
    expect(failing({ 'negative-ttl': 1000 })).toEqual(['overloaded', null]);
  });

  test('are, with bug: cache-errors', () => {
    expect(failing({}, 'cache-errors')).toEqual(['overloaded', 'overloaded']);
  });

  test('that answer are held for negative-ttl, as nulls are', () => {
    for (const key of ['none', 'x']) {
      const stage = world({ 'negative-ttl': 100 });
      inTurn(stage, read(key), read(key));
      expect(atStore(stage)).toBe(1);
      stage.until(150);
      inTurn(stage, read(key));
      expect(atStore(stage)).toBe(2);
      const without = world();
      inTurn(without, read(key), read(key));
      expect(atStore(without)).toBe(2);
    }
  });

  test('and a write ends them', () => {
    const asked = [read('x'), write('x', 1), read('x')];
    expect(inTurn(world({ 'negative-ttl': 1000 }), ...asked)).toEqual([null, 'write_ok', 1]);
    expect(inTurn(world({ 'negative-ttl': 1000 }, { bug: 'negative-sticks' }), ...asked)).toEqual([
      null,
      'write_ok',
      null,
    ]);
  });
});

describe('time', () => {
  /** At which of these moments a read reaches the store. */
  function loadsAt(params: Params, moments: readonly number[], setting: Setting = {}): number[] {
    const stage = world(params, setting);
    stage.ask('cache', write('x', 1));
    return moments.filter((atMs) => {
      stage.until(atMs);
      const loads = atStore(stage);
      // A miss is passed on at once.
      stage.ask('cache', read('x'));
      return atStore(stage) > loads;
    });
  }

  test('ends entries after ttl, with sliding after so long without a hit', () => {
    // Filled at 12 ms.
    expect(loadsAt({ ttl: 100 }, [10, 60, 111, 112, 200])).toEqual([10, 112]);
    expect(loadsAt({ ttl: 100, sliding: true }, [10, 60, 150, 240, 340])).toEqual([10, 340]);
  });

  test('ends them up to ttl-jitter earlier', () => {
    const moments = [10, ...Array.from({ length: 20 }, (_, k) => 20 + 10 * k)];
    const ends = Array.from({ length: 40 }, (_, seed) => {
      const loads = loadsAt({ ttl: 100, 'ttl-jitter': 0.5 }, moments, { seed: `${seed}` });
      return loads[1];
    });
    // Filled at 12 ms: it ends within 62 to 112 ms, and the next moment sees it.
    for (const end of ends) expect(end).toBeGreaterThanOrEqual(60);
    for (const end of ends) expect(end).toBeLessThanOrEqual(120);
    expect(new Set(ends).size).toBeGreaterThan(1);
  });

  test('early renews entries before their time, the sooner the larger it is', () => {
    const moments = [10, 30, 50, 70];
    expect(loadsAt({ ttl: 100 }, moments)).toEqual([10]);
    expect(loadsAt({ ttl: 100, early: 1e6 }, moments)).toEqual(moments);
  });

  test('stale-while-revalidate answers at once, and one load renews', () => {
    const stage = world({ ttl: 100, 'stale-while-revalidate': 50 });
    inTurn(stage, write('x', 1), read('x'));
    stage.until(140);
    const ids = [1, 2, 3].map(() => stage.ask('cache', read('x')));
    expect(ids.map((id) => said(stage, id))).toEqual([1, 1, 1]);
    expect(atStore(stage)).toBe(2);
    stage.until(200);
    inTurn(stage, read('x'));
    expect(atStore(stage)).toBe(2);
    stage.until(500);
    expect(inTurn(stage, read('x'))).toEqual([1]);
    expect(atStore(stage)).toBe(3);
  });

  test('stale-if-error answers when the load fails, and no longer than it says', () => {
    let down = false;
    const db = () => registers(() => (down ? { type: 'error', code: 'overloaded' } : null));
    const stage = world({ ttl: 100, 'stale-if-error': 100 }, { db });
    inTurn(stage, write('x', 1), read('x'));
    down = true;
    stage.until(150);
    expect(inTurn(stage, read('x'), read('y'))).toEqual([1, 'overloaded']);
    expect(stage.measured().filter((line) => line === 'cache stale-hits 1')).toHaveLength(1);
    stage.until(220);
    expect(inTurn(stage, read('x'))).toEqual(['overloaded']);
  });
});

describe('write: through', () => {
  test('holds the value once it is written', () => {
    const stage = world({ write: 'through' });
    expect(inTurn(stage, write('x', 1), read('x'), write('x', 2), read('x'))).toEqual([
      'write_ok',
      1,
      'write_ok',
      2,
    ]);
    expect(atStore(stage)).toBe(0);
  });

  test('holds no value that was refused, nor one that a compare-and-set may have changed', () => {
    const stage = world({ write: 'through' });
    inTurn(stage, write('none', 1), read('none'), write('x', 1));
    inTurn(stage, { type: 'cas', key: 'x', from: 1, to: 2 } as { type: string }, read('x'));
    expect(atStore(stage)).toBe(2);
  });

  test('of two writes at once neither, since their answers may come in the other order', () => {
    const overtaken = (lease: boolean) => {
      const slow = { from: 'db', type: 'write_ok', ms: 10 } as const;
      const stage = world({ write: 'through', lease }, { slow });
      stage.ask('cache', write('x', 1));
      stage.ask('cache', write('x', 2));
      stage.until(20);
      return inTurn(stage, read('x'));
    };
    expect(overtaken(true)).toEqual([2]);
    expect(overtaken(false)).toEqual([1]);
  });
});

test('write: through holds nothing if a load has ended meanwhile, which may know more', () => {
  // The write is applied at 1 ms; another's write at 2 ms is seen by a read; it is over at 31 ms.
  const slow = { from: 'db', type: 'write_ok', ms: 30 } as const;
  const stage = world({ write: 'through' }, { slow });
  stage.ask('cache', write('x', 1));
  stage.until(2);
  stage.ask('db', write('x', 2));
  expect(inTurn(stage, read('x'))).toEqual([2]);
  stage.until(40);
  expect(inTurn(stage, read('x'))).toEqual([2]);
});

test('write: around leaves entries old until their time is over', () => {
  const stage = world({ write: 'around', ttl: 100 });
  expect(inTurn(stage, write('x', 1), read('x'), write('x', 2), read('x'))).toEqual([
    'write_ok',
    1,
    'write_ok',
    1,
  ]);
  stage.until(200);
  expect(inTurn(stage, read('x'))).toEqual([2]);
});

describe('write: behind', () => {
  const behind = (setting: Setting = {}, params: Params = {}) =>
    world({ write: 'behind', 'flush-every': 50, 'flush-timeout': 20, ...params }, setting);

  test('answers at once, reads too, and sends only the last write of a key', () => {
    const stage = behind();
    const ids = [1, 2, 3].map((value) => stage.ask('cache', write('x', value)));
    const reading = stage.ask('cache', read('x'));
    expect([...ids, reading].map((id) => said(stage, id))).toEqual([
      'write_ok',
      'write_ok',
      'write_ok',
      3,
    ]);
    expect(atStore(stage, 'write')).toBe(0);
    stage.until(100);
    const [flushed, ...more] = stage.sent.filter(({ message }) => message.type === 'write');
    expect(flushed).toMatchObject({ atMs: 50, message: { value: 3, session: 'cache', serial: 1 } });
    expect(more).toEqual([]);
    expect(inTurn(stage, read('x'))).toEqual([3]);
    expect(atStore(stage)).toBe(1);
    expect(stage.timersOf('cache')).toEqual([]);
  });

  test('loses in a crash what it has acknowledged and not sent', () => {
    const stage = behind();
    inTurn(stage, write('x', 1));
    stage.crash('cache');
    stage.boot('cache');
    expect(inTurn(stage, read('x'))).toEqual([null]);
  });

  test('holds what waits apart from the entries: no eviction takes it', () => {
    const stage = behind({}, { capacity: 2 });
    inTurn(stage, read('a'), write('x', 1), write('y', 2));
    // No room is left: this one goes through, after a flush of what waits for its key, nothing.
    expect(inTurn(stage, write('z', 3))).toEqual(['write_ok']);
    expect(atStore(stage, 'write')).toBe(1);
    stage.until(200);
    expect(inTurn(stage, read('x'), read('y'), read('z'))).toEqual([1, 2, 3]);
  });

  test('a compare-and-set waits until the writes before it are at the store', () => {
    const stage = behind();
    stage.ask('cache', write('x', 1));
    stage.ask('cache', write('y', 1));
    stage.ask('cache', { type: 'cas', key: 'x', from: 1, to: 2 } as { type: string });
    stage.until(20);
    const order = stage.sent.filter(({ to }) => to === 'db').map(({ message }) => message.type);
    expect(order).toEqual(['write', 'write', 'cas']);
  });

  test('a write that comes during the flush of the one before it is sent too', () => {
    const stage = behind();
    stage.ask('cache', write('x', 1));
    stage.until(51);
    stage.ask('cache', write('x', 2));
    stage.until(200);
    expect(atStore(stage, 'write')).toBe(2);
    expect(inTurn(stage, read('x'))).toEqual([2]);
  });

  test('a write goes through at once behind a compare-and-set that is under way or waits', () => {
    const cas = { type: 'cas', key: 'x', from: 1, to: 2 } as { type: string };
    const underWay = behind({
      slow: { from: 'cache', type: 'cas', ms: 30 },
    });
    underWay.ask('cache', cas);
    underWay.until(10);
    underWay.ask('cache', write('x', 1));
    expect(atStore(underWay, 'write')).toBe(1);
    const waits = behind({
      slow: { from: 'cache', type: 'write', ms: 10 },
    });
    waits.ask('cache', write('x', 1));
    waits.ask('cache', cas);
    waits.until(5);
    expect([atStore(waits, 'write'), atStore(waits, 'cas')]).toEqual([1, 0]);
    waits.ask('cache', write('y', 2));
    expect(atStore(waits, 'write')).toBe(2);
  });

  test('sends a write again whose fate is unknown, and not one that was refused for good', () => {
    const stage = behind({
      slow: { from: 'cache', type: 'write', ms: 1000 },
    });
    inTurn(stage, write('x', 1), write('none', 2));
    stage.until(300);
    expect(atStore(stage, 'write')).toBe(3);
    expect(inTurn(stage, read('x'))).toEqual([1]);
    expect(stage.measured()).toContain('cache refused-late 1');
    expect(stage.timersOf('cache')).toEqual([]);
  });

  test('a load that was under way does not fill what a flushed write has made old', () => {
    const loaded = (lease: boolean) => {
      const stage = behind({ slow: { from: 'db', type: 'read_ok', ms: 200 } }, { lease });
      // Not null, which is never held here.
      stage.ask('db', write('x', 1));
      const first = stage.ask('cache', read('x'));
      stage.until(5);
      stage.ask('cache', write('x', 2));
      stage.until(300);
      return [said(stage, first), ...inTurn(stage, read('x'))];
    };
    expect(loaded(true)).toEqual([1, 2]);
    expect(loaded(false)).toEqual([1, 1]);
  });
});

test('two loads at once that do not agree: neither is held', () => {
  // Without single-flight; the store's value changes in between by another's write.
  const slow = { from: 'db', type: 'read_ok', ms: 20 } as const;
  const stage = world({ 'single-flight': false }, { slow });
  stage.ask('cache', write('x', 1));
  stage.until(5);
  stage.ask('cache', read('x'));
  stage.until(10);
  stage.ask('db', write('x', 2));
  const second = stage.ask('cache', read('x'));
  stage.until(50);
  expect(said(stage, second)).toBe(2);
  const loads = atStore(stage);
  expect(inTurn(stage, read('x'))).toEqual([2]);
  expect(atStore(stage)).toBe(loads + 1);
});

test('gives up entries in its order, and with bug: evict-newest the one used last', () => {
  const loads = (bug?: string) => {
    const stage = world({ capacity: 2 }, bug === undefined ? {} : { bug });
    inTurn(stage, write('a', 1), write('b', 2), write('c', 3));
    inTurn(stage, ...['a', 'b', 'c', 'b', 'c', 'b', 'c'].map(read));
    return atStore(stage);
  };
  expect(loads()).toBe(3);
  expect(loads('evict-newest')).toBe(7);
});

test('stale answers without a ttl are refused, as a policy too', () => {
  const refused = (given: object) => policy.refuse?.(defaultsOf(policy.params, given));
  expect(refused({ 'stale-if-error': 10 })).toContain('without a ttl');
  expect(refused({ 'stale-while-revalidate': 10 })).toContain('without a ttl');
  expect(refused({ 'stale-if-error': 10, ttl: 10 })).toBeNull();
  const params = defaultsOf(system.params, { target: ['db'], 'stale-if-error': 10 });
  expect(system.refuse?.(params, 1, {})).toContain('without a ttl');
});

describe('works from the interface alone', () => {
  test('before a server of requests, whose fields distinguish them', () => {
    const server = () =>
      serve({ handle: (_ctx, asked) => ({ ...bodyOf(asked), type: 'request_ok' }) }, placeOf('db'));
    const stage = new Stage()
      .add('db', server)
      .addSystem('cache', system, { ...inFrontOf('db'), place: { answers: [request] } });
    const ask = (fields: object) => inTurn(stage, { type: 'request', ...fields });
    ask({ key: 'a' });
    ask({ key: 'a' });
    expect(atStore(stage, 'request')).toBe(1);
    ask({ key: 'a', path: '/x' });
    ask({ key: 'b' });
    expect(atStore(stage, 'request')).toBe(3);
    // Of a field that no interface has, nobody knows what it means.
    ask({ key: 'a', context: 5 });
    ask({ key: 'a', context: 5 });
    expect(atStore(stage, 'request')).toBe(5);
  });

  test('one cache before another', () => {
    const stage = new Stage()
      .add('db', () => registers())
      .addSystem('inner', system, inFrontOf('db'))
      .addSystem('cache', system, inFrontOf('inner', { capacity: 1 }));
    inTurn(stage, write('x', 1), write('y', 2));
    expect(inTurn(stage, read('x'), read('y'), read('x'))).toEqual([1, 2, 1]);
    expect(atStore(stage)).toBe(2);
    expect(inTurn(stage, write('x', 3), read('x'))).toEqual(['write_ok', 3]);
  });

  test('as a policy around the calls of a service', () => {
    const bound = { db: [bind(policy, { capacity: 10 }, [register])] };
    const stage = new Stage();
    for (const id of ['db-1', 'db-2', 'db-3']) stage.add(id, () => registers());
    stage.add('api', () =>
      serving(
        function* (ctx, asked) {
          return yield* ctx.call('db', bodyOf(asked));
        },
        {},
        {},
        bound,
      ),
    );
    for (let i = 0; i < 4; i++) {
      stage.ask('api', { type: 'read', key: 'x' });
      stage.until(10 * (i + 1));
    }
    // null is not held.
    expect(stage.sent.filter(({ to }) => to.startsWith('db'))).toHaveLength(4);
    expect(stage.node('api').inspect?.()).toMatchObject({ calls: { db: { lookups: 4, hits: 0 } } });
  });
});
