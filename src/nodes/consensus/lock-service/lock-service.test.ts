/** Leases, watches, locks and caches by hand; then the mistakes, each caught by its checker. */
import { describe, expect, test } from 'vitest';
import { brokenIn, runLaidOver } from '../../../../test/support/laid-over.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { lockPath } from '../../parts/machines/coordination.ts';
import system from './index.ts';

/** One server, which elects itself within 2 s. */
function server(params: object = {}): Stage {
  const stage = new Stage({ diskMs: 1 }).addSystem('locks', system, { params: params as never });
  return stage.until(3000);
}

let requests = 0;
function ask(stage: Stage, session: string, body: object): number {
  const id = ++requests;
  const head = { id, session, serial: id, attempt: 1, timeoutMs: null };
  stage.inject('client', 'locks', { ...head, ...body } as never);
  stage.step(20);
  return id;
}
/** What it told clients that asked nothing. */
const sent = (stage: Stage, type: string) =>
  stage.sent.flatMap(({ to, message }) =>
    to === 'client' && message.type === type ? [message] : [],
  );
const answer = (stage: Stage, id: number) => stage.answers().get(id);
const asked = (stage: Stage, session: string, body: object) =>
  answer(stage, ask(stage, session, body)) as unknown as { readonly [field: string]: unknown };

describe('leases', () => {
  test.each([0, 700, 1999])(
    'ZooKeeper: 10 s and a tick of 2 s end with the tick after it (%i ms)',
    (laterMs) => {
      const stage = server({ preset: 'zookeeper' }).until(3000 + laterMs);
      const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 10_000 });
      asked(stage, 'a', { type: 'create', path: '/x', value: 1, ephemeral: true, lease });
      const fromMs = 3000 + laterMs;
      const there = () => asked(stage, 'b', { type: 'exists', path: '/x' })['version'];
      // The first tick after that: more than 10 s later, and at most 12 s.
      const endMs = (Math.floor((fromMs + 10_000) / 2000) + 1) * 2000;
      stage.until(endMs - 30);
      expect(there()).toBe(0);
      stage.until(endMs + 30);
      expect(there()).toBe(null);
    },
  );

  // ZooKeeper: 2 to 20 ticks of 2 s; etcd: 1.5 times an election of 1 s, rounded up; Consul.
  test.each([
    ['zookeeper', 4000, 40_000],
    ['chubby', 12_000, 12_000],
    ['etcd', 2000, 3_600_000],
    ['consul', 10_000, 86_400_000],
  ])('of %s last from %i to %i ms', (preset, least, most) => {
    const stage = server({ preset });
    const given = (leaseMs: number) => asked(stage, 'a', { type: 'open', leaseMs })['leaseMs'];
    expect([given(1), given(1e9)]).toEqual([least, most]);
  });

  test('of etcd last their time and an election more after a change of the leader', () => {
    const stage = server({ preset: 'etcd' });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 2000 });
    asked(stage, 'a', { type: 'create', path: '/x', value: 1, ephemeral: true, lease });
    stage.crash('locks').boot('locks');
    while (stage.views().get('locks')?.['role'] !== 'leader') stage.step(10);
    const fromMs = stage.nowMs;
    const there = () => asked(stage, 'b', { type: 'exists', path: '/x' })['version'];
    stage.until(fromMs + 2900);
    expect(there()).toBe(0);
    // Looked at each half second.
    stage.until(fromMs + 3600);
    expect(there()).toBe(null);
  });

  test('are as long as the service allows, and pings keep them', () => {
    const stage = server({ preset: 'chubby' });
    const opened = asked(stage, 'a', { type: 'open', leaseMs: 1000 });
    expect(opened).toMatchObject({ leaseMs: 12_000, holdMs: 6000 });
    const { lease } = opened;
    stage.until(14_000);
    const ping = ask(stage, 'a', { type: 'ping', lease });
    expect(answer(stage, ping)).toMatchObject({ type: 'ping_ok', epoch: 1 });
    // A client that has heard of the leader is answered when the lease is half over.
    const held = ask(stage, 'a', { type: 'ping', lease, epoch: 1 });
    expect(answer(stage, held)).toBeUndefined();
    stage.until(20_100);
    expect(answer(stage, held)).toMatchObject({ type: 'ping_ok', heldMs: 6000 });
    stage.until(33_000);
    expect(asked(stage, 'a', { type: 'ping', lease })).toMatchObject({
      code: 'precondition-failed',
    });
  });

  test('of Consul last twice as long, and what a lost holder had is delayed', () => {
    const stage = server({ preset: 'consul' });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 10_000 });
    const node = { type: 'create', path: '/x', value: 1, ephemeral: true };
    asked(stage, 'a', { ...node, lease });
    const { lease: other } = asked(stage, 'b', { type: 'open', leaseMs: 60_000 });
    const take = () => asked(stage, 'b', { ...node, lease: other });
    stage.until(22_000);
    expect(take()).toMatchObject({ code: 'key-already-exists' });
    stage.until(24_000);
    expect(take()).toMatchObject({ code: 'lock-held' });
    stage.until(40_000);
    expect(take()).toMatchObject({ type: 'create_ok' });
    // Who closes its lease leaves no delay.
    asked(stage, 'b', { type: 'close', lease: other });
    const { lease: third } = asked(stage, 'c', { type: 'open', leaseMs: 10_000 });
    expect(asked(stage, 'c', { ...node, lease: third })).toMatchObject({ type: 'create_ok' });
  });
});

