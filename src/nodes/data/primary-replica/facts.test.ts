/**
 * Numbers that follow from how it works, measured: how stale an asynchronous replica is, and what a
 * crash or a cut of the primary loses. Poisson writes, constant latencies.
 */
import { describe, expect, test } from 'vitest';
import { measuredIn, runLaidOver } from '../../../../test/support/laid-over.ts';
import { isLong, times } from '../../../../test/support/long.ts';
import { Stage } from '../../../../test/support/stage.ts';
import staleness from '../../../checks/metrics/staleness.ts';
import noLostWrites from '../../../checks/no-lost-writes/index.ts';
import { formatDurationUs } from '../../../sim/units.ts';
import system from './index.ts';

const file = 'src/nodes/data/primary-replica/example.yaml';
/** At 25 reads a second the long suite makes more than 10,000. */
const SECONDS = times(120, 440);

interface Asked {
  readonly ratePerSecond: number;
  /** One way between the members, in ms. */
  readonly betweenMs: number;
  /** One way between client and member, in ms. */
  readonly clientMs: number;
}

/** The share of reads at an asynchronous replica that are stale, and how many there were. */
async function staleShare({ ratePerSecond, betweenMs, clientMs }: Asked) {
  const result = await runLaidOver({
    file,
    sets: [
      `duration=${SECONDS}s`,
      'nodes.db={ kind: primary-replica, count: 2, reads: any, disk: { sync: 0 } }',
      `network={ latency: ${betweenMs}ms, links: [{ between: [[writer, reader], db], latency: ${clientMs}ms }] }`,
      `clients={ writer: { workload: register, target: db, pin: [db-1], rate: ${ratePerSecond}/s, keys: 1, reads: 0%, cas: 0% },` +
        ' reader: { workload: register, target: db, pin: [db-2], rate: 25/s, keys: 1, reads: 100% } }',
      'faults=[]',
      'expect=[stale reads <= 90%]',
    ],
  });
  const metric = staleness.find(({ name }) => name === 'stale reads');
  if (metric === undefined) throw new Error('there is such a metric');
  const { value, samples } = metric.measure(
    ['reader'],
    [{ fromUs: 1e6, untilUs: SECONDS * 1e6 }],
    result.history,
    result.facts,
  );
  return { value: value ?? -1, samples };
}

describe('an asynchronous replica', () => {
  // 1 - exp(-L (d - 2c)): the write is acknowledged 2c after it was asked, and shows d + c after.
  test.each([
    [{ ratePerSecond: 10, betweenMs: 50, clientMs: 1 }, 0.381],
    [{ ratePerSecond: 10, betweenMs: 20, clientMs: 1 }, 0.165],
    [{ ratePerSecond: 2, betweenMs: 75, clientMs: 5 }, 0.122],
    [{ ratePerSecond: 10, betweenMs: 2, clientMs: 5 }, 0],
  ])('%j: a share of %f of its reads is stale', async (asked, expected) => {
    const { value, samples } = await staleShare(asked);
    expect(samples).toBeGreaterThan(times(2800, 10_000));
    // Reads that fall into the same gap between two writes are not independent: twice the spread
    // of as many independent ones.
    const spread = 6 * Math.sqrt((expected * (1 - expected)) / samples) + 0.001;
    const tolerance = isLong ? 0.015 : spread;
    expect(Math.abs(value - expected)).toBeLessThan(tolerance);
  });
});

/** How many acknowledged writes are gone at last. */
async function lostWrites(sets: readonly string[], seed: string): Promise<number> {
  const result = await runLaidOver({ file, sets, seed });
  const { numbers } = noLostWrites.check(result.history, result.facts);
  return numbers['lostCount'] ?? 0;
}

/** 100 writes a second, each to a key of its own as far as chance allows. */
const writes = (pin: string) =>
  `clients={ load: { workload: register, target: db, pin: [${pin}], rate: 100/s, keys: 2000, reads: 0%, cas: 0%, timeout: 200ms, start: 500ms, stop: 2800ms } }`;
