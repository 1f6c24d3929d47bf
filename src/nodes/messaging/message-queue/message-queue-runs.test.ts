/** The queue in whole runs: facts of queueing, a search under crashes, and its bugs. */
import { describe, expect, test } from 'vitest';
import { times } from '../../../../test/support/long.ts';
import { runQueue, troubledQueue } from '../../../../test/support/queue-scenario.ts';
import totalQueue from '../../../checks/total-queue/index.ts';
import diskFull from '../../../faults/disk-full.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';

const latency = { kind: 'constant', value: 0 } as const;
const every = (perSecond: number) => ({ kind: 'open', arrivals: 'constant', perSecond }) as const;

describe('under crashes, losses, failing work and poison', () => {
  test('nothing is lost on any seed, and all of it was at work', { timeout: 60_000 }, () => {
    const seeds = times(60, 2000);
    const sums = { redelivered: 0, 'dead-lettered': 0, acknowledged: 0 };
    for (let i = 1; i <= seeds; i++) {
      const { total, sum } = runQueue(troubledQueue(String(i)));
      expect([i, total.verdict, total.summary]).toEqual([i, 'pass', expect.anything()]);
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += sum(name);
    }
    expect(sums.acknowledged).toBeGreaterThan(40 * seeds);
    expect(sums.redelivered).toBeGreaterThan(20 * seeds);
    expect(sums['dead-lettered']).toBeGreaterThan(4 * seeds);
  });

  /** Within how many seeds each bug that loses messages is caught. */
  const within: { readonly [bug: string]: number } = {
    'ack-before-durable': 20,
    'forget-unacked': 20,
    'old-receipt-acks': 60,
    'delete-first': 60,
  };

  test.each(Object.entries(within))('%s is caught by total-queue', (bug, seeds) => {
    for (let i = 1; i <= seeds; i++) {
      if (runQueue(troubledQueue(String(i), bug)).total.verdict === 'fail') return;
    }
    throw new Error(`not within ${seeds} seeds`);
  });

  test('no-redelivery shows in what is redelivered: only what was given back', () => {
    const params = { 'max-deliveries': undefined };
    const crashes = [{ node: 'pulling-1', atMs: 500, forMs: 500 }];
    const quiet = (bug: string | null) => {
      const sketch = troubledQueue('1', bug, params);
      const [producers, pulling] = sketch.loads;
      if (producers === undefined || pulling === undefined) throw new Error('there are loads');
      const works = { ...pulling, params: { ...pulling.params, fail: 0, poison: [] } };
      return runQueue({ ...sketch, loss: 0, crashes, loads: [producers, works] });
    };
    expect(quiet(null).sum('redelivered')).toBeGreaterThan(0);
    expect(quiet('no-redelivery').sum('redelivered')).toBe(0);
  });

  test('there is a test of every bug', () => {
    expect(Object.keys(system.bugs)).toEqual([...Object.keys(within), 'no-redelivery']);
  });

  test('at most once loses what a consumer had when it died', () => {
    const params = { delivery: 'at-most-once', 'max-deliveries': undefined } as const;
    const { total, sum } = runQueue(troubledQueue('1', null, params));
    expect(total.verdict).toBe('fail');
    expect(sum('redelivered')).toBe(0);
  });

  test('without the disk a crash of the broker loses what waits', () => {
    const { total } = runQueue(troubledQueue('1', null, { persistent: false }));
    expect(total.verdict).toBe('fail');
  });
});

describe('deliveries for each message', () => {
  /** Work of mean 40 ms, and as many consumers as can be needed. */
  const ratio = (visibility: number, receipts: 'refuse' | 'accept') => {
    const work = { kind: 'exponential', mean: 40, min: 0 } as const;
    const { sum } = runQueue({
      ms: 30_000,
      latency,
      syncMs: 0,
      params: { visibility, 'stale-receipts': receipts },
      loads: [
        { name: 'in', params: { dequeues: 0 }, pace: every(100) },
        { name: 'out', clients: 60, params: { dequeues: 1, wait: 1000, work } },
      ],
    });
    return sum('delivered') / sum('acknowledged');
  };

  // A redelivery k comes if none of the k deliveries before has been done by then; they have had V,
  // 2V, ... kV: 1 + sum exp(-(V/m) k(k+1)/2).
  test.each([
    [20, 1.887],
    [40, 1.42],
    [80, 1.138],
  ])('with old receipts accepted, visibility %s ms: %s', (visibility, expected) => {
    expect(Math.abs(ratio(visibility, 'accept') / expected - 1)).toBeLessThan(0.04);
  });

  // Each delivery has V, and no more: geometric, 1 / (1 - exp(-V/m)).
  test('with old receipts refused each delivery is on its own', () => {
    expect(Math.abs(ratio(40, 'refuse') / 1.582 - 1)).toBeLessThan(0.04);
  });

  test('failure q and limit r: q^r become dead letters, after (1-q^r)/(1-q) deliveries', () => {
    const [q, r] = [0.5, 3];
    const { sum } = runQueue({
      ms: 40_000,
      latency,
      syncMs: 0,
      params: { 'max-deliveries': r },
      loads: [
        { name: 'in', params: { dequeues: 0 }, pace: every(150) },
        { name: 'out', clients: 5, params: { dequeues: 1, wait: 1000, fail: q } },
      ],
    });
    const messages = sum('acknowledged') + sum('dead-lettered');
    expect(Math.abs(sum('dead-lettered') / messages - q * q * q)).toBeLessThan(0.015);
    expect(Math.abs(sum('delivered') / messages - 1.75)).toBeLessThan(0.03);
  });
});