describe('locks', () => {
  const acquire = { type: 'acquire', key: 'k', leaseMs: 5000 };

  test('go to who waits, in order, with tokens that grow; contention is an answer', () => {
    const stage = server({ preset: 'zookeeper', tick: 0 });
    const { token } = asked(stage, 'a', acquire) as { token: number };
    expect(asked(stage, 'b', acquire)).toMatchObject({ code: 'lock-held' });
    const b = ask(stage, 'b', { ...acquire, waitMs: 30_000 });
    const c = ask(stage, 'c', { ...acquire, waitMs: 1000 });
    stage.until(5000);
    expect(answer(stage, c)).toMatchObject({ code: 'lock-held' });
    asked(stage, 'a', { type: 'release', key: 'k', token });
    expect(answer(stage, b)).toMatchObject({ type: 'acquire_ok' });
    expect((answer(stage, b) as unknown as { token: number }).token).toBeGreaterThan(token);
  });

  test('wait for no acquire that was answered without an entry: a retry, a second copy', () => {
    const stage = server({ preset: 'zookeeper', tick: 0 });
    const first = ask(stage, 'a', acquire);
    const { token } = answer(stage, first) as unknown as { token: number };
    const again = { ...acquire, id: ++requests, session: 'a', serial: first, timeoutMs: null };
    stage.inject('client', 'locks', { ...again, attempt: 2 } as never).step(20);
    expect(answer(stage, again.id)).toMatchObject({ token });
    stage.inject('client', 'locks', { ...again, attempt: 2 } as never).step(20);
    const waits = ask(stage, 'b', { ...acquire, waitMs: 4000 });
    asked(stage, 'a', { type: 'release', key: 'k', token });
    stage.step(50);
    expect(answer(stage, waits)).toMatchObject({ type: 'acquire_ok' });
  });

  test('keep all who wait waiting until it is their turn', () => {
    const stage = server({ preset: 'zookeeper', tick: 0 });
    const held = asked(stage, 'a', acquire);
    const [b, c] = ['b', 'c'].map((who) => ask(stage, who, { ...acquire, waitMs: 30_000 }));
    asked(stage, 'a', { type: 'release', key: 'k', token: held['token'] });
    expect([b, c].map((id) => answer(stage, id as number)?.type)).toEqual([
      'acquire_ok',
      undefined,
    ]);
    // The lease of b is over: it never renews.
    stage.until(9000);
    expect(answer(stage, c as number)).toMatchObject({ type: 'acquire_ok' });
  });

  const reads = { ...acquire, shared: true };
  const free = (stage: Stage, who: string, { token }: { readonly [field: string]: unknown }) =>
    asked(stage, who, { type: 'release', key: 'k', token });

  test('are shared by readers, each with a token; a writer waits for all of them, and no reader overtakes it', () => {
    const stage = server({ preset: 'zookeeper', tick: 0 });
    const a = asked(stage, 'a', reads);
    const b = asked(stage, 'b', reads);
    expect(b['token']).toBeGreaterThan(a['token'] as number);
    // The answer to a was lost: it has its token still.
    expect(asked(stage, 'a', reads)).toMatchObject({ token: a['token'] });
    expect(asked(stage, 'c', acquire)).toMatchObject({ code: 'lock-held' });
    // Nobody makes of a shared lock its own.
    expect(asked(stage, 'a', acquire)).toMatchObject({ code: 'lock-held' });
    const [c, d, e] = [acquire, reads, reads].map((how, i) =>
      ask(stage, `${i}`, { ...how, waitMs: 30_000 }),
    ) as [number, number, number];
    free(stage, 'a', a);
    expect(answer(stage, c)).toBeUndefined();
    free(stage, 'b', b);
    expect(answer(stage, c)).toMatchObject({ type: 'acquire_ok' });
    expect(answer(stage, d)).toBeUndefined();
    free(stage, '0', answer(stage, c) as never);
    expect([d, e].map((id) => answer(stage, id)?.type)).toEqual(['acquire_ok', 'acquire_ok']);
  });

  test('that a lost reader held are delayed for who wants to write', () => {
    const stage = server({
      preset: 'consul',
      'lease-min': 1000,
      'lock-delay': 4000,
      'lease-factor': 1,
    });
    asked(stage, 'a', { ...reads, leaseMs: 1000 });
    stage.until(5000);
    expect(asked(stage, 'b', acquire)).toMatchObject({ code: 'lock-held' });
    free(stage, 'b', asked(stage, 'b', reads));
    expect(asked(stage, 'c', acquire)).toMatchObject({ code: 'lock-held' });
    stage.until(9000);
    expect(asked(stage, 'c', acquire)).toMatchObject({ type: 'acquire_ok' });
  });

  test('are free when the lease of their holder is over', () => {
    const stage = server({ preset: 'zookeeper', tick: 0 });
    const { token } = asked(stage, 'a', acquire);
    stage.until(7000);
    expect(asked(stage, 'a', { type: 'renew', key: 'k', token })).toMatchObject({
      type: 'renew_ok',
    });
    stage.until(11_000);
    expect(asked(stage, 'b', acquire)).toMatchObject({ code: 'lock-held' });
    stage.until(13_000);
    expect(asked(stage, 'b', acquire)).toMatchObject({ type: 'acquire_ok' });
    expect(asked(stage, 'a', { type: 'renew', key: 'k', token })).toMatchObject({
      code: 'precondition-failed',
    });
  });
});

