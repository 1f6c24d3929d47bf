/** The cache by hand: what it holds, what makes it forget, and the races in between. */

import { describe, expect, test } from 'vitest';
import { Drive, placeOf, type Sent } from '../../../../test/support/drive-service.ts';
import { bind, serving } from '../../../../test/support/services.ts';
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

interface Setting {
  readonly bug?: string;
  readonly link?: (from: string, to: string, message: Sent['message']) => number | null;
  readonly db?: () => Node;
}

const cache = (params: Params, bug: string | null, target: string): Node =>
  system.create(
    defaultsOf(system.params, { target: [target], ...params } as never),
    placeOf('cache', { answers: [register] }),
    bug,
  );

/** `cache` before `db`, 1 ms apart. */
function world(params: Params = {}, { bug, link, db = registers }: Setting = {}): Drive {
  return new Drive(link === undefined ? {} : { link })
    .add('db', db)
    .add('cache', () => cache(params, bug ?? null, 'db'));
}

const read = (key: string) => ({ type: 'read', key });
const write = (key: string, value: Plain) => ({ type: 'write', key, value });

/** How many requests of a type have reached the store. */
const atStore = (drive: Drive, type = 'read') =>
  drive.sent.filter(({ to, message }) => to === 'db' && message.type === type).length;

/** Asks one after the other; the answers' values, or codes. */
function inTurn(drive: Drive, ...requests: readonly { type: string }[]): unknown[] {
  return requests.map((body) => {
    const id = drive.ask('cache', body);
    drive.until(drive.nowMs + 10);
    return said(drive, id);
  });
}

function said(drive: Drive, id: number): unknown {
  const reply = drive.answers().get(id) as
    | { value?: Plain; code?: string; type: string }
    | undefined;
  if (reply === undefined) return undefined;
  return reply.code ?? (reply.value === undefined ? reply.type : reply.value);
}

/** The latency of the first message that fits, when all others take 1 ms. */
function slow(ms: number, fits: (from: string, message: Sent['message']) => boolean) {
  let left = 1;
  return (from: string, _to: string, message: Sent['message']) =>
    fits(from, message) && left-- > 0 ? ms : 1;
}