describe('pushes', () => {
  /** 1000 messages that are there already, a consumer of 1 ms and one of 10 ms. */
  const emptyAfterMs = (credit: number) => {
    const consumer = (name: string, workMs: number) => ({
      name,
      startMs: 0,
      params: {
        dequeues: 1,
        mode: 'push',
        credit,
        work: { kind: 'constant', value: workMs },
      } as const,
    });
    const { result } = runQueue({
      ms: 8000,
      latency,
      syncMs: 0,
      // Hidden until both consumers are there.
      params: { delay: 2000, visibility: 60_000 },
      loads: [
        {
          name: 'in',
          params: { dequeues: 0 },
          operations: 1000,
          pace: { kind: 'closed', think: { kind: 'constant', value: 0 } },
        },
        consumer('quick', 1),
        consumer('slow', 10),
      ],
    });
    // A probe of the clients puts in one more at the end.
    const taken = result.history.filter(
      ({ f, output }) => f === 'dequeue' && (output as number) <= 1000,
    );
    expect(taken).toHaveLength(1000);
    const last = taken.reduce((most, { endedAtUs }) => Math.max(most, endedAtUs), 0);
    return last / 1000 - 2000;
  };

  test('with a credit of one the quick consumer gets ten times as much: 910 ms', () => {
    expect(Math.abs(emptyAfterMs(1) / 910 - 1)).toBeLessThan(0.02);
  });

  test('without a limit each gets half, and the slow one takes 5000 ms', () => {
    expect(Math.abs(emptyAfterMs(1000) / 5000 - 1)).toBeLessThan(0.02);
  });

  test('throughput is the least of 1/s and credit/(round trip + s)', () => {
    const rate = (credit: number) => {
      const work = { kind: 'constant', value: 5 } as const;
      const { sum } = runQueue({
        ms: 10_000,
        latency: { kind: 'constant', value: 10 },
        syncMs: 0,
        loads: [
          { name: 'in', params: { dequeues: 0 }, pace: every(300) },
          { name: 'out', params: { dequeues: 1, mode: 'push', credit, work } },
        ],
      });
      return sum('acknowledged') / 10;
    };
    for (const [credit, expected] of [
      [1, 40],
      [3, 120],
      [5, 200],
      [20, 200],
    ] as const) {
      expect([credit, Math.abs(rate(credit) / expected - 1) < 0.02]).toEqual([credit, true]);
    }
  });
});

test('consumers away for D, retention R: rate x (D - R) messages expire', () => {
  const { sum, result, total } = runQueue({
    ms: 12_000,
    params: { retention: 2000 },
    loads: [
      { name: 'in', params: { dequeues: 0 }, pace: every(100) },
      {
        name: 'out',
        clients: 4,
        params: { dequeues: 1, wait: 500, work: { kind: 'constant', value: 1 } },
        startMs: 5000,
      },
    ],
  });
  expect(Math.abs(sum('expired') - 100 * (5 - 2))).toBeLessThanOrEqual(3);
  // What expires is lost, and the checker says so.
  expect(total.verdict).toBe('fail');
  expect(totalQueue.check(result.history, result.facts).numbers['lostCount']).toBe(sum('expired'));
});

test('work longer than the visibility is done once if the consumer keeps the message', () => {
  const run = (extend: number | undefined) =>
    runQueue({
      ms: 5000,
      params: { visibility: 50 },
      loads: [
        { name: 'in', params: { dequeues: 0 }, pace: every(10) },
        {
          name: 'out',
          clients: 4,
          params: {
            dequeues: 1,
            wait: 500,
            work: { kind: 'constant', value: 120 },
            ...(extend === undefined ? {} : { extend }),
          },
        },
      ],
    }).sum('redelivered');
  expect(run(50)).toBe(0);
  expect(run(undefined)).toBeGreaterThan(50);
});

test('a consumer that acknowledges before its work loses what it fails on', () => {
  const run = (ack: 'before' | 'after') =>
    runQueue({
      ms: 2000,
      loads: [
        { name: 'in', params: { dequeues: 0 }, pace: every(50) },
        { name: 'out', clients: 2, params: { dequeues: 1, wait: 500, fail: 0.1, ack } },
      ],
    }).total.verdict;
  expect(run('after')).toBe('pass');
  expect(run('before')).toBe('fail');
});