test('a read of the past is refused to who has seen more', () => {
  const stage = server({ preset: 'zookeeper' });
  const { revision } = asked(stage, 'a', { type: 'create', path: '/x', value: 1 }) as {
    revision: number;
  };
  const read = (seen: number) => asked(stage, 'a', { type: 'get', path: '/x', seen });
  expect(read(revision)).toMatchObject({ value: 1, version: 0 });
  expect(read(revision + 1)).toMatchObject({ code: 'temporarily-unavailable' });
});

describe('watches', () => {
  const events = (stage: Stage) =>
    sent(stage, 'event') as unknown as readonly { readonly what: string }[];

  const story = (preset: string) => {
    const stage = server({ preset });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 20_000 });
    asked(stage, 'a', { type: 'exists', path: '/x', watch: true, lease });
    asked(stage, 'b', { type: 'create', path: '/x', value: 1 });
    asked(stage, 'b', { type: 'set', path: '/x', value: 2 });
    asked(stage, 'b', { type: 'delete', path: '/x' });
    return events(stage).map(({ what }) => what);
  };

  test('tell one change, or go on and tell all', () => {
    expect(story('zookeeper')).toEqual(['created']);
    expect(story('etcd')).toEqual(['created', 'changed', 'deleted']);
  });

  test('that are brought along tell at once what has changed since', () => {
    const stage = server({ preset: 'zookeeper' });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 20_000 });
    const { revision: seen } = asked(stage, 'b', { type: 'create', path: '/x', value: 1 });
    const watches = [{ of: 'data', path: '/x' }];
    asked(stage, 'a', { type: 'rewatch', lease, seen, watches });
    expect(events(stage)).toEqual([]);
    asked(stage, 'b', { type: 'set', path: '/x', value: 2 });
    asked(stage, 'b', { type: 'set', path: '/x', value: 3 });
    expect(events(stage)).toHaveLength(1);
    const again = asked(stage, 'a', { type: 'rewatch', lease, seen, watches });
    expect(again).toMatchObject({ events: ['locks/1', 2] });
    expect(events(stage).map(({ what }) => what)).toEqual(['changed', 'changed']);
  });

  test('that go on cannot begin before what is kept', () => {
    const stage = server({ preset: 'etcd', history: 2 });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 20_000 });
    asked(stage, 'b', { type: 'create', path: '/x', value: 1 });
    for (let i = 0; i < 5; i++) asked(stage, 'b', { type: 'set', path: '/x', value: i });
    const watches = [{ of: 'data', path: '/x' }];
    const from = (seen: number) => asked(stage, 'a', { type: 'rewatch', lease, seen, watches });
    expect(from(0)).toMatchObject({ code: 'precondition-failed', text: 'compacted' });
    expect(from(6)).toMatchObject({ type: 'rewatch_ok' });
    expect(events(stage).map(({ what }) => what)).toEqual(['changed']);
  });
});