const watched = (more: string) => [
  `nodes.db={ kind: primary-replica, count: 2, failover: watched, ${more} }`,
  'nodes.guard={ kind: watchdog, watch: db, interval: 100ms, timeout: 50ms, fall: 2 }',
  'network.latency=1ms',
  writes('db-1'),
  'verify=30s',
  'expect=[no-lost-writes]',
];

describe('a primary that ships every 400 ms and crashes', () => {
  test('loses on average what 200 ms of writes are, and at most 400 ms of them', async () => {
    const losses: number[] = [];
    const runs = times(8, 64);
    for (let i = 0; i < runs; i++) {
      // Each part of the interval once.
      const atUs = 2_000_000 + Math.round(((i + 0.5) * 400_000) / runs);
      const sets = [
        ...watched('ship-every: 400ms'),
        'duration=4s',
        `faults=[{ at: ${formatDurationUs(atUs).replace(' ', '')}, for: 1s, crash: db-1 }]`,
      ];
      losses.push(await lostWrites(sets, String(i)));
    }
    const mean = losses.reduce((sum, lost) => sum + lost, 0) / losses.length;
    // 20 expected; Poisson, over 8 runs: a standard deviation of 1.6; over 64: of 0.6.
    expect(Math.abs(mean - 20)).toBeLessThan(times(5, 2));
    // 40 at the end of the interval, with a standard deviation of 6.3.
    expect(Math.max(...losses)).toBeLessThanOrEqual(40 + times(13, 19));
    expect(Math.min(...losses)).toBeLessThan(10);
  });
});

describe('a primary that is cut off while clients write to it', () => {
  const cut = [
    'duration=4s',
    'faults=[{ at: 1s, for: 2s, partition: { split: [[db-1], [db-2, guard]] } }]',
  ];

  test('loses all that it acknowledges until it is healed', async () => {
    const lost = await lostWrites([...watched(''), ...cut], '1');
    // 1.8 s of 100 writes a second.
    expect(Math.abs(lost - 180)).toBeLessThan(40);
  });

  test('with min-replicas it loses what it acknowledges within max-lag', async () => {
    const bounded = [...watched('min-replicas: 1, max-lag: 500ms'), ...cut];
    const lost = await lostWrites(bounded, '1');
    expect(lost).toBeGreaterThan(30);
    // 500 ms, and a heartbeat of 100 ms: 60 writes, with a standard deviation of 7.7.
    expect(lost).toBeLessThanOrEqual(60 + 16);
  });
});

test('replication lag is what the link and the applying take', async () => {
  const result = await runLaidOver({
    file,
    sets: [
      'duration=20s',
      'nodes.db={ kind: primary-replica, count: 2, apply: 3ms, disk: { sync: 0 } }',
      'network.latency=10ms',
      'clients.load={ workload: register, target: db, pin: [db-1], rate: 5/s, arrivals: constant, keys: 1, reads: 0%, cas: 0% }',
      'faults=[]',
      'expect=[no-lost-writes]',
    ],
  });
  const lags = measuredIn(result, 'lag');
  expect(lags.length).toBeGreaterThan(90);
  for (const lag of lags) expect(lag).toBeCloseTo(13, 6);
});

test.each([2, 3, 5])('a synchronous write to %i members in parallel takes 4 ms', (count) => {
  const stage = new Stage();
  const members = Array.from({ length: count }, (_, i) => `m${i + 1}`);
  const params = { replication: 'sync', 'sync-count': count - 1 };
  for (const id of members) stage.addSystem(id, system, { params, place: { members } });
  // The request is handed over after its millisecond; links of 1 ms, disks of none.
  const id = stage.step(50).ask('m1', { type: 'write', key: 'x', value: 1 });
  const beganMs = stage.nowMs - 1;
  for (let i = 0; i < 40 && !stage.answers().has(id); i++) stage.step(0.5);
  const answer = stage.sent.find(
    ({ message }) => 'inReplyTo' in message && message.inReplyTo === id,
  );
  expect((answer?.atMs ?? Number.NaN) + 1 - beganMs).toBe(4);
});