test('a producer that asks again puts a value in twice, unless it gives it an id', () => {
  const run = (dedup: boolean) => {
    const { total } = runQueue({
      ms: 2000,
      loss: 0.1,
      loads: [
        { name: 'in', params: { dequeues: 0, resend: 30, dedup }, pace: every(100) },
        { name: 'out', clients: 3, params: { dequeues: 1, wait: 200 }, timeoutMs: 300 },
      ],
      // Nothing is delivered twice.
      params: { delivery: 'at-most-once' },
    });
    return total.numbers['duplicatedCount'];
  };
  expect(run(false)).toBeGreaterThan(5);
  expect(run(true)).toBe(0);
});

test('consumers that only listen keep nobody waiting when the run settles', () => {
  const { result } = runQueue({
    ms: 2000,
    loads: [
      { name: 'in', params: { dequeues: 0 }, pace: every(50) },
      { name: 'out', clients: 9, params: { dequeues: 1, mode: 'push' } },
    ],
    crashes: [
      { node: 'out-1', atMs: 500, forMs: 300 },
      { node: 'mq', atMs: 1500, forMs: 300 },
    ],
  });
  expect(result.facts.liveness).toMatchObject([{ group: 'mq', state: 'live' }]);
  expect(result.facts.liveness[0]?.afterUs).toBeLessThan(2_000_000);
});

test('a group is worked on in order, whoever fails; without groups consumers overtake', () => {
  const inversions = (groups: number) => {
    const { result, total } = runQueue({
      ms: 4000,
      params: { visibility: 1000 },
      loads: [
        { name: 'in', params: { dequeues: 0, groups }, pace: every(50) },
        {
          name: 'out',
          clients: 8,
          params: {
            dequeues: 1,
            wait: 500,
            fail: 0.2,
            work: { kind: 'exponential', mean: 10, min: 0 },
          },
        },
      ],
    });
    expect(total.verdict).toBe('pass');
    const done = result.history.filter(({ f, output }) => f === 'dequeue' && output !== null);
    const values = [...done]
      .sort((a, b) => a.endedAtUs - b.endedAtUs || a.index - b.index)
      .map(({ output }) => output as number);
    expect(values.length).toBeGreaterThan(150);
    return values.filter((value, i) =>
      values.slice(0, i).some((before) => before > value && (before - value) % (groups || 1) === 0),
    ).length;
  };
  expect(inversions(4)).toBe(0);
  expect(inversions(0)).toBeGreaterThan(10);
});

test('a visibility shorter than the work parks messages on which the work succeeded', () => {
  const { sum, total, result } = runQueue({
    ms: 3000,
    params: { visibility: 50, 'max-deliveries': 2 },
    loads: [
      { name: 'in', params: { dequeues: 0 }, pace: every(10) },
      {
        name: 'out',
        clients: 6,
        params: { dequeues: 1, wait: 500, work: { kind: 'constant', value: 120 } },
      },
    ],
  });
  expect(result.history.some(({ error }) => error === 'work-failed')).toBe(false);
  expect(sum('dead-lettered')).toBeGreaterThan(20);
  expect(total.numbers['duplicatedCount']).toBeGreaterThan(20);
});

test('a consumer whose connection breaks has its messages delivered again at once', () => {
  const run = (connections: boolean) =>
    runQueue({
      ms: 3000,
      connections,
      params: { visibility: 60_000 },
      loads: [
        { name: 'in', params: { dequeues: 0 }, pace: every(100) },
        { name: 'out', clients: 2, params: { dequeues: 1, mode: 'push', credit: 5 } },
      ],
      // It comes back when the run settles.
      crashes: [{ node: 'out-1', atMs: 1000, forMs: 60_000 }],
    });
  expect(run(true).sum('redelivered', 1500)).toBeGreaterThan(0);
  expect(run(false).sum('redelivered', 2900)).toBe(0);
  expect(run(true).total.verdict).toBe('pass');
});

test('on a full disk new messages are refused, and nothing that was confirmed is lost', () => {
  const { result, total } = runQueue({
    ms: 3000,
    loads: [
      { name: 'in', params: { dequeues: 0 }, pace: every(100) },
      { name: 'out', clients: 2, params: { dequeues: 1, wait: 100 }, startMs: 2000 },
    ],
    faults: [
      {
        name: 'disk-full',
        fault: diskFull,
        params: defaultsOf(diskFull.params, { nodes: 'mq' }),
        of: ['mq'],
        atUs: 500_000,
        forUs: 1_000_000,
        position: null,
      },
    ],
  });
  expect(total.verdict).toBe('pass');
  const refused = result.history.filter(({ error }) => error === 'temporarily-unavailable');
  expect(refused.length).toBeGreaterThan(90);
  expect(refused.every(({ outcome }) => outcome === 'fail')).toBe(true);
});