test('a change waits until all who have the node in a cache have dropped it', () => {
  const stage = server({ preset: 'chubby' });
  const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 12_000 });
  asked(stage, 'b', { type: 'create', path: '/x', value: 1 });
  const got = asked(stage, 'a', { type: 'get', path: '/x', cache: true, lease });
  expect(got).toMatchObject({ value: 1, cacheable: 1 });
  const set = ask(stage, 'b', { type: 'set', path: '/x', value: 2 });
  expect(answer(stage, set)).toBeUndefined();
  const invalidate = sent(stage, 'invalidate')[0];
  expect(invalidate).toMatchObject({ lease, what: ['data /x'] });
  stage.inject('client', 'locks', { ...invalidate, type: 'invalidated' } as never);
  stage.step(20);
  expect(answer(stage, set)).toMatchObject({ type: 'set_ok', version: 1 });
  // Who does not answer is waited for as long as its lease lasts.
  asked(stage, 'a', { type: 'get', path: '/x', cache: true, lease });
  const later = ask(stage, 'b', { type: 'set', path: '/x', value: 3 });
  stage.until(14_000);
  expect(answer(stage, later)).toBeUndefined();
  stage.until(16_000);
  expect(answer(stage, later)).toMatchObject({ type: 'set_ok', version: 2 });
});

describe('what has changed may be kept again', () => {
  const cacheable = (stage: Stage, path: string, lease: string) =>
    asked(stage, 'a', { type: 'get', path, cache: true, lease })['cacheable'];

  test('after a session that had it is closed, or over', () => {
    const stage = server({ preset: 'chubby' });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 60_000 });
    for (const end of ['close', 'expire']) {
      const other = asked(stage, 'b', { type: 'open', leaseMs: 12_000 })['lease'];
      asked(stage, 'b', { type: 'create', path: '/mine', value: 1, lease: other, ephemeral: true });
      if (end === 'close') asked(stage, 'b', { type: 'close', lease: other });
      else stage.until(30_000);
      expect(asked(stage, 'a', { type: 'get', path: '/mine' })).toMatchObject({
        code: 'key-does-not-exist',
      });
      expect(cacheable(stage, '/mine', lease as string)).toBe(1);
    }
  });

  test('after a lock is released', () => {
    const stage = server({ preset: 'chubby' });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 60_000 });
    const { token } = asked(stage, 'b', { type: 'acquire', key: 'k' });
    expect(asked(stage, 'b', { type: 'release', key: 'k', token })['type']).toBe('release_ok');
    expect(cacheable(stage, lockPath('k'), lease as string)).toBe(1);
  });

  test('after a retry, which changes nothing', () => {
    const stage = server({ preset: 'chubby' });
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 60_000 });
    const create = { type: 'create', path: '/x', value: 1 };
    const first = ask(stage, 'b', create);
    expect(answer(stage, first)).toMatchObject({ type: 'create_ok' });
    const again = { ...create, id: ++requests, session: 'b', serial: first, timeoutMs: null };
    stage.inject('client', 'locks', { ...again, attempt: 2 } as never).step(20);
    expect(answer(stage, again.id)).toMatchObject({ type: 'create_ok' });
    expect(cacheable(stage, '/x', lease as string)).toBe(1);
  });
});

test('a new leader changes nothing before every lease of before has heard of it', () => {
  const stage = server({ preset: 'chubby' });
  const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 12_000 });
  stage.crash('locks').boot('locks').until(6000);
  const set = ask(stage, 'b', { type: 'create', path: '/x', value: 1 });
  // Who is still with the leader of before has not emptied its cache.
  const { epoch } = asked(stage, 'a', { type: 'ping', lease, epoch: 1 });
  expect(epoch).toBeGreaterThan(1);
  expect(answer(stage, set)).toBeUndefined();
  ask(stage, 'a', { type: 'ping', lease, epoch });
  expect(answer(stage, set)).toMatchObject({ type: 'create_ok' });
});

// --- Under faults ------------------------------------------------------------------------------

const example = 'src/nodes/consensus/lock-service/example.yaml';
const failover = 'scenarios/master-failover-keeps-locks.yaml';