test('a read is loaded once and then answered from the cache, until a write drops it', () => {
  const drive = world();
  inTurn(drive, write('x', 1), read('x'), read('x'), write('x', 2), read('x'));
  expect(drive.transcript().replaceAll(/(id|inReplyTo)=\d{3,}/g, '$1=…')).toMatchInlineSnapshot(`
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
  expect(drive.node('cache').inspect?.()).toMatchObject({ hits: 1, lookups: 3, entries: 1 });
});

test('keys and types are told apart; a failed write drops too', () => {
  const drive = world();
  inTurn(drive, write('x', 1), write('y', 2));
  expect(inTurn(drive, read('x'), read('y'), read('x'), read('y'))).toEqual([1, 2, 1, 2]);
  expect(atStore(drive)).toBe(2);
  inTurn(
    drive,
    { type: 'cas', key: 'x', from: 5, to: 6 } as { type: string },
    read('y'),
    read('x'),
  );
  expect(atStore(drive)).toBe(3);
});

test('a crash leaves it empty', () => {
  const drive = world();
  inTurn(drive, write('x', 1), read('x'));
  drive.crash('cache');
  drive.boot('cache');
  expect(inTurn(drive, read('x'))).toEqual([1]);
  expect(atStore(drive)).toBe(2);
});

describe('a load that a write overtakes', () => {
  /** The answer of the first read takes 20 ms; a write comes and goes meanwhile. */
  function race(params: Params, bug?: string): unknown[] {
    const link = slow(20, (from, { type }) => from === 'db' && type === 'read_ok');
    const drive = world(params, bug === undefined ? { link } : { link, bug });
    drive.ask('cache', write('x', 1));
    drive.until(5);
    const first = drive.ask('cache', read('x'));
    drive.until(8);
    drive.ask('cache', write('x', 2));
    drive.until(12);
    const during = drive.ask('cache', read('x'));
    drive.until(40);
    return [said(drive, first), said(drive, during), ...inTurn(drive, read('x'))];
  }

  test('does not fill, since the write has voided its lease, and nobody joins it', () => {
    expect(race({})).toEqual([1, 2, 2]);
  });

  test('fills the old value without leases', () => {
    expect(race({ lease: false })).toEqual([1, 2, 1]);
  });

  test('is joined by later reads with bug: flight-serves-stale', () => {
    expect(race({}, 'flight-serves-stale')).toEqual([1, 1, 2]);
  });

  test('is held until the end of the write if it ends before', () => {
    // The write is acknowledged late: it happened at 1 ms, and is over at 31 ms.
    const link = slow(30, (from, { type }) => from === 'db' && type === 'write_ok');
    const drive = world({}, { link });
    drive.ask('cache', write('x', 1));
    expect(inTurn(drive, read('x'), read('x'))).toEqual([1, 1]);
    expect(atStore(drive)).toBe(1);
    drive.until(40);
    expect(inTurn(drive, read('x'), read('x'))).toEqual([1, 1]);
    expect(atStore(drive)).toBe(2);
  });
});

test('with bug: no-invalidate a write leaves the old value', () => {
  const drive = world({}, { bug: 'no-invalidate' });
  expect(inTurn(drive, write('x', 1), read('x'), write('x', 2), read('x'))).toEqual([
    'write_ok',
    1,
    'write_ok',
    1,
  ]);
});

describe('a stampede', () => {
  function herd(params: Params): Drive {
    const drive = world(params);
    inTurn(drive, write('x', 1));
    for (let i = 0; i < 1000; i++) drive.ask('cache', read('x'));
    drive.until(20);
    return drive;
  }

  test('of a thousand misses is one load', () => {
    const drive = herd({});
    expect(atStore(drive)).toBe(1);
    expect(drive.answers().size).toBe(1001);
    expect(drive.measured.filter((line) => line === 'cache coalesced 1')).toHaveLength(999);
  });

  test('is a thousand loads without single-flight', () => {
    expect(atStore(herd({ 'single-flight': false }))).toBe(1000);
  });

  test('shares an error, which is not held', () => {
    let down = false;
    const db = () => registers(() => (down ? { type: 'error', code: 'overloaded' } : null));
    const drive = world({}, { db });
    inTurn(drive, write('x', 1));
    down = true;
    const ids = Array.from({ length: 1000 }, () => drive.ask('cache', read('x')));
    drive.until(20);
    expect(atStore(drive)).toBe(1);
    for (const id of ids) expect(said(drive, id)).toBe('overloaded');
    down = false;
    expect(inTurn(drive, read('x'))).toEqual([1]);
  });
});

describe('a load whose leader gives up', () => {
  test('is led again by the first of those that wait and have time', () => {
    const link = slow(1000, (from, { type }) => from === 'cache' && type === 'read');
    const drive = world({}, { link });
    drive.ask('cache', write('x', 1));
    drive.until(5);
    const leader = drive.ask('cache', read('x'), 10);
    const others = [1, 2, 3].map(() => drive.ask('cache', read('x'), 100));
    drive.until(50);
    expect(said(drive, leader)).toBe('timeout');
    expect(others.map((id) => said(drive, id))).toEqual([1, 1, 1]);
    expect(atStore(drive)).toBe(2);
  });

  test('is no longer waited for after flight-timeout, or when time is up', () => {
    const link = slow(1000, (from, { type }) => from === 'cache' && type === 'read');
    const drive = world({ 'flight-timeout': 20 }, { link });
    drive.ask('cache', write('x', 1));
    drive.until(5);
    drive.ask('cache', read('x'), 500);
    const short = drive.ask('cache', read('x'), 10);
    const long = drive.ask('cache', read('x'), 100);
    drive.until(50);
    expect([said(drive, short), said(drive, long)]).toEqual(['timeout', 1]);
    expect(
      drive.sent.find(({ message }) => 'inReplyTo' in message && message.inReplyTo === long),
    ).toMatchObject({ atMs: 27 });
  });

  test('a cancelled leader leaves nobody behind', () => {
    const link = slow(1000, (from, { type }) => from === 'cache' && type === 'read');
    const drive = world({}, { link });
    const leader = drive.ask('cache', read('x'), 500);
    const other = drive.ask('cache', read('x'), 500);
    drive.until(5);
    drive.deliver('client', 'cache', { type: 'cancel', of: leader } as never);
    drive.until(20);
    expect(said(drive, other)).toBe(null);
    expect(drive.node('cache').inspect?.()).toMatchObject({ active: 0, loading: 0 });
  });
});

describe('errors', () => {
  const failing = (params: Params, bug?: string) => {
    let asked = 0;
    const db = () =>
      registers(() => (asked++ === 0 ? { type: 'error', code: 'overloaded' } : null));
    const drive = world(params, bug === undefined ? { db } : { db, bug });
    return inTurn(drive, read('x'), read('x'));
  };

  test('are not held, whatever the ttls', () => {
    expect(failing({ 'negative-ttl': 1000 })).toEqual(['overloaded', null]);
  });

  test('are, with bug: cache-errors', () => {
    expect(failing({}, 'cache-errors')).toEqual(['overloaded', 'overloaded']);
  });

  test('that answer are held for negative-ttl, as nulls are', () => {
    for (const key of ['none', 'x']) {
      const drive = world({ 'negative-ttl': 100 });
      inTurn(drive, read(key), read(key));
      expect(atStore(drive)).toBe(1);
      drive.until(150);
      inTurn(drive, read(key));
      expect(atStore(drive)).toBe(2);
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
    const drive = world(params, setting);
    drive.ask('cache', write('x', 1));
    return moments.filter((atMs) => {
      drive.until(atMs);
      const before = atStore(drive);
      drive.ask('cache', read('x'));
      drive.until(atMs + 5);
      return atStore(drive) > before;
    });
  }

  test('ends entries after ttl, with sliding after so long without a hit', () => {
    // Filled at 12 ms.
    expect(loadsAt({ ttl: 100 }, [10, 60, 111, 112, 200])).toEqual([10, 112]);
    expect(loadsAt({ ttl: 100, sliding: true }, [10, 60, 150, 240, 340])).toEqual([10, 340]);
  });

  test('ends them up to ttl-jitter earlier', () => {
    const ends = Array.from({ length: 40 }, (_, i) => {
      const moments = Array.from({ length: 20 }, (_, k) => 20 + 10 * k);
      const drive = loadsAt({ ttl: 100 + i / 1000, 'ttl-jitter': 0.5 }, [10, ...moments]);
      return drive[1];
    });
    for (const end of ends) expect(end).toBeGreaterThanOrEqual(60);
  });

  test('stale-while-revalidate answers at once, and one load renews', () => {
    const drive = world({ ttl: 100, 'stale-while-revalidate': 50 });
    inTurn(drive, write('x', 1), read('x'));
    drive.until(140);
    const ids = [1, 2, 3].map(() => drive.ask('cache', read('x')));
    expect(ids.map((id) => said(drive, id))).toEqual([1, 1, 1]);
    expect(atStore(drive)).toBe(2);
    drive.until(200);
    inTurn(drive, read('x'));
    expect(atStore(drive)).toBe(2);
    drive.until(500);
    expect(inTurn(drive, read('x'))).toEqual([1]);
    expect(atStore(drive)).toBe(3);
  });

  test('stale-if-error answers when the load fails, and no longer than it says', () => {
    let down = false;
    const db = () => registers(() => (down ? { type: 'error', code: 'overloaded' } : null));
    const drive = world({ ttl: 100, 'stale-if-error': 100 }, { db });
    inTurn(drive, write('x', 1), read('x'));
    down = true;
    drive.until(150);
    expect(inTurn(drive, read('x'), read('y'))).toEqual([1, 'overloaded']);
    expect(drive.measured.filter((line) => line === 'cache stale-hits 1')).toHaveLength(1);
    drive.until(220);
    expect(inTurn(drive, read('x'))).toEqual(['overloaded']);
  });
});

describe('write: through', () => {
  test('holds the value once it is written', () => {
    const drive = world({ write: 'through' });
    expect(inTurn(drive, write('x', 1), read('x'), write('x', 2), read('x'))).toEqual([
      'write_ok',
      1,
      'write_ok',
      2,
    ]);
    expect(atStore(drive)).toBe(0);
  });

  test('holds no value that was refused, nor one that a compare-and-set may have changed', () => {
    const drive = world({ write: 'through' });
    inTurn(drive, write('none', 1), read('none'), write('x', 1));
    inTurn(drive, { type: 'cas', key: 'x', from: 1, to: 2 } as { type: string }, read('x'));
    expect(atStore(drive)).toBe(2);
  });

  test('of two writes at once neither, since their answers may come in the other order', () => {
    const overtaken = (lease: boolean) => {
      const link = slow(10, (from, { type }) => from === 'db' && type === 'write_ok');
      const drive = world({ write: 'through', lease }, { link });
      drive.ask('cache', write('x', 1));
      drive.ask('cache', write('x', 2));
      drive.until(20);
      return inTurn(drive, read('x'));
    };
    expect(overtaken(true)).toEqual([2]);
    expect(overtaken(false)).toEqual([1]);
  });
});

test('write: through holds nothing if a load has ended meanwhile, which may know more', () => {
  // The write is applied at 1 ms; another's write at 2 ms is seen by a read; it is over at 31 ms.
  const link = slow(30, (from, { type }) => from === 'db' && type === 'write_ok');
  const drive = world({ write: 'through' }, { link });
  drive.ask('cache', write('x', 1));
  drive.until(2);
  drive.ask('db', write('x', 2));
  expect(inTurn(drive, read('x'))).toEqual([2]);
  drive.until(40);
  expect(inTurn(drive, read('x'))).toEqual([2]);
});

test('write: around leaves entries old until their time is over', () => {
  const drive = world({ write: 'around', ttl: 100 });
  expect(inTurn(drive, write('x', 1), read('x'), write('x', 2), read('x'))).toEqual([
    'write_ok',
    1,
    'write_ok',
    1,
  ]);
  drive.until(200);
  expect(inTurn(drive, read('x'))).toEqual([2]);
});

describe('write: behind', () => {
  const behind = (setting: Setting = {}, params: Params = {}) =>
    world({ write: 'behind', 'flush-every': 50, 'flush-timeout': 20, ...params }, setting);

  test('answers at once, tells reads, and sends only the last write of a key', () => {
    const drive = behind();
    const ids = [1, 2, 3].map((value) => drive.ask('cache', write('x', value)));
    const told = drive.ask('cache', read('x'));
    expect([...ids, told].map((id) => said(drive, id))).toEqual([
      'write_ok',
      'write_ok',
      'write_ok',
      3,
    ]);
    expect(atStore(drive, 'write')).toBe(0);
    drive.until(100);
    const [flushed, ...more] = drive.sent.filter(({ message }) => message.type === 'write');
    expect(flushed).toMatchObject({ atMs: 50, message: { value: 3, session: 'cache', serial: 1 } });
    expect(more).toEqual([]);
    expect(inTurn(drive, read('x'))).toEqual([3]);
    expect(atStore(drive)).toBe(1);
    expect(drive.timersOf('cache')).toEqual([]);
  });

  test('loses in a crash what it has acknowledged and not sent', () => {
    const drive = behind();
    inTurn(drive, write('x', 1));
    drive.crash('cache');
    drive.boot('cache');
    expect(inTurn(drive, read('x'))).toEqual([null]);
  });

  test('holds what waits apart from the entries: no eviction takes it', () => {
    const drive = behind({}, { capacity: 2 });
    inTurn(drive, read('a'), write('x', 1), write('y', 2));
    // No room is left: this one goes through, after a flush of what waits for its key, nothing.
    expect(inTurn(drive, write('z', 3))).toEqual(['write_ok']);
    expect(atStore(drive, 'write')).toBe(1);
    drive.until(200);
    expect(inTurn(drive, read('x'), read('y'), read('z'))).toEqual([1, 2, 3]);
  });

  test('a compare-and-set waits until the writes before it are at the store', () => {
    const drive = behind();
    drive.ask('cache', write('x', 1));
    drive.ask('cache', write('y', 1));
    drive.ask('cache', { type: 'cas', key: 'x', from: 1, to: 2 } as { type: string });
    drive.until(20);
    const order = drive.sent.filter(({ to }) => to === 'db').map(({ message }) => message.type);
    expect(order).toEqual(['write', 'write', 'cas']);
  });

  test('a write that comes during the flush of the one before it is sent too', () => {
    const drive = behind();
    drive.ask('cache', write('x', 1));
    drive.until(51);
    drive.ask('cache', write('x', 2));
    drive.until(200);
    expect(atStore(drive, 'write')).toBe(2);
    expect(inTurn(drive, read('x'))).toEqual([2]);
  });

  test('a write goes through at once behind a compare-and-set that is under way or waits', () => {
    const cas = { type: 'cas', key: 'x', from: 1, to: 2 } as { type: string };
    const underWay = behind({
      link: slow(30, (from, { type }) => from === 'cache' && type === 'cas'),
    });
    underWay.ask('cache', cas);
    underWay.ask('cache', write('x', 1));
    expect(atStore(underWay, 'write')).toBe(1);
    const waits = behind({
      link: slow(10, (from, { type }) => from === 'cache' && type === 'write'),
    });
    waits.ask('cache', write('x', 1));
    waits.ask('cache', cas);
    waits.ask('cache', write('y', 2));
    waits.until(5);
    expect(atStore(waits, 'write')).toBe(2);
  });

  test('sends a write again whose fate is unknown, and not one that was refused for good', () => {
    const drive = behind({
      link: slow(1000, (from, { type }) => from === 'cache' && type === 'write'),
    });
    inTurn(drive, write('x', 1), write('none', 2));
    drive.until(300);
    expect(atStore(drive, 'write')).toBe(3);
    expect(inTurn(drive, read('x'))).toEqual([1]);
    expect(drive.measured).toContain('cache refused-late 1');
    expect(drive.timersOf('cache')).toEqual([]);
  });

  test('a load that was under way does not fill what a flushed write has made old', () => {
    const drive = behind({
      link: slow(200, (from, { type }) => from === 'db' && type === 'read_ok'),
    });
    const first = drive.ask('cache', read('x'));
    drive.until(5);
    drive.ask('cache', write('x', 1));
    drive.until(300);
    expect(said(drive, first)).toBe(null);
    expect(inTurn(drive, read('x'))).toEqual([1]);
  });
});

test('two loads at once that do not agree: neither is held', () => {
  // Without single-flight; the store's value changes in between by another's write.
  const link = slow(20, (from, { type }) => from === 'db' && type === 'read_ok');
  const drive = world({ 'single-flight': false }, { link });
  drive.ask('cache', write('x', 1));
  drive.until(5);
  drive.ask('cache', read('x'));
  drive.until(10);
  drive.ask('db', write('x', 2));
  const second = drive.ask('cache', read('x'));
  drive.until(50);
  expect(said(drive, second)).toBe(2);
  const before = atStore(drive);
  expect(inTurn(drive, read('x'))).toEqual([2]);
  expect(atStore(drive)).toBe(before + 1);
});

test('gives up entries in its order, and with bug: evict-newest the one used last', () => {
  const loads = (bug?: string) => {
    const drive = world({ capacity: 2 }, bug === undefined ? {} : { bug });
    inTurn(drive, write('a', 1), write('b', 2), write('c', 3));
    inTurn(drive, ...['a', 'b', 'c', 'b', 'c', 'b', 'c'].map(read));
    return atStore(drive);
  };
  expect(loads()).toBe(3);
  expect(loads('evict-newest')).toBe(7);
});

describe('works from the interface alone', () => {
  test('before a server of requests, whose fields tell them apart', () => {
    const server = () =>
      serve({ handle: (_ctx, asked) => ({ ...bodyOf(asked), type: 'request_ok' }) }, placeOf('db'));
    const params = defaultsOf(system.params, { target: ['db'] } as never);
    const place = placeOf('cache', { answers: [request] });
    const drive = new Drive()
      .add('db', server)
      .add('cache', () => system.create(params, place, null));
    const ask = (fields: object) => inTurn(drive, { type: 'request', ...fields });
    ask({ key: 'a' });
    ask({ key: 'a' });
    expect(atStore(drive, 'request')).toBe(1);
    ask({ key: 'a', path: '/x' });
    ask({ key: 'b' });
    expect(atStore(drive, 'request')).toBe(3);
    // Of a field that no interface has, nobody knows what it means.
    ask({ key: 'a', context: 5 });
    ask({ key: 'a', context: 5 });
    expect(atStore(drive, 'request')).toBe(5);
  });

  test('one cache before another', () => {
    const drive = new Drive()
      .add('db', registers)
      .add('inner', () => cache({}, null, 'db'))
      .add('cache', () => cache({ capacity: 1 }, null, 'inner'));
    inTurn(drive, write('x', 1), write('y', 2));
    expect(inTurn(drive, read('x'), read('y'), read('x'))).toEqual([1, 2, 1]);
    expect(atStore(drive)).toBe(2);
    expect(inTurn(drive, write('x', 3), read('x'))).toEqual(['write_ok', 3]);
  });

  test('as a policy around the calls of a service', () => {
    const bound = { db: [bind(policy, { capacity: 10 }, [register])] };
    const drive = new Drive().add('db-1', registers).add('db-2', registers).add('db-3', registers);
    drive.add('api', () =>
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
      drive.ask('api', { type: 'read', key: 'x' });
      drive.until(10 * (i + 1));
    }
    // null is not held.
    expect(drive.sent.filter(({ to }) => to.startsWith('db'))).toHaveLength(4);
    expect(drive.node('api').inspect?.()).toMatchObject({ calls: { db: { lookups: 4, hits: 0 } } });
  });
});