/** Locks instead of nodes: three clients, and a leader that crashes again and again. */
const locks = [
  'clients.reader={ workload: lock, target: locks, count: 4, pace: closed, think: 1ms, work: 3s, wait: 6s, lease: 6s, timeout: 7s }',
  'nodes.locks.tick=0s',
  'faults=[{ at: 8s, every: 9s, for: 5s, crash: leader }]',
  'expect=[mutual-exclusion]',
];
const restarts = [
  'clients.reader.watches=100%',
  'faults=[{ at: 4s, every: 3s, for: 1s, crash: one }]',
  'expect=[watches]',
  'duration=15s',
];
const short = ['duration=10s', 'faults=[]'];
/** What clients ask is under way for longer than their leases last. */
const late = [
  'clients.reader={ workload: lock-recipe, target: locks, count: 12, keys: 12, pace: closed, think: 10ms, work: 20ms, lease: 2s, timeout: 30s }',
  'nodes.locks.preset=etcd',
  'faults=[{ at: 5s, every: 5s, for: 3s, latency: { nodes: reader, to: locks, extra: 3s } }]',
  'duration=20s',
  'expect=[mutual-exclusion]',
];
const shared = [
  'clients.reader={ workload: lock, target: locks, count: 4, pace: closed, think: 1ms, work: 50ms, wait: 4s, shared: 70%, timeout: 5s }',
  'duration=10s',
  'faults=[{ at: 4s, for: 2s, crash: leader }]',
  'expect=[mutual-exclusion, holders at once >= 2]',
];

describe('mistakes', () => {
  test.each([
    ['expire-on-follower', example, locks, 'state-machines-agree'],
    ['lease-not-renewed-by-election', example, locks, 'mutual-exclusion'],
    ['grant-without-lease-check', example, late, 'ephemerals-have-leases'],
    ['readers-unseen', example, shared, 'mutual-exclusion'],
    ['ephemeral-survives', 'scenarios/members-by-lease.yaml', ['expect=[view]'], 'view'],
    ['watch-lost-on-reconnect', example, restarts, 'watches'],
    ['event-after-data', example, [...short, 'expect=[watches]'], 'watches'],
    ['cache-not-invalidated', failover, [...short, 'expect=[linearizable]'], 'linearizable'],
  ])('%s is caught', { timeout: 60_000 }, async (bug, file, sets, caught) => {
    const group = file === failover ? 'cell' : 'locks';
    expect(await brokenIn({ file, sets })).toEqual([]);
    const found = await brokenIn({ file, sets: [...sets, `nodes.${group}.bug=${bug}`] });
    expect(found.join()).toContain(caught);
  });
});

test.each([null, 'grant-without-lease-check'])(
  'a client whose lease is over gets no ephemeral node (bug: %s)',
  (bug) => {
    const params = { preset: 'consul', 'lease-min': 1000 } as never;
    const options = bug === null ? { params } : { bug, params };
    const stage = new Stage({ diskMs: 1 }).addSystem('locks', system, options).until(3000);
    const { lease } = asked(stage, 'a', { type: 'open', leaseMs: 1000 });
    stage.until(6000);
    const late = { type: 'create', path: '/x', value: 1, ephemeral: true, lease };
    const { type } = asked(stage, 'a', late);
    const invariant = system.invariants.find(({ name }) => name === 'ephemerals-have-leases');
    const broken = invariant?.check(stage.views(), {} as never) ?? null;
    expect([type, broken !== null]).toEqual(bug === null ? ['error', false] : ['create_ok', true]);
  },
);

test('a client that leaves its watches behind misses what happens', {
  timeout: 60_000,
}, async () => {
  const sets = [...restarts, 'clients.reader.rewatch=false'];
  expect(await brokenIn({ file: example, sets })).toEqual(['watches']);
});

describe('twenty waiters', () => {
  /** Events from the first release on. */
  const events = async (sets: readonly string[]) => {
    const { history, facts } = await runLaidOver({ file: 'scenarios/herd.yaml', sets });
    const first = history.find(({ f }) => f === 'release')?.invokedAtUs ?? 0;
    return facts.notes.filter(({ label, atUs }) => label === 'watch fires' && atUs >= first).length;
  };

  test('n - 1 events by watches on the predecessor, n (n - 1)/2 by watches on the list', {
    timeout: 60_000,
  }, async () => {
    const sets = ['clients.worker.think=2s', 'duration=60s', 'clients.worker.lease=40s'];
    expect(await events(sets)).toBe(19);
    expect(await events([...sets, 'clients.worker.watch=all'])).toBe(190);
  });
});
